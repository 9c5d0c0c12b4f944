"""The same article gives the same JSON: in any company, in any environment, however many threads, however often."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from fakes import ROOT, answer_of
from hoptac import read_article
from hoptac.predict import Predictor
from hoptac.render import to_json_line

pytestmark = pytest.mark.slow
FILES = sorted((ROOT / "seeds/articles").glob("*.txt"))
COMMAND = [sys.executable, "-m", "hoptac", "classify", *map(str, FILES), "--format", "jsonl"]
ENVIRONMENTS = {
    "C locale": ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, []),
    "Turkish locale": ({"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}, []),
    "hash seed 0": ({"PYTHONHASHSEED": "0"}, []),
    "hash seed 7": ({"PYTHONHASHSEED": "7"}, []),
    "without assertions": ({}, ["-O"]),
    "without docstrings": ({}, ["-OO"]),
    "another clock": ({"TZ": "Pacific/Kiritimati"}, []),
    "many threads": ({"OMP_NUM_THREADS": "8"}, []),
    "one thread": ({"OMP_NUM_THREADS": "1"}, []),
    "no home, no terminal": ({"HOME": "/nonexistent", "TERM": "dumb", "COLUMNS": "3"}, []),
}


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load()


@pytest.fixture(scope="module")
def expected(predictor: Predictor) -> list[str]:
    return [to_json_line(predictor.predict(read_article(path))) for path in FILES]


@pytest.mark.parametrize("name", list(ENVIRONMENTS))
def test_in_any_environment(name: str, expected: list[str]) -> None:
    variables, options = ENVIRONMENTS[name]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "inference"), **variables}
    command = [COMMAND[0], *options, *COMMAND[1:]]
    done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=600)
    assert done.stdout.decode("utf-8").splitlines() == expected


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_with_any_number_of_threads_and_in_any_company(threads: int, predictor: Predictor, expected: list[str]) -> None:
    articles = [read_article(path) for path in (*FILES, *reversed(FILES), *FILES[::2])]
    found = [to_json_line(p) for p in predictor.predict_many(articles, threads=threads)]
    assert found == [*expected, *reversed(expected), *expected[::2]]


def test_in_threads_that_share_a_predictor(predictor: Predictor, expected: list[str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda path: to_json_line(predictor.predict(read_article(path))), FILES * 4))
    assert found == expected * 4


def test_in_processes_with_a_predictor_each(expected: list[str]) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        assert list(pool.map(answer_of, FILES)) == expected


def test_fifty_times_in_a_row(predictor: Predictor, expected: list[str]) -> None:
    article = read_article(FILES[0])
    assert {to_json_line(predictor.predict(article)) for _ in range(50)} == {expected[0]}


def test_from_a_folder_that_cannot_be_written(expected: list[str], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "inference"), "TMPDIR": str(tmp_path)}
    done = subprocess.run(COMMAND, env=environment, cwd=tmp_path, capture_output=True, check=True, timeout=600)
    assert done.stdout.decode("utf-8").splitlines() == expected

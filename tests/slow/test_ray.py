"""Real Ray on this machine, two workers: the rows of the local engine, whatever happens to a worker."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fakes import ROOT, fake_model
from hoptac.batch import batch
from hoptac.predict import Predictor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed (pip install '.[ray]')"),
]
DEADLY, GREEDY, UNREADABLE, TOO_LARGE = 7, 11, 15, 19  # rows of the fake corpus
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in ("inference", "tests"))}


def fake(case: str, corpus: Path, output: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tests/fake_ray.py"), case, str(corpus), str(output)]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=900)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder: 30 lines, of which one is no JSON, and each of four breaks a worker in its own way; and a text."""
    folder = tmp_path_factory.mktemp("corpus")
    rows = [{"id": f"n{i}", "title": f"Hội đàm {i}", "text": f"They spoke of gas {i} times."} for i in range(30)]
    rows[DEADLY]["text"] = "It was the navy navy navy navy navy."
    rows[GREEDY]["text"] = "A festival festival festival festival festival was held."
    rows[UNREADABLE]["text"] = "A vaccine vaccine vaccine vaccine vaccine."
    rows[TOO_LARGE]["text"] = "A scholarship scholarship scholarship scholarship scholarship."
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    lines[4] = "oops"
    (folder / "rows.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "text.txt").write_text("The navy came to the port.", encoding="utf-8")
    return folder


def rows_of(output: Path) -> list[dict[str, Any]]:
    """The rows in the input's order, without their numbers, which must be complete."""
    table = pq.read_table(output).sort_by("row")
    assert table["row"].to_pylist() == list(range(table.num_rows))
    rows: list[dict[str, Any]] = table.drop(["row"]).to_pylist()
    return rows


def leftovers(output: Path) -> list[str]:
    return [path.name for path in output.parent.glob(f"{output.name}?*")]


def test_the_rows_are_the_local_ones_but_those_that_broke_a_worker(corpus: Path, tmp_path: Path) -> None:
    output = tmp_path / "ray.parquet"
    done = fake("whole", corpus, output)
    assert "Outcome(n_rows=31, n_failed=5)" in done.stdout, done.stderr[-2000:]
    assert leftovers(output) == []
    batch([str(corpus)], tmp_path / "local.parquet", Predictor(fake_model()))
    expected, found = pq.read_table(tmp_path / "local.parquet"), pq.read_table(output)
    assert found.drop(["row"]).schema == expected.schema
    pairs = list(zip(expected.to_pylist(), rows_of(output), strict=True))
    broken = {DEADLY: "lost with the worker", GREEDY: "MemoryError"}
    unread = {UNREADABLE: "lost with the worker", TOO_LARGE: "MemoryError"}
    assert [i for i, (ours, theirs) in enumerate(pairs) if ours != theirs] == [*broken, *unread]
    for number, words in (broken | unread).items():
        ours, theirs = pairs[number]
        names = [f"row {number + 1} of the input"] * 2 if number in unread else [ours["id"], ours["source"]]
        assert [theirs["id"], theirs["source"]] == names
        assert theirs["error"].startswith(f"{names[1]}: ")
        assert words in theirs["error"]


def test_a_run_that_was_killed_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    corpus = tmp_path / "rows.jsonl"
    corpus.write_text('{"text": "They spoke of gas."}\n' * 20, encoding="utf-8")
    output, parts = tmp_path / "out.parquet", tmp_path / "out.parquet.parts"
    fake("stopped", corpus, output)
    assert not output.exists()
    (part,) = parts.iterdir()
    whole = part.read_bytes()
    pq.write_table(pq.read_table(part).slice(0, 5), part)
    (parts / "torn.parquet").write_bytes(whole[: len(whole) // 2])
    assert "Outcome(n_rows=20, n_failed=0)" in fake("whole", corpus, output).stdout
    batch([str(corpus)], tmp_path / "local.parquet", Predictor(fake_model()))
    assert rows_of(output) == pq.read_table(tmp_path / "local.parquet").to_pylist()
    assert leftovers(output) == []
    assert fake("whole", corpus, output).stdout == "None\n"


def test_the_command_with_the_bundled_model(tmp_path: Path) -> None:
    lines = (ROOT / "seeds/corpus/test.jsonl").read_text(encoding="utf-8").splitlines()[:29]
    corpus = tmp_path / "rows.jsonl"
    corpus.write_text("\n".join([*lines, "oops"]) + "\n", encoding="utf-8")
    output = tmp_path / "ray.parquet"
    command = [sys.executable, "-m", "hoptac", "batch", "rows.jsonl", "-o", "ray.parquet", "--engine", "ray"]
    done = subprocess.run(
        [*command, "--actors", "2"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=900
    )
    assert (done.returncode, done.stdout) == (1, ""), done.stderr[-2000:]
    assert done.stderr.splitlines()[-1] == "hoptac: ray.parquet: 30 rows, 1 failed (see `error`)"
    again = subprocess.run([*command, "--resume"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
    assert "nothing to do" in again.stderr
    refused = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
    assert "is there already" in refused.stderr
    local = [arg.replace("ray.parquet", "local.parquet") for arg in command[:-2]]
    subprocess.run(local, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, timeout=900)
    assert rows_of(output) == pq.read_table(tmp_path / "local.parquet").to_pylist()

"""Contracts that hold for any input: found by hypothesis, and by the generator of what nobody means to write."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from io import BufferedReader, BytesIO
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import ROOT
from hoptac.clean import clean
from hoptac.decode import normalise
from hoptac.errors import InputError
from hoptac.formats import READERS
from hoptac.limits import DEFAULT
from hoptac.read import article_from_sentences
from hoptac_eval import checks, nasty
from hoptac_eval.checks import CHECKS, numbers_predictor
from hoptac_eval.faults import FAULTS
from hoptac_eval.robustness import FILE, Row, fuzz, load, record, size_of, table, try_input
from hoptac_eval.sizes import CASES, measure
from hoptac_eval.soak import Sample, verdict

# Tables and the tokenizer are loaded by the first example; `try_input` holds inputs to a time.
settings.register_profile("robustness", deadline=None)
settings.load_profile("robustness")

# Text of every category, lone surrogates included, with what the cleaner and the splitter look for in between.
TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(), max_size=12),
        st.integers(0, 2**32).map(lambda seed: nasty.text(Random(seed), 3)),
    ),
    max_size=8,
).map("".join)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
ROWS = st.fixed_dictionaries(
    {"id": _JSON | st.just("a")},
    optional={
        "lang": _JSON | st.just("vi"),
        "sentences": _JSON | st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=3),
        "labels": _JSON | st.lists(st.lists(st.sampled_from(["energy", "defence"]), max_size=2), max_size=3),
        "text": _JSON,
        "title": _JSON,
        "themes": _JSON,
        "key": _JSON | st.lists(st.integers(0, 3), max_size=3),
        "summary": _JSON,
        "genre": _JSON,
    },
)


@given(TEXTS)
def test_cleaning_adds_nothing_and_keeps_lines_whole(text: str) -> None:
    checks.check_clean(text)


@given(TEXTS)
def test_sentences_have_true_offsets(text: str) -> None:
    checks.check_split(text)


@given(TEXTS)
def test_every_token_is_in_one_window(text: str) -> None:
    checks.check_windows(text)


@settings(max_examples=50)
@given(TEXTS)
def test_every_answer_can_be_written_and_shown(text: str) -> None:
    checks.check_answer(text)


@given(st.binary(max_size=300) | TEXTS.map(lambda text: text.encode("utf-8", "replace")))
def test_bytes_are_text_or_an_error(data: bytes) -> None:
    checks.check_decode(data)


@settings(max_examples=50)
@pytest.mark.parametrize("suffix", list(READERS))
@given(data=st.binary(max_size=300) | TEXTS.map(lambda text: text.encode("utf-8", "replace")))
def test_every_reader_gives_articles_or_an_error(suffix: str, data: bytes) -> None:
    checks.check_reader(suffix, data)


@given(st.lists(ROWS, max_size=3))
def test_labelled_rows_read_back_or_are_named(rows: list[dict[str, object]]) -> None:
    checks.check_labelled("\n".join(json.dumps(row) for row in rows).encode())


@pytest.mark.parametrize("name", list(CHECKS))
def test_generated_inputs(name: str) -> None:
    problems = [try_input(name, 1, number)[0] for number in range(30)]
    assert [problem for problem in problems if problem is not None] == []


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("answer", 3156),  # an empty text from a source with half a surrogate pair
        ("labelled data", 628),  # a message that quoted line ends
        ("labelled data", 9007),
        ("JSON lines", 201),  # null first among the sentences
        ("HTML", 2148),  # something like a date, which was searched for over seconds
    ],
)
def test_inputs_that_once_failed(name: str, number: int) -> None:
    assert try_input(name, 0, number)[0] is None


SLOW_ONCE: dict[str, Callable[[], object]] = {  # 200 KB each, which took minutes
    "marks on a letter": lambda: normalise("a" + "\u0301\u0323" * 50_000),
    "labels of related news": lambda: clean("Read more\n" * 20_000 + "They met in Hanoi on Monday, he said."),
    "towns in capitals": lambda: clean("".join(f"MOSCOW As part {i}\n\n" for i in range(10_000))),
    "a long first line": lambda: clean("a" * 100_000 + "\n\nThey met." * 10_000),
    "broken lines": lambda: clean("They met in the city of Hanoi and spoke of gas and\noil again " * 3_000),
    "brackets in Markdown": lambda: list(_articles(".md", b"```\n" + b"<!--<" * 40_000)),
    "openings of links": lambda: list(_articles(".md", b"![" * 400_000)),
    "quoted brackets in a tag": lambda: list(_articles(".html", b"<body><p " + b'a1=">" ' * 30_000)),
    "words that come once": lambda: numbers_predictor().predict(
        article_from_sentences([" ".join(f"{i}x{j}" for j in range(100)) for i in range(300)])
    ),
}


def _articles(suffix: str, data: bytes) -> Iterator[object]:
    return iter(READERS[suffix](BufferedReader(BytesIO(data)), "a", "a", DEFAULT))


@pytest.mark.parametrize("name", list(SLOW_ONCE))
def test_time_in_proportion(name: str) -> None:
    start = time.process_time()
    with contextlib.suppress(InputError):
        SLOW_ONCE[name]()
    assert time.process_time() - start < 3


def test_the_same_number_makes_the_same_input() -> None:
    for name, (_, make, _) in CHECKS.items():
        assert make(Random(name)) == make(Random(name))


def test_some_inputs_have_a_line_of_a_megabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nasty, "LONG_ONE_IN", 1)
    for name, (_, make, _) in CHECKS.items():
        if name not in {"answer", "CSV", "Parquet", "files"}:
            assert size_of(make(Random(name))) >= 2**20, name
    assert size_of({"a.csv": nasty.table(Random(1))}) > 2**20


def test_tables_and_files_are_of_every_kind() -> None:
    found = [nasty.files(Random(number)) for number in range(300)]
    ends = {name.partition(".")[2] for files in found for name in files}
    assert {"txt", "md", "html", "jsonl", "csv", "parquet", "jsonl.gz", "csv.zst"} <= ends
    assert size_of({"a": b"12", "b": b"3"}) == size_of("1ệ") - 1 == size_of(b"123")


def test_a_check_that_fails_is_counted_with_the_number_of_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(content: str) -> None:
        raise KeyError(content)

    monkeypatch.setitem(CHECKS, "split", (1, lambda rng: str(rng.random()), refuse))
    for name in set(CHECKS) - {"split"}:
        monkeypatch.delitem(CHECKS, name)
    said: list[str] = []
    (row,) = fuzz(3, 7, said.append)
    assert (row.tried, row.failed) == (3, 3)
    assert said[2].startswith("split, seed 7, input 2: KeyError")


def test_the_record_keeps_other_rows(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    record([Row("a", 1, 0, 1.0, 1.0), Row("b", 1, 0, 1.0, 1.0)], path)
    record([Row("a", 2000, 1, 1.0, 1.0, 80.0)], path)
    assert [row.name for row in load(path)] == ["a", "b"]
    assert "| a | 2,000 | 1 | 1.0 | 1.00 | 80 |" in table(load(path))


def test_faults_are_one_row_and_what_was_not_tried_is_named() -> None:
    rows = [
        Row("fault: full disk", 1, 0, 2.0, 2.0),
        Row("fault: SIGINT", 1, 1, 3.0, 3.0),
        Row("fault: Turkish", 0, 0, 0.0, None, None, "no locale"),
        Row("soak", 9, 0, 5.0, None, 400.0, "flat"),
    ]
    shown = table(rows)
    assert "| faults | 2 | 1 | 5.0 | 3.00 | – |" in shown
    assert "| soak | 9 | 0 | 5.0 | – | 400 |" in shown
    assert shown[-5:] == ["Soak: flat.", "", "Faults: full disk, SIGINT.", "", "Not tried: Turkish (no locale)."]


@pytest.mark.parametrize(
    ("memory", "files", "problem"),
    [
        ([300.0] * 20, [9] * 20, None),
        ([100.0] * 5 + [300.0] * 15, [9] * 20, None),
        ([300.0 + 4 * number for number in range(20)], [9] * 20, "not flat"),
        ([700.0] * 20, [9] * 20, "more than 600"),
        ([300.0] * 20, list(range(20)), "not closed"),
        ([300.0] * 5, [9] * 5, "more rows"),
    ],
)
def test_a_soak_fails_where_memory_or_files_grow(memory: list[float], files: list[int], problem: str | None) -> None:
    found, _ = verdict([Sample(m, f, 1.0) for m, f in zip(memory, files, strict=True)], 600)
    assert found is None if problem is None else problem in str(found)


@pytest.mark.skipif(not (ROOT / FILE).exists(), reason="make robustness was not run")
def test_the_record_is_whole_nothing_failed_and_the_readme_has_it() -> None:
    rows = load(ROOT / FILE)
    tried = {row.name: row.tried for row in rows}
    assert {f"fuzz: {name}" for name in CHECKS} | {f"size: {name}" for name in CASES} <= set(tried)
    assert {f"fault: {name}" for name in FAULTS} <= set(tried)
    assert sum(n for name, n in tried.items() if name.startswith("fuzz: ")) >= 200_000
    assert tried["soak under 600 MiB"] >= 200_000
    assert not [row.name for row in rows if row.failed]
    assert "\n".join(table(rows)) in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["article of 50 MB", "sentence of 1 MB without a space", "a million tags", "Parquet row of 100 MB"]
)
def test_large_inputs_stay_within_time_and_memory(name: str) -> None:
    assert measure(name).problem is None


@pytest.mark.slow
def test_two_thousand_generated_inputs() -> None:
    said: list[str] = []
    rows = fuzz(2_000, 2, said.append)
    assert said == []
    assert not any(row.failed for row in rows)

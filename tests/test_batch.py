"""A corpus in, one file out: in order, whole or not at all, and the same bytes however often it was broken off."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from fakes import ROOT, fake_model
from hoptac import formats
from hoptac.batch import Outcome, batch
from hoptac.cli import main
from hoptac.errors import HoptacError, InputError, OutputError, UsageError
from hoptac.predict import Predictor
from hoptac.read import read_articles


def write_rows(path: Path, n: int) -> Path:
    """n rows of varied length; every 50th is no JSON."""
    rng = random.Random(0)
    words = ["The navy came.", "They spoke of gas.", "A festival was held.", "Nothing else happened that day."]
    with path.open("w", encoding="utf-8") as file:
        for number in range(n):
            text = " ".join(rng.choices(words, k=rng.randint(1, 6)))
            row = json.dumps({"id": str(number), "title": f"Hội nghị {number}", "text": text}, ensure_ascii=False)
            file.write("oops\n" if number % 50 == 49 else row + "\n")
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "rows.jsonl", 120)


def run(*arguments: object, pause: float = 0.0) -> subprocess.Popen[str]:
    """`hoptac batch` on the fake encoder, started."""
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("inference", "tests"))
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests/fake_hoptac.py"), str(pause), "batch", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": paths},
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_rows(output: Path, process: subprocess.Popen[str], n: int = 1) -> None:
    partial = Path(f"{output}.partial")
    while process.poll() is None and not (partial.exists() and partial.read_bytes().count(b"\n") >= n):
        time.sleep(0.005)


def leftovers(output: Path) -> list[str]:
    return sorted(path.name for path in output.parent.glob(f"{output.name}?*"))


def test_rows_are_those_of_classify_in_input_order(corpus: Path, tmp_path: Path, predictor: Predictor) -> None:
    text = tmp_path / "one.txt"
    text.write_text("The navy came.", encoding="utf-8")
    output = tmp_path / "out.jsonl"
    assert batch([str(corpus), str(text)], output, predictor) == Outcome(121, 2)
    expected = [item.to_dict() for item in predictor.predict_many(read_articles([corpus, text]))]
    assert [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()] == expected
    assert leftovers(output) == []


def test_parquet_has_the_same_rows_nested(corpus: Path, tmp_path: Path, predictor: Predictor) -> None:
    batch([str(corpus)], tmp_path / "out.jsonl", predictor)
    batch([str(corpus)], tmp_path / "out.parquet", predictor)
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == [json.loads(line) for line in lines]
    assert leftovers(tmp_path / "out.parquet") == []


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_killed_at_any_moment_it_goes_on_to_the_same_bytes(suffix: str, corpus: Path, tmp_path: Path) -> None:
    whole, output = tmp_path / f"whole.{suffix}", tmp_path / f"out.{suffix}"
    batch([str(corpus)], whole, Predictor(fake_model()))
    for n in (1, 30, 80):
        process = run(corpus, "-o", output, "--resume", pause=0.004)
        wait_for_rows(output, process, n)
        process.kill()
        process.communicate()
        assert not output.exists()
    process = run(corpus, "-o", output, "--resume")
    assert "120 rows, 2 failed" in process.communicate()[1]
    assert process.returncode == 1
    assert output.read_bytes() == whole.read_bytes()
    assert leftovers(output) == []


@pytest.mark.slow
def test_twenty_kills_at_random_moments_of_two_thousand_rows(tmp_path: Path) -> None:
    corpus = write_rows(tmp_path / "rows.jsonl", 2000)
    batch([str(corpus)], tmp_path / "whole.jsonl", Predictor(fake_model()))
    output, rng = tmp_path / "out.jsonl", random.Random(1)
    for kill in range(20):
        process = run(corpus, "-o", output, "--resume", pause=0.004)
        wait_for_rows(output, process, 90 * kill)
        time.sleep(rng.random() / 5)
        process.kill()
        process.communicate()
    run(corpus, "-o", output, "--resume").communicate()
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def _unfinished(corpus: Path, output: Path, n: int = 40) -> None:
    """What a kill in the middle of a line leaves behind."""

    class Killed(BaseException):
        pass

    def stop(done: int, failed: int, total: int) -> None:
        if done == n:
            raise Killed

    with pytest.raises(Killed):
        batch([str(corpus)], output, Predictor(fake_model()), progress=stop)


@pytest.mark.parametrize("tail", [b"", b'{"id": "40", "sou', b"\0" * 300, b"\0" * 30 + b"}\n"])
def test_a_torn_tail_is_cut_off(tail: bytes, corpus: Path, tmp_path: Path, predictor: Predictor) -> None:
    batch([str(corpus)], tmp_path / "whole.jsonl", predictor)
    output = tmp_path / "out.jsonl"
    _unfinished(corpus, output)
    with open(f"{output}.partial", "ab") as partial:
        partial.write(tail)
    seen: list[tuple[int, int, int]] = []
    assert batch([str(corpus)], output, predictor, resume=True, progress=lambda *now: seen.append(now)) == Outcome(
        120, 2
    )
    assert (seen[0], seen[-1], len(seen)) == ((40, 0, 120), (120, 2, 120), 81)
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def _edit(corpus: Path) -> None:
    corpus.write_text(corpus.read_text(encoding="utf-8").replace("navy", "NAVY"), encoding="utf-8")


CHANGES: dict[str, tuple[Callable[[Path], object], dict[str, Any], type[HoptacError], str]] = {
    "the input": (_edit, {}, InputError, r"rows\.jsonl: has changed.*120 rows in 1 files then"),
    "the length": (lambda _: None, {"length": "1"}, OutputError, "length was [^;]*, is 1"),
    "the state": (lambda c: (c.parent / "out.jsonl.state").write_text("{"), {}, OutputError, "cannot be read"),
    "no state": (lambda c: (c.parent / "out.jsonl.state").unlink(), {}, OutputError, "cannot be read"),
}


@pytest.mark.parametrize("what", list(CHANGES))
def test_it_does_not_go_on_where_something_changed(what: str, corpus: Path, tmp_path: Path) -> None:
    change, settings, kind, words = CHANGES[what]
    output = tmp_path / "out.jsonl"
    _unfinished(corpus, output)
    done = Path(f"{output}.partial").read_bytes()
    change(corpus)
    with pytest.raises(kind, match=words) as caught:
        batch([str(corpus)], output, Predictor(fake_model()), resume=True, **settings)
    assert "--overwrite" in str(caught.value)
    assert Path(f"{output}.partial").read_bytes() == done
    assert batch([str(corpus)], output, Predictor(fake_model()), overwrite=True, **settings) is not None


def test_it_does_not_go_on_with_another_model_or_another_input(corpus: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    _unfinished(corpus, output)
    with pytest.raises(OutputError, match="model was fake , is fake onnx 123"):
        batch([str(corpus)], output, Predictor(replace(fake_model(), digest="onnx 123")), resume=True)
    other = write_rows(tmp_path / "other.jsonl", 3)
    with pytest.raises(InputError, match=r"read .*rows\.jsonl, not .*other\.jsonl"):
        batch([str(other)], output, Predictor(fake_model()), resume=True)


@pytest.mark.parametrize("name", ["hoptac", "onnxruntime", "tokenizers"])
def test_it_does_not_go_on_after_an_upgrade(name: str, corpus: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    _unfinished(corpus, output)
    state = tmp_path / "out.jsonl.state"
    then = json.loads(state.read_text(encoding="utf-8"))
    assert then["settings"][name]
    then["settings"][name] = "0.0.9"
    state.write_text(json.dumps(then), encoding="utf-8")
    with pytest.raises(OutputError, match=rf"{name} was 0\.0\.9, is .*--overwrite"):
        batch([str(corpus)], output, Predictor(fake_model()), resume=True)


def test_an_output_or_an_unfinished_run_is_not_lost_by_accident(
    corpus: Path, tmp_path: Path, predictor: Predictor
) -> None:
    output = tmp_path / "out.jsonl"
    output.write_text("precious")
    with pytest.raises(OutputError, match="there already; try --overwrite"):
        batch([str(corpus)], output, predictor)
    assert batch([str(corpus)], output, predictor, resume=True) is None
    assert output.read_text() == "precious"
    assert leftovers(output) == []
    output.unlink()
    _unfinished(corpus, output)
    with pytest.raises(OutputError, match="an unfinished run; try --resume"):
        batch([str(corpus)], output, predictor)
    assert batch([str(corpus)], output, predictor, overwrite=True) == Outcome(120, 2)


def test_a_replacement_that_is_broken_off_leaves_the_old_output_and_goes_on(
    corpus: Path, tmp_path: Path, predictor: Predictor
) -> None:
    output = tmp_path / "out.jsonl"
    batch([str(corpus)], tmp_path / "whole.jsonl", predictor)
    _unfinished(corpus, output)
    output.write_text("old")
    assert batch([str(corpus)], output, predictor, resume=True) == Outcome(120, 2)
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_a_second_run_on_the_same_output_is_refused(corpus: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    first = run(corpus, "-o", output, pause=0.02)
    wait_for_rows(output, first)
    for option in ({"resume": True}, {"overwrite": True}):
        with pytest.raises(OutputError, match="another run is writing it"):
            batch([str(corpus)], output, Predictor(fake_model()), **option)
    assert "120 rows" in first.communicate()[1]
    assert len(output.read_bytes().splitlines()) == 120


def test_a_row_that_nobody_can_read_costs_no_other(
    corpus: Path, tmp_path: Path, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = formats.article_from_row

    def read(row: dict[str, Any], *where: Any) -> Any:
        if row["id"] == "60":
            raise MemoryError("no room\nfor this")
        return whole(row, *where)

    monkeypatch.setattr(formats, "article_from_row", read)
    assert batch([str(corpus)], tmp_path / "out.jsonl", predictor) == Outcome(120, 3)
    row = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()[60])
    assert row["error"] == "row 61 of the input: MemoryError('no room\\nfor this'); try to leave it out"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_what_is_done(number: signal.Signals, corpus: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    process = run(corpus, "-o", output, pause=0.02)
    wait_for_rows(output, process, 5)
    process.send_signal(number)
    message = process.communicate()[1]
    assert process.returncode == 128 + number
    assert "--resume" in message
    assert "Traceback" not in message
    assert Path(f"{output}.partial").read_bytes().count(b"\n") >= 5
    assert batch([str(corpus)], output, Predictor(fake_model()), resume=True) == Outcome(120, 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_does_not_wait_for_an_article_in_work(number: signal.Signals, tmp_path: Path) -> None:
    corpus, output = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    corpus.write_text('oops\n{"text": "The navy came."}\n', encoding="utf-8")
    process = run(corpus, "-o", output, pause=60)
    wait_for_rows(output, process)
    time.sleep(1)  # until the encoder is at work
    process.send_signal(number)
    message = process.communicate(timeout=30)[1]
    assert process.returncode == 128 + number
    assert message.endswith("go on with --resume\n")
    assert Path(f"{output}.partial").read_bytes().endswith(b'"}\n')
    assert batch([str(corpus)], output, Predictor(fake_model()), resume=True) == Outcome(2, 1)


def test_an_input_that_grows_while_it_is_read_gives_no_output(corpus: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"

    def grow(done: int, failed: int, total: int) -> None:
        if done == 1:
            with corpus.open("a") as file:
                file.write('{"text": "They met."}\n' * 200)

    big = write_rows(tmp_path / "big.jsonl", 3)
    with pytest.raises(InputError, match="changed while it was read"):
        batch([str(big), str(corpus)], output, Predictor(fake_model()), progress=grow)
    assert not output.exists()


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> Result:
    monkeypatch.setattr(Predictor, "load", classmethod(lambda cls, directory=None, **_: cls(fake_model())))
    return CliRunner().invoke(main, ["batch", *map(str, arguments)])


def test_the_command_says_how_many_failed_and_exits_1(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = call(monkeypatch, corpus, "-o", tmp_path / "out.jsonl")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "120 rows, 2 failed" in result.stderr
    assert call(monkeypatch, corpus, "-o", tmp_path / "out.jsonl").exit_code == 1
    again = call(monkeypatch, corpus, "-o", tmp_path / "out.jsonl", "--resume")
    assert again.exit_code == 0
    assert "nothing to do" in again.stderr


@pytest.mark.parametrize(
    ("output", "options", "words"),
    [("out.csv", [], ".parquet"), ("out.jsonl", ["--resume", "--overwrite"], "one of them")],
)
def test_wrong_usage_is_exit_code_2(
    output: str, options: list[str], words: str, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = call(monkeypatch, corpus, "-o", tmp_path / output, *options)
    assert result.exit_code == 2
    assert words in result.stderr
    with pytest.raises(UsageError):
        batch([str(corpus)], tmp_path / "out.csv", Predictor(fake_model()))


def test_a_folder_that_is_not_there_is_named(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = call(monkeypatch, corpus, "-o", tmp_path / "none" / "out.jsonl")
    assert result.exit_code == 1
    assert "mkdir" in result.stderr


def test_a_file_that_is_changed_meanwhile_is_refused(corpus: Path, tmp_path: Path) -> None:
    def change(done: int, failed: int, total: int) -> None:
        if done == 1:
            corpus.write_text(corpus.read_text(encoding="utf-8").replace("navy", "army"), encoding="utf-8")

    with pytest.raises(InputError, match="changed while it was read"):
        batch([str(corpus)], tmp_path / "out.jsonl", Predictor(fake_model()), progress=change)
    assert not (tmp_path / "out.jsonl").exists()


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")
    Path(name).write_text("The navy came.\n", encoding="utf-8")
    assert batch([name], tmp_path / "out.jsonl", Predictor(fake_model())) == Outcome(1, 0)


def test_wrong_settings_leave_an_unfinished_run_as_it_is(corpus: Path, tmp_path: Path) -> None:
    partial = tmp_path / "out.jsonl.partial"
    partial.write_bytes(b"work of a night\n")
    with pytest.raises(UsageError):
        batch([str(corpus)], tmp_path / "out.jsonl", Predictor(fake_model()), method="x", overwrite=True)
    assert partial.read_bytes() == b"work of a night\n"


def test_long_predictions_make_small_row_groups(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hoptac.arrow.GROUP_BYTES", 2000)
    batch([str(corpus)], tmp_path / "out.parquet", Predictor(fake_model()))
    assert pq.ParquetFile(tmp_path / "out.parquet").num_row_groups > 10
    assert pq.read_table(tmp_path / "out.parquet")["id"].to_pylist()[:3] == ["0", "1", "2"]

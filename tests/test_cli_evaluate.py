"""`evaluate` and `compare` from the command line, over the fake encoder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fakes import fake_model
from hoptac.cli import main
from hoptac.predict import Predictor
from hoptac_eval.gate import pin_floors
from hoptac_eval.report import Report

WORDS = {"defence": "navy", "energy": "gas", "education": "scholarship", "vaccines": "vaccine"}


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    model = replace(fake_model(), directory=tmp_path)
    monkeypatch.setattr(Predictor, "load", classmethod(lambda cls, directory=None, **_: cls(model)))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twelve articles of which the fake encoder gets two wrong."""
    path = tmp_path / "gold.jsonl"
    rows = []
    for number in range(12):
        theme = list(WORDS)[number % 4]
        word = "trade" if number in (3, 8) else WORDS[theme]
        sentences = ["Ministers meet", f"They agreed on the {word} in talks number {number}."]
        genre = "readout" if number % 2 else "feature"
        rows.append({"id": str(number), "lang": "en", "sentences": sentences, "labels": [[], [theme]], "genre": genre})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_every_format_says_the_same_figure(data: Path, tmp_path: Path) -> None:
    found = run("evaluate", str(data), "--no-baselines", "--format", "json")
    assert found.exit_code == 0, found.stderr
    path = tmp_path / "a.json"
    path.write_text(found.stdout, encoding="utf-8")
    figure = Report.load(path).figure("exact_match")
    assert figure is not None
    assert figure.value == pytest.approx(10 / 12)
    for format_ in ("table", "markdown", "html"):
        shown = run("evaluate", str(data), "--no-baselines", "--format", format_, "--by", "genre")
        assert shown.exit_code == 0
        assert ".833" in shown.stdout
        assert "feature" in shown.stdout


@pytest.mark.parametrize("command", ["evaluate", "classify", "summarise"])
def test_weights_that_are_not_there_are_one_line(command: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    found = run(command, str(data), "--encoder", "onnx-fp32")
    assert found.exit_code == 1
    assert "model-fp32.onnx" in found.stderr
    assert found.stderr.count("\n") == 1


def test_few_articles_are_warned_of(data: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("".join(data.read_text("utf-8").splitlines(keepends=True)[:10]), "utf-8")
    assert "few" in run("evaluate", str(few), "--no-baselines").stdout


def test_the_gate_lets_pass_what_holds_and_fails_what_does_not(data: Path, tmp_path: Path) -> None:
    path, floors = tmp_path / "a.json", tmp_path / "floors.json"
    path.write_text(run("evaluate", str(data), "--no-baselines", "--format", "json").stdout, "utf-8")
    assert pin_floors(Report.load(path), floors) == []
    assert run("evaluate", str(data), "--no-baselines", "--gate", str(floors)).exit_code == 0
    data.write_text(data.read_text("utf-8").replace("navy", "trade"), "utf-8")
    changed = run("evaluate", str(data), "--no-baselines", "--gate", str(floors))
    assert changed.exit_code == 1
    assert str(floors) in changed.stderr


def test_compare_speaks_of_the_same_data_only(data: Path, tmp_path: Path) -> None:
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    a.write_text(run("evaluate", str(data), "--no-baselines", "--format", "json").stdout, "utf-8")
    same = run("compare", str(a), str(a))
    assert same.exit_code == 0
    assert same.stdout
    data.write_text(data.read_text("utf-8").replace("navy", "trade"), "utf-8")
    b.write_text(run("evaluate", str(data), "--no-baselines", "--format", "json").stdout, "utf-8")
    refused = run("compare", str(a), str(b))
    assert refused.exit_code == 2
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id": "1", "lang": "en", "sentences": ["a b"], "labels": [["love"]]}', "love"),
        ('{"id": "1", "lang": "en", "sentences": ["a b"], "labels": [[], []]}', "gold.jsonl:1"),
        ("", "gold.jsonl"),
    ],
)
def test_bad_data_is_one_line_with_its_place(line: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    result = run("evaluate", str(path))
    assert result.exit_code == 1
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_what_data_says_cannot_move_the_cursor(data: Path, tmp_path: Path) -> None:
    data.write_text(
        data.read_text(encoding="utf-8").replace("feature", "\\u001b]0;owned\\u0007\\u202e"), encoding="utf-8"
    )
    report = run("evaluate", str(data), "--no-baselines", "--format", "json", "--by", "genre").stdout
    (tmp_path / "a.json").write_text(report, encoding="utf-8")
    for format_ in ("table", "markdown"):
        shown = run("evaluate", str(data), "--no-baselines", "--by", "genre", "--format", format_).stdout
        assert "]0;owned" in shown
        assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    compared = run("compare", str(tmp_path / "a.json"), str(tmp_path / "a.json")).stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(compared)


def test_json_and_html_are_harmless_on_a_terminal_and_as_they_are_elsewhere(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.write_text(data.read_text(encoding="utf-8").replace("feature", "\\u009b\\u202e"), encoding="utf-8")
    call = ("evaluate", str(data), "--no-baselines", "--by", "genre", "--format")
    piped = {format_: run(*call, format_).stdout for format_ in ("json", "html")}
    monkeypatch.setattr("hoptac.console.is_terminal", lambda: True)
    shown = {format_: run(*call, format_).stdout for format_ in ("json", "html")}
    for format_ in ("json", "html"):
        assert "\u202e" in piped[format_]
        assert not {"\x9b", "\u202e"} & set(shown[format_])
    assert json.loads(shown["json"])["results"].keys() == json.loads(piped["json"])["results"].keys()

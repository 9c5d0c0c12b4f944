"""Golden cases through every door: the library, a file, a pipe, JSON lines. The same answer everywhere."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fakes import ROOT, fake_model
from hoptac import Prediction, article_from_text, read_article
from hoptac.cli import main
from hoptac.predict import Predictor

CASES = [json.loads(line) for line in (ROOT / "tests/cases/golden.jsonl").read_text(encoding="utf-8").splitlines()]
cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Predictor, "load", classmethod(lambda cls, directory=None, **_: cls(fake_model())))


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=stdin)


def check(row: dict[str, Any], case: dict[str, Any]) -> None:
    assert row["error"] is None
    assert row["labels"] == case["labels"]
    assert row["primary"] == case["primary"]
    assert row["title"] == case["title"]
    assert row["language"] == case["language"]
    assert len(row["sentences"]) == case["n_sentences"]
    evidence = {theme["id"]: theme["sentences"] for theme in row["themes"] if theme["decision"] == "yes"}
    assert evidence == case["evidence"]


@cases
def test_library(case: dict[str, Any], predictor: Predictor) -> None:
    check(predictor.predict(case["text"]).to_dict(), case)


@cases
def test_composed_and_decomposed_letters_give_the_same(case: dict[str, Any], predictor: Predictor) -> None:
    decomposed = predictor.predict(unicodedata.normalize("NFD", case["text"]))
    assert decomposed.to_dict() == predictor.predict(unicodedata.normalize("NFC", case["text"])).to_dict()


@cases
def test_file_pipe_and_library_agree(case: dict[str, Any], predictor: Predictor, tmp_path: Path) -> None:
    path = tmp_path / "article.txt"
    path.write_text(case["text"], encoding="utf-8")
    from_file = run("classify", str(path), "--format", "jsonl")
    from_pipe = run("classify", "-", "--format", "jsonl", stdin=path.read_bytes())
    assert from_file.exit_code == from_pipe.exit_code == 0
    file_row, pipe_row = json.loads(from_file.stdout), json.loads(from_pipe.stdout)
    library_row = predictor.predict(read_article(path)).to_dict()
    check(file_row, case)
    assert file_row == library_row
    own = {"id": None, "source": None}
    assert {**pipe_row, **own} == {**file_row, **own}


@cases
def test_json_is_the_same_rows_as_json_lines(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"id": str(i), "text": case["text"]}) + "\n" for i in range(3)), "utf-8")
    array = json.loads(run("classify", str(path), "--format", "json").stdout)
    lines = [json.loads(line) for line in run("classify", str(path), "--format", "jsonl").stdout.splitlines()]
    assert array == lines
    assert [row["id"] for row in array] == ["0", "1", "2"]
    for row in array:
        check(row, case)


def test_many_is_one_by_one_whatever_the_number_of_threads(predictor: Predictor) -> None:
    articles = [article_from_text(case["text"], id=str(i)) for i, case in enumerate(CASES * 9)]
    single = [predictor.predict(article).to_dict() for article in articles]
    for threads in (1, 2, 5):
        assert [p.to_dict() for p in predictor.predict_many(articles, threads=threads)] == single


def test_sentences_that_come_in_go_out_one_for_one(tmp_path: Path) -> None:
    sentences = ["Headline without a stop", "One. Two in one.", "Ảnh: TTXVN", "the navy"]
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"id": "x", "sentences": sentences}) + "\n", encoding="utf-8")
    row = json.loads(run("classify", str(path), "--format", "jsonl").stdout)
    assert [item["text"] for item in row["sentences"]] == sentences
    assert row["labels"] == ["defence"]


def test_one_bad_input_costs_no_other(tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text("The navy came. It left.", encoding="utf-8")
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    rows = tmp_path / "rows.jsonl"
    rows.write_text('[1]\n{"text": "Gas will flow through the pipe."}\n', encoding="utf-8")
    result = run("classify", str(empty), str(good), str(tmp_path), "missing.txt", str(rows), "--format", "jsonl")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [row["labels"] for row in found] == [None, ["defence"], None, None, None, ["energy"]]
    assert all(set(row) == set(found[1]) for row in found)
    for row in found:
        if row["error"] is not None:
            assert row["source"] in row["error"]
            assert [key for key, value in row.items() if value is not None] == ["id", "source", "error"]
    assert len(result.stderr.splitlines()) == 4
    assert "Traceback" not in result.output


def test_text_output_quotes_evidence_under_its_theme(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(CASES[0]["text"], encoding="utf-8")
    result = run("classify", str(path))
    lines = result.stdout.splitlines()
    assert lines[0] == "Ministers meet in the capital"
    place = next(i for i, line in enumerate(lines) if "Energy" in line)
    assert "0.98" in lines[place]
    assert "They signed a deal on gas" in lines[place + 1]
    assert "Defence" not in result.stdout
    assert "\x1b" not in result.stdout


def test_json_on_a_terminal_moves_no_cursor_and_a_pipe_gets_the_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "\\u202ex", "sentences": ["the navy\\u202e came"]}\n', encoding="utf-8")
    calls = [(name, str(path), "--format", form) for name in ("classify", "summarise") for form in ("json", "jsonl")]
    piped = [run(*call).stdout for call in calls]
    monkeypatch.setattr("hoptac.console.is_terminal", lambda: True)
    shown = [run(*call).stdout for call in calls]
    for pipe, terminal in zip(piped, shown, strict=True):
        assert "\u202e" in pipe
        assert "\u202e" not in terminal
        assert [json.loads(line) for line in terminal.split(",\n")] == [json.loads(line) for line in pipe.split(",\n")]


def test_a_summary_by_theme_is_that_theme_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(CASES[0]["text"], encoding="utf-8")
    assert (
        run("summarise", str(path), "--theme", "energy").stdout
        == "[…] They signed a deal on gas for the coming winter.\n"
    )
    nothing = run("summarise", str(path), "--theme", "defence")
    assert nothing.stdout == "\n"
    assert "nothing about defence" in nothing.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["classify", "--format", "xml", "a.txt"], "xml"),
        (["summarise", "--length", "none", "a.txt"], "60w"),
        (["summarise", "--theme", "love", "a.txt"], "people-to-people"),
        (["summarise", "--method", "magic", "a.txt"], "lead"),
        (["clasify", "a.txt"], "clasify"),
        (["train", "a.jsonl"], "--themes"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_says_what_is_expected(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""


def test_other_languages_are_read_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "fr.txt"
    path.write_text("Les deux ministres se sont rencontrés lundi à Paris pour parler de commerce.", encoding="utf-8")
    result = run("classify", str(path), "--format", "jsonl")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["language"] == "other"
    assert "warning" in result.stderr


def test_a_failed_prediction_has_null_for_all_it_does_not_know() -> None:
    row = Prediction("x", "x.txt", error="x.txt: empty").to_dict()
    assert {key for key, value in row.items() if value is not None} == {"id", "source", "error"}

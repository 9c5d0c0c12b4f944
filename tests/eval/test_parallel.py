"""Agreement of two versions of the same documents, on answers that can be worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hoptac.errors import DataError
from hoptac_eval import parallel
from hoptac_eval.parallel import agreement, found, read_documents

FIRST = "A gas deal\nIt is about energy.\nRain\nNothing else.\n"
SECOND = "A gas deal\nIt is about energy and defence.\nRain\nNothing else.\n"
NAMES = "a\na\nb\nb\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    paths = tmp_path / "one.txt", tmp_path / "two.txt", tmp_path / "documents.tsv"
    for path, text in zip(paths, (FIRST, SECOND, NAMES), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_documents_are_put_together_from_their_lines(files: tuple[Path, Path, Path]) -> None:
    first, second = read_documents(files[0], files[2])
    assert first.sentences is not None
    assert [sentence.text for sentence in first.sentences] == ["A gas deal", "It is about energy."]
    assert (first.id, first.title, second.id) == ("a", "A gas deal", "b")


def test_blank_lines_are_left_out_and_the_order_stays(tmp_path: Path, files: tuple[Path, Path, Path]) -> None:
    files[0].write_text("\nRain\nA gas deal\n \n", encoding="utf-8")
    files[2].write_text("a\nb\na\na\n", encoding="utf-8")
    assert [(article.id, article.text) for article in read_documents(files[0], files[2])] == [
        ("a", "A gas deal"),
        ("b", "Rain"),
    ]


def test_files_of_different_length_are_refused(files: tuple[Path, Path, Path]) -> None:
    files[2].write_text("a\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"one\.txt: 4 lines, .* has 1"):
        read_documents(files[0], files[2])


def test_a_decision_of_ten_differs(fake: Any, files: tuple[Path, Path, Path]) -> None:
    # Five themes, two documents; only defence of document a is seen in one version alone.
    first, second = (list(fake.predict_many(read_documents(file, files[2]))) for file in files[:2])
    result = agreement(first, second, fake.taxonomy.ids)
    assert (result.n, result.n_failed, result.decisions, result.sets) == (2, 0, 0.9, 0.5)
    assert (result.first_yes, result.second_yes, result.both_yes) == (1, 2, 1)
    assert (result.low, result.high) == (0.8, 1.0), "two documents drawn twice: .8, .9 or 1"
    assert agreement(second, second, fake.taxonomy.ids).decisions == 1.0


def test_every_yes_is_listed_with_its_evidence_and_the_other_answer(fake: Any, files: tuple[Path, Path, Path]) -> None:
    lines = list(found(*(list(fake.predict_many(read_documents(file, files[2]))) for file in files[:2])))
    assert lines == [
        "a en energy .900 (en: yes .900)",
        "    1: It is about energy.",
        "a en defence .900 (en: no .100)",
        "    1: It is about energy and defence.",
        "a en energy .900 (en: yes .900)",
        "    1: It is about energy and defence.",
    ]


def test_a_document_without_an_answer_is_counted_and_left_out(fake: Any, files: tuple[Path, Path, Path]) -> None:
    files[1].write_text(SECOND.replace("Rain", "broken"), encoding="utf-8")
    first, second = (list(fake.predict_many(read_documents(file, files[2]))) for file in files[:2])
    result = agreement(first, second, fake.taxonomy.ids)
    assert (result.n, result.n_failed, result.decisions) == (1, 1, 0.8)
    with pytest.raises(DataError, match="no document"):
        agreement(first[1:], second[1:], fake.taxonomy.ids)


def test_the_command_saves_figures_without_text(
    fake: Any, files: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel.Predictor, "load", lambda directory: fake)
    out = tmp_path / "p.json"
    named = [*map(str, files[:2]), "--documents", str(files[2]), "-o", str(out)]
    result = CliRunner().invoke(parallel.main, named)
    assert result.exit_code == 0, result.output
    assert "| decisions that agree, yes or not | .900 [.800, 1.000] |" in result.stdout
    assert "deal" not in result.stdout
    data = json.loads(out.read_text(encoding="utf-8"))
    assert (data["decisions"], data["stamp"]["files"]) == (0.9, ["one.txt", "two.txt"])
    assert "deal" not in out.read_text(encoding="utf-8")
    assert "about energy and defence" in CliRunner().invoke(parallel.main, [*named, "--list"]).stdout


def test_a_document_that_one_file_lacks_is_named(
    fake: Any, files: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel.Predictor, "load", lambda directory: fake)
    files[1].write_text("One\nTwo\n\n\n", encoding="utf-8")
    result = CliRunner().invoke(parallel.main, [*map(str, files[:2]), "--documents", str(files[2])])
    assert result.exit_code == 1
    assert "two.txt: nothing in it of document b" in result.output

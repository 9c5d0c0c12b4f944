"""The labelled-data contract: what it gives, that it goes round, and what it says of each way to break it."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoptac.errors import DataError
from hoptac.labelled import from_row, join_sentences, read_labelled, to_row
from hoptac.values import Taxonomy, Theme

THEMES = Taxonomy(tuple(Theme(name, {"en": name}, "") for name in ("defence", "energy", "education")))
ROW: dict[str, Any] = {
    "id": "vi-1",
    "lang": "vi",
    "sentences": ["Hợp tác năng lượng", "Hai bên ký.", "Tàu thăm cảng."],
    "labels": [["energy"], [], ["energy", "defence"]],
    "key": [2, 0],
    "summary": "Hai bên ký.",
    "genre": "brief",
}


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_row_becomes_an_article(tmp_path: Path) -> None:
    (labelled,) = read_labelled(write(tmp_path / "a.jsonl", ROW), THEMES)
    article = labelled.article
    assert article.title == "Hợp tác năng lượng"
    assert article.language == "vi"
    assert article.source == f"{tmp_path}/a.jsonl:1"
    assert article.sentences is not None
    assert [article.text[s.start : s.end] for s in article.sentences] == ROW["sentences"]
    assert labelled.labels == (("energy",), (), ("defence", "energy"))
    assert labelled.themes == ("defence", "energy")
    assert labelled.key == (0, 2)
    assert labelled.meta == {"genre": "brief"}


def test_order_of_appearance_without_a_taxonomy(tmp_path: Path) -> None:
    (labelled,) = read_labelled(write(tmp_path / "a.jsonl", ROW))
    assert labelled.themes == ("energy", "defence")


def test_decomposed_text_is_composed(tmp_path: Path) -> None:
    loose = ROW | {"sentences": [unicodedata.normalize("NFD", s) for s in ROW["sentences"]]}
    (labelled,) = read_labelled(write(tmp_path / "a.jsonl", loose))
    assert to_row(labelled)["sentences"] == ROW["sentences"]


def test_a_null_title_is_no_headline(tmp_path: Path) -> None:
    (labelled,) = read_labelled(write(tmp_path / "a.jsonl", ROW | {"title": None}))
    assert labelled.article.title is None
    assert to_row(labelled)["title"] is None


def test_text_and_themes(tmp_path: Path) -> None:
    row = {"id": "a", "lang": "en", "title": "Gas", "text": "They signed.", "themes": ["energy"]}
    (labelled,) = read_labelled(write(tmp_path / "a.jsonl", row), THEMES)
    assert labelled.article.text == "Gas\nThey signed."
    assert labelled.article.sentences is None
    assert labelled.labels is None
    assert labelled.themes == ("energy",)
    assert from_row(to_row(labelled), labelled.article.source) == labelled


def test_only_a_summary_when_asked() -> None:
    row = {"id": "a", "lang": "en", "text": "They signed.", "summary": "Signed."}
    assert from_row(row, "a:1", labels_required=False).summary == "Signed."
    with pytest.raises(DataError, match="no labels"):
        from_row(row, "a:1")


def test_standard_input_bom_and_blank_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"\xef\xbb\xbf" + json.dumps(ROW).encode() + b"\n\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert [item.article.source for item in read_labelled("-")] == ["-:1"]


def test_reading_is_a_stream(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", ROW, ROW | {"id": "b", "labels": []})
    stream = read_labelled(path)
    assert next(stream).article.id == "vi-1"
    with pytest.raises(DataError, match=re.escape("a.jsonl:2: 0 labels for 3 sentences; expected a list")):
        next(stream)


BROKEN: list[tuple[object, str]] = [
    ([1], "a JSON list"),
    (None, "a JSON NoneType"),
    (ROW | {"id": ""}, "id is ''"),
    (ROW | {"id": True}, "id is True"),
    ({k: v for k, v in ROW.items() if k != "id"}, "no id"),
    ({k: v for k, v in ROW.items() if k != "labels"}, "no labels"),
    ({k: v for k, v in ROW.items() if k != "sentences"}, "neither sentences nor text"),
    (ROW | {"text": "x"}, "both sentences and text"),
    (ROW | {"sentences": ["a", " ", "c"]}, "sentence 1 is ' '"),
    (ROW | {"sentences": ["a", None, "c"]}, "sentence 1 is 'None'"),
    (ROW | {"sentences": ["a", "\ud800", "c"]}, "surrogate"),
    (ROW | {"sentences": []}, "at least one sentence"),
    (ROW | {"sentences": "abc"}, "at least one sentence"),
    (ROW | {"labels": [[], []]}, "2 labels for 3 sentences"),
    (ROW | {"labels": "energy"}, "'energy' labels for 3 sentences"),
    (ROW | {"labels": [[], [], ["vaccines"]]}, "unknown theme 'vaccines'; expected one of defence, energy"),
    (ROW | {"labels": [[], [], ["energy", "energy"]]}, "twice"),
    (ROW | {"labels": [[], [], "energy"]}, "list of theme ids"),
    (ROW | {"labels": [[], [], [3]]}, "list of theme ids"),
    (ROW | {"themes": ["education"]}, "those of the sentences"),
    (ROW | {"key": [3]}, "key 3 out of range; expected 0 to 2"),
    (ROW | {"key": [-1]}, "out of range"),
    (ROW | {"key": [True]}, "sentence numbers"),
    (ROW | {"key": [0, 0]}, "a sentence twice"),
    (ROW | {"key": "0"}, "sentence numbers"),
    (ROW | {"title": "Another story"}, "title is not how the sentences begin"),
    (ROW | {"summary": 3}, "summary is '3'"),
    (ROW | {"lang": 3}, "lang is 3"),
    ({"id": "a", "text": "x", "labels": [[]]}, "labels without sentences"),
    ({"id": "a", "text": "x", "themes": [], "key": [0]}, "key without sentences"),
]


@pytest.mark.parametrize(("row", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_broken_rows_are_named(tmp_path: Path, row: object, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(ROW | {"id": "good"}) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(DataError) as caught:
        list(read_labelled(path, THEMES))
    assert str(caught.value).startswith(f"{path}:2: ")
    assert message in str(caught.value)
    assert "; expected" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no articles in it"),
        (b"\n \n", "no articles in it"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message):
        list(read_labelled(path))


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_what_is_no_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="cannot be opened"):
        list(read_labelled(tmp_path / name))


def test_an_id_twice_names_both_lines(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.jsonl:2: id 'vi-1' stands on line 1 already"):
        list(read_labelled(write(tmp_path / "a.jsonl", ROW, ROW)))


def test_an_exclusive_taxonomy_wants_one_theme() -> None:
    one = Taxonomy(THEMES.themes, exclusive=True)
    with pytest.raises(DataError, match="2 themes; expected exactly one"):
        from_row(ROW, "a:1", one)


text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda value: bool(value.strip()))


@given(st.lists(text, min_size=1))
def test_offsets_are_true(texts: list[str]) -> None:
    whole, sentences = join_sentences(texts)
    assert [whole[s.start : s.end] for s in sentences] == [unicodedata.normalize("NFC", t) for t in texts]


@given(
    st.lists(st.tuples(text, st.lists(st.sampled_from(THEMES.ids), unique=True)), min_size=1),
    st.booleans(),
    st.none() | text,
)
def test_rows_go_round(items: list[tuple[str, list[str]]], headline: bool, summary: str | None) -> None:
    row: dict[str, Any] = {"id": "a", "lang": "en"}
    row |= {"sentences": [sentence for sentence, _ in items], "labels": [labels for _, labels in items]}
    row |= {} if headline else {"title": None}
    row |= {"summary": summary, "key": [0], "genre": {"deep": [1]}}
    labelled = from_row(row, "a:1", THEMES)
    assert from_row(to_row(labelled), "a:1", THEMES) == labelled

"""Every form in which labelled data come, and what is said of those that cannot be read."""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hoptac.errors import DataError, MissingExtra
from hoptac.values import LabelledArticle, Taxonomy
from hoptac_eval.loading import Example, load_examples, need

ROWS: list[dict[str, Any]] = [
    {
        "id": "a",
        "lang": "vi",
        "sentences": ["Hợp tác", "Hai bên ký."],
        "labels": [["energy"], []],
        "key": [1],
        "summary": "Ký.",
        "genre": "brief",
    },
    {
        "id": "b",
        "lang": "en",
        "sentences": ["Talks"],
        "labels": [[]],
        "key": [0],
        "summary": "Talks.",
        "genre": "x",
    },
]


def load(taxonomy: Taxonomy, *paths: str | Path) -> list[Example]:
    return list(load_examples([str(path) for path in paths], taxonomy))


def essence(gold: LabelledArticle) -> tuple[object, ...]:
    return (
        gold.article.id,
        gold.article.language,
        gold.article.text,
        gold.labels,
        gold.themes,
        gold.key,
        gold.summary,
    )


@pytest.fixture
def expected(tmp_path: Path, taxonomy: Taxonomy) -> list[tuple[object, ...]]:
    path = tmp_path / "expected.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return [essence(example.gold) for example in load(taxonomy, path)]


def test_parquet(tmp_path: Path, taxonomy: Taxonomy, expected: list[tuple[object, ...]]) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    found = load(taxonomy, tmp_path / "a.parquet")
    assert [essence(example.gold) for example in found] == expected
    assert found[0].gold.meta == {"genre": "brief"}
    assert found[0].gold.article.source == f"{tmp_path}/a.parquet:1"


@pytest.mark.parametrize(("suffix", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_csv_with_lists_as_json(
    tmp_path: Path, taxonomy: Taxonomy, expected: list[tuple[object, ...]], suffix: str, delimiter: str
) -> None:
    with (tmp_path / f"a.{suffix}").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]), delimiter=delimiter)
        writer.writeheader()
        for row in ROWS:
            lists = {name: json.dumps(value) for name, value in row.items() if isinstance(value, list)}
            writer.writerow(row | lists)
    assert [essence(example.gold) for example in load(taxonomy, tmp_path / f"a.{suffix}")] == expected


def test_csv_of_whole_articles(tmp_path: Path, taxonomy: Taxonomy) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,themes,title\n"Two, signed.",energy; defence,Gas\nNothing.,,\n', encoding="utf-8")
    first, second = load(taxonomy, path)
    assert first.gold.article.id == "a-1"
    assert first.gold.article.text == "Gas\nTwo, signed."
    assert first.gold.themes == ("defence", "energy")
    assert second.gold.themes == ()
    assert second.themed


def test_a_saved_data_set_and_class_labels(tmp_path: Path, taxonomy: Taxonomy) -> None:
    labels = datasets.ClassLabel(names=["energy", "defence"])
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": labels, "language": datasets.Value("string")}
    )
    rows = {"text": ["A.", "B."], "label": [0, 1], "language": ["en", "vi"]}
    split = datasets.Dataset.from_dict(rows, features=features)
    datasets.DatasetDict({"train": split, "test": split.select([1])}).save_to_disk(tmp_path / "saved")
    (only,) = load(taxonomy, tmp_path / "saved")
    assert (only.gold.themes, only.gold.article.language) == (("defence",), "vi")
    split.save_to_disk(tmp_path / "single")
    assert [example.gold.themes for example in load(taxonomy, tmp_path / "single")] == [
        ("energy",),
        ("defence",),
    ]


def test_paragraphs_and_a_summary_without_labels(tmp_path: Path, taxonomy: Taxonomy) -> None:
    row = {"id": "v", "title": "Gas", "body": ["One.", "Two."], "summary": "One.", "category": "politics"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    (only,) = load(taxonomy, tmp_path / "a.jsonl")
    assert only.gold.article.text == "Gas\nOne.\nTwo."
    assert not only.themed
    assert only.gold.meta == {"category": "politics"}


def test_a_category_is_a_theme_where_the_taxonomy_knows_it(tmp_path: Path, taxonomy: Taxonomy) -> None:
    (tmp_path / "a.tsv").write_text('index_id\tcategory\ttext\n7\tenergy\t"He said ""gas""."\n')
    (only,) = load(taxonomy, tmp_path / "a.tsv")
    assert (only.gold.article.id, only.gold.themes) == ("7", ("energy",))
    assert only.gold.article.text == 'He said "gas".'


def test_an_id_twice_across_files(tmp_path: Path, taxonomy: Taxonomy) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(ROWS[0]) + "\n")
    with pytest.raises(DataError, match=r"b\.jsonl:1: id 'a' stands in .*a\.jsonl:1 already"):
        load(taxonomy, tmp_path / "a.jsonl", tmp_path / "b.jsonl")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "no articles"),
        ("a.csv", b"text,themes\n", "no articles"),
        ("a.csv", b"text,themes\na,energy,more\n", r"a\.csv:2: another number of cells"),
        ("a.csv", b"text,themes\na\n", r"a\.csv:2: another number of cells"),
        ("a.csv", b"text,themes\na,gas\n", r"a\.csv:1: unknown theme 'gas'"),
        ("a.csv", b"text,themes\n\xff\xfe,energy\n", "not readable"),
        ("a.csv", b"text,other\na,b\n", "no labels"),
        ("a.csv", b"sentences,labels\nabc,[[]]\n", r"a\.csv:2: sentences is 'abc'; expected a JSON list"),
        ("a.parquet", b"PAR1 nonsense", "not a Parquet file"),
        ("a.jsonl", b"", "no articles"),
        ("a.docx", b"x", "not known; expected JSON lines"),
        ("a", b"x", "files named without a suffix"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, taxonomy: Taxonomy, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load(taxonomy, tmp_path / name)


def test_no_file_and_no_data_set(tmp_path: Path, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(name: str) -> None:
        raise ConnectionError(f"Couldn't reach '{name}' on the Hub")

    monkeypatch.setattr(datasets, "load_dataset", offline)
    with pytest.raises(DataError, match=re.escape("nobody/none: no such file, and no data set could be had (Couldn't")):
        load(taxonomy, "nobody/none")
    with pytest.raises(DataError, match="no such file; expected a labelled file"):
        load(taxonomy, "/no/such/place/a.parq")
    with pytest.raises(DataError, match="no articles"):
        load(taxonomy)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="a directory that is no data set"):
        load(taxonomy, tmp_path / "empty")


def test_a_split_by_name(taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch) -> None:
    split = datasets.Dataset.from_dict({"text": ["A."], "themes": [["energy"]]})
    monkeypatch.setattr(datasets, "load_dataset", lambda name: datasets.DatasetDict({"dev": split, "train": split}))
    assert len(load(taxonomy, "some/set:dev")) == 1
    with pytest.raises(DataError, match=r"which split\? expected one of dev, train; name it as some/set:dev"):
        load(taxonomy, "some/set")


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=re.escape("evaluate needs matplotlib")):
        need("matplotlib")

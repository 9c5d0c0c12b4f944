"""Rows of JSON lines, CSV and Parquet: each bad one costs no other, and none is read for more than the limit."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hoptac.errors import UsageError
from hoptac.formats import Unread
from hoptac.limits import Limits
from hoptac.tables import TABLES, Columns


def read(path: Path, columns: Columns | None = None) -> list[Any]:
    suffix = path.with_suffix("").suffix if path.suffix in (".gz", ".zst") else path.suffix
    return [row() for row in TABLES[suffix](str(path), str(path), "a", columns or Columns())]


def unread(path: Path, columns: Columns | None = None) -> list[bool]:
    return [isinstance(item, Unread) for item in read(path, columns)]


def test_bytes_that_are_no_text_cost_their_own_row_of_parquet(tmp_path: Path) -> None:
    texts = pa.array([b"One.", b"\xff\xfe", b"Two."], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert [isinstance(row, Unread) for row in found] == [False, True, False]


def test_columns_are_called_what_the_user_says(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("key,headline,body\n1,Talks held,The navy came.\n")
    (article,) = read(tmp_path / "a.csv", Columns("body", "key", "headline"))
    assert (article.id, article.title, article.text) == ("1", "Talks held", "Talks held\nThe navy came.")


@pytest.mark.parametrize(("columns", "option"), [(Columns("body"), "text"), (Columns("text", "key"), "id")])
@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_column_that_is_not_there_is_wrong_usage(columns: Columns, option: str, name: str, tmp_path: Path) -> None:
    if name == "a.csv":
        (tmp_path / name).write_text("id,title,text\n1,Talks held,The navy came.\n")
    else:
        pq.write_table(pa.table({"id": ["1"], "title": ["Talks held"], "text": ["The navy came."]}), tmp_path / name)
    with pytest.raises(UsageError, match=rf"it has: id, title, text\); try --{option}-column"):
        read(tmp_path / name, columns)


def test_bad_cells_cost_their_own_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        b"id,text\n1,The navy came.\n2\n\n3,\n4,B\xe9 caf\xe9 \xc3\xa9 broken\n"
        + b'5,"Two\nlines of gas."\n6,The end came.\n'
    )
    found = read(path)
    assert [isinstance(item, Unread) for item in found] == [False, True, True, True, False, False]
    assert [item.source.rsplit(":", 1)[1] for item in found] == ["2", "3", "5", "6", "7", "9"]
    assert all(str(item.error).startswith(item.source) for item in found if isinstance(item, Unread))


LONG = "tin " * 5000
LONG_ROWS: list[dict[str, Any]] = [{"text": "The navy came."}, {"text": LONG}, {"text": "It left."}]


def _long_lines() -> bytes:
    return "".join(json.dumps(row) + "\n" for row in LONG_ROWS).encode()


def _csv(path: Path, rows: list[dict[str, str]], unit: str) -> None:
    """Rows as the module writes them, the long ones of `unit`s."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "text": row["text"].replace("tin ", unit)} for row in rows)


LONG_DOORS: dict[str, Callable[[Path], object]] = {
    "a.jsonl": lambda path: path.write_bytes(_long_lines()),
    "b.jsonl.gz": lambda path: path.write_bytes(gzip.compress(_long_lines())),
    "c.jsonl.zst": lambda path: path.write_bytes(pa.Codec("zstd").compress(_long_lines(), asbytes=True)),
    "d.csv": lambda path: path.write_text(f"text\nThe navy came.\n{LONG}\nIt left.\n"),
    "quoted.csv": lambda path: path.write_text(f'text\nThe navy came.\n"{LONG}"\nIt left.\n'),
    "lines-in-quotes.csv": lambda path: _csv(path, LONG_ROWS, "tin \n"),
    "quotes-in-quotes.csv": lambda path: _csv(path, LONG_ROWS, '"tin" " nói"\n'),
    "commas-behind.csv": lambda path: _csv(path, [{**row, "more": 'a "b",\nc'} for row in LONG_ROWS], "a,\r\n"),
    "returns.csv": lambda path: path.write_text(f"text\rThe navy came.\r{LONG}\rIt left.\r", newline=""),
    "e.parquet": lambda path: pq.write_table(pa.Table.from_pylist(LONG_ROWS), path),
    "large.parquet": lambda path: pq.write_table(
        pa.Table.from_pylist(LONG_ROWS).cast(pa.schema({"text": pa.large_string()})), path
    ),
}


@pytest.mark.parametrize("door", list(LONG_DOORS))
def test_a_row_over_the_limit_costs_itself_and_no_other(door: str, tmp_path: Path) -> None:
    LONG_DOORS[door](tmp_path / door)
    found = read(tmp_path / door, Columns(limits=Limits(bytes=15_000)))
    assert [isinstance(item, Unread) for item in found] == [False, True, False]
    assert str(found[1].error).startswith(found[1].source)
    assert not any(isinstance(item, Unread) for item in read(tmp_path / door, Columns(limits=Limits(bytes=100_000))))


def test_the_limit_counts_bytes_and_not_letters(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["ệ" * 400, "e" * 400]}), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet", Columns(limits=Limits(bytes=1000)))
    assert [isinstance(item, Unread) for item in found] == [True, False]


@pytest.mark.parametrize("cell", ["id", "title", "lang"])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_whatever_cell_is_over_the_limit_is_an_error_and_is_not_cut(cell: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    rows = [{"text": "The navy came.", cell: value} for value in ("a", "b" * 1001, "c")]
    _csv(path, rows, "") if suffix == ".csv" else pq.write_table(pa.Table.from_pylist(rows), path)
    found = read(path, Columns(limits=Limits(bytes=1000)))
    assert [isinstance(item, Unread) for item in found] == [False, True, False]
    assert "more than 1000 bytes" in str(found[1].error)


def test_a_long_text_of_bytes_that_are_no_text_is_not_cut_short(tmp_path: Path) -> None:
    texts = pa.array([b"One.", b"Two." + b"\xff" * 1000], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet", Columns(limits=Limits(bytes=1000)))
    assert "more than 1000 bytes" in str(found[1].error)


@pytest.mark.parametrize("half", [0xD800, 0xDC00, 0xDCE9])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_half_a_pair_in_utf_16_costs_its_row(half: int, encoding: str, tmp_path: Path) -> None:
    text = f"\ufefftext\nThe navy came.\nThe {chr(half)} ship.\nIt left.\n"
    (tmp_path / "a.csv").write_bytes(text.encode(encoding, "surrogatepass"))
    found = read(tmp_path / "a.csv")
    assert [isinstance(item, Unread) for item in found] == [False, True, False]
    assert str(found[1].error).startswith(f"{tmp_path / 'a.csv'}:3: broken UTF-16")


@pytest.mark.parametrize(("later", "lost"), [("The navy came.", 120), ('"The navy came, it left."', 12)])
def test_a_quotation_mark_that_nobody_closes_does_not_swallow_the_file(later: str, lost: int, tmp_path: Path) -> None:
    path, unclosed = tmp_path / "a.csv", '0,"The navy came.' + "\n1,It left." * 20
    path.write_text("\n".join(["id,text", unclosed, *(f"{i},{later}" for i in range(300)), ""]))
    bad, *good = read(path, Columns(limits=Limits(bytes=200)))
    assert str(bad.error) == (
        f"{path}:2: a row of more than 200 bytes; try to look for a quotation mark without its pair, "
        "or raise --max-bytes"
    )
    assert [item.id for item in good[-300 + lost :]] == [str(i) for i in range(lost, 300)]


def test_a_row_of_many_cells_is_held_to_the_limit_as_one_cell_is(tmp_path: Path) -> None:
    cells = ",".join(f'"{"a" * 90}\n"' for _ in range(20))
    (tmp_path / "a.csv").write_text(f"text\nOne.\nTwo.,{cells}\nThree.\n")
    found = read(tmp_path / "a.csv", Columns(limits=Limits(bytes=1000)))
    assert [isinstance(item, Unread) for item in found] == [False, True, False]


def test_an_inch_in_a_line_that_is_too_long_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'text\n5" {LONG}\nIt left.\nIt came.\n')
    assert unread(tmp_path / "a.csv", Columns(limits=Limits(bytes=1000))) == [True, False, False]


def test_what_python_has_no_value_for_costs_its_row_at_most(tmp_path: Path) -> None:
    texts = pa.array(["One.", "Two."]).dictionary_encode()
    bad = pa.array([b"One.", b"B\xe9 caf\xe9 \xc3\xa9 broken"], pa.binary()).view(pa.string()).dictionary_encode()
    pq.write_table(pa.table({"text": texts, "title": bad}), tmp_path / "a.parquet")
    assert unread(tmp_path / "a.parquet") == [False, True]

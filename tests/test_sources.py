"""Whatever a corpus comes in, the same rows come out, in the same order, and each bad one costs no other."""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hoptac.errors import InputError
from hoptac.formats import Unread
from hoptac.limits import DEFAULT, Limits
from hoptac.sources import Survey, rows, survey
from hoptac.tables import Columns

NOWHERE = Path("no such output")
ROWS: list[dict[str, Any]] = [
    {"id": f"n{i}", "title": f"Hội đàm lần {i}", "text": f'Hai bên nói về "điện".\nHọ gặp nhau {i} lần.'}
    for i in range(9)
]


def _lines() -> bytes:
    return "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def _csv(path: Path, delimiter: str = ",", encoding: str = "utf-8") -> None:
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, list(ROWS[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(ROWS)


def _zst(path: Path) -> None:
    codec = pa.Codec("zstd")
    data = _lines()  # two frames, as `cat a.zst b.zst` leaves them
    path.write_bytes(b"".join(codec.compress(part, asbytes=True) for part in (data[:200], data[200:])))


DOORS: dict[str, Callable[[Path], object]] = {
    "a.jsonl": lambda path: path.write_bytes(_lines()),
    "b.jsonl.gz": lambda path: path.write_bytes(gzip.compress(_lines())),
    "c.jsonl.zst": _zst,
    "d.csv": _csv,
    "e.parquet": lambda path: pq.write_table(pa.Table.from_pylist(ROWS), path, row_group_size=4),
    "no-suffix": lambda path: path.write_bytes(_lines()),
    "semicolons.csv": lambda path: _csv(path, ";"),
    "spreadsheet.csv": lambda path: _csv(path, "\t", "utf-16"),
    "with-mark.csv": lambda path: _csv(path, ",", "utf-8-sig"),
}


def read(*names: object, columns: Columns | None = None) -> list[Any]:
    return [row() for row in rows([str(name) for name in names], columns or Columns(), NOWHERE)]


def count(name: object, columns: Columns | None = None) -> Survey:
    return survey(str(name), columns or Columns(), NOWHERE)


@pytest.mark.parametrize("door", list(DOORS))
def test_every_door_gives_the_same_articles(door: str, tmp_path: Path) -> None:
    DOORS[door](tmp_path / door)
    articles = read(tmp_path / door)
    assert [(a.id, a.title, a.text.split("\n", 1)[1]) for a in articles] == [tuple(row.values()) for row in ROWS]
    assert all(a.source.startswith(str(tmp_path / door)) for a in articles)
    assert count(tmp_path / door).n_rows == len(ROWS)


@pytest.mark.parametrize("door", list(DOORS))
def test_rows_that_are_passed_over_change_no_other(door: str, tmp_path: Path) -> None:
    DOORS[door](tmp_path / door)
    whole = read(tmp_path / door)
    rest = islice(rows([str(tmp_path / door)], Columns(), NOWHERE), 5, None)
    assert [row() for row in rest] == whole[5:]


@pytest.mark.parametrize("door", ["a.jsonl", "b.jsonl.gz", "c.jsonl.zst", "d.csv", "e.parquet"])
def test_a_name_may_hold_bytes_that_are_not_utf_8(door: str, tmp_path: Path) -> None:
    DOORS[door](tmp_path / door)
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff" + os.fsencode(door))
    (tmp_path / door).rename(name)
    assert [article.id for article in read(name)] == [row["id"] for row in ROWS]


def test_a_folder_is_read_in_the_order_of_names_without_hidden_and_unknown_files(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.txt", "a.txt", "c.md", ".hidden.txt", ".git/x.txt", "notes.docx", "b/3.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"text": "They met."}) if name.endswith("jsonl") else f"They met in {name[0]}.")
    found = [Path(item.source).relative_to(tmp_path).as_posix() for item in read(tmp_path)]
    assert found == ["a.txt", "c.md", "b/1.txt", "b/2.txt", "b/3.jsonl:1"]
    assert count(tmp_path).n_files == 5
    assert [item.source for item in read(f"{tmp_path}/b/*.txt")] == [f"{tmp_path}/b/1.txt", f"{tmp_path}/b/2.txt"]
    assert [item.source for item in rows_left_out(tmp_path)] == [item.source for item in read(tmp_path)][1:]


def test_a_folder_that_cannot_be_listed_is_a_row_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.jsonl").write_bytes(_lines())
    scan = os.scandir

    def refuse(path: str) -> Any:
        if os.path.basename(path) == "b":
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = read(tmp_path)
    assert count(tmp_path).n_rows == len(found) == 2 * len(ROWS) + 1
    assert isinstance(found[-1], Unread)
    assert str(found[-1].error).startswith(f"{tmp_path / 'b'}: this folder cannot be listed")


def test_a_pipe_is_a_row_that_says_so(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    (tmp_path / "b.jsonl").write_bytes(_lines())
    first, *others = read(tmp_path)
    assert isinstance(first, Unread)
    assert "cannot be read twice" in str(first.error)
    assert len(others) == len(ROWS)


def test_a_glob_leaves_out_what_the_run_itself_writes(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(_lines())
    for name in ("out.jsonl", "out.jsonl.partial", "out.jsonl.state", "out.jsonl.replaced"):
        (tmp_path / name).write_bytes(_lines())
    (tmp_path / "out.jsonl.parts").mkdir()
    (tmp_path / "out.jsonl.parts/a.jsonl").write_bytes(_lines())
    for output in (tmp_path / "out.jsonl", tmp_path / "nowhere/../out.jsonl"):
        assert len(list(rows([f"{tmp_path}/**"], Columns(), output))) == len(ROWS)
        assert len(list(rows([str(tmp_path)], Columns(), output))) == len(ROWS)


def test_two_columns_of_one_name_are_named(tmp_path: Path) -> None:
    column = pa.array(["One."])
    pq.write_table(pa.Table.from_arrays([column, column], ["text", "text"]), tmp_path / "a.parquet")
    (found,) = read(tmp_path / "a.parquet")
    assert isinstance(found, Unread)


def rows_left_out(folder: Path) -> list[Any]:
    return [row() for row in rows([str(folder)], Columns(), folder / "a.txt")]


def _cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize("door", ["b.jsonl.gz", "c.jsonl.zst", "e.parquet"])
def test_a_file_that_is_cut_short_ends_in_one_row_that_says_so(door: str, tmp_path: Path) -> None:
    DOORS[door](tmp_path / door)
    _cut(tmp_path / door)
    good = tmp_path / "good.txt"
    good.write_text("They met.")
    found = read(tmp_path / door, good)
    assert isinstance(found[-2], Unread)
    assert str(found[-2].error).startswith(f"{tmp_path / door}")
    assert "\n" not in str(found[-2].error)
    assert [isinstance(item, Unread) for item in found].count(True) == 1
    assert count(tmp_path / door).n_rows == len(found) - 1


@pytest.mark.parametrize(
    ("name", "words"), [("missing.jsonl", "check the name"), ("-", "pipe"), ("*.jsonl", "no file")]
)
def test_an_input_that_is_not_there_is_refused(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        count(name if name == "-" else tmp_path / name)


@pytest.mark.parametrize("name", ["a" * 5000, "a/" * 5000 + "a", "a\0b", "a" * 5000 + "*", "a\0*"])
def test_a_name_that_no_system_has_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"try|expected"):
        count(name)
    (tmp_path / "a.jsonl").write_bytes(_lines())
    assert len(list(rows([str(tmp_path)], Columns(), Path(name)))) == len(ROWS)


def test_a_survey_tells_inputs_apart_by_content_and_name(tmp_path: Path) -> None:
    one, two = tmp_path / "1.txt", tmp_path / "2.txt"
    one.write_text("They met.")
    before = count(tmp_path)
    assert count(tmp_path) == before
    one.write_text("They ate.")
    changed = count(tmp_path)
    one.rename(two)
    assert len({before.digest, changed.digest, count(tmp_path).digest}) == 3


LONG = "tin " * 5000


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.txt.zst", "a.html", "a.md"])
def test_a_file_over_the_limit_is_one_row_that_says_so(name: str, tmp_path: Path) -> None:
    text = f"<body><p>{LONG}</p>".encode() if name == "a.html" else LONG.encode()
    packers: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.compress,
        ".zst": lambda data: pa.Codec("zstd").compress(data, asbytes=True),
    }
    (tmp_path / name).write_bytes(packers.get(Path(name).suffix, bytes)(text))
    (found,) = read(tmp_path / name, columns=Columns(limits=Limits(bytes=1000)))
    assert isinstance(found, Unread)
    assert "more than 1000 bytes; try to split it, or raise --max-bytes" in str(found.error)
    assert not isinstance(read(tmp_path / name, columns=Columns(limits=DEFAULT))[0], Unread)

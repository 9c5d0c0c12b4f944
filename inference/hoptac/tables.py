"""The rows of one file of JSON lines, CSV or Parquet, each read only when it is called; and files unpacked.

A row that cannot be read costs no other. Not here: which files there are (`sources`), what is in a line (`formats`),
Parquet's own (`arrow`).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from typing import Any

from hoptac.decode import SAMPLE, decode, normalise, require_text
from hoptac.errors import InputError, UsageError
from hoptac.formats import Unread, article_from_line, article_from_row, json_lines
from hoptac.limits import DEFAULT, Limits, is_too_long, too_long
from hoptac.values import Article

Row = Callable[[], Article | Unread]
"""One row of a corpus, not yet read."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where CSV and Parquet have an article's parts; None: the column `id` or `title`, where there is one. And the most
    that is read of an article, wherever it stands."""

    text: str = "text"
    id: str | None = None
    title: str | None = None
    limits: Limits = DEFAULT


@contextmanager
def open_unpacked(file: str) -> Iterator[BufferedReader]:
    """The bytes of a file, unpacked."""
    raw: Any
    if file.endswith(".zst"):
        from hoptac.arrow import open_zst

        raw = open_zst(file)
    elif file.endswith(".gz"):
        raw = gzip.open(file)  # noqa: SIM115 - closed below
    else:
        raw = open(file, "rb", buffering=0)  # noqa: SIM115
    with raw:
        stream: BufferedReader = BufferedReader(raw, SAMPLE)
        yield stream


def _json_rows(file: str, source: str, id: str, columns: Columns) -> Iterator[Row]:
    with open_unpacked(file) as stream:
        _head(stream, source)
        for number, line in json_lines(stream, source, columns.limits):
            yield partial(article_from_line, line, f"{source}:{number}", f"{id}:{number}", columns.limits)


def _head(stream: BufferedReader, source: str) -> bytes:
    """How a table begins. Raises InputError where it is no text."""
    head = stream.peek(SAMPLE)[:SAMPLE]
    if not head:
        raise InputError(f"{source}: empty; try a file with text in it")
    require_text(head, source)
    return head


def _csv_rows(file: str, source: str, id: str, columns: Columns) -> Iterator[Row]:
    # For the process, the module has no other way; what holds a cell to the limit is that its row is held to it.
    csv.field_size_limit(max(csv.field_size_limit(), columns.limits.bytes))
    with open_unpacked(file) as stream:
        head = _head(stream, source)
        charset = _UTF_16 if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else _UTF_8
        stream.read(len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0)
        lines = _TextLines(io.TextIOWrapper(stream, *charset, newline=""), source, columns.limits)
        header = next(lines, "")
        # Where a comma is the decimal mark, spreadsheets part columns with a semicolon.
        mark = next((mark for mark in ",;\t" if columns.text in next(csv.reader([header], delimiter=mark), [])), ",")
        names = next(csv.reader([header], delimiter=mark), [])
        places = {role: names.index(column) for role, column in pick(columns, names, source).items()}
        reader = csv.reader(lines, delimiter=mark)
        while True:
            number = lines.begin_row(mark)
            where, row_id = f"{source}:{number}", f"{id}:{number}"
            try:
                cells = next(reader, None)
            except InputError as problem:
                yield partial(Unread, row_id, where, problem)
                continue
            if cells is None:
                break
            if cells:
                values = {role: cells[place] for role, place in places.items() if place < len(cells) and cells[place]}
                yield partial(_article_from_cells, values, columns, where, row_id, charset)


# Bytes that are not what they should be are kept as they are, so that they cost their row and no other.
_UTF_8 = ("utf-8", "surrogateescape")
_UTF_16 = ("utf-16", "surrogatepass")

_FURTHER = 8  # times the limit: so far a closing quotation mark is looked for, which may never come
_UNPAIRED = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
"""From within quotation marks to the first that is not doubled."""


class _TextLines:
    """The lines of a CSV file. A row of more of them than an article may be is passed over, and raises InputError."""

    def __init__(self, text: io.TextIOWrapper, source: str, limits: Limits) -> None:
        self.text, self.source, self.limits = text, source, limits
        self.n_read = 0
        self.begin_row(",")

    def begin_row(self, mark: str) -> int:
        """The number of the line at which the next row begins. mark: what parts its cells."""
        self.mark, self.first, self.n_characters = mark, self.n_read + 1, 0
        return self.first

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._read()
        if not line:
            raise StopIteration
        within = self.n_characters > 0  # a row goes on in another line only within quotation marks
        self.n_characters += len(line)
        if self.n_characters <= self.limits.bytes:
            return line
        where = f"{self.source}:{self.first}"
        self._pass_over(line, within)
        if self.n_read == self.first:
            raise too_long(where, self.limits)
        raise InputError(
            f"{where}: a row of more than {self.limits.bytes} bytes; try to look for a quotation mark without its "
            "pair, or raise --max-bytes"
        )

    def _read(self) -> str:
        """A line, or as much of it as one byte more than an article may have."""
        line = self.text.readline(self.limits.bytes + 1)
        self.n_read += line.endswith(("\n", "\r"))
        return line

    def _pass_over(self, line: str, within: bool) -> None:
        """Read on behind the row that `line` is in, never more than a line of it at once.

        Where a mark seems to close a cell, but is followed by a letter, it opens another: the one before it has no
        pair, and the next line is taken for a row. So it is where no mark closes the cell for long.
        """
        n_left = _FURTHER * self.limits.bytes
        lost = False
        while line:
            n_left -= len(line)
            if within:
                unpaired = _UNPAIRED.match(line)
                behind = line[unpaired.end() : unpaired.end() + 1] if unpaired else ""
                lost |= behind not in ("", self.mark, "\n", "\r")
                within = line.count('"') % 2 == 0
            else:
                opening = re.search(f'(?:^|{self.mark})"', line)
                within = opening is not None and line.count('"', opening.start()) % 2 == 1
            if line.endswith(("\n", "\r")) and (lost or not within or n_left < 0):
                break
            line = self._read()


def _article_from_cells(
    cells: dict[str, Any], columns: Columns, where: str, id: str, charset: tuple[str, str] = _UTF_8
) -> Article | Unread:
    """The article in the cells of a table's row. cells: `text`, `id`, `title`, `lang` -> value."""
    try:
        texts = {role: value for role, value in cells.items() if isinstance(value, str)}
        if any(is_too_long(text, columns.limits) for text in texts.values()):  # before anything is made of them
            raise too_long(where, columns.limits)
        row = cells | {role: _cell(text, where, charset) for role, text in texts.items()}
        if row.get("text") is None:
            raise InputError(f"{where}: nothing in column {columns.text!r}; try to leave the row out")
        if row.get("id") is not None:
            row["id"] = str(row["id"])
        return article_from_row(row, where, id, columns.limits)
    except InputError as error:
        return Unread(id, where, error)


def _cell(text: str, where: str, charset: tuple[str, str]) -> str:
    """A cell; where its bytes were no UTF-8, by the encoding that they are in."""
    return decode(text.encode(*charset), where)


def _parquet_rows(file: str, source: str, id: str, columns: Columns) -> Iterator[Row]:
    from hoptac.arrow import read_parquet

    found = read_parquet(file, lambda names: pick(columns, names, source), columns.limits.bytes)
    for number, values in enumerate(found, start=1):
        yield partial(_article_from_cells, values, columns, f"{source}:{number}", f"{id}:{number}")


def pick(columns: Columns, names: Sequence[str], source: str) -> dict[str, str]:
    """`text`, `id`, `title`, `lang` -> the column that has it, of those in a table.

    Raises UsageError where a column that was asked for is not there.
    """
    wanted = {"text": columns.text, "id": columns.id, "title": columns.title}
    for role, column in wanted.items():
        if column is not None and column not in names:
            known = " ".join(normalise(", ".join(names)).split())[:200]
            raise UsageError(f"{source}: no column {column!r} (it has: {known}); try --{role}-column NAME")
    optional = {role: role for role in ("id", "title", "lang") if role in names}
    return optional | {role: column for role, column in wanted.items() if column is not None}


TABLES: dict[str, Callable[[str, str, str, Columns], Iterator[Row]]] = {
    ".jsonl": _json_rows,
    ".csv": _csv_rows,
    ".parquet": _parquet_rows,
}
"""Suffix -> (file, source, id, columns) -> its rows. Each raises what shows that a file is damaged: see `sources`."""

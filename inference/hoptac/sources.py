"""A corpus: files, folders and globs -> its rows, in a fixed order, each read only when it is called.

A row that is not called costs next to nothing: so a corpus is counted, and so a run that was broken off finds its
place again. Not here: what is in a text file or a line (`formats`), single articles and standard input (`read`).
"""

from __future__ import annotations

import csv
import glob
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any

from hoptac.decode import SAMPLE, decode, normalise, require_text
from hoptac.errors import InputError, UsageError
from hoptac.formats import READERS, Unread, article_from_line, article_from_row, json_lines, suffix_of
from hoptac.limits import DEFAULT, Limits, is_too_long, too_long
from hoptac.read import read_stream, reason_of
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


@dataclass(frozen=True, slots=True)
class Survey:
    """What one input of a corpus holds. digest: SHA-256 over the names and the bytes of its files."""

    name: str
    n_files: int
    n_rows: int
    digest: str


def survey(name: str, columns: Columns, leave_out: Path) -> Survey:
    """Count the rows of an input without reading the articles in them. leave_out: a file that is no part of it.

    Raises InputError where there is no such input, UsageError where a table lacks a column.
    """
    digest = hashlib.sha256()
    n_files = n_rows = 0
    for file in files(name, leave_out):
        n_files += 1
        n_rows += sum(1 for _ in _rows_of(file, columns))
        try:
            with open(file, "rb") as stream:
                content = hashlib.file_digest(stream, "sha256").digest()
        except OSError:  # its row says so
            content = b""
        digest.update(os.fsencode(file) + b"\0" + content)
    if not n_files:
        raise InputError(f"{name}: no file to read; expected one that ends in {', '.join(SUFFIXES)}")
    return Survey(name, n_files, n_rows, digest.hexdigest())


def stamps(names: Sequence[str], leave_out: Path) -> dict[int, int]:
    """What tells whether a file is changed meanwhile: for each that is there, hash of its name -> hash of its stamp."""
    found = (file for name in names for file in files(name, leave_out))
    return {hash(file): hash(stamp_of(file)) for file in found if os.path.isfile(file)}


def stamp_of(file: str) -> tuple[int, int]:
    """Its size, and when it was changed, in nanoseconds; of a file that is not there, zeros."""
    try:
        status = os.stat(file)
    except OSError:
        return (0, 0)
    return (status.st_size, status.st_mtime_ns)


def rows(names: Sequence[str], columns: Columns, leave_out: Path) -> Iterator[Row]:
    """The rows of all inputs, input by input, a folder's files in the order of their names."""
    for name in names:
        for file in files(name, leave_out):
            yield from _rows_of(file, columns)


def files(name: str, leave_out: Path) -> Iterator[str]:
    """The files of an input: itself, what a glob finds, or what lies in a folder and has a known suffix."""
    if os.path.isdir(name):
        found = _walk(name)
    elif os.path.exists(name):
        found = iter([name])
    elif glob.has_magic(name):
        found = (file for file in sorted(glob.iglob(name, recursive=True)) if not os.path.isdir(file))
    elif name == "-":
        raise InputError("-: a corpus is read more than once, and a pipe cannot be; try to save it to a file first")
    else:
        raise InputError(f"{name}: no such file; try to check the name")
    own = {f"{leave_out.absolute()}{end}" for end in _OWN}
    there = leave_out.exists()
    return (
        file
        for file in found
        if os.path.abspath(file) not in own
        and not (there and os.path.exists(file) and os.path.samefile(file, leave_out))
    )


_OWN = ("", ".partial", ".state", ".state.new", ".made")
"""How the names of a run's own files go on behind that of its output."""


def _walk(folder: str) -> Iterator[str]:
    """Files in the order of their names; a folder that cannot be listed in the place of what is in it, at the end."""
    closed: list[str] = []
    for place, folders, names in os.walk(folder, onerror=lambda error: closed.append(error.filename)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and name.lower().endswith(SUFFIXES):
                yield os.path.join(place, name)
    yield from closed


def _rows_of(file: str, columns: Columns) -> Iterator[Row]:
    source = os.fsencode(file).decode("utf-8", "replace")  # a name may hold bytes that are not UTF-8
    path = Path(file.removesuffix(".gz").removesuffix(".zst"))
    id = normalise(path.stem.encode("utf-8", "replace").decode())
    if not os.path.isfile(file):
        yield partial(_unread, source, id, InputError(f"{source}: {_what_else(file)}"))
        return
    try:
        suffix = path.suffix.lower()
        if suffix not in READERS | _TABLES:
            suffix = _sniff(file)
        if suffix in _TABLES:
            yield from _TABLES[suffix](file, source, id, columns)
        else:
            yield partial(_read_file, file, suffix, source, id, columns.limits)
    except _UNREADABLE as error:
        yield partial(_unread, source, id, error)


def _what_else(file: str) -> str:
    if os.path.isdir(file):
        return "this folder cannot be listed; try chmod +rx, or to leave it out"
    if os.path.exists(file):
        return "a pipe or device, which cannot be read twice; try to save what it gives to a file"
    return "no such file; try to check the name"


# gzip, Parquet and text raise these for files that are cut short or damaged (Arrow's are ValueErrors).
_UNREADABLE = (InputError, OSError, EOFError, ValueError, zlib.error)


def _unread(source: str, id: str, error: Exception) -> Unread:
    if isinstance(error, InputError):
        return Unread(id, source, error)
    if isinstance(error, OSError) and error.strerror:
        return Unread(id, source, InputError(f"{source}: {reason_of(error)}"))
    reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    return Unread(id, source, InputError(f"{source}: damaged or cut short ({reason}); try to get the file again"))


def _read_file(file: str, suffix: str, source: str, id: str, limits: Limits) -> Article | Unread:
    try:
        with _open(file) as stream:
            return next(read_stream(stream, suffix, source, id, limits))
    except _UNREADABLE as error:
        return _unread(source, id, error)


def _sniff(file: str) -> str:
    with _open(file) as stream:
        return suffix_of(stream.peek(SAMPLE)[:SAMPLE])


@contextmanager
def _open(file: str) -> Iterator[BufferedReader]:
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
    with _open(file) as stream:
        head = stream.peek(SAMPLE)[:SAMPLE]
        if not head:
            raise InputError(f"{source}: empty; try a file with text in it")
        require_text(head, source)
        for number, line in json_lines(stream, source, columns.limits):
            yield partial(article_from_line, line, f"{source}:{number}", f"{id}:{number}", columns.limits)


def _csv_rows(file: str, source: str, id: str, columns: Columns) -> Iterator[Row]:
    # For the process, the module has no other way: a quotation mark that nobody closes must not swallow a whole file.
    csv.field_size_limit(columns.limits.bytes)
    with _open(file) as stream:
        head = stream.peek(SAMPLE)[:SAMPLE]
        if not head:
            raise InputError(f"{source}: empty; try a file with text in it")
        require_text(head, source)
        encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        # Bytes that are not UTF-8 are kept as they are, so that they cost their row and no other.
        lines = _TextLines(io.TextIOWrapper(stream, encoding, "surrogateescape", newline=""), source, columns.limits)
        header = next(lines, "")
        # Where a comma is the decimal mark, spreadsheets part columns with a semicolon.
        mark = next((mark for mark in ",;\t" if columns.text in next(csv.reader([header], delimiter=mark), [])), ",")
        names = next(csv.reader([header], delimiter=mark), [])
        places = {role: names.index(column) for role, column in pick(columns, names, source).items()}
        reader = csv.reader(lines, delimiter=mark)
        while True:
            number = lines.n_read + 1
            where, row_id = f"{source}:{number}", f"{id}:{number}"
            try:
                cells = next(reader, None)
            except csv.Error as error:
                problem = InputError(f"{where}: not CSV ({error}); try to look for a quotation mark without its pair")
                yield partial(Unread, row_id, where, problem)
                continue
            except InputError as problem:
                yield partial(Unread, row_id, where, problem)
                continue
            if cells is None:
                break
            if cells:
                values = {role: cells[place] for role, place in places.items() if place < len(cells) and cells[place]}
                yield partial(_article_from_cells, values, columns, where, row_id)


class _TextLines:
    """The lines of a table; one that is longer than an article may be is passed over, and raises InputError."""

    def __init__(self, text: io.TextIOWrapper, source: str, limits: Limits) -> None:
        self.text, self.source, self.limits = text, source, limits
        self.n_read = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        most = self.limits.bytes + 1
        line = self.text.readline(most)
        if not line:
            raise StopIteration
        self.n_read += 1
        if len(line) < most:
            return line
        while line and not line.endswith("\n"):
            line = self.text.readline(most)
        raise too_long(f"{self.source}:{self.n_read}", self.limits)


def _article_from_cells(cells: dict[str, Any], columns: Columns, where: str, id: str) -> Article | Unread:
    """The article in the cells of a table's row. cells: `text`, `id`, `title`, `lang` -> value."""
    try:
        text = cells.get("text")
        if isinstance(text, str) and is_too_long(text, columns.limits):  # before anything is made of it
            raise too_long(where, columns.limits)
        row = {role: _cell(value, where) if isinstance(value, str) else value for role, value in cells.items()}
        if row.get("text") is None:
            raise InputError(f"{where}: nothing in column {columns.text!r}; try to leave the row out")
        if row.get("id") is not None:
            row["id"] = str(row["id"])
        return article_from_row(row, where, id, columns.limits)
    except InputError as error:
        return Unread(id, where, error)


def _cell(text: str, where: str) -> str:
    """A cell; where its bytes were no UTF-8, by the encoding that they are in."""
    return decode(text.encode("utf-8", "surrogateescape"), where)


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
            known = ", ".join(names)[:200]
            raise UsageError(f"{source}: no column {column!r} (it has: {known}); try --{role}-column NAME")
    optional = {role: role for role in ("id", "title", "lang") if role in names}
    return optional | {role: column for role, column in wanted.items() if column is not None}


_TABLES: dict[str, Callable[[str, str, str, Columns], Iterator[Row]]] = {
    ".jsonl": _json_rows,
    ".csv": _csv_rows,
    ".parquet": _parquet_rows,
}
SUFFIXES = (*sorted(READERS | _TABLES), ".jsonl.gz", ".jsonl.zst", ".csv.gz", ".csv.zst")

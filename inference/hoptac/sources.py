"""A corpus: files, folders and globs -> its rows, in a fixed order, each read only when it is called.

A row that is not called costs next to nothing: so a corpus is counted, and so a run that was broken off finds its
place again. Not here: the rows of one file (`tables`), what is in a text file or a line (`formats`), single articles
and standard input (`read`).
"""

from __future__ import annotations

import glob
import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hoptac.decode import SAMPLE, normalise
from hoptac.errors import InputError
from hoptac.formats import READERS, Unread, suffix_of
from hoptac.limits import Limits
from hoptac.read import read_stream, reason_of
from hoptac.tables import TABLES, Columns, Row, open_unpacked
from hoptac.values import Article


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
    own = tuple(os.path.abspath(leave_out) + end for end in _OWN)
    inside = tuple(name + os.sep for name in own)
    there = os.path.exists(leave_out)  # False, too, for a name that no system has
    return (
        file
        for file in found
        if (path := os.path.abspath(file)) not in own
        and not path.startswith(inside)
        and not (there and os.path.exists(file) and os.path.samefile(file, leave_out))
    )


_OWN = ("", ".partial", ".state", ".state.new", ".made", ".parts", ".replaced")
"""How the names of a run's own files and folders go on behind that of its output."""


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
        if suffix not in READERS | TABLES:
            suffix = _sniff(file)
        if suffix in TABLES:
            yield from TABLES[suffix](file, source, id, columns)
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
        with open_unpacked(file) as stream:
            return next(read_stream(stream, suffix, source, id, limits))
    except _UNREADABLE as error:
        return _unread(source, id, error)


def _sniff(file: str) -> str:
    with open_unpacked(file) as stream:
        return suffix_of(stream.peek(SAMPLE)[:SAMPLE])


SUFFIXES = (*sorted(READERS | TABLES), ".jsonl.gz", ".jsonl.zst", ".csv.gz", ".csv.zst")

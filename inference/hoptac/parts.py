"""An output in parts: which rows of a corpus they hold and which are missing, and the name they get when all are there.

Parts are Parquet files in a folder, written by anybody in any order; their column `row` has the places of the rows in
the input, from 0. Not here: who writes them (`cluster`).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hoptac.arrow import numbers_in
from hoptac.batch import Outcome, sync
from hoptac.errors import InputError, OutputError
from hoptac.sources import stamp_of

Wanted = Any
"""Which rows of a file are meant: an array (n_rows,) of bool."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of a corpus. Its rows are numbered from `first`; `stamp`: its size, and the time of its last change."""

    name: str
    first: int
    n_rows: int
    stamp: tuple[int, int]


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The folder, made where it is not there, for this process alone; removed again where nothing came into it."""
    folder.mkdir(exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(f"{folder}: another run is writing it; try to wait for it, or another name") from None
        try:
            yield
        finally:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    finally:
        os.close(handle)


def done(folder: Path) -> tuple[Any, int]:
    """The numbers of the rows in whole parts, ascending, (n,) of int64, each once; and how many of them failed.

    Torn parts go, and of parts that have a row in common all but one: what else was in them is done again.
    """
    whole: list[tuple[Path, Any, int]] = []
    for part in sorted(folder.iterdir()):
        try:
            numbers, n_failed = numbers_in(part)
        except (ValueError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:  # the disk's fault, not the part's
                raise
            part.unlink()  # what a kill leaves
            continue
        whole.append((part, numbers, n_failed))
    result = _joined(whole)
    if (np.diff(result) == 0).any():  # a worker that dies when its part is written, before it says so
        whole = _without_repeats(whole)
        result = _joined(whole)
    return result, sum(n_failed for _, _, n_failed in whole)


def _joined(parts: Sequence[tuple[Path, Any, int]]) -> Any:
    return np.sort(np.concatenate([np.empty(0, np.int64), *(numbers for _, numbers, _ in parts)]))


def _without_repeats(parts: Sequence[tuple[Path, Any, int]]) -> list[tuple[Path, Any, int]]:
    """The parts, in their order, that have no row that is in one before them, nor one twice; the others are removed."""
    seen: set[int] = set()
    kept = []
    for part, numbers, n_failed in parts:
        rows = set(numbers.tolist())
        if len(rows) < len(numbers) or not seen.isdisjoint(rows):
            part.unlink()
            continue
        seen |= rows
        kept.append((part, numbers, n_failed))
    return kept


def missing(sources: Sequence[Source], folder: Path) -> list[tuple[Source, Wanted]]:
    """The files with rows that are not done, and which rows of each these are."""
    numbers, _ = done(folder)
    result = []
    for source in sources:
        here = slice(*np.searchsorted(numbers, [source.first, source.first + source.n_rows]))
        wanted = np.ones(source.n_rows, bool)
        wanted[numbers[here] - source.first] = False
        if wanted.any():
            result.append((source, wanted))
    return result


def check_unchanged(sources: Sequence[Source]) -> None:
    """Raise InputError where a file is no longer the one that was counted."""
    for source in sources:
        if stamp_of(source.name) != source.stamp:
            raise InputError(f"{source.name}: has changed while it was read; try --overwrite")


def finish(sources: Sequence[Source], folder: Path, output: Path) -> Outcome:
    """Give the parts the name of the output; what was there is OUT.replaced until they have it, and then goes.

    Raises InputError where the input has changed, OutputError unless every row is there once.
    """
    check_unchanged(sources)
    numbers, n_failed = done(folder)
    n_rows = sum(source.n_rows for source in sources)
    if not np.array_equal(numbers, np.arange(n_rows)):
        raise OutputError(
            f"{folder}: {len(numbers)} rows where {n_rows} were to be; try --resume, or --overwrite to begin anew"
        )
    for part in folder.iterdir():
        sync(part)
    sync(folder)
    old = Path(f"{output}.replaced")
    if os.path.lexists(old):  # of a run that was broken off here
        _remove(old) if os.path.lexists(output) else os.replace(old, output)
    if os.path.lexists(output):
        os.replace(output, old)
    os.replace(folder, output)
    sync(output.parent)
    if os.path.lexists(old):
        _remove(old)
    return Outcome(n_rows, n_failed)


def _remove(path: Path) -> None:
    """Remove a file, a folder, or a link, and not what it leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()

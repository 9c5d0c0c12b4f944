"""A corpus through the model into one file, so that a run broken off at any moment can go on where it was.

Rows are written in input order, as JSON lines, to OUT.partial; OUT.state says of which model, settings and input they
are. Only a whole file gets the name OUT (Parquet is made from the lines at the end). A run that is killed leaves a
partial file whose last line may be torn: `resume` cuts it there and goes on, and since an article's answer does not
depend on its company, the result is the one an undisturbed run writes, byte for byte. Not here: what is read
(`sources`), what the model says (`predict`), whether a run may go on (`state`), Parquet (`arrow`).
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from hoptac.errors import InputError, OutputError, UsageError
from hoptac.formats import Unread
from hoptac.predict import Predictor
from hoptac.render import to_json_line
from hoptac.sources import rows, stamps, survey
from hoptac.state import check_same, settings_of
from hoptac.summarise import DEFAULT_LENGTH
from hoptac.tables import Columns, Row
from hoptac.values import Article

FORMATS = (".jsonl", ".parquet")
_WHOLE = b'"error": null}\n'  # how the line of a row without an error ends; an error's text ends in '"}'


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to, rows of earlier parts of it included."""

    n_rows: int
    n_failed: int


Progress = Callable[[int, int, int], object]
"""(rows done, of these failed, rows in all), called at the beginning and after every row."""


def batch(
    inputs: Sequence[str],
    output: str | Path,
    predictor: Predictor,
    *,
    columns: Columns | None = None,
    length: str = DEFAULT_LENGTH,
    method: str = "extractive",
    threads: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress = lambda done, failed, total: None,
) -> Outcome | None:
    """Classify every row of `inputs` into `output` (.jsonl or .parquet); None where `resume` finds it whole already.

    inputs: files, folders, globs. A row that cannot be read becomes a row with an `error`. resume: go on with what an
    earlier run left, or begin. overwrite: begin anew, and replace an output that is there when the new one is whole.

    Raises UsageError for settings that cannot be, InputError for an input that is not there or has changed, and
    OutputError for an output that is there, that another run is writing, or that cannot be written.
    """
    output = Path(output)
    columns = columns or Columns()
    partial, state = Path(f"{output}.partial"), Path(f"{output}.state")
    list(predictor.predict_many([], length=length, method=method))  # raises where there are no such
    try:
        check_request(output, FORMATS, resume=resume, overwrite=overwrite)
        existed = partial.exists()
        with _locked(partial, state) as spool:
            unfinished = existed and (state.exists() or partial.stat().st_size > 0)
            if whole_already(output, partial, unfinished=unfinished, resume=resume, overwrite=overwrite):
                state.unlink(missing_ok=True)
                return None
            settings = settings_of("local", predictor, columns, length, method)
            before = stamps(inputs, output)
            found = [survey(name, columns, output) for name in inputs]
            now = {"settings": settings, "inputs": [asdict(item) for item in found]}
            if resume and unfinished:
                check_same(state, now)
            else:
                spool.truncate(0)
                write_whole(state, json.dumps(now, indent=1) + "\n")
            done, failed = _cut_torn_tail(spool)
            total = sum(item.n_rows for item in found)
            progress(done, failed, total)
            left = islice(rows(inputs, columns, output), done, None)
            articles = (read_row(row, number) for number, row in enumerate(left, start=done))
            for prediction in predictor.predict_many(articles, length=length, method=method, threads=threads):
                spool.write(to_json_line(prediction).encode("utf-8", "replace") + b"\n")
                spool.flush()
                done += 1
                failed += prediction.error is not None
                progress(done, failed, total)
            if done != total:
                raise InputError(f"the input changed while it was read ({total} rows, then {done}); try --overwrite")
            # One that is gone had its row, read or not; one that has come meanwhile is no part of this run.
            if any(before.get(file, stamp) != stamp for file, stamp in stamps(inputs, output).items()):
                raise InputError("a file of the input was changed while it was read; try --overwrite")
            os.fsync(spool.fileno())
            _finish(partial, output, predictor.taxonomy.ids)
            state.unlink()
    except OSError as error:
        raise OutputError(
            f"{output}: cannot be written ({error.strerror or error}); try again with --resume: what is done is kept"
        ) from error
    return Outcome(done, failed)


def read_row(row: Row, number: int) -> Article | Unread:
    """The article of a row; whatever goes wrong, for lack of memory too, costs this row alone. number: its place in the
    input, from 0, which is all that is known of a row that cannot be read at all."""
    try:
        return row()
    except Exception as error:
        where = f"row {number + 1} of the input"
        reason = " ".join(repr(error).split())[:200]
        return Unread(where, where, InputError(f"{where}: {reason}; try to leave it out"))


def check_request(output: Path, formats: Sequence[str], *, resume: bool, overwrite: bool) -> None:
    """Raise UsageError or OutputError for an output that cannot be, whatever is there."""
    if output.suffix not in formats:
        raise UsageError(f"{output}: expected a name that ends in {' or '.join(formats)}")
    if resume and overwrite:
        raise UsageError("--resume goes on and --overwrite begins anew; try one of them")
    if not output.parent.is_dir():
        raise OutputError(f"{output.parent}: no such folder; try mkdir -p {output.parent}")


def whole_already(output: Path, partial: Path, *, unfinished: bool, resume: bool, overwrite: bool) -> bool:
    """Whether `resume` has nothing left to do. Raises OutputError where something would be lost."""
    if resume and output.exists() and not unfinished:
        return True
    if output.exists() and not (resume or overwrite):
        raise OutputError(f"{output}: is there already; try --overwrite, or another name")
    if unfinished and not (resume or overwrite):
        raise OutputError(f"{partial}: an unfinished run; try --resume to go on, or --overwrite to begin anew")
    return False


@contextmanager
def _locked(path: Path, state: Path) -> Iterator[IO[bytes]]:
    """The file, for reading and appending, and for this process alone; removed again where no run began."""
    with open(path, "a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system gives it back when the process dies
        except BlockingIOError:
            raise OutputError(f"{path}: another run is writing it; try to wait for it, or another name") from None
        if not path.exists() or not os.path.samestat(os.fstat(file.fileno()), path.stat()):
            raise OutputError(f"{path}: another run has just finished it; try again")
        try:
            yield file
        finally:
            file.flush()
            if os.fstat(file.fileno()).st_size == 0 and not state.exists():
                path.unlink(missing_ok=True)


def _cut_torn_tail(spool: IO[bytes]) -> tuple[int, int]:
    """Cut a partial output behind its last whole row. Returns (rows, of these failed)."""
    spool.seek(0)
    end = n_rows = n_failed = 0
    for line in spool:
        # Zeros are what a power cut can leave of lines that were on their way to the disk.
        if not line.endswith(b"}\n") or b"\0" in line:
            break
        end += len(line)
        n_rows += 1
        n_failed += not line.endswith(_WHOLE)
    spool.truncate(end)
    spool.seek(0, os.SEEK_END)
    return n_rows, n_failed


def _finish(partial: Path, output: Path, theme_ids: Sequence[str]) -> None:
    """Give the whole rows their name. At any moment either the partial file or the output is whole."""
    if output.suffix == ".parquet":
        from hoptac.arrow import write_parquet

        made = Path(f"{output}.made")
        try:
            write_parquet(partial, made, theme_ids)
            sync(made)
        except OSError:
            made.unlink(missing_ok=True)  # it takes room that the next try needs
            raise
        os.replace(made, output)
        sync(output.parent)
        partial.unlink()
    else:
        os.replace(partial, output)
        sync(output.parent)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there either whole or not at all."""
    scratch = Path(f"{path}.new")
    scratch.write_text(text, encoding="utf-8")
    sync(scratch)
    os.replace(scratch, path)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

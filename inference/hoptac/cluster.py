"""A corpus through the model on many cores or machines: `hoptac batch --engine ray`. The one file that names Ray, which
the extra `ray` brings; import this where it is asked for.

    files -> survey -> rows nobody has done yet -> actors, each with a model of its own -> parts of an output

Rows are read by the same readers as on one machine, because Ray's own give no line numbers and stop at a bad line; the
rest is Ray Data's: what runs where, what is tried again, and the parts, which are Parquet files in OUT.parts. A column
`row` numbers the rows, so that what is done can be told from what is not: so a run goes on, and so an article that
kills its worker is found. When no row is missing, the folder gets the name OUT. Every machine must see the files and
the output under the same names. Not here: what the workers do (`worker`), which rows are done (`parts`), one machine
(`batch`), what is in a file (`sources`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

# Ray reads these when it is imported. Nothing is told to anybody; what goes wrong inside it is in its own logs.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")

import ray
import ray.data
from ray.data import ActorPoolStrategy, TaskPoolStrategy
from ray.exceptions import RayError

from hoptac.batch import Outcome, check_request, whole_already, write_whole
from hoptac.errors import HoptacError, InputError, OutputError, UsageError
from hoptac.parts import Source, Wanted, check_unchanged, finish, locked, missing
from hoptac.predict import Predictor, n_cores
from hoptac.sources import Survey, files, stamp_of, survey
from hoptac.state import check_same, settings_of
from hoptac.summarise import DEFAULT_LENGTH
from hoptac.tables import Columns
from hoptac.values import Prediction
from hoptac.worker import Job, Worker, name_row, read_file, survey_file, table_of

FORMATS = (".parquet",)
TASK_BYTES = 2**17  # of rows that an actor is given at a time, some forty, and that are lost where it dies
GOES = ((TASK_BYTES, 5000), (1, 100), (1, 100))  # bytes at a time; rows lost after that: more are no accident
PART_ROWS = 1000  # rows in a part of the output, and what a broken-off run may have to do again for every writer


def batch(
    inputs: Sequence[str],
    output: str | Path,
    load: Callable[[], Predictor],
    *,
    columns: Columns | None = None,
    length: str = DEFAULT_LENGTH,
    method: str = "extractive",
    threads: int = 1,
    actors: int | None = None,
    address: str | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Outcome | None:
    """Classify every row of `inputs` into the folder `output` (.parquet); None where `resume` finds it whole already.

    The rows are those of `hoptac.batch.batch`, in no order, each with its place in the input in the column `row`.
    load: called once here, and once in every worker. threads: cores of an actor. actors: None for as many as there are
    cores for. address: of a cluster (`auto`, or HOST:PORT); None is $RAY_ADDRESS or, without it, a Ray of its own on
    this machine.

    Raises what `hoptac.batch.batch` raises, UsageError where no cluster answers, and OutputError where Ray gives up.
    """
    output = Path(output)
    check_request(output, FORMATS, resume=resume, overwrite=overwrite)
    parts, state = Path(f"{output}.parts"), Path(f"{output}.state")
    predictor = load()
    list(predictor.predict_many([], length=length, method=method))  # raises where there are no such
    columns = columns or Columns()
    job = Job(os.getcwd(), output.absolute(), load, columns, length, method, threads)
    settings = settings_of("ray", predictor, columns, length, method)
    try:
        unfinished = parts.is_dir() and (state.exists() or any(parts.iterdir()))
        if whole_already(output, parts, unfinished=unfinished, resume=resume, overwrite=overwrite):
            state.unlink(missing_ok=True)
            return None
        with locked(parts), contextlib.redirect_stdout(sys.stderr), _ray(address, actors, threads) as n_actors:
            found, surveys = _survey(inputs, job)
            now = {"settings": settings, "inputs": [asdict(item) for item in surveys]}
            if resume and unfinished:
                check_same(state, now)
            else:
                for part in parts.iterdir():
                    part.unlink()
                write_whole(state, json.dumps(now, indent=1) + "\n")
            left = missing(found, parts)
            for n_bytes, most in GOES:
                _classify(left, parts, job, n_actors, n_bytes)
                left = missing(found, parts)  # lost with a worker that died: they have another go, one by one
                _check_lost(left, most, job)
            _give_up(left, parts, job, predictor)
            outcome = finish(found, parts, output)
            state.unlink()
    except RayError as error:
        reason = str(error).strip().splitlines()[-1][:200]
        raise OutputError(f"{output}: Ray gave up ({reason}); try again with --resume: what is done is kept") from error
    except OSError as error:
        raise OutputError(
            f"{output}: cannot be written ({error.strerror or error}); try again with --resume: what is done is kept"
        ) from error
    return outcome


@contextlib.contextmanager
def _ray(address: str | None, actors: int | None, threads: int) -> Iterator[int]:
    """Ray, as it is where the caller has started it, or else a cluster's, or one on this machine: the number of actors.

    One core of a cluster in 32 is for those that write; on this machine they share them.
    """
    started = not ray.is_initialized()
    address = address or os.environ.get("RAY_ADDRESS")
    if started:
        here: dict[str, Any] = {"num_cpus": 1 + threads * (actors or n_cores() // threads or 1)}
        handler = signal.getsignal(signal.SIGTERM)  # which Ray takes for itself
        try:
            ray.init(address or "local", log_to_driver=False, logging_level=logging.ERROR, **({} if address else here))
        except Exception as error:  # Ray raises bare Exception where a node does not come up
            reason = str(error).strip().splitlines()[0][:160]
            if address:
                raise UsageError(f"--address {address}: no cluster answers ({reason}); try: ray status") from error
            raise OutputError(f"Ray does not start on this machine ({reason}); try again, or --engine local") from error
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)
    for console in logging.getLogger("ray.data").handlers:
        if isinstance(console, logging.StreamHandler):
            console.setLevel(logging.CRITICAL)  # its file has everything
    context = ray.data.DataContext.get_current()
    before = context.max_errored_blocks, context.enable_progress_bars, context.target_max_block_size
    context.max_errored_blocks = -1  # a worker that dies costs what it held; that is looked for afterwards
    context.enable_progress_bars = sys.stderr.isatty()
    try:
        n_there = int(ray.cluster_resources().get("CPU", 0))  # type: ignore[no-untyped-call]
        most = (n_there - max(1, n_there // 32)) // threads
        if most < (actors or 1):
            raise UsageError(
                f"--actors {actors or 1} with --threads {threads}: the cluster has {n_there} cores, enough for {most}"
            )
        yield actors or most
    finally:
        context.max_errored_blocks, context.enable_progress_bars, context.target_max_block_size = before
        if started:
            ray.shutdown()


def _survey(inputs: Sequence[str], job: Job) -> tuple[list[Source], list[Survey]]:
    """The files of all inputs, with what is in them; and each input as `hoptac.sources.survey` has it.

    Raises InputError where an input is not there, UsageError where a table lacks a column.
    """
    own = (job.output, Path(f"{job.output}.parts"))
    names = [
        [file for file in files(name, job.output) if not any(Path(file).absolute().is_relative_to(o) for o in own)]
        for name in inputs
    ]
    for name, inside in zip(inputs, names, strict=True):
        if not inside:
            survey(name, job.columns, job.output)  # says what it expected
            raise InputError(f"{name}: nothing in it but the output; try another input")
    flat = [file for inside in names for file in inside]
    items = [{"number": number, "file": os.fsencode(file)} for number, file in enumerate(flat)]
    stamps = [stamp_of(file) for file in flat]
    answers = ray.data.from_items(items).map(partial(survey_file, job), num_cpus=0).take_all()
    found = [pickle.loads(answer["survey"]) for answer in sorted(answers, key=lambda answer: answer["number"])]
    for item in found:
        if isinstance(item, HoptacError):
            raise item
    if len(found) != len(flat):
        raise OutputError(f"{job.output}: Ray lost {len(flat) - len(found)} files while they were counted; try again")
    result, surveys, first = [], [], 0
    for file, item, stamp in zip(flat, found, stamps, strict=True):
        result.append(Source(file, first, item.n_rows, stamp))
        first += item.n_rows
    left = iter(found)
    for name, inside in zip(inputs, names, strict=True):
        part = [next(left) for _ in inside]
        digest = hashlib.sha256("".join(item.digest for item in part).encode()).hexdigest()
        surveys.append(Survey(name, len(part), sum(item.n_rows for item in part), digest))
    return result, surveys


def _classify(left: Sequence[tuple[Source, Wanted]], parts: Path, job: Job, actors: int, n_bytes: int) -> None:
    """Classify the rows that are left into parts, some `n_bytes` at a time; those whose worker dies are left still."""
    if not left:
        return
    items = [{"file": os.fsencode(file.name), "first": file.first, "wanted": wanted.tobytes()} for file, wanted in left]
    share = sum(file.stamp[0] for file, _ in left) // (8 * actors)  # of a small corpus everyone is to have something
    ray.data.DataContext.get_current().target_max_block_size = min(n_bytes, 1 + share)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The minimum number of concurrent actors", UserWarning)  # 1 row, 2 actors
        # An article that kills its worker does so again, and Ray would try for ever. There is no other way to say so.
        warnings.filterwarnings("ignore", "`ray_remote_args`", DeprecationWarning)
        predictions = (
            ray.data.from_items(items, override_num_blocks=min(len(items), max(4 * actors, len(items) // 32)))
            # A reader asks for no core: it waits for the actors, and would keep others from the one they leave.
            .flat_map(partial(read_file, job), num_cpus=0, compute=TaskPoolStrategy(size=1 + actors // 8))
            .map_batches(
                Worker,
                fn_constructor_args=(job,),
                batch_format="pyarrow",
                num_cpus=job.threads,
                # One by one means that none waits beside the one that kills.
                compute=ActorPoolStrategy(size=actors, max_tasks_in_flight_per_actor=1 if n_bytes == 1 else None),
                max_task_retries=1,
            )
        )
        _write(predictions, parts)


def _check_lost(left: Sequence[tuple[Source, Wanted]], most: int, job: Job) -> None:
    """Raise InputError where rows are left because the input changed, OutputError where they are more than `most`."""
    check_unchanged([file for file, _ in left])
    n_lost = sum(int(wanted.sum()) for _, wanted in left)
    if n_lost > most:
        raise OutputError(
            f"{job.output}: {n_lost} rows were lost with their workers, too many for an accident (a full disk? too "
            "little memory? hoptac or the files not on every machine?); look into Ray's logs, and go on with --resume"
        )


def _give_up(left: Sequence[tuple[Source, Wanted]], parts: Path, job: Job, predictor: Predictor) -> None:
    """Write the rows that were lost with every worker that had them, as failed ones. They are not read here: a worker
    is asked for their names, and may be lost as well."""
    if not left:
        return
    name = ray.remote(max_retries=0)(name_row)
    numbers, failed = [], []
    for file, wanted in left:
        for place in wanted.nonzero()[0].tolist():
            number = file.first + place
            try:
                id, source = ray.get(name.remote(job, file.name, place))
            except RayError:
                id = source = f"row {number + 1} of the input"
            reason = "lost with the worker that had it, time and again (out of memory?); try it with hoptac classify"
            numbers.append(number)
            failed.append(Prediction(id, source, error=f"{source}: {reason}"))
    _write(ray.data.from_arrow(table_of(numbers, failed, predictor)), parts)


def _write(predictions: ray.data.Dataset, parts: Path) -> None:
    predictions.write_parquet(str(parts.absolute()), min_rows_per_file=PART_ROWS, compression="zstd")

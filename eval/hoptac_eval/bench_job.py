"""One peer's work, timed in a process of its own.

    python -m hoptac_eval.bench_job measure job.json result.json

What is timed is the work on the texts, after the model is loaded and has warmed up. Not here: what the work is
(`bench_peers`), which jobs there are (`bench_run`).
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hoptac.errors import HoptacError
from hoptac_eval.bench_peers import PEERS, PROBES, Job, Run
from hoptac_eval.stamp import peak_mb


@dataclass(frozen=True)
class Result:
    """Seconds for the texts, the fastest batch size, peak memory of the process in MiB; or why it is absent."""

    seconds: float = math.nan
    batch: int = 1
    memory: float | None = None
    absent: str | None = None


def measure(job: Job) -> Result:
    """Do a job in this process. What is not installed, or does not run here, makes an absent result."""
    peer = (PEERS | PROBES)[job.peer]
    try:
        run = peer.load(job)
    except (ImportError, OSError, HoptacError) as error:
        return Result(absent=str(error).splitlines()[0])
    run(job.warm, peer.batches[0])
    batch = peer.batches[0]
    if len(peer.batches) > 1:
        batch = min(peer.batches, key=lambda size: _seconds(run, job.warm, size))
    seconds = [_seconds(run, job.texts, batch) for _ in range(job.repeats)]
    return Result(statistics.median(seconds), batch, peak_mb())


def _seconds(run: Run, texts: Sequence[str], batch: int) -> float:
    start = time.perf_counter()
    run(texts, batch)
    return time.perf_counter() - start


def prepare(job: Job) -> Result:
    """Do what comes before a job."""
    before = PEERS[job.peer].prepare
    try:
        if before is not None:
            before(job)
    except (ImportError, OSError, HoptacError) as error:
        return Result(absent=str(error).splitlines()[0])
    return Result()


if __name__ == "__main__":
    _step, _job, _result = sys.argv[1:]
    _found = {"measure": measure, "prepare": prepare}[_step](Job(**json.loads(Path(_job).read_text(encoding="utf-8"))))
    Path(_result).write_text(json.dumps(asdict(_found)), encoding="utf-8")

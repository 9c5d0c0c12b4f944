"""A cold start, from the command to its output: wall time and peak memory of `hoptac classify` and of a pipeline.

Each run is a process of its own, its wall clock and its peak memory as the operating system gives them. Not here:
throughput (`bench`).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SHORT = (
    "Ministers agree on gas and scholarships\n\n"
    "The foreign ministers of the two countries met on Monday in the capital of the host country. They agreed that "
    "gas deliveries will begin before the winter. Twenty students a year will receive scholarships at the partner's "
    "universities. Trade between the two countries grew by a tenth last year.\n"
)
_PIPELINE = """
import sys
from transformers import pipeline
classify = pipeline("text-classification", model=sys.argv[1], tokenizer=sys.argv[1], top_k=None)
print(classify(open(sys.argv[2], encoding="utf-8").read(), truncation=True))
"""


@dataclass(frozen=True)
class Timing:
    """Median wall time in seconds and largest peak memory in MiB of several cold runs, warm disk."""

    name: str
    seconds: float
    memory: float


def cold_starts(scratch: Path, runs: int, model: str | None, classifier: Path | None) -> list[Timing]:
    """Times of `hoptac classify` on one short article, and of a pipeline over `classifier` where there is one."""
    article = scratch / "short.txt"
    article.write_text(SHORT, encoding="utf-8")
    command = [sys.executable, "-m", "hoptac", "classify", str(article)]
    timings = [time_command("hoptac classify", command + (["--model", model] if model else []), runs)]
    if classifier:
        command = [sys.executable, "-c", _PIPELINE, str(classifier), str(article)]
        timings.append(time_command("transformers pipeline", command, runs))
    return timings


def time_command(name: str, command: list[str], runs: int) -> Timing:
    """Run a command `runs` times after one warm-up, one process at a time. Raises CalledProcessError if it fails."""
    seconds, memory = [], 0.0
    for number in range(runs + 1):
        start = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            peak = _watch(process)
            message = process.stderr.read().decode() if process.stderr else ""
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command, stderr=message)
        if number:
            seconds.append(time.perf_counter() - start)
            memory = max(memory, peak)
    return Timing(name, round(statistics.median(seconds), 3), round(memory, 1))


def _watch(process: subprocess.Popen[bytes]) -> float:
    """Peak resident memory in MiB, looked at every few milliseconds until the process ends."""
    import psutil

    peak = 0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.003)
    return float(peak) / 2**20

"""Many articles through one `hoptac batch`: is its memory flat and under a ceiling, and are its files closed?

The articles are those of the corpus, cut short, over and over, and the model the bundled one. Not here: the record
(`robustness`).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import mean

import psutil

CORPUS = Path("seeds/corpus/test.jsonl")
N_SENTENCES = 3  # of an article, its headline among them
DRIFT = 0.05  # share by which the last quarter's mean may be above or below the second's


@dataclass(frozen=True)
class Sample:
    """A look at the process: resident MiB, open files, processor seconds so far."""

    memory: float
    files: int
    seconds: float


def write_articles(path: Path, n: int) -> None:
    """`n` rows with a headline and a text, those of the corpus over and over."""
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    with path.open("w", encoding="utf-8") as file:
        for number, row in enumerate(islice(cycle(rows), n)):
            title, *text = row["sentences"][:N_SENTENCES]
            article = {"id": str(number), "title": title, "text": " ".join(text) or title}
            file.write(json.dumps(article, ensure_ascii=False) + "\n")


def samples(process: subprocess.Popen[str], begun: Callable[[], bool], interval: float) -> Iterator[Sample]:
    """Looks at a process from when its work has `begun` until it ends."""
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            if begun():
                times = watched.cpu_times()
                yield Sample(watched.memory_info().rss / 2**20, watched.num_fds(), times.user + times.system)
        except psutil.Error:  # it has just ended
            return
        time.sleep(interval)


def verdict(seen: Sequence[Sample], limit_mb: float) -> tuple[str | None, str]:
    """(what is wrong with the samples of a run, or None; what they come to)."""
    if len(seen) < 8:
        return f"only {len(seen)} looks at it; try more rows", ""
    quarter = len(seen) // 4
    second, last = seen[quarter : 2 * quarter], seen[-quarter:]
    before, after = (mean(sample.memory for sample in part) for part in (second, last))
    peak = max(sample.memory for sample in seen)
    files = [max(sample.files for sample in part) for part in (second, last)]
    note = (
        f"resident memory {before:.0f} MiB in the second quarter and {after:.0f} in the last, "
        f"at most {files[0]} and {files[1]} files open"
    )
    if peak > limit_mb:
        return f"{peak:.0f} MiB, more than {limit_mb:.0f}", note
    if abs(after - before) > DRIFT * before:
        return f"memory is not flat: {note}", note
    if files[1] > files[0]:
        return f"files are not closed: {note}", note
    return None, note


def soak(n_rows: int, limit_mb: float, interval: float = 0.5) -> tuple[str | None, str, Sample]:
    """(what is wrong or None, what was seen, peaks and processor seconds) of `n_rows` articles in one process."""
    with tempfile.TemporaryDirectory() as folder:
        rows, output = Path(folder) / "rows.jsonl", Path(folder) / "out.jsonl"
        write_articles(rows, n_rows)
        command = [sys.executable, "-m", "hoptac", "batch", str(rows), "-o", str(output)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        partial = Path(f"{output}.partial")
        try:
            seen = list(samples(process, lambda: partial.exists() and partial.stat().st_size > 0, interval))
            _, said = process.communicate()
        finally:
            process.kill()
        problem, note = verdict(seen, limit_mb)
        if process.returncode or f"{n_rows} rows, 0 failed" not in said:
            problem = f"exit code {process.returncode}: {said[-200:]!r}"
        peaks = Sample(max((s.memory for s in seen), default=0), max((s.files for s in seen), default=0),
                       max((s.seconds for s in seen), default=0))  # fmt: skip
    return problem, note, peaks

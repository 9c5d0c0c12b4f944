"""What Ray costs on one machine: `hoptac batch --engine ray` against `--engine local` on as many cores.

    python -m hoptac_eval.bench_ray [CORPUS] --workers 2 --rounds 3

Both read the same file into Parquet, in a process of their own, by turns, and their rows must be the same. A start
costs Ray seconds whatever the corpus, so two corpora are timed, one of the rows twice: what the second lot takes is
the speed of a long run, and what is left is the start.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

import click
import pyarrow.parquet as pq

from hoptac_eval.stamp import hoptac_version, machine

GOAL = 0.8  # of the local engine's speed


@dataclass(frozen=True, slots=True)
class Race:
    """Medians of the rounds. local, ray: seconds for n_rows rows, and (`_twice`) for as many again."""

    n_rows: int
    n_workers: int
    local: float
    local_twice: float
    ray: float
    ray_twice: float

    @property
    def ratio(self) -> float:
        """Ray's speed over the local one's in a long run, where the start counts for nothing."""
        return (self.local_twice - self.local) / (self.ray_twice - self.ray)

    @property
    def whole_ratio(self) -> float:
        """The same for the longer of the two corpora, starts included."""
        return self.local_twice / self.ray_twice


def race(rows: Sequence[str], n_workers: int, n_rounds: int, extra: Sequence[str] = ()) -> Race:
    """Time both engines on `rows`, lines of JSON. extra: more options of `hoptac batch`.

    Raises CalledProcessError where a run fails, ValueError where the rows differ.
    """
    engines = {
        "local": ["--threads", str(n_workers)],
        "ray": ["--engine", "ray", "--actors", str(n_workers), "--threads", "1"],
    }
    seconds: dict[tuple[str, int], list[float]] = {(engine, n): [] for engine in engines for n in (1, 2)}
    with tempfile.TemporaryDirectory() as scratch:
        for times in (1, 2):
            Path(scratch, f"{times}.jsonl").write_text("".join(rows) * times, encoding="utf-8")
        for _ in range(n_rounds):
            for engine, times in seconds:
                corpus, output = Path(scratch, f"{times}.jsonl"), Path(scratch, f"{engine}-{times}.parquet")
                command = [sys.executable, "-m", "hoptac", "batch", str(corpus), "-o", str(output), "--overwrite"]
                start = time.perf_counter()
                subprocess.run([*command, *engines[engine], *extra], check=True, stderr=subprocess.DEVNULL)
                seconds[engine, times].append(time.perf_counter() - start)
        ours = pq.read_table(Path(scratch, "local-2.parquet"))
        theirs = pq.read_table(Path(scratch, "ray-2.parquet")).sort_by("row").drop(["row"])
        if ours.to_pylist() != theirs.to_pylist():
            raise ValueError("the rows of the two engines differ")
    medians = {key: statistics.median(values) for key, values in seconds.items()}
    return Race(len(rows), n_workers, medians["local", 1], medians["local", 2], medians["ray", 1], medians["ray", 2])


def ray_table(found: Race) -> list[str]:
    """Markdown lines."""
    return [
        "| | local | ray | ray / local |",
        "| --- | --- | --- | --- |",
        f"| {found.n_rows} articles, s | {found.local:.1f} | {found.ray:.1f} | |",
        f"| {2 * found.n_rows} articles, s | {found.local_twice:.1f} | {found.ray_twice:.1f} | "
        f"{found.whole_ratio:.2f} × its speed |",
        f"| articles a second, start left out | {found.n_rows / (found.local_twice - found.local):.2f} | "
        f"{found.n_rows / (found.ray_twice - found.ray):.2f} | **{found.ratio:.2f}** × (goal: ≥ {GOAL}) |",
    ]


def _raw(line: str) -> str:
    """A labelled row as a raw article, so that splitting is paid for."""
    title, *rest = json.loads(line)["sentences"]
    return json.dumps({"title": title, "text": " ".join(rest)}, ensure_ascii=False) + "\n"


@click.command()
@click.argument("corpus", default="seeds/corpus/test.jsonl")
@click.option("--articles", default=320, show_default=True, help="So many rows, repeated where there are fewer.")
@click.option("--workers", default=2, show_default=True, help="Threads of the local engine, actors of Ray.")
@click.option("--rounds", default=3, show_default=True, help="Runs of each, by turns; the median counts.")
@click.option("--output", metavar="FILE", help="Save the figures as JSON too.")
def main(corpus: str, articles: int, workers: int, rounds: int, output: str | None) -> None:
    """Print a table of both; exit code 1 where Ray is slower than the goal."""
    lines = Path(corpus).read_text(encoding="utf-8").splitlines(keepends=True)
    rows = [_raw(line) for line in islice(cycle(lines), articles)]
    found = race(rows, workers, rounds)
    click.echo(f"hoptac {hoptac_version()}, {machine()}, {workers} workers, load {os.getloadavg()[0]:.1f} at the end")
    click.echo("\n".join(ray_table(found)))
    if output:
        stamp = {"hoptac": hoptac_version(), "machine": machine()}
        Path(output).write_text(json.dumps(stamp | asdict(found) | {"ratio": found.ratio}, indent=1) + "\n", "utf-8")
    sys.exit(0 if found.ratio >= GOAL else 1)


if __name__ == "__main__":
    main()

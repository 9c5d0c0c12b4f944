"""Tries what nobody would send, counts what fails, and keeps the record that the README quotes: `make robustness`.

    python -m hoptac_eval.robustness fuzz --inputs 200000
    python -m hoptac_eval.robustness size
    python -m hoptac_eval.robustness faults
    python -m hoptac_eval.robustness soak --rows 200000 --limit-mb 600
    python -m hoptac_eval.robustness table

Time is the processor's, but for faults, so that a busy machine fails nothing. Not here: what must hold (`checks`), the
inputs (`nasty`), large files (`sizes`), what breaks around a run (`faults`), a long run (`soak`).
"""

from __future__ import annotations

import faulthandler
import json
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import click

from hoptac import __version__
from hoptac_eval.checks import CHECKS
from hoptac_eval.faults import FAULTS, run_case
from hoptac_eval.sizes import CASES, Measured, measure
from hoptac_eval.soak import soak

FILE = Path("eval/results/robustness.json")
SECONDS_PER_MB = 5.0
FAULT = "fault: "
LEAST_SECONDS = 1.0  # for an input of any size: the first call of a library loads its tables


@dataclass(frozen=True)
class Row:
    """One line of the record. failed: of `tried`; slowest: seconds, or None; memory: peak in MiB, or None; note: why it
    was not tried, or what else was seen."""

    name: str
    tried: int
    failed: int
    seconds: float
    slowest: float | None
    memory: float | None = None
    note: str = ""


def fuzz(n_inputs: int, seed: int, report: Callable[[str], object]) -> list[Row]:
    """Try `n_inputs` inputs, shared out over the checks; what fails is reported with the number that makes it again."""
    total = sum(share for share, _, _ in CHECKS.values())
    rows = []
    for name, (share, _, _) in CHECKS.items():
        n = -(-n_inputs * share // total)  # rounded up: no fewer than were asked for
        numbers = [(number, *try_input(name, seed, number)) for number in range(n)]
        for number, problem, _ in numbers:
            if problem is not None:
                report(f"{name}, seed {seed}, input {number}: {problem}")
        times = [seconds for _, _, seconds in numbers]
        failed = sum(problem is not None for _, problem, _ in numbers)
        rows.append(Row(f"fuzz: {name}", n, failed, round(sum(times), 2), round(max(times), 3)))
    return rows


def try_input(name: str, seed: int, number: int) -> tuple[str | None, float]:
    """(what a check says of one input, or None; seconds). An input that hangs for ten minutes ends the process."""
    _, make, check = CHECKS[name]
    content = make(Random(f"{name} {seed} {number}"))
    faulthandler.dump_traceback_later(600, exit=True)
    start = time.process_time()
    problem = None
    try:
        check(content)
    except Exception as error:  # whatever it is, it is what we are looking for
        problem = f"{type(error).__name__}: {str(error)[:200]}"
    seconds = time.process_time() - start
    faulthandler.cancel_dump_traceback_later()
    size = size_of(content)
    if problem is None and seconds > LEAST_SECONDS + SECONDS_PER_MB * size / 1e6:
        problem = f"{seconds:.1f} s for {size} bytes"
    return problem, seconds


def size_of(content: str | bytes | Mapping[str, bytes]) -> int:
    """The bytes of an input: of a text in UTF-8, of all files."""
    if isinstance(content, Mapping):
        return sum(map(len, content.values()))
    return len(content.encode("utf-8", "replace") if isinstance(content, str) else content)


def record(rows: Iterable[Row], path: Path = FILE) -> None:
    """Put rows into the saved record, in the place of those with the same names."""
    saved = {row.name: row for row in load(path)} if path.exists() else {}
    saved |= {row.name: row for row in rows}
    data = {
        "hoptac": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "rows": [asdict(row) for row in saved.values()],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(path: Path = FILE) -> list[Row]:
    """The rows of a saved record."""
    return [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]


def table(rows: Iterable[Row]) -> list[str]:
    """Markdown lines, as the README has them: a row a check, one for all faults, and what is to be said of them."""
    rows = list(rows)
    faults = [row for row in rows if row.name.startswith(FAULT)]
    others = [row for row in rows if not row.name.startswith(FAULT)]
    notes = [f"{row.name}: {row.note}." for row in others if row.note]
    if faults:
        tried = [row for row in faults if row.tried]
        slowest = max((row.slowest or 0 for row in tried), default=None)
        failed = sum(row.failed for row in tried)
        others.append(Row("faults", len(tried), failed, sum(row.seconds for row in tried), slowest))
        notes.append(f"faults: {', '.join(row.name.removeprefix(FAULT) for row in tried)}.")
        notes += [f"not tried: {row.name.removeprefix(FAULT)} ({row.note})." for row in faults if not row.tried]
    lines = ["| tried | inputs | failed | seconds | slowest, s | peak, MiB |", "| --- | --- | --- | --- | --- | --- |"]
    for row in others:
        memory = "–" if row.memory is None else f"{row.memory:.0f}"
        longest = "–" if row.slowest is None else f"{row.slowest:.2f}"
        lines.append(f"| {row.name} | {row.tried:,} | {row.failed} | {row.seconds:.1f} | {longest} | {memory} |")
    return lines + [line for note in notes for line in ("", note[0].upper() + note[1:])]


@click.group()
def main() -> None:
    """Try what nobody would send, and record what came of it."""


@main.command("fuzz")
@click.option("--inputs", default=200_000, show_default=True)
@click.option("--seed", default=0, show_default=True)
def fuzz_command(inputs: int, seed: int) -> None:
    """Generated inputs through every check."""
    rows = fuzz(inputs, seed, lambda problem: click.echo(problem, err=True))
    record(rows)
    raise SystemExit(1 if any(row.failed for row in rows) else 0)


@main.command("size")
def size_command() -> None:
    """Large inputs, each in a process of its own."""
    rows = [_row(name, measure(name)) for name in CASES]
    record(rows)
    raise SystemExit(1 if any(row.failed for row in rows) else 0)


def _row(name: str, found: Measured) -> Row:
    if found.problem is not None:
        click.echo(f"{name}: {found.problem}", err=True)
    return Row(f"size: {name}", 1, int(found.problem is not None), found.seconds, found.seconds, found.memory)


@main.command("faults")
def faults_command() -> None:
    """What breaks around a run; each case in processes of its own."""
    rows = []
    for name in FAULTS:
        found, skipped, seconds = run_case(name)
        if found is not None:
            click.echo(f"{name}: {found}", err=True)
        rows.append(
            Row(f"{FAULT}{name}", 0, 0, 0.0, None, None, found or "")
            if skipped
            else Row(f"{FAULT}{name}", 1, int(found is not None), seconds, seconds)
        )
    record(rows)
    raise SystemExit(1 if any(row.failed for row in rows) else 0)


@main.command("soak")
@click.option("--rows", "n_rows", default=200_000, show_default=True)
@click.option("--limit-mb", default=600, show_default=True, help="Resident memory that it may have, in MiB.")
def soak_command(n_rows: int, limit_mb: int) -> None:
    """Many articles through one run of `hoptac batch`."""
    problem, note, peaks = soak(n_rows, limit_mb)
    if problem is not None:
        click.echo(f"soak: {problem}", err=True)
    record([Row(f"soak under {limit_mb} MiB", n_rows, int(problem is not None), round(peaks.seconds, 1), None,
                round(peaks.memory, 1), note)])  # fmt: skip
    raise SystemExit(1 if problem else 0)


@main.command("table")
def table_command() -> None:
    """Print the record as the README has it."""
    click.echo("\n".join(table(load())))


if __name__ == "__main__":
    main()

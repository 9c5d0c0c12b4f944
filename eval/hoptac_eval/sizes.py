"""Large inputs, each read in a process of its own: seconds of processor time and peak memory, and what it came to.

The encoder is left out, as in `checks`: it takes a fixed time a window. Not here: the record (`robustness`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hoptac.formats import MAX_BYTES, Unread
from hoptac.read import read_articles
from hoptac.split import split

PARAGRAPH = "Bộ trưởng hai nước ký thoả thuận về năng lượng. Ông nói: “Chúng tôi rất vui.” The rest follows.\n"
NAMED = "raise --max-bytes"


@dataclass(frozen=True)
class Case:
    """A large input. max_bytes: the limit it is read with. error: words of the error it must come to, or None."""

    suffix: str
    write: Callable[[], Iterator[bytes]]
    seconds: float
    memory: float
    max_bytes: int = MAX_BYTES
    error: str | None = None


@dataclass(frozen=True)
class Measured:
    """Processor seconds and peak resident MiB of a process that read a case; what is wrong with that, or None."""

    seconds: float
    memory: float
    problem: str | None


def _times(unit: str, n_bytes: int, before: str = "", after: str = "") -> Callable[[], Iterator[bytes]]:
    """About `n_bytes` of one thing over and over, a megabyte at a time."""

    def write() -> Iterator[bytes]:
        yield before.encode()
        block = unit.encode() * max(1, 2**20 // len(unit.encode()))
        for _ in range(max(1, n_bytes // len(block))):
            yield block
        yield after.encode()

    return write


def _sentences() -> Iterator[bytes]:
    yield json.dumps({"sentences": [f"Sentence {number} is about gas." for number in range(100_000)]}).encode()


def _long_line() -> Iterator[bytes]:
    yield b'{"text": "One that is read."}\n{"text": "'
    yield from _times("a ", 50_000_000)()
    yield b'"}\n'


CASES: dict[str, Case] = {
    "article of 50 MB": Case(".txt", _times(PARAGRAPH, 50_000_000), 5, 250, error=NAMED),
    "article of 50 MB, limit raised": Case(".txt", _times(PARAGRAPH, 50_000_000), 250, 2500, max_bytes=10**8),
    "one line of 15 MB": Case(".txt", _times(PARAGRAPH.strip() + " ", 15_000_000), 75, 1000),
    "sentence of 1 MB without a space": Case(".txt", _times("a", 1_000_000), 5, 250),
    "100,000 sentences": Case(".jsonl", _sentences, 25, 500),
    "JSON line of 50 MB": Case(".jsonl", _long_line, 5, 250, error=NAMED),
    "100,000 nested tags": Case(
        ".html", _times("<div>", 500_000, "<html><body>", "A"), 5, 400, error="no article text"
    ),
    "a million tags": Case(".html", _times("<p>a</p>", 4_000_000, "<html><body>"), 60, 4000),
    "10,000 nested quotations": Case(".md", _times(">", 10_000, "", " A sentence."), 5, 250, error="no text in it"),
}
"""Name -> what is written and what reading it may cost, at 5 s a megabyte."""


def measure(name: str) -> Measured:
    """Read a case in a process of its own, and hold it to its limits."""
    case = CASES[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"large{case.suffix}"
        with path.open("wb") as file:
            file.writelines(case.write())
        process = subprocess.Popen(
            [sys.executable, "-m", "hoptac_eval.sizes", name, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        said, _, peak = process.stdout.read().strip().rpartition("\n")
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds, memory = round(usage.ru_utime + usage.ru_stime, 2), round(int(peak or 0) / 1024, 1)
    problem = None
    if process.returncode or (case.error or "sentences") not in said:
        problem = f"exit code {process.returncode}, {said[-200:]!r}"
    elif seconds > case.seconds or memory > case.memory:
        problem = f"{seconds} s and {memory} MiB; expected at most {case.seconds} s and {case.memory} MiB"
    return Measured(seconds, memory, problem)


def read_case(name: str, path: str) -> str:
    """Read a file as the command line does; the last error, or how many sentences there are."""
    n_sentences, error = 0, None
    for article in read_articles([path], max_bytes=CASES[name].max_bytes):
        if isinstance(article, Unread):
            error = str(article.error)
        else:
            n_sentences += len(split(article))
    return error or f"{n_sentences} sentences"


def _peak() -> int:
    """Peak resident KiB of this process; `ru_maxrss` would count what its parent had when it was forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0])


if __name__ == "__main__":
    sys.stdout.write(f"{read_case(sys.argv[1], sys.argv[2])}\n{_peak()}\n")

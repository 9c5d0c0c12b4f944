"""Large inputs, each through `batch` in a process of its own: seconds of processor time, peak memory, what it came to.

The encoder is left out, as in `checks`: it takes a fixed time a window. Not here: the record (`robustness`).
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hoptac.batch import batch
from hoptac.limits import DEFAULT, Limits
from hoptac.tables import Columns
from hoptac_eval.checks import numbers_predictor

PARAGRAPH = "Bộ trưởng hai nước ký thoả thuận về năng lượng. Ông nói: “Chúng tôi rất vui.” The rest follows.\n"
NAMED = "raise --max-bytes"


@dataclass(frozen=True)
class Case:
    """A large input: what is written, the processor seconds and peak MiB that it may cost, the limits it is read with,
    and words of the error of its largest row, or None where it is read."""

    suffix: str
    write: Callable[[], Iterator[bytes]]
    seconds: float
    memory: float
    limits: Limits = DEFAULT
    error: str | None = None


@dataclass(frozen=True)
class Measured:
    """Processor seconds and peak resident MiB of a process that read a case; what is wrong with that, or None."""

    seconds: float
    memory: float
    problem: str | None


def _times(unit: str, n_bytes: int, before: str = "", after: str = "") -> Callable[[], Iterator[bytes]]:
    """About `n_bytes` of one thing over and over, a megabyte at a time or less."""

    def write() -> Iterator[bytes]:
        yield before.encode()
        block = unit.encode() * max(1, min(n_bytes, 2**20) // len(unit.encode()))
        for _ in range(max(1, n_bytes // len(block))):
            yield block
        yield after.encode()

    return write


def _sentences() -> Iterator[bytes]:
    yield json.dumps({"sentences": [f"Sentence {number} is about gas." for number in range(100_000)]}).encode()


def _attributes() -> Iterator[bytes]:
    yield ("<body><p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">A.").encode()


def _lines(n_bytes: int) -> Callable[[], Iterator[bytes]]:
    """JSON lines, the second of which is long."""
    return _times("a ", n_bytes, '{"text": "One that is read."}\n{"text": "', '"}\n{"text": "Another."}\n')


def _gzip(n_bytes: int) -> Iterator[bytes]:
    packed = BytesIO()
    with gzip.open(packed, "wb", compresslevel=9) as stream:
        stream.writelines(_lines(n_bytes)())
    yield packed.getvalue()


def _zstd(write: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    packed = pa.BufferOutputStream()
    with pa.CompressedOutputStream(packed, "zstd") as stream:
        for part in write():
            stream.write(part)
    yield packed.getvalue().to_pybytes()


def _parquet(texts: list[str], places: list[int]) -> Iterator[bytes]:
    """Rows with the texts at these places; a text that several rows have is written once."""
    column = pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), pa.array(texts))
    packed = BytesIO()
    pq.write_table(pa.table({"text": column}), packed, compression="zstd", store_schema=False)
    yield packed.getvalue()


CASES: dict[str, Case] = {
    "article of 50 MB": Case(".txt", _times(PARAGRAPH, 50_000_000), 5, 300, error=NAMED),
    "article of 50 MB, limit raised": Case(".txt", _times(PARAGRAPH, 50_000_000), 250, 6000, Limits(bytes=10**8)),
    "one line of 15 MB": Case(".txt", _times(PARAGRAPH.strip() + " ", 15_000_000), 75, 2000),
    "sentence of 1 MB without a space": Case(".txt", _times("a", 1_000_000), 5, 300),
    "100,000 sentences": Case(".jsonl", _sentences, 15, 600),
    "JSON line of 50 MB": Case(".jsonl", _lines(50_000_000), 5, 300, error=NAMED),
    "CSV line of 50 MB": Case(
        ".csv", _times("a ", 50_000_000, "text\nOne that is read.\n", "\nAnother.\n"), 5, 400, error=NAMED
    ),
    "CSV cell of 50 MB in lines": Case(
        ".csv",
        _times("a a a a a\n", 50_000_000, 'text\nOne that is read.\n"', '"\nAnother.\n'),
        25,
        400,
        error="a quotation mark without its pair",
    ),
    "15,000 nested tags": Case(".html", _times("<div>", 75_000, "<body>", "A"), 5, 300, error="no parser reads"),
    "500 nested tables": Case(
        ".html", _times("<table><tr><td>", 7_500, "<body>", "A"), 5, 300, error="raise --max-depth"
    ),
    "a million tags": Case(".html", _times("<p>a</p>", 8_000_000, "<body>"), 5, 400, error="raise --max-tags"),
    "20,000 cells": Case(".html", _times("<td>a", 99_000, "<body>"), 5, 400),
    "20,000 cells in a row": Case(".html", _times("<td>An item in a cell</td>", 519_000, "<body><table><tr>"), 5, 400),
    "60,000 tags, limit raised": Case(".html", _times("<p>a</p>", 480_000, "<body>"), 15, 500, Limits(tags=10**5)),
    "100,000 attributes": Case(".html", _attributes, 5, 300, error="raise --max-attributes"),
    "10,000 nested quotations": Case(".md", _times(">", 10_000, "", " A sentence."), 5, 300, error="no text in it"),
    ".gz that unpacks to 500 MB": Case(".jsonl.gz", lambda: _gzip(500_000_000), 25, 300, error=NAMED),
    ".zst that unpacks to 500 MB": Case(".jsonl.zst", lambda: _zstd(_lines(500_000_000)), 25, 400, error=NAMED),
    "article in .zst of 500 MB": Case(".txt.zst", lambda: _zstd(_times(PARAGRAPH, 500_000_000)), 5, 400, error=NAMED),
    "Parquet row of 100 MB": Case(
        ".parquet", lambda: _parquet(["One.", "a " * 50_000_000, "Two."], [0, 1, 2]), 10, 800, error=NAMED
    ),
    "Parquet, the same 20 MB in 100 rows": Case(
        ".parquet", lambda: _parquet(["a " * 10_000_000], [0] * 100), 30, 600, error=NAMED
    ),
}
"""Name -> what is written and what it may cost: at most 5 s a megabyte, and 5 s for the smallest."""


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
        said, _, figures = process.stdout.read().strip().rpartition("\n")
        process.stdout.close()
        status = process.wait()
    seconds, memory = map(float, figures.split() or (0, 0))
    problem = None
    if status or (case.error or "sentences") not in said:
        problem = f"exit code {status}, {said[-200:]!r}"
    elif seconds > case.seconds or memory > case.memory:
        problem = f"{seconds} s and {memory} MiB; expected at most {case.seconds} s and {case.memory} MiB"
    return Measured(seconds, memory, problem)


def read_case(name: str, path: str) -> tuple[str, float, float]:
    """Classify a file as the command line does: (errors and how many sentences there are, seconds, MiB)."""
    output = Path(path).parent / "out.jsonl"
    batch([path], output, numbers_predictor(), columns=Columns(limits=CASES[name].limits), threads=1)
    times = os.times()
    seconds, memory = times.user + times.system, _peak() / 1024
    n_sentences, errors = 0, set()
    with output.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            n_sentences += len(row["sentences"] or ())
            errors.add((row["error"] or "").partition(": ")[2])
    said = f"{n_sentences} sentences" if errors == {""} else "; ".join(sorted(errors))
    return said, round(seconds, 2), round(memory, 1)


def _peak() -> int:
    """Peak resident KiB of this process; `ru_maxrss` would count what its parent had when it was forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0])


if __name__ == "__main__":
    found, spent, peak = read_case(sys.argv[1], sys.argv[2])
    sys.stdout.write(f"{found}\n{spent} {peak}\n")

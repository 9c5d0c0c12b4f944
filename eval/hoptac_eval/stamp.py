"""What a result is stamped with: a digest of the data, and the machine it ran on."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hoptac.labelled import to_row
from hoptac.values import LabelledArticle
from hoptac_eval.metrics import METRICS_VERSION

_META = ("pair", "labels1", "labels2")


class DataDigest:
    """A digest of labelled articles that does not depend on their order, only on what figures depend on:
    texts, labels, key sentences, summaries, pairs, and second labellings.

    The sum of the rows' SHA-256, as a number of 256 bits.
    """

    def __init__(self) -> None:
        self._sum = 0

    def add(self, gold: LabelledArticle, themed: bool) -> None:
        """Add one article."""
        row = {name: value for name, value in to_row(gold).items() if name not in gold.meta or name in _META}
        text = json.dumps([themed, row], sort_keys=True, ensure_ascii=False, default=str)
        self._sum += int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")

    def hex(self) -> str:
        """The digest so far, 32 hexadecimal digits."""
        return f"{self._sum % (1 << 256):064x}"[:32]


def hoptac_version() -> str:
    """The installed version, or "not installed" where the package is run from a clone."""
    try:
        return importlib.metadata.version("hoptac")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def machine() -> str:
    """Processor and number of cores, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def n_threads(predictor: object) -> int:
    """How many threads the predictor says it uses, or else how many this process may."""
    threads = getattr(predictor, "threads", None)
    if isinstance(threads, int):
        return threads
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_mb() -> float | None:
    """The most memory this process has held so far, in megabytes, or None where the system does not tell."""
    try:  # Linux; what `resource` says there includes the process that started this one
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return round(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024, 1)
    except (OSError, StopIteration):
        pass
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


def stamp(model: str, files: Sequence[str], digest: str, n_articles: int) -> dict[str, Any]:
    """What a small result of its own is stamped with, as JSON; a report has `report.Stamp`. model: its name."""
    return {
        "hoptac_version": hoptac_version(),
        "metrics_version": METRICS_VERSION,
        "model": model,
        "files": [Path(file).name for file in files],
        "digest": digest,
        "n_articles": n_articles,
        "machine": machine(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }

"""What `make bench` found: a record that is saved, and the tables that the README has of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from hoptac_eval.bench_cold import Timing
from hoptac_eval.bench_peers import HOPTAC, PEERS


@dataclass(frozen=True)
class Row:
    """A peer on a corpus. ratio: hoptac's speed over this one's, in the same run. share: of the machine's own rate of
    the peer's arithmetic, 0 to 1, or None. memory: peak in MiB. batch: texts at once, the fastest of those tried."""

    corpus: str
    peer: str
    articles_per_second: float
    tokens_per_second: float
    ratio: float
    memory: float | None
    share: float | None
    batch: int


@dataclass(frozen=True)
class Growth:
    """A figure that tells how cost grows; goal: in words, what it is to be."""

    name: str
    value: float
    unit: str
    goal: str


@dataclass(frozen=True)
class Bench:
    """A whole run. stamp: version, model, digest, weights, machine, threads, date, libraries. corpora: name -> digest
    and size. rates: giga-multiply-adds a second, "int8" and "fp32". absent: peers and corpora left out, and why."""

    stamp: Mapping[str, Any]
    corpora: Mapping[str, Mapping[str, Any]]
    rates: Mapping[str, float | None]
    rows: tuple[Row, ...]
    cold: tuple[Timing, ...]
    growth: tuple[Growth, ...]
    absent: Mapping[str, str]

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def onto(self, older: Bench) -> Bench:
        """This run without peers put into an older one of the same model and machine; what both have is this one's."""
        same = all(self.stamp.get(key) == older.stamp.get(key) for key in ("digest", "machine", "threads"))
        if self.rows or not same:
            return self
        grown = {row.name: row for row in (*older.growth, *self.growth)}
        return replace(older, cold=self.cold or older.cold, growth=tuple(grown.values()))

    @classmethod
    def load(cls, path: Path) -> Bench:
        """Read what `save` wrote."""
        data = json.loads(path.read_text(encoding="utf-8"))
        parts = {"rows": Row, "cold": Timing, "growth": Growth}
        return cls(**data | {name: tuple(kind(**row) for row in data[name]) for name, kind in parts.items()})


def tables(bench: Bench) -> list[str]:
    """Markdown lines: the stamp, a row a peer, the cold start, growth, and what was left out and why."""
    lines = [_stamp(bench), "", *_peers(bench)]
    if bench.cold:
        lines += [
            "",
            "| one short article, cold | wall, s | peak memory, MiB | hoptac's wall |",
            "| --- |" + 3 * " --- |",
        ]
        for timing in bench.cold:
            times = bench.cold[0].seconds / timing.seconds
            lines.append(f"| {timing.name} | {timing.seconds:.2f} | {timing.memory:.0f} | {times:.2f} × |")
    if bench.growth:
        lines += ["", "| growth and memory | | goal |", "| --- | --- | --- |"]
        lines += [f"| {row.name} | {row.value:,.1f} {row.unit} | {row.goal} |" for row in bench.growth]
    if bench.absent:
        lines += ["", "Left out: " + "; ".join(f"{name} ({why})" for name, why in bench.absent.items()) + "."]
    return lines


def _stamp(bench: Bench) -> str:
    stamp = bench.stamp
    rates = ", ".join(f"{name} {rate:.0f}" for name, rate in bench.rates.items() if rate is not None)
    corpora = "; ".join(
        f"{name}: {size['n_articles']} articles, {size['n_tokens'] / max(size['n_articles'], 1):.0f} tokens each, "
        f"digest {size['digest'][:8]}"
        for name, size in bench.corpora.items()
    )
    return (
        f"hoptac {stamp['hoptac']}, model {stamp['model']} (digest {stamp['digest'][:8]}), {stamp['machine']}, "
        f"{stamp['threads']} threads for everyone, {stamp['date']}. {corpora}. Products of matrices alone, in billions "
        f"of multiply-adds a second: {rates or 'not measured'}."
    )


def _peers(bench: Bench) -> list[str]:
    first, *others = dict.fromkeys(row.corpus for row in bench.rows) or [""]
    found = {(row.corpus, row.peer): row for row in bench.rows}
    head = ("articles/s", "tokens/s", "peak, MiB", "share of rate", f"hoptac is, {first}", *others)
    lines = [f"| {first} | does | {' | '.join(head)} |", "| --- | --- |" + len(head) * " --- |"]
    for name, peer in PEERS.items():
        row = found.get((first, name))
        if row is None:
            continue
        share = "–" if row.share is None else f"{row.share:.0%} {peer.arithmetic}"
        memory = "–" if row.memory is None else f"{row.memory:.0f}"
        ratios = [_times(name, found.get((corpus, name))) for corpus in (first, *others)]
        cells = (name, peer.does, _speed(row.articles_per_second), f"{row.tokens_per_second:,.0f}", memory, share)
        lines.append(f"| {' | '.join((*cells, *ratios))} |")
    return lines if len(lines) > 2 else []


def _times(name: str, row: Row | None) -> str:
    if row is None or name == HOPTAC:
        return "–"
    return f"{row.ratio:.2f} ×" if row.ratio < 10 else f"{row.ratio:,.0f} ×"


def _speed(value: float) -> str:
    """Three figures.

    >>> _speed(0.01234), _speed(12.34), _speed(1234.5)
    ('0.0123', '12.3', '1234')
    """
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"

"""The runs of `make bench`: who reads what, in which process, how often; nothing is printed but what is under way."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hoptac.errors import HoptacError
from hoptac_eval.bench_job import Result
from hoptac_eval.bench_peers import ALONE, HOPTAC, PEERS, Job
from hoptac_eval.bench_rate import Shape, multiply_adds
from hoptac_eval.bench_table import Growth, Row
from hoptac_eval.bench_texts import Corpus, cut, joined, repeated, write_rows
from hoptac_eval.bench_texts import Row as Article

_SHORT = {"title": "Ministers agree on gas", "text": "Gas deliveries will begin before the winter."}
Report = Callable[[str], object]


@dataclass(frozen=True)
class Bed:
    """What every job of a run shares; see `Job`. pythons: peer -> the interpreter it runs in, if another."""

    scratch: Path
    threads: int
    model: str | None
    weights: str | None
    pythons: Mapping[str, str]

    def measure(self, peer: str, texts: Sequence[str], warm: Sequence[str], repeats: int = 1) -> Result:
        """One peer over texts, in a process of its own. A process that fails makes an absent result."""
        job = Job(peer, self.threads, texts, warm, str(self.scratch), self.model, self.weights, repeats)
        spec, out = self.scratch / "job.json", self.scratch / "result.json"
        spec.write_text(json.dumps(asdict(job)), encoding="utf-8")
        before = peer in PEERS and PEERS[peer].prepare is not None
        found = Result()
        for step in ("prepare", "measure") if before else ("measure",):
            command = [self.pythons.get(peer, sys.executable), "-m", "hoptac_eval.bench_job", step, spec, out]
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if done.returncode:
                return Result(absent=(done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1][:200])
            found = Result(**json.loads(out.read_text(encoding="utf-8")))
            if found.absent:
                break
        return found


def rates_of(threads: int, shape: Shape) -> dict[str, float | None]:
    """`bench_rate.rates`, in a process of its own."""
    command = [sys.executable, "-m", "hoptac_eval.bench_rate", *map(str, (threads, shape.width, shape.inner))]
    found: dict[str, float | None] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return found


def texts_of(name: str, corpus: Corpus, warm: Corpus) -> tuple[list[str], list[str], int, list[int]]:
    """(what a peer reads of a corpus, what it warms up on, tokens in that, lengths of its windows with their marks)."""
    peer = PEERS[name]
    if peer.unit == "file":
        return [str(corpus.path)], [str(warm.path)], corpus.n_tokens, list(corpus.windows)
    units = corpus.sample(peer.unit, peer.most)
    warming = warm.sample(peer.unit, None if peer.most is None else max(2, peer.most // 10))
    lengths = [unit.n_tokens for unit in units]
    return [unit.text for unit in units], [unit.text for unit in warming], sum(lengths), [n + 2 for n in lengths]


def compare(
    bed: Bed, names: Sequence[str], corpora: Sequence[Corpus], warm: Corpus, rounds: int, say: Report
) -> tuple[dict[tuple[str, str], Result], dict[str, str]]:
    """((corpus, peer) -> what came of it, the median time of `rounds` that take turns; peers left out and why)."""
    found: dict[tuple[str, str], list[Result]] = {}
    absent: dict[str, str] = {}
    for _ in range(rounds):
        for corpus in corpora:
            for name in names:
                if name in absent:
                    continue
                say(f"{corpus.name}: {name}")
                texts, warming, _, _ = texts_of(name, corpus, warm)
                result = bed.measure(name, texts, warming)
                if result.absent:
                    absent[name] = result.absent
                else:
                    found.setdefault((corpus.name, name), []).append(result)
    return {key: _middle(results) for key, results in found.items() if key[1] not in absent}, absent


def _middle(results: Sequence[Result]) -> Result:
    memory = max((result.memory for result in results if result.memory is not None), default=None)
    return Result(statistics.median(result.seconds for result in results), results[0].batch, memory)


def rows_of(
    results: Mapping[tuple[str, str], Result],
    corpora: Sequence[Corpus],
    shapes: Mapping[str, Shape],
    rates: Mapping[str, float | None],
) -> list[Row]:
    """A row a result. shapes: peer -> its encoder, for those that are compared with a rate."""
    rows = []
    for corpus in corpora:
        speeds = {}
        for name in PEERS:
            if (corpus.name, name) not in results:
                continue
            result = results[corpus.name, name]
            _, _, n_tokens, lengths = texts_of(name, corpus, corpus)
            speeds[name] = n_tokens / result.seconds
            rate, share = rates.get(PEERS[name].arithmetic), None
            if rate and name in shapes:
                share = round(multiply_adds(lengths, shapes[name]) / result.seconds / (rate * 1e9), 4)
            articles = speeds[name] / (corpus.n_tokens / corpus.n_articles)
            ratio = speeds[HOPTAC] / speeds[name]
            rows.append(Row(corpus.name, name, articles, speeds[name], ratio, result.memory, share, result.batch))
    return rows


def growth(bed: Bed, rows: Sequence[Article], n_rows: int, warm: Corpus, say: Report) -> list[Growth]:
    """What ten times the corpus costs, and an article ten times as long as ten short ones do one by one."""
    times = []
    for n in (n_rows, 10 * n_rows):
        say(f"growth: {n} rows")
        path = write_rows(repeated(rows, n), bed.scratch / "grown.jsonl")
        times.append(_sure(bed.measure(HOPTAC, [str(path)], [str(warm.path)], repeats=3)))
    short = cut(rows, 1000, 10)
    paths = [write_rows([row], bed.scratch / f"{row['id']}.jsonl") for row in (*short, joined(short, "cut-all"))]
    say("growth: one article")
    ten = _sure(bed.measure(ALONE, list(map(str, paths[:-1])), [str(paths[0])], repeats=3))
    one = _sure(bed.measure(ALONE, [str(paths[-1])], [str(paths[0])], repeats=3))
    return [
        Growth(
            f"time for {10 * n_rows:,} articles over that for {n_rows:,}",
            times[1].seconds / times[0].seconds,
            "×",
            "10 × ± 5 %",
        ),
        Growth("time for one article of 10,000 words over one of 1,000", one.seconds / ten.seconds * 10, "×", "≤ 11 ×"),
        *(
            Growth(f"peak memory, {n:,} articles", time.memory, "MiB", "≤ 500 MB")
            for n, time in zip((n_rows, 10 * n_rows), times, strict=True)
            if time.memory is not None
        ),
    ]


def memory(bed: Bed, sizes: Sequence[int], warm: Corpus, say: Report) -> list[Growth]:
    """Peak memory of `hoptac batch` on so many short rows."""
    found = []
    for n in sizes:
        say(f"memory: {n} short rows")
        path = bed.scratch / "short.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps({"id": f"row-{i}", **_SHORT}) + "\n" for i in range(n))
        result = _sure(bed.measure(HOPTAC, [str(path)], [str(warm.path)]))
        if result.memory is not None:
            found.append(Growth(f"peak memory, {n:,} short rows", result.memory, "MiB", "≤ 500 MB, flat"))
    return found


def _sure(result: Result) -> Result:
    if result.absent:
        raise HoptacError(f"hoptac itself failed: {result.absent}")
    return result

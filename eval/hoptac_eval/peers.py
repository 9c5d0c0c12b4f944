"""A model's summaries beside what cheaper and older methods choose from the same articles: `make summaries`.

    python -m hoptac_eval.peers seeds/corpus/test.jsonl vietnews/val.jsonl bbc/test.jsonl

One table a file and language. Every peer that takes a number gets as many sentences as the model's own method chose
in that article; with `--length 100w` as many as fit into 100 words, so that nobody wins by length. TextRank and LexRank
are sumy's, on the words of the ROUGE scale; centroid and clusters read the vectors of the model under test. Not here:
the figures themselves (`summaries`), the themes (`evaluate`).
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import click
import numpy as np

from hoptac.alone import GAP
from hoptac.decide import decide
from hoptac.errors import MissingExtra
from hoptac.language import detect_language
from hoptac.model import Model, Reading, load_model
from hoptac.split import split
from hoptac.summarise import parse_length, summarise
from hoptac.values import LabelledArticle, Summary
from hoptac_eval.bootstrap import RESAMPLES, clusters, interval, resample
from hoptac_eval.catalogue import ROUGE_NOTE
from hoptac_eval.dangling import n_dangling
from hoptac_eval.loading import load_examples, need
from hoptac_eval.metrics import Floats
from hoptac_eval.rouge import tokens
from hoptac_eval.summaries import COLUMNS, Source, at_random, lead, measure, oracle, source

OURS = "hoptac"
SHOWN = (
    *("rouge1", "rouge2", "rougeL", "published_rouge1", "published_rouge2", "published_rougeL"),
    *("key_f1", "themes_covered", "redundancy", "dangling", "unmarked", "words", "sentences"),
)
_HEADS = (
    *("R-1", "R-2", "R-L", "published R-1", "published R-2", "published R-L"),
    *("key F1", "themes covered", "redundancy", "dangling", "left unmarked", "words", "sentences"),
)
_OPENING = 24  # characters by which a sentence is found in a summary
_WITH_INTERVAL = ("rouge1", "rougeL", "key_f1")


@dataclass(frozen=True)
class Asked:
    """What a peer is asked: the article, what the encoder made of its sentences, and for how many sentences."""

    about: Source
    reading: Reading
    n: int


def by_title(asked: Asked) -> tuple[int, ...]:
    """The sentences that have most of the headline's words; LEAD where there is no headline."""
    about = asked.about
    if about.body[0] == 0:
        return lead(about, asked.n)
    title = {word for text in about.sentences[: about.body[0]] for word in tokens(text, about.language)}
    shared = {i: len(title & set(tokens(about.sentences[i], about.language))) for i in about.body}
    return _best(about.body, lambda index: shared[index], asked.n)


def by_sumy(name: str) -> Callable[[Asked], tuple[int, ...]]:
    """A summariser of sumy, "lex_rank.LexRankSummarizer" or the like. Raises MissingExtra where it is asked."""

    def choose(asked: Asked) -> tuple[int, ...]:
        module, _, summarizer = name.partition(".")
        dom = need("sumy.models.dom", "peers", "peers")
        words = _Words(asked.about.language)
        # Sentences are told apart by their place, which sumy does not keep: the same words may come twice.
        told = [dom.Sentence(f"{index}\t{asked.about.sentences[index]}", words) for index in asked.about.body]
        document = dom.ObjectDocumentModel([dom.Paragraph(told)])
        found = getattr(need(f"sumy.summarizers.{module}", "peers", "peers"), summarizer)()(document, asked.n)
        return tuple(sorted(int(str(sentence).partition("\t")[0]) for sentence in found))

    return choose


@dataclass(frozen=True)
class _Words:
    """sumy's idea of a tokenizer, over ours: its own needs a download."""

    language: str

    def to_words(self, sentence: str) -> tuple[str, ...]:
        return tuple(tokens(sentence.partition("\t")[2], self.language))


def by_clusters(asked: Asked) -> tuple[int, ...]:
    """The sentence nearest to the middle of each of n clusters of vectors (Miller 2019: bert-extractive-summarizer)."""
    body = np.array(asked.about.body)
    if len(body) <= asked.n:
        return asked.about.body
    vectors = asked.reading.vectors[body]
    means = need("sklearn.cluster", "peers").KMeans(asked.n, n_init=3, random_state=0).fit(vectors).cluster_centers_
    nearest = {int(np.linalg.norm(vectors - mean, axis=1).argmin()) for mean in means}
    return tuple(sorted(int(body[index]) for index in nearest))


def _best(body: Sequence[int], score: Callable[[int], float], n: int) -> tuple[int, ...]:
    return tuple(sorted(sorted(body, key=lambda index: -score(index))[:n]))


PEERS: dict[str, Callable[[Asked], tuple[int, ...]]] = {
    "random": lambda asked: at_random(asked.about, asked.n),
    "LEAD-1": lambda asked: lead(asked.about, 1),
    "LEAD-2": lambda asked: lead(asked.about, 2),
    "LEAD-3": lambda asked: lead(asked.about, 3),
    "LEAD, same length": lambda asked: lead(asked.about, asked.n),
    "title similarity": by_title,
    "TextRank": by_sumy("text_rank.TextRankSummarizer"),
    "LexRank": by_sumy("lex_rank.LexRankSummarizer"),
    "clusters, the model's vectors": by_clusters,
    "greedy oracle": lambda asked: oracle(asked.about, 3),
}
"""Name -> choice. Each gives indices of the body, ascending."""


@dataclass
class Rows:
    """Measured summaries: system -> one row of COLUMNS, and of what is marked, per article. seconds: reading and
    deciding, summarising."""

    by_system: dict[str, list[tuple[float, ...]]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def add(self, name: str, row: tuple[float, ...], unmarked: float) -> None:
        """Put down one summary."""
        self.by_system.setdefault(name, []).append((*row, unmarked))


def fitting(choose: Callable[[Asked], tuple[int, ...]], asked: Asked, n_words: int) -> tuple[int, ...]:
    """What `choose` takes when it is asked for as many sentences as fit into `n_words`, at least one."""
    chosen: tuple[int, ...] = ()
    for n in range(1, len(asked.about.body) + 1):
        more = choose(dataclasses.replace(asked, n=n))
        if chosen and (more == chosen or sum(len(asked.about.sentences[i].split()) for i in more) > n_words):
            break
        chosen = more
    return chosen


def compare_peers(
    model: Model, articles: Iterator[LabelledArticle], *, length: str, peers: bool = True
) -> Mapping[str, Rows]:
    """Language -> rows, the model's own method first and then its "centroid" (with MMR) and PEERS."""
    found: dict[str, Rows] = {}
    methods = dict(PEERS)
    n_words = parse_length(length).words
    for gold in articles:
        article = gold.article
        if article.language == "other":
            article = dataclasses.replace(article, language=detect_language(article.text))
        rows = found.setdefault(article.language, Rows())
        sentences = split(article)
        started = time.perf_counter()
        reading = model.read([sentence.text for sentence in sentences])
        verdict = decide(reading.themes, model.taxonomy, model.calibration, model.thresholds, article.language)
        read = time.perf_counter()
        evidence = [score.sentences for score in verdict.themes]

        ours = partial(summarise, article, sentences, reading, evidence=evidence, selector=model.selector)
        summary = ours(length=length)
        chosen = summary.sentences
        rows.seconds[0] += read - started
        rows.seconds[1] += time.perf_counter() - read
        about = source(gold, sentences, article.language)
        # The figures are those of the whole sentences, so that a mark for dropped words costs and wins nothing.
        rows.add(OURS, measure(about, chosen), _unmarked(about, summary))
        if not peers or not chosen:
            continue
        asked = Asked(about, reading, len(chosen))
        same = str(len(chosen)) if n_words is None else length
        others = {"centroid + MMR, the model's vectors": ours(length=same, method="centroid").sentences}
        for name, choose in list(methods.items()):
            if gold.summary is not None or name != "greedy oracle":
                try:
                    others[name] = choose(asked) if n_words is None else fitting(choose, asked, n_words)
                except MissingExtra as error:
                    click.echo(f"{name} is left out: {error}", err=True)
                    del methods[name]
        for name, indices in others.items():
            row = measure(about, indices)
            rows.add(name, row, row[COLUMNS.index("n_dangling")])
    return found


def _unmarked(about: Source, summary: Summary) -> float:
    """How many dangling sentences of a summary open as if nothing were missing: without a mark in front."""
    n = 0
    for index in summary.sentences:
        before, found, _ = summary.text.partition(about.sentences[index][:_OPENING])
        alone = n_dangling(about.sentences, (index,), about.language) and index - 1 not in summary.sentences
        n += bool(alone and found and not before.endswith(f"{GAP} "))
    return float(n)


def figures(rows: Sequence[tuple[float, ...]], weights: Floats) -> dict[str, Floats]:
    """SHOWN from rows of (*COLUMNS, unmarked); weights: (resamples, articles), each figure (resamples,)."""
    table = np.array(rows, float)
    known = ~np.isnan(table)
    sums, counts = weights @ np.where(known, table, 0.0), weights @ known
    with np.errstate(invalid="ignore", divide="ignore"):
        means = dict(zip(COLUMNS, (sums / counts).T, strict=False))
        total = dict(zip((*COLUMNS, "unmarked"), sums.T, strict=True))
        hits, n_known = total["key_tp"], counts[:, COLUMNS.index("key_tp")]
        f1 = 2 * hits / np.where(n_known > 0, 2 * hits + total["key_fp"] + total["key_fn"], np.nan)
        means |= {
            "key_f1": f1,
            "themes_covered": total["n_covered"] / total["n_themes"],
            "dangling": total["n_dangling"] / total["n_chosen"],
            "unmarked": total["unmarked"] / total["n_chosen"],
            "words": means["summary_words"],
            "sentences": means["n_chosen"],
        }
    return {name: means[name] for name in SHOWN}


def table(rows: Rows, *, resamples: int = RESAMPLES) -> str:
    """Markdown, a system a line; 95 % bootstrap intervals behind ROUGE-1, ROUGE-L and key-sentence F1."""
    lines = ["| | " + " | ".join(_HEADS) + " |", "| --- " * (len(_HEADS) + 1) + "|"]
    for name, found in rows.by_system.items():
        points = figures(found, np.ones((1, len(found))))
        draws = list(resample(clusters([None] * len(found)), resamples, 0))
        cells = []
        for figure in SHOWN:
            cell = _shown(figure, float(points[figure][0]))
            if figure in _WITH_INTERVAL and cell != "–" and draws:
                low, high = interval(np.concatenate([figures(found, weights)[figure] for weights in draws]))
                cell += f" [{_shown(figure, low)}, {_shown(figure, high)}]"
            cells.append(cell)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _shown(figure: str, value: float) -> str:
    if value != value:
        return "–"
    if figure in ("words", "sentences"):
        return f"{value:.1f}"
    return f"{100 * value:.1f}" if "rouge" in figure else f"{value:.3f}"


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--model", "directory", metavar="DIR", help="A model directory; default: the bundled model.")
@click.option("--length", default="auto", show_default=True, help="Length of the model's summaries.")
@click.option("--limit", type=int, help="Only the first articles of each file.")
@click.option("--peers/--no-peers", default=True, help="The other methods too.")
def main(files: tuple[str, ...], directory: str | None, length: str, limit: int | None, peers: bool) -> None:
    """Print a table of summaries for each labelled file: ours, its peers, and the best there could be."""
    model = load_model(directory)
    for path in files:
        examples: Iterator[Any] = islice(load_examples([path], model.taxonomy), limit)
        for language, rows in compare_peers(
            model, (example.gold for example in examples), length=length, peers=peers
        ).items():
            n = len(rows.by_system[OURS])
            click.echo(f"\n### {path}, {language}, {n} articles, model {model.name}, length {length}\n")
            click.echo(table(rows))
            share = rows.seconds[1] / rows.seconds[0]
            click.echo(f"\nSummarising takes {share:.1%} of the time of reading and deciding.")
    click.echo(f"\n{ROUGE_NOTE} In per cent. Dangling: of the summary's sentences.")


if __name__ == "__main__":
    main()

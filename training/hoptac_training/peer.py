"""What a peer is: a function from a task to something that says of articles what a model would.

A peer that scores sentences (or whole articles) is judged as the program judges (hoptac.decide), calibrated on the same
dev articles, so that the table compares what learns and not how thresholds were found. The peers themselves are in
`peer_words.py` and `peer_encoders.py`, the table in `peers.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hoptac.decide import decide
from hoptac.errors import DataError
from hoptac.values import LabelledArticle, Taxonomy
from hoptac.windows import Floats
from hoptac_eval.figures import statistics
from hoptac_eval.record import GoldRecord, Record, Said
from hoptac_training.calibrate import calibrate, thresholds
from hoptac_training.examples import to_example
from hoptac_training.reference import read_texts
from hoptac_training.train import load_labelled
from hoptac_training.vectors import Vectors, texts_of

Items = Sequence[LabelledArticle]
Score = Callable[[Items], list[Floats]]
"""Logits (n_sentences, n_themes) of each article; or (1, n_themes), of the article as a whole."""


@dataclass(frozen=True)
class Sets:
    """Everything a peer may learn from (train), be calibrated on (dev) and be tested on, by name."""

    corpus: Items
    reference: Items
    dev: Items
    tests: Mapping[str, Items]

    @property
    def train(self) -> Items:
        """The corpus and the articles by reference."""
        return [*self.corpus, *self.reference]


@dataclass(frozen=True)
class Task:
    """What a peer is given. vectors: of the frozen encoder."""

    taxonomy: Taxonomy
    train: Items
    dev: Items
    vectors: Vectors
    seed: int = 0


@dataclass(frozen=True)
class Fitted:
    """A peer that has learnt. n_bytes: what it takes on disk (0: next to nothing).

    random: another seed gives another peer. encodes: it reads kept vectors, so that the encoder's time is to be added.
    sample: how many articles of a test set it is asked about at most, where it is slow. learns: here, not when it was
    made. note: for the table.
    """

    say: Callable[[Items], list[Said]]
    n_bytes: int = 0
    random: bool = False
    encodes: bool = False
    sample: int | None = None
    learns: bool = True
    note: str = ""


def load_sets(
    seeds: Path,
    taxonomy: Taxonomy,
    *,
    texts: Sequence[str],
    real: Sequence[str],
    by_language: bool = False,
    report: Callable[[str], None] = lambda line: None,
) -> Sets:
    """The corpus and the articles by reference under `seeds`, those without a text at hand left out with a line to
    `report`. texts: files with the texts; real: files of real articles, the test set "real-dev". by_language: a test
    set for each language, "corpus-test, en". Raises DataError."""
    known = read_texts(texts)

    def load(*paths: Path) -> list[LabelledArticle]:
        return load_labelled([str(path) for path in paths], taxonomy, known, report)

    corpus = seeds / "corpus"
    reference = load(*sorted((seeds / "by-reference").glob("*.jsonl")))
    tests: dict[str, Items] = {"corpus-test": load(corpus / "test.jsonl")}
    if real:
        tests["real-dev"] = load(*map(Path, real))
    else:
        report("real-dev is not at hand and left out; name its files with --real")
    if by_language:
        tests = {
            f"{name}, {language}": [item for item in items if item.article.language == language]
            for name, items in tests.items()
            for language in sorted({item.article.language for item in items})
        }
    return Sets(
        load(corpus / "train.jsonl"),
        [item for item in reference if item.meta.get("split") == "train"],
        [*load(corpus / "dev.jsonl"), *(item for item in reference if item.meta.get("split") == "dev")],
        tests,
    )


def sentence_targets(items: Items, taxonomy: Taxonomy) -> Floats:
    """(sentences of all items, n_themes) of 0 and 1. Raises DataError for an article labelled only as a whole."""
    known = [_labelled(item) for item in items]
    return np.concatenate([to_example(item, taxonomy).themes for item in known])


def _labelled(item: LabelledArticle) -> LabelledArticle:
    """With labels per sentence: its own, or those of the whole article where it is one sentence."""
    if item.labels is not None:
        return item
    if len(texts_of(item)) != 1:
        raise DataError(f"{item.article.source}: no labels per sentence; expected them in every article here")
    return replace(item, labels=(item.themes,))


def article_targets(items: Items, taxonomy: Taxonomy) -> Floats:
    """(n_items, n_themes) of 0 and 1."""
    return np.array([[theme in item.themes for theme in taxonomy.ids] for item in items], np.float32)


def by_article(rows: Floats, items: Items) -> list[Floats]:
    """Rows of all sentences cut into those of each article."""
    return np.split(rows, np.cumsum([len(texts_of(item)) for item in items])[:-1])


def judged(score: Score, taxonomy: Taxonomy, dev: Items, *, by_sentence: bool = True) -> Callable[[Items], list[Said]]:
    """Calibrate scores on dev and say what the program would say with them."""
    examples = [to_example(item, taxonomy) for item in dev]
    if not by_sentence:
        unknown = np.full((1, len(taxonomy)), np.nan, np.float32)
        examples = [replace(example, themes=unknown) for example in examples]
    logits = score(dev)
    calibration = calibrate(taxonomy, examples, logits)
    cuts, _ = thresholds(taxonomy, examples, logits, calibration)

    def say(items: Items) -> list[Said]:
        answers = []
        for item, found in zip(items, score(items), strict=True):
            verdict = decide(found, taxonomy, calibration, cuts, item.article.language)
            answers.append(
                Said(
                    tuple(theme for theme in taxonomy.ids if theme in verdict.labels),
                    verdict.sentence_themes if by_sentence else None,
                    verdict.primary,
                    {one.theme: one.probability for one in verdict.themes},
                    tuple(one.theme for one in verdict.themes if one.decision == "unsure"),
                )
            )
        return answers

    return say


def figures(taxonomy: Taxonomy, items: Items, answers: Iterable[Said]) -> dict[str, float]:
    """Every figure of hoptac_eval that the answers allow, by its name there; articles, not resamples of them."""
    gold, record = GoldRecord(taxonomy, ()), Record("peer", taxonomy)
    for item, answer in zip(items, answers, strict=True):
        gold.add(item, True, {})
        record.add(answer, item)
    found = statistics(gold.columns(), record.columns()).figures(np.ones((1, len(items))))
    return {name: float(value[0]) for name, value in found.items() if not np.isnan(value[0])}

"""The one straight path: labelled data and a predictor -> Report.

    load -> predict, a batch at a time -> record -> score (figures, intervals) -> cautions, details -> Report

Articles stream: what is kept of one is a few dozen numbers (`outcomes`), whatever its length.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from hoptac.errors import ModelError
from hoptac.values import Article, LabelledArticle, Prediction, Taxonomy
from hoptac_eval import baselines as peers
from hoptac_eval.bootstrap import RESAMPLES
from hoptac_eval.cautions import cautions
from hoptac_eval.details import Worst, confusion, curves
from hoptac_eval.leakage import LeakCheck, has_hashes, hash_texts, load_hashes
from hoptac_eval.loading import Example, load_examples
from hoptac_eval.metrics import METRICS_VERSION
from hoptac_eval.outcomes import Gold, Outcomes
from hoptac_eval.record import GoldRecord, Record, Said, said
from hoptac_eval.report import Report, Stamp
from hoptac_eval.scoring import score, slices
from hoptac_eval.stamp import DataDigest, hoptac_version, machine, n_threads, peak_mb
from hoptac_eval.summaries import PEERS, measure, source

BATCH = 256
_Item = TypeVar("_Item")


class Predicts(Protocol):
    """What is evaluated: `hoptac.Predictor`, or anything that answers alike.

    `predict_many` gives one prediction per article, in order; one that failed has an `error`.
    """

    @property
    def taxonomy(self) -> Taxonomy: ...
    @property
    def name(self) -> str: ...
    @property
    def languages(self) -> tuple[str, ...]: ...
    def predict_many(self, articles: Iterable[Article], /) -> Iterator[Prediction]: ...


def evaluate(
    paths: Sequence[str] | str,
    predictor: Predicts,
    *,
    by: Sequence[str] = (),
    baselines: bool = True,
    train: Sequence[str] | str | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    training_hashes: str | Path | None = None,
    progress: Callable[[int], object] | None = None,
) -> Report:
    """Measure a predictor on labelled data.

    paths: labelled files or data sets (`loading`). by: what to slice by besides "lang": "genre", "length", any
    field of the data. train: labelled files for the baseline that learns; without them it is left out, and a
    note says so. training_hashes: the model directory, to look for leaked articles; where it has none, or none
    is given, the training files are asked. progress: called with the number of articles done since the last
    call.

    Raises DataError for data that cannot be read or break the contract, ModelError for a predictor that
    does not give one answer per article, MissingExtra where a library is not installed.
    """
    paths = [paths] if isinstance(paths, str) else paths
    run = _Run(predictor.taxonomy, tuple(dict.fromkeys(("lang", *by))), predictor.name)
    run.prepare(baselines, [train] if isinstance(train, str) else list(train or ()), training_hashes)
    seconds = 0.0
    for batch in _batches(load_examples(paths, predictor.taxonomy), BATCH):
        started = time.perf_counter()
        predictions = list(predictor.predict_many([example.gold.article for example in batch]))
        seconds += time.perf_counter() - started
        if len(predictions) != len(batch):
            counts = f"{len(predictions)} predictions for {len(batch)} articles"
            raise ModelError(f"{predictor.name}: {counts}; expected one each, in order")
        run.add(batch, predictions)
        if progress is not None:
            progress(len(batch))
    systems = run.columns()
    gold, model = systems[0]
    leaks = None if run.leak_check is None else run.leak_check.leaks()
    parts = slices(gold, leaks.articles if leaks else frozenset())
    results, gaps = score(systems, parts, seed=seed, resamples=resamples)
    stamp = Stamp(
        hoptac_version=hoptac_version(),
        metrics_version=METRICS_VERSION,
        model=predictor.name,
        languages=predictor.languages,
        files=tuple(Path(path).name for path in paths),
        digest=run.digest.hex(),
        n_articles=len(gold),
        n_failed=len(run.failures),
        seed=seed,
        resamples=resamples,
        machine=machine(),
        threads=n_threads(predictor),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 3),
        articles_per_second=round(len(gold) / seconds, 2) if seconds else 0.0,
        peak_mb=peak_mb(),
    )
    return Report(
        stamp=stamp,
        themes=predictor.taxonomy.ids,
        names={theme.id: dict(theme.names) for theme in predictor.taxonomy.themes},
        results=tuple(results),
        gaps=tuple(gaps),
        curves=curves(gold, model, parts),
        confusion=confusion(gold, model),
        errors=run.worst.cases(),
        failures=run.failures,
        leaks=leaks,
        warnings=cautions(gold, model, run.failures, predictor.languages, leaks),
        notes=tuple(run.notes),
        gold=gold,
        outcomes=model,
    )


class _Run:
    """What one evaluation gathers while articles stream by."""

    def __init__(self, taxonomy: Taxonomy, by: tuple[str, ...], model: str) -> None:
        self.taxonomy, self.by = taxonomy, by
        self.gold = GoldRecord(taxonomy, by)
        self.model = Record(model, taxonomy)
        self.baselines: list[tuple[peers.Baseline, Record]] = []
        self.first_annotator, self.annotators = GoldRecord(taxonomy, by), Record(peers.ANNOTATORS, taxonomy)
        self.summaries: dict[str, Record] = {}
        self.majority: tuple[str, ...] | None = None
        self.with_baselines = False
        self.leak_check: LeakCheck | None = None
        self.digest, self.worst = DataDigest(), Worst()
        self.failures: dict[str, str] = {}
        self.notes: list[str] = []

    def prepare(self, baselines: bool, train: Sequence[str], training_hashes: str | Path | None) -> None:
        """Make the baselines ready, and the look-up of leaks."""
        self.with_baselines = baselines
        if training_hashes is not None and has_hashes(training_hashes):
            self.leak_check = LeakCheck(load_hashes(training_hashes))
        elif train:
            examples = load_examples(train, self.taxonomy)
            self.leak_check = LeakCheck(hash_texts(_texts(example.gold, None) for example in examples))
            self.notes.append("leaks were looked for in the training files of the baseline, not in the model's own")
        else:
            self.notes.append("leaks were not looked for: the model carries no hashes of its training data")
        if not baselines:
            return
        self.summaries = {name: Record(name, self.taxonomy) for name in PEERS}
        found: list[peers.Baseline | None] = [peers.keyword_rules(self.taxonomy)]
        if train:
            svm = peers.train_svm(train, self.taxonomy)
            self.majority = svm.majority
            found.append(svm)
            self.notes.append(f"{svm.name} was trained on {svm.n} articles ({', '.join(Path(p).name for p in train)})")
        else:
            self.notes.append(f"{peers.SVM} is left out: no training file was given")
        self.baselines = [(baseline, Record(baseline.name, self.taxonomy)) for baseline in found if baseline]

    def add(self, batch: Sequence[Example], predictions: Sequence[Prediction]) -> None:
        """Put down a batch."""
        texts = [_texts(example.gold, prediction) for example, prediction in zip(batch, predictions, strict=True)]
        for example, prediction, sentences in zip(batch, predictions, texts, strict=True):
            self._one(example, prediction, sentences)
        for baseline, record in self.baselines:
            answers = baseline.say([example.gold for example in batch], texts)
            for example, answer in zip(batch, answers, strict=True):
                record.add(answer, example.gold)

    def _one(self, example: Example, prediction: Prediction, sentences: Sequence[str]) -> None:
        gold = example.gold
        self.digest.add(gold, example.themed)
        values = {name: _values(gold, prediction, name) for name in self.by}
        self.gold.add(gold, example.themed, values)
        answer = said(prediction, gold, self.taxonomy)
        if answer.error is not None:
            self.failures[gold.article.id] = answer.error
        elif example.themed:
            self.worst.add(gold, answer, sentences)
        self._summaries(gold, prediction, answer)
        if self.with_baselines:
            first, second = peers.annotators(gold, self.taxonomy)
            self.first_annotator.add(first, example.themed, values)
            self.annotators.add(second, first)
        if self.leak_check is not None:
            self.leak_check.add(gold.article.id, sentences)

    def _summaries(self, gold: LabelledArticle, prediction: Prediction, answer: Said) -> None:
        """Put down the model's answer with its summary measured, and what the peers would have chosen."""
        summary = prediction.summary if answer.error is None else None
        if summary is None:
            self.model.add(answer, gold)
            for record in self.summaries.values():
                record.add(Said(error="no summary to compare with"), gold)
            return
        cut = gold.article.sentences or [item.sentence for item in prediction.sentences]
        about = source(gold, cut, prediction.language)
        self.model.add(answer.summarised(measure(about, summary.sentences, summary.text)), gold)
        measured: dict[tuple[int, ...], tuple[float, ...]] = {}
        for name, record in self.summaries.items():
            if name.startswith("oracle") and gold.summary is None:
                record.add(Said(error="no reference"), gold)
            else:
                chosen = PEERS[name](about, len(summary.sentences))
                if chosen not in measured:
                    measured[chosen] = measure(about, chosen)
                record.add(Said(summary=measured[chosen]), gold)

    def columns(self) -> list[tuple[Gold, Outcomes]]:
        """Every system with what it is held to, the model first; systems that never answered are left out."""
        gold = self.gold.columns()
        systems = [(gold, self.model.columns())]
        if self.with_baselines:
            others = [record.columns() for _, record in self.baselines]
            majority = [peers.majority(gold, self.majority)] if gold.themed.any() else []
            summaries = [record.columns() for record in self.summaries.values()]
            systems += [(gold, outcomes) for outcomes in (*majority, *others)]
            systems.append((self.first_annotator.columns(), self.annotators.columns()))
            systems += [(gold, outcomes) for outcomes in summaries]
        return systems[:1] + [system for system in systems[1:] if system[1].answered.any()]


def _texts(gold: LabelledArticle, prediction: Prediction | None) -> list[str]:
    """The article's sentences: its own, the predictor's, or its lines."""
    if gold.article.sentences is not None:
        return [sentence.text for sentence in gold.article.sentences]
    if prediction is not None and prediction.sentences:
        return [item.sentence.text for item in prediction.sentences]
    return gold.article.text.split("\n")


def _values(gold: LabelledArticle, prediction: Prediction, field: str) -> tuple[str, ...]:
    """The values of an article in a field to slice by; a list has several."""
    if field == "lang":
        language = gold.article.language
        return ((prediction.language or language) if language == "other" else language,)
    if field == "length":
        n_words = len(gold.article.text.split())
        return ("under 200 words" if n_words < 200 else "200 to 499 words" if n_words < 500 else "500 words or more",)
    value = gold.meta.get(field)
    values = value if isinstance(value, list | tuple) else [] if value is None else [value]
    return tuple(dict.fromkeys(str(item) for item in values)) or ("(none)",)


def _batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

"""Puts down what people and systems say of an article, a row at a time, and makes columns of the rows.

The only place that turns theme ids into indices, counts evidence, and decides that an answer is no answer.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hoptac.values import LabelledArticle, Prediction, Taxonomy
from hoptac_eval.outcomes import NO_THEME, UNKNOWN, Gold, Outcomes
from hoptac_eval.summaries import COLUMNS

Labels = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Said:
    """What one system says of one article; None for what it has nothing to say about.

    sentences: themes per sentence. probabilities: theme -> 0 to 1. summary: a row of `summaries.COLUMNS`.
    error: why there is no answer; the rest is then void.
    """

    labels: tuple[str, ...] | None = None
    sentences: Labels | None = None
    primary: str | None = None
    probabilities: Mapping[str, float] | None = None
    unsure: tuple[str, ...] = ()
    summary: Sequence[float] | None = None
    error: str | None = None

    def summarised(self, row: Sequence[float]) -> Said:
        """The same with a measured summary."""
        return dataclasses.replace(self, summary=row)


def said(prediction: Prediction, gold: LabelledArticle, taxonomy: Taxonomy) -> Said:
    """A prediction as what was said. It is an error if it is for another article, misses a theme, has a
    probability that is none, or cuts an article into other sentences than came with it."""
    probabilities = {score.theme: score.probability for score in prediction.themes}
    error = prediction.error
    if error is None and prediction.id != gold.article.id:
        error = f"the prediction is for article {prediction.id!r}"
    elif error is None and set(probabilities) != set(taxonomy.ids):
        error = "the prediction does not have every theme of the taxonomy"
    elif error is None:
        for theme, value in probabilities.items():
            if not (math.isfinite(value) and 0 <= value <= 1):
                error = f"the probability of {theme} is {value}"
        if gold.labels is not None and len(prediction.sentences) != len(gold.labels):
            error = f"{len(prediction.sentences)} sentences predicted, {len(gold.labels)} given"
    if error is not None:
        return Said(error=error)
    return Said(
        prediction.labels,
        tuple(item.themes for item in prediction.sentences),
        prediction.primary,
        probabilities,
        tuple(score.theme for score in prediction.themes if score.decision == "unsure"),
    )


def primary_theme(labels: Labels, order: Sequence[str]) -> str | None:
    """The theme with the most sentences; ties go to the one that comes first in the text, then to `order`.

    >>> primary_theme([["energy"], ["defence", "energy"], ["defence"]], ("defence", "energy"))
    'energy'
    """
    counts = Counter(theme for themes in labels for theme in themes)
    first = {theme: -i for i, themes in reversed(list(enumerate(labels))) for theme in themes}
    return max(counts, key=lambda theme: (counts[theme], first[theme], -order.index(theme)), default=None)


@dataclass
class GoldRecord:
    """Collects the gold rows. by: the fields to slice by, "lang" among them."""

    taxonomy: Taxonomy
    by: tuple[str, ...]
    rows: list[tuple[str, str | None, bytes, bool, int, int]] = field(default_factory=list)
    fields: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)

    def add(self, gold: LabelledArticle, themed: bool, values: Mapping[str, tuple[str, ...]]) -> None:
        """Put down one article; themed: it has labels or themes; values: those of the fields to slice by."""
        ids = self.taxonomy.ids
        primary = UNKNOWN
        if themed and len(gold.themes) < 2:
            primary = ids.index(gold.themes[0]) if gold.themes else NO_THEME
        elif gold.labels is not None:
            best = primary_theme(gold.labels, ids)
            primary = NO_THEME if best is None else ids.index(best)
        pair = gold.meta.get("pair")
        labels = bytes(theme in gold.themes for theme in ids)
        n_sentences = len(gold.labels) if gold.labels is not None else 0
        self.rows.append((gold.article.id, str(pair) if pair else None, labels, themed, primary, n_sentences))
        for name in self.by:
            self.fields.setdefault(name, []).append(values[name])

    def columns(self) -> Gold:
        """Everything put down so far."""
        n = len(self.rows)
        labels = np.frombuffer(b"".join(row[2] for row in self.rows), bool).reshape(n, len(self.taxonomy))
        return Gold(
            self.taxonomy.ids,
            tuple(row[0] for row in self.rows),
            tuple(row[1] for row in self.rows),
            labels,
            np.array([row[3] for row in self.rows], bool),
            np.array([row[4] for row in self.rows], np.int64),
            np.array([row[5] for row in self.rows], np.int64),
            {name: tuple(values) for name, values in self.fields.items()},
        )


@dataclass
class Record:
    """Collects what one system says, in rows small enough for some hundred thousand articles."""

    system: str
    taxonomy: Taxonomy
    answered: list[bool] = field(default_factory=list)
    labels: list[bytes | None] = field(default_factory=list)
    unsure: list[bytes] = field(default_factory=list)
    probabilities: list[np.ndarray[tuple[int], np.dtype[np.float64]] | None] = field(default_factory=list)
    primary: list[int] = field(default_factory=list)
    evidence: list[np.ndarray[tuple[int, int], np.dtype[np.int32]] | None] = field(default_factory=list)
    summary: list[np.ndarray[tuple[int], np.dtype[np.float64]] | None] = field(default_factory=list)

    def add(self, what: Said, gold: LabelledArticle) -> None:
        """Put down what the system says of one article."""
        ids = self.taxonomy.ids
        self.answered.append(what.error is None and (what.labels is not None or what.summary is not None))
        self.labels.append(None if what.labels is None else bytes(theme in what.labels for theme in ids))
        self.unsure.append(bytes(theme in what.unsure for theme in ids))
        self.primary.append(NO_THEME if what.primary is None else ids.index(what.primary))
        self.probabilities.append(
            None
            if what.probabilities is None
            else np.array([what.probabilities[theme] for theme in ids], float).round(6)
        )
        self.evidence.append(
            None if what.sentences is None or gold.labels is None else evidence_counts(gold.labels, what.sentences, ids)
        )
        self.summary.append(None if what.summary is None else np.array(what.summary, float).round(6))

    def columns(self) -> Outcomes:
        """Everything put down so far; a column that no row has is None."""
        n, n_themes = len(self.answered), len(self.taxonomy)
        labelled = any(row is not None for row in self.labels)
        calibrated = any(row is not None for row in self.probabilities)
        evident = any(row is not None for row in self.evidence)
        no_labels, no_counts = bytes(n_themes), np.zeros((n_themes, 3), np.int32)
        no_numbers, no_summary = np.full(n_themes, np.nan), np.full(len(COLUMNS), np.nan)

        def bits(rows: Sequence[bytes | None]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
            return np.frombuffer(b"".join(row or no_labels for row in rows), bool).reshape(n, n_themes)

        return Outcomes(
            self.system,
            np.array(self.answered, bool),
            bits(self.labels) if labelled else None,
            bits(self.unsure) if calibrated else None,
            np.array([no_numbers if row is None else row for row in self.probabilities]) if calibrated else None,
            np.array(self.primary, np.int64) if labelled else None,
            np.array([no_counts if row is None else row for row in self.evidence], np.int64) if evident else None,
            np.array([no_summary if row is None else row for row in self.summary])
            if any(row is not None for row in self.summary)
            else None,
        )


def evidence_counts(gold: Labels, found: Labels, ids: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """Sentences rightly, wrongly and not given each theme: (T, 3).

    >>> evidence_counts([["energy"], []], [["energy"], ["defence"]], ("defence", "energy")).tolist()
    [[0, 1, 0], [1, 0, 0]]
    """
    counts = np.zeros((len(ids), 3), np.int32)
    for is_so, is_said in zip(gold, found, strict=True):
        if is_so or is_said:
            for theme in {*is_so, *is_said}:
                counts[ids.index(theme), 2 if theme not in is_said else 0 if theme in is_so else 1] += 1
    return counts

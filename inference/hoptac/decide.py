"""From the scores of sentences to what is said of the article: probabilities, decisions, evidence, primary theme.

An article has a theme when a sentence has it, so the article's probability rests on its best sentences. Labels and
evidence always agree: a "yes" shows at least one sentence, a "no" shows none. Where themes exclude one another, their
probabilities sum to 1 and the most probable is the one label. Knows numbers only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hoptac.model import Calibration, Thresholds, sigmoid
from hoptac.values import Decision, Taxonomy, ThemeScore
from hoptac.windows import Floats


@dataclass(frozen=True, slots=True)
class Verdict:
    """themes: best first. sentence_themes: per sentence the ids it is evidence for, in taxonomy order."""

    themes: tuple[ThemeScore, ...]
    labels: tuple[str, ...]
    primary: str | None
    sentence_themes: tuple[tuple[str, ...], ...]


def article_probability(logits: Floats, calibration: Calibration) -> float:
    """Probability of a theme from its logits (n_sentences,), n >= 1; a lone sentence stands for its own second.

    >>> article_probability(np.array([2.0, -1.0]), Calibration(1.0, 0.0, -2.0))
    0.5
    """
    return float(sigmoid(np.array(_score(logits, calibration))))


def exclusive_probabilities(logits: Floats, calibrations: Sequence[Calibration]) -> Floats:
    """(n_themes,) probabilities that sum to 1, the softmax of calibrated scores, from (n_sentences, n_themes), n >= 1.

    >>> exclusive_probabilities(np.array([[1.0, -1.0], [0.0, 1.0]]), [Calibration(2.0, 0.0, 0.0)] * 2)
    array([0.5, 0.5])
    """
    scores = np.array([_score(logits[:, column], found) for column, found in enumerate(calibrations)], np.float64)
    shares = np.exp(scores - scores.max())
    probabilities: Floats = shares / shares.sum()
    return probabilities


def _score(logits: Floats, calibration: Calibration) -> float:
    ordered = np.sort(logits)
    best, following = ordered[-1], ordered[max(-2, -len(ordered))]
    score: float = calibration.top * best + calibration.second * following + calibration.shift
    return score


def decide(
    logits: Floats,
    taxonomy: Taxonomy,
    calibration: Mapping[str, Mapping[str, Calibration]],
    thresholds: Mapping[str, Thresholds],
    language: str,
) -> Verdict:
    """Judge an article by its theme logits (n_sentences, n_themes)."""
    probabilities = sigmoid(logits)
    calibrations = [calibration[theme].get(language, calibration[theme]["*"]) for theme in taxonomy.ids]
    scores = []
    if taxonomy.exclusive:
        shares = exclusive_probabilities(logits, calibrations)
        for column, theme in enumerate(taxonomy.ids):
            scores.append(ThemeScore(theme, float(shares[column]), "yes" if column == shares.argmax() else "no", ()))
    else:
        for column, theme in enumerate(taxonomy.ids):
            probability, cut = article_probability(logits[:, column], calibrations[column]), thresholds[theme]
            decision: Decision = "yes" if probability >= cut.yes else "no" if probability < cut.no else "unsure"
            scores.append(ThemeScore(theme, probability, decision, ()))
    evidence: dict[str, tuple[int, ...]] = {}
    for column, score in enumerate(scores):
        evidence[score.theme] = _evidence(probabilities[:, column], score.decision, thresholds[score.theme].sentence)
    scores = [ThemeScore(s.theme, s.probability, s.decision, evidence[s.theme]) for s in scores]
    labels = tuple(score.theme for score in scores if score.decision == "yes")
    of_sentence: list[list[str]] = [[] for _ in logits]
    for score in scores:
        for index in score.sentences:
            of_sentence[index].append(score.theme)
    sentence_themes = tuple(map(tuple, of_sentence))
    # sorted() is stable, so equal probabilities stay in taxonomy order.
    ranked = tuple(sorted(scores, key=lambda score: -score.probability))
    return Verdict(ranked, labels, primary_theme(labels, evidence), sentence_themes)


def _evidence(probabilities: Floats, decision: Decision, cut: float) -> tuple[int, ...]:
    if decision == "no":
        return ()
    found = np.flatnonzero(probabilities >= cut)
    if decision == "yes" and not len(found):
        found = np.array([int(probabilities.argmax())])
    return tuple(int(index) for index in found)


def primary_theme(labels: Sequence[str], evidence: Mapping[str, Sequence[int]]) -> str | None:
    """The label with the most sentences; ties go to the one that comes first in the text, then to taxonomy order.

    >>> primary_theme(["defence", "energy"], {"defence": [3, 4], "energy": [1, 5]})
    'energy'
    """
    if not labels:
        return None
    return min(labels, key=lambda theme: (-len(evidence[theme]), min(evidence[theme]), labels.index(theme)))

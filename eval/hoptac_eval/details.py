"""What lies behind the figures: calibration curves, which theme is taken for which, and the worst errors."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence

import numpy as np

from hoptac.values import LabelledArticle
from hoptac_eval.calibration import area_under_risk, reliability, risk_coverage
from hoptac_eval.outcomes import Gold, Ints, Outcomes
from hoptac_eval.record import Said
from hoptac_eval.report import Curve, ErrorCase, ErrorSentence

WORST = 30


def curves(gold: Gold, outcomes: Outcomes, parts: Mapping[str, Ints]) -> tuple[Curve, ...]:
    """Reliability and risk over coverage of all articles and of each language."""
    if outcomes.probabilities is None:
        return ()
    found = []
    for name, index in parts.items():
        asked = index[(gold.themed & outcomes.answered)[index]]
        if (name == "all" or name.startswith("lang=")) and asked.size:
            truth, probabilities = gold.labels[asked].ravel(), outcomes.probabilities[asked].ravel()
            risk = risk_coverage(truth, probabilities)
            found.append(Curve(name, reliability(truth, probabilities), risk, area_under_risk(risk)))
    return tuple(found)


def confusion(gold: Gold, outcomes: Outcomes) -> tuple[tuple[float, ...], ...]:
    """Rows: themes an article has; columns: themes it is given; both end with "none". Counts of themes of
    articles.

    A theme found stands on the diagonal. A theme missed is shared out among the themes wrongly given to the
    same article, or stands under "none"; one wrongly given where none is missed stands in the row "none"
    (after Heydarian et al. 2022).

    >>> from hoptac_eval.outcomes import Gold, Outcomes
    >>> one, zero = np.ones(1, bool), np.zeros(1, int)
    >>> gold = Gold(("a", "b"), ("1",), (None,), np.array([[True, False]]), one, zero, zero, {})
    >>> confusion(gold, Outcomes("x", one, np.array([[False, True]])))
    ((0.0, 1.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    """
    n_themes = len(gold.themes)
    if outcomes.labels is None:
        return ()
    asked = (gold.themed & outcomes.answered)[:, None]
    truth, labels = gold.labels & asked, outcomes.labels & asked
    missed, extra = (truth & ~labels).astype(float), (labels & ~truth).astype(float)
    n_missed, n_extra = missed.sum(1, keepdims=True), extra.sum(1, keepdims=True)
    table = np.zeros((n_themes + 1, n_themes + 1))
    table[:-1, :-1] = missed.T @ (extra / np.maximum(n_extra, 1))
    table[np.arange(n_themes), np.arange(n_themes)] = (truth & labels).sum(0)
    table[:-1, -1] = (missed * (n_extra == 0)).sum(0)
    table[-1, :-1] = (extra * (n_missed == 0)).sum(0)
    return tuple(tuple(row) for row in table.tolist())


class Worst:
    """Keeps the WORST errors of a stream, with their text, and forgets the rest.

    How bad an error is: for each theme wrongly given or missed, 1 and the distance of its probability from
    the truth; and a hundredth for each sentence with wrong themes.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, ErrorCase]] = []
        self._n = 0

    def add(self, gold: LabelledArticle, said: Said, sentences: Sequence[str]) -> None:
        """Look at one article."""
        labels, probabilities = said.labels or (), said.probabilities or {}
        wrong = set(labels) ^ set(gold.themes)
        found = said.sentences or [()] * len(sentences)
        truth = gold.labels or [()] * len(sentences)
        weight = sum(1 + abs((theme in gold.themes) - probabilities.get(theme, 0.5)) for theme in sorted(wrong))
        if gold.labels is not None:
            weight += sum(set(a) != set(b) for a, b in zip(truth, found, strict=True)) / 100
        self._n += 1
        if weight <= 0 or (len(self._heap) == WORST and weight <= self._heap[0][0]):
            return
        case = ErrorCase(
            gold.article.id,
            gold.article.source.rpartition("/")[2],
            gold.article.language,
            round(weight, 6),
            gold.themes,
            tuple(labels),
            {theme: round(value, 4) for theme, value in probabilities.items()},
            gold.labels is not None,
            tuple(
                ErrorSentence(text, tuple(is_so), tuple(is_said))
                for text, is_so, is_said in zip(sentences, truth, found, strict=True)
            ),
        )
        heapq.heappush(self._heap, (case.weight, -self._n, case))
        if len(self._heap) > WORST:
            heapq.heappop(self._heap)

    def cases(self) -> tuple[ErrorCase, ...]:
        """The errors, worst first, the earlier first among equals."""
        return tuple(case for _, _, case in sorted(self._heap, key=lambda item: (-item[0], -item[1])))

"""How far a probability can be taken at its word: reliability and its figures, risk against coverage.

All over article-theme pairs: every theme of every article is one yes-or-no question with one probability.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hoptac_eval.metrics import Floats, ratio

N_BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of the reliability diagram: n pairs, their mean probability, the share that is true (0 to 1)."""

    n: int
    probability: float
    frequency: float


@dataclass(frozen=True, slots=True)
class Risk:
    """One point of a risk-coverage curve: the surest `coverage` of the answers, `risk` of them wrong."""

    coverage: float
    risk: float


def bin_of(probabilities: Floats) -> NDArray[np.int64]:
    """Index of the bin of each probability: N_BINS of equal width, closed above, as scikit-learn has them.

    >>> bin_of(np.array([0.0, 0.1, 0.15, 0.95, 1.0])).tolist()
    [0, 0, 1, 9, 9]
    """
    return np.searchsorted(np.linspace(0, 1, N_BINS + 1)[1:-1], probabilities).astype(np.int64)


def expected_calibration_error(n: Floats, probability: Floats, truth: Floats) -> Floats:
    """Mean distance of probability and frequency, bins weighted by their size. 0 (best) to 1.

    n, probability, truth: (..., N_BINS): number of pairs, sum of probabilities, number of true ones, per
    bin. Naeini et al. (2015), Guo et al. (2017). In small data it is too high: chance alone moves a bin of
    20 by some .1.

    Two pairs at .9, of which one is true, and two at .1, none true: (2 * |.9 - .5| + 2 * |.1 - 0|) / 4:

    >>> n, p, t = np.zeros(10), np.zeros(10), np.zeros(10)
    >>> n[[1, 9]], p[[1, 9]], t[[1, 9]] = 2, (0.2, 1.8), (0, 1)
    >>> round(expected_calibration_error(n, p, t).item(), 4)
    0.25
    """
    return ratio(np.abs(probability - truth).sum(-1), n.sum(-1))


def brier_score(truth: NDArray[np.bool_], probabilities: Floats) -> float:
    """Mean squared distance of probability and truth. 0 (best) to 1, .25 for one who always says one half.
    Brier (1950).

    Said .8 and it was so, said .4 and it was not: (.04 + .16) / 2:

    >>> round(brier_score(np.array([True, False]), np.array([0.8, 0.4])), 4)
    0.1
    """
    return float(np.mean((probabilities - truth) ** 2)) if truth.size else float("nan")


def reliability(truth: NDArray[np.bool_], probabilities: Floats) -> tuple[Bin, ...]:
    """The bars of the reliability diagram, bins without a pair left out. truth, probabilities: (m,).

    >>> reliability(np.array([True, False, False]), np.array([0.9, 0.9, 0.2]))
    (Bin(n=1, probability=0.2, frequency=0.0), Bin(n=2, probability=0.9, frequency=0.5))
    """
    index = bin_of(probabilities)
    return tuple(
        Bin(int(mask.sum()), float(probabilities[mask].mean()), float(truth[mask].mean()))
        for mask in (index == i for i in range(N_BINS))
        if mask.any()
    )


def risk_coverage(truth: NDArray[np.bool_], probabilities: Floats, n_points: int = 50) -> tuple[Risk, ...]:
    """Share of wrong answers (threshold .5) among the most confident, as more and more are answered.

    Confidence is the distance from .5. Gives at most n_points of the curve, coverage rising to 1. El-Yaniv
    and Wiener (2010), Geifman and El-Yaniv (2017).

    Sure and right, then unsure and wrong:

    >>> risk_coverage(np.array([True, True]), np.array([0.9, 0.4]))
    (Risk(coverage=0.5, risk=0.0), Risk(coverage=1.0, risk=0.5))
    """
    if not truth.size:
        return ()
    order = np.argsort(-np.abs(probabilities - 0.5), kind="stable")
    wrong = (probabilities >= 0.5)[order] != truth[order]
    risk = np.cumsum(wrong) / np.arange(1, len(wrong) + 1)
    shown = np.unique(np.linspace(0, len(risk) - 1, min(n_points, len(risk))).round().astype(int))
    return tuple(Risk(float((i + 1) / len(risk)), float(risk[i])) for i in shown)


def area_under_risk(curve: tuple[Risk, ...]) -> float:
    """Mean risk over the points of the curve. 0 (best) to 1, NaN without points.

    >>> area_under_risk((Risk(0.5, 0.0), Risk(1.0, 0.5)))
    0.25
    """
    return float(np.mean([point.risk for point in curve])) if curve else float("nan")

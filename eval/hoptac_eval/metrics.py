"""What is counted: formulas over counts, vectorised, so that one code path serves a figure and its bootstrap.

Each takes arrays of any one shape (a value per theme, a row per resample) and gives that shape back; NaN
stands for "cannot be computed" (no theme, nothing predicted) and never for 0 or 1. They agree with
scikit-learn's functions of the same names with `zero_division=nan` and `sample_weight`, which the tests
hold them to. Not here: calibration (`calibration`), summaries (`summaries`), which counts make which figure
(`figures`).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]

METRICS_VERSION = 1
"""Goes up when a figure can change for the same data and answers; reports of two versions do not compare."""


def ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """part / whole, NaN where the whole is 0.

    >>> ratio([3.0, 0.0], [4.0, 0.0])
    array([0.75,  nan])
    """
    parts, wholes = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    found = np.full(wholes.shape, np.nan)
    np.divide(parts, wholes, out=found, where=wholes > 0)
    return found


def precision(tp: ArrayLike, fp: ArrayLike) -> Floats:
    """Share of what was said that is right: tp / (tp + fp). 0 to 1, NaN where nothing was said.

    Six articles said to be about energy, three of them rightly:

    >>> precision(3, 3).item()
    0.5
    """
    return ratio(tp, np.add(tp, fp))


def recall(tp: ArrayLike, fn: ArrayLike) -> Floats:
    """Share of what is there that was found: tp / (tp + fn). 0 to 1, NaN where nothing is there.

    Four articles about energy, three found:

    >>> recall(3, 1).item()
    0.75
    """
    return ratio(tp, np.add(tp, fn))


def f1(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike) -> Floats:
    """Harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn). 0 to 1, NaN where all three are 0.

    The three of the examples above, 6 / (6 + 3 + 1):

    >>> f1(3, 3, 1).item()
    0.6
    """
    doubled = 2 * np.asarray(tp, float)
    return ratio(doubled, doubled + np.asarray(fp, float) + np.asarray(fn, float))


def macro(values: Floats) -> Floats:
    """Mean over the last axis of what can be computed; NaN where nothing can.

    >>> macro(np.array([1.0, 0.5, np.nan])).item()
    0.75
    """
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0.0).sum(-1), known.sum(-1))


def micro_f1(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike) -> Floats:
    """F1 of the counts of all themes (last axis) put together.

    Two themes, of which one is common and well found and one rare and missed, 2 * 8 / (16 + 0 + 2):

    >>> round(micro_f1([8, 0], [0, 0], [0, 2]).item(), 4)
    0.8889
    """
    return f1(np.sum(tp, -1), np.sum(fp, -1), np.sum(fn, -1))


def kappa(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike, n: ArrayLike) -> Floats:
    """Cohen's kappa of two labellings of n sentences with one theme: (observed - chance) / (1 - chance).

    NaN where chance alone explains everything (both say no to all, or yes to all). Cohen (1960).

    Of 10 sentences both say yes to 3, no to 5; they differ in 2: observed .8, chance .4 * .4 + .6 * .6 = .52:

    >>> round(kappa(3, 1, 1, 10).item(), 4)
    0.5833
    """
    tp, fp, fn, n = (np.asarray(value, float) for value in (tp, fp, fn, n))
    observed = ratio(n - fp - fn, n)
    first, second = ratio(tp + fn, n), ratio(tp + fp, n)
    chance = first * second + (1 - first) * (1 - second)
    certain = np.isclose(chance, 1.0)
    return np.where(certain, np.nan, (observed - chance) / np.where(certain, 1.0, 1 - chance))


def average_precision(truth: NDArray[np.bool_], score: Floats, weights: Floats, copies: int = 1) -> Floats:
    """Mean precision over the recall reached as the threshold falls, tied scores taken together. 0 to 1.

    truth, score: (m,). weights: (n, r), a column per resample; item i has the weight of row i // copies, so
    that the m = n * copies decisions on n articles need no weights of their own. Gives (r,), NaN where no
    true item has weight. The step-wise sum of scikit-learn's `average_precision_score` (Manning et al.
    2008, chapter 8).

    Scores .9 right, .8 wrong, .7 right: precision 1 at recall 1/2, 2/3 at recall 1:

    >>> truth, score = np.array([True, False, True]), np.array([0.9, 0.8, 0.7])
    >>> round(average_precision(truth, score, np.ones((3, 1))).item(), 4)
    0.8333
    """
    if not truth.any():
        return np.full(weights.shape[1], np.nan)
    order = np.argsort(-score, kind="stable")
    is_true = truth[order]
    # Recall moves only at scores that a true item has; `ends` are the last places of those scores.
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    ends = ends[np.diff(np.cumsum(is_true)[ends], prepend=0) > 0]
    starts = np.append(0, ends[:-1] + 1)
    row, places = order // copies, np.flatnonzero(is_true)
    said = np.cumsum(np.add.reduceat(weights[row[: ends[-1] + 1]], starts), axis=0)
    steps = np.add.reduceat(weights[row[places]], np.searchsorted(places, starts))
    found = np.cumsum(steps, axis=0)
    area = np.sum(steps * np.divide(found, said, out=np.zeros_like(said), where=said > 0), axis=0)
    return ratio(area, found[-1])

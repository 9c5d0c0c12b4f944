"""How much of a figure is luck: articles drawn again and again with replacement, pairs together.

A resample is a row of weights, how often each article was drawn, and every figure is a function of weights
(`figures`); so 10,000 articles x 1,000 resamples are some matrix products and take seconds. Efron (1979);
percentile intervals; clusters as in Davison and Hinkley (1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hoptac_eval.metrics import Floats

RESAMPLES = 1000
LEVEL = 0.95
_CHUNK = 1_000_000  # weights held at a time


def clusters(pairs: Sequence[str | None]) -> NDArray[np.int64]:
    """What is drawn as one: the articles of a pair share a number, every other article has its own.

    >>> clusters(["p", None, "p", None]).tolist()
    [0, 1, 0, 2]
    """
    numbers: dict[str | int, int] = {}
    return np.array(
        [numbers.setdefault(i if pair is None else pair, len(numbers)) for i, pair in enumerate(pairs)],
        np.int64,
    )


def resample(cluster: NDArray[np.int64], resamples: int, seed: int) -> Iterator[Floats]:
    """Yield (r, n) weights, `resamples` rows in all, in pieces that fit in memory.

    cluster: (n,) numbers from 0 without gaps. Each row draws as many clusters as there are. The same seed
    gives the same rows for the same articles, whatever is computed from them: two systems are thus compared
    in pairs.
    """
    n_clusters = int(cluster.max()) + 1 if len(cluster) else 0
    generator = np.random.default_rng(seed)
    step = max(1, _CHUNK // max(1, len(cluster)))
    for first in range(0, resamples, step):
        n_rows = min(step, resamples - first)
        drawn = generator.integers(0, max(1, n_clusters), (n_rows, n_clusters))
        flat = (drawn + np.arange(n_rows)[:, None] * n_clusters).ravel()
        counts = np.bincount(flat, minlength=n_rows * n_clusters).reshape(n_rows, n_clusters)
        yield counts[:, cluster].astype(np.float64)


def interval(draws: Floats, level: float = LEVEL) -> tuple[float, float]:
    """The middle `level` of the draws; those that cannot be computed are left out. (NaN, NaN) where none can.

    >>> interval(np.arange(101.0), level=0.5)
    (25.0, 75.0)
    """
    known = draws[~np.isnan(draws)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def chance(draws: Floats) -> float:
    """Two-sided p-value of a difference: how easily 0 lies within its draws. 1 where nothing can be computed.

    (1 + number of draws on the rarer side) / (1 + number of draws), doubled, at most 1. Of 99 draws none is
    below 0:

    >>> chance(np.full(99, 0.1))
    0.02
    """
    known = draws[~np.isnan(draws)]
    if not known.size:
        return 1.0
    rarer = min(np.sum(known <= 0), np.sum(known >= 0))
    return float(min(1.0, 2 * (1 + rarer) / (1 + known.size)))

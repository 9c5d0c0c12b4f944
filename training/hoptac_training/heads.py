"""A logistic regression per theme over sentence vectors, each joined with the mean of its article.

What a frozen encoder can do; the heads of the network (`network.py`) have the same input. scikit-learn fits.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from hoptac.windows import Floats

# Strong on purpose, and not searched for: vectors are standardised, and most themes stand in few sentences.
STRENGTH = 0.01
N_STEPS = 60

Heads = Callable[[Sequence[Floats]], list[Floats]]
"""Sentence vectors of articles to theme logits of their sentences."""


def with_mean(vectors: Floats) -> Floats:
    """(n, width) to (n, 2 width): each sentence and the mean of the article.

    >>> with_mean(np.array([[1.0], [3.0]], np.float32)).tolist()
    [[1.0, 2.0], [3.0, 2.0]]
    """
    return np.concatenate([vectors, np.broadcast_to(vectors.mean(0), vectors.shape)], axis=1)


def fit_heads(articles: Sequence[Floats], targets: Floats, *, strength: float = STRENGTH) -> Heads:
    """Learn from the sentence vectors of articles and the targets (all sentences, n_themes) of 0 and 1.

    A theme that no sentence has, or every one, gets the same logit everywhere.
    """
    rows = np.concatenate([with_mean(vectors) for vectors in articles])
    centre, scale = rows.mean(0), rows.std(0) + 1e-6
    rows = (rows - centre) / scale
    weights = np.zeros((rows.shape[1], targets.shape[1]), np.float32)
    shifts = np.where(targets.mean(0) > 0.5, 6.0, -6.0).astype(np.float32)
    for column in range(targets.shape[1]):
        if 0 < targets[:, column].sum() < len(targets):
            with warnings.catch_warnings():
                # The last digits of the weights change nothing, and finding them takes most of the time.
                warnings.simplefilter("ignore", ConvergenceWarning)
                model = LogisticRegression(C=strength, max_iter=N_STEPS).fit(rows, targets[:, column] > 0.5)
            weights[:, column], shifts[column] = model.coef_[0], model.intercept_[0]
    weights = weights / scale[:, None]
    shifts = shifts - centre @ weights

    def heads(found: Sequence[Floats]) -> list[Floats]:
        return [(with_mean(vectors) @ weights + shifts).astype(np.float32) for vectors in found]

    return heads

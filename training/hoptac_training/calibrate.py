"""From dev logits to calibrated article probabilities and thresholds. scikit-learn fits; we arrange.

Chosen on dev only. The guarantee for "yes" is the issue of thresholds, not of the probabilities: see `thresholds`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from hoptac.decide import article_probability
from hoptac.model import Calibration, Thresholds, sigmoid
from hoptac.values import Taxonomy
from hoptac.windows import Floats
from hoptac_training.examples import Example

# Fewer articles with or without a theme than this say nothing of their own: the language shares the pooled fit.
FEWEST = 15
GRID = np.round(np.arange(0.2, 0.81, 0.02), 2)


def features(logits: Floats) -> Floats:
    """(n_sentences, n_themes) logits to (n_themes, 2): the largest and the second largest of each theme."""
    ordered = np.sort(logits, axis=0)
    following = ordered[max(-2, -len(ordered))]
    pair: Floats = np.stack([ordered[-1], following], axis=1)
    return pair


def calibrate(
    taxonomy: Taxonomy, dev: Sequence[Example], logits: Sequence[Floats]
) -> dict[str, dict[str, Calibration]]:
    """Per theme a logistic fit for "*" (all languages) and one for each language with enough articles of both kinds.

    Platt scaling (Platt 1999) on two features; a slope that comes out negative is set to 0, since more evidence
    never speaks against a theme.
    """
    x = np.stack([features(item) for item in logits])
    y = np.stack([example.article for example in dev]) > 0.5
    languages = np.array([example.language for example in dev])
    result: dict[str, dict[str, Calibration]] = {}
    for column, theme in enumerate(taxonomy.ids):
        groups = {"*": np.ones(len(dev), dtype=bool)}
        groups |= {language: languages == language for language in sorted(set(languages.tolist()))}
        fits = {}
        for language, rows in groups.items():
            n_yes = int(y[rows, column].sum())
            if language == "*" or min(n_yes, int(rows.sum()) - n_yes) >= FEWEST:
                fits[language] = _fit(x[rows, column], y[rows, column])
        result[theme] = fits
    return result


def _fit(x: Floats, y: Floats) -> Calibration:
    if y.all() or not y.any():
        return Calibration(1.0, 0.0, 0.0)
    for columns in ([0, 1], [0]):
        model = LogisticRegression(C=1.0, max_iter=1000).fit(x[:, columns], y)
        slopes = [float(value) for value in model.coef_[0]]
        if min(slopes) >= 0:
            return Calibration(slopes[0], slopes[1] if len(slopes) > 1 else 0.0, float(model.intercept_[0]))
    return Calibration(1.0, 0.0, 0.0)


def thresholds(
    taxonomy: Taxonomy,
    dev: Sequence[Example],
    logits: Sequence[Floats],
    calibration: dict[str, dict[str, Calibration]],
) -> dict[str, Thresholds]:
    """Cuts by F1 on dev: `yes` for articles, `sentence` for evidence; `no` leaves a band of doubt below `yes`."""
    result = {}
    gold = np.stack([example.article for example in dev]) > 0.5
    labelled = [index for index, example in enumerate(dev) if not np.isnan(example.themes).any()]
    for column, theme in enumerate(taxonomy.ids):
        by_language = calibration[theme]
        probabilities = np.array(
            [
                article_probability(item[:, column], by_language.get(example.language, by_language["*"]))
                for example, item in zip(dev, logits, strict=True)
            ]
        )
        yes = _best_cut(gold[:, column], probabilities)
        sentence = 0.5
        if labelled:
            sentence = _best_cut(
                np.concatenate([dev[index].themes[:, column] > 0.5 for index in labelled]),
                np.concatenate([sigmoid(logits[index][:, column]) for index in labelled]),
            )
        result[theme] = Thresholds(yes=yes, no=round(0.6 * yes, 4), sentence=sentence)
    return result


def _best_cut(gold: npt.NDArray[np.bool_], probabilities: Floats) -> float:
    """The cut of GRID with the best F1; among near-equals (within .005) the one nearest to one half."""
    if not gold.any():
        return 0.5
    scores = [float(f1_score(gold, probabilities >= cut, zero_division=0)) for cut in GRID]  # pyright: ignore[reportArgumentType]
    close = [cut for cut, score in zip(GRID, scores, strict=True) if score >= max(scores) - 0.005]
    return float(min(close, key=lambda cut: (abs(cut - 0.5), cut)))

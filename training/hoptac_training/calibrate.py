"""From dev logits to calibrated article probabilities and thresholds. scikit-learn fits, MAPIE guarantees; we arrange.

Chosen on dev only. The guarantee for "yes" rests on the thresholds, not on the probabilities: see `sure_cut`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from hoptac.decide import article_probability, exclusive_probabilities
from hoptac.model import Calibration, Thresholds, sigmoid
from hoptac.values import Taxonomy
from hoptac.windows import Floats
from hoptac_training.examples import Example

# Fewer articles with or without a theme than this say nothing of their own: the language shares the pooled fit.
FEWEST = 15
GRID = np.round(np.arange(0.2, 0.81, 0.02), 2)
# Of the decisions "yes" at least this share is right, at this confidence, on articles like those of dev.
RIGHT, CONFIDENCE = 0.9, 0.9
SLOPES = np.geomspace(0.1, 10, 101)  # tried where themes exclude one another
SURE_GRID = np.round(np.arange(0.9, 0.29, -0.01), 2)  # tried from the strictest down, until one fails


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
    never speaks against a theme. Where themes exclude one another, one slope for all of them: `temperature`.
    """
    if taxonomy.exclusive:
        return {theme: {"*": temperature(dev, logits)} for theme in taxonomy.ids}
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


def temperature(dev: Sequence[Example], logits: Sequence[Floats]) -> Calibration:
    """The slope of SLOPES with the smallest log-loss of softmax probabilities: temperature scaling (Guo et al. 2017),
    which never changes which theme is the most probable."""
    gold = [int(example.article.argmax()) for example in dev]
    choices = [Calibration(round(float(slope), 5), 0.0, 0.0) for slope in SLOPES]

    def loss(choice: Calibration) -> float:
        found = np.stack([exclusive_probabilities(item, [choice] * item.shape[1]) for item in logits])
        return float(-np.log(found[np.arange(len(gold)), gold].clip(1e-12)).mean())

    return min(choices, key=loss)


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
) -> tuple[dict[str, Thresholds], float | None]:
    """The cuts of each theme, and the probability from which on "yes" keeps the guarantee (`sure_cut`), or None.

    `yes` for articles: the lowest cut that keeps the guarantee, or the best F1's where none does or that is higher;
    below it a band of doubt, and `no` from 0.6 times the best F1's cut down. `sentence`: the cut for evidence, by F1.
    Where themes exclude one another the most probable is the label, and only `sentence` is used.
    """
    sentence = _sentence_cuts(taxonomy, dev, logits)
    if taxonomy.exclusive:
        return {theme: Thresholds(yes=0.5, no=0.5, sentence=sentence[theme]) for theme in taxonomy.ids}, None
    gold = np.stack([example.article for example in dev]) > 0.5
    probabilities = np.array(
        [
            [
                article_probability(item[:, column], calibration[theme].get(example.language, calibration[theme]["*"]))
                for column, theme in enumerate(taxonomy.ids)
            ]
            for example, item in zip(dev, logits, strict=True)
        ]
    )
    sure = sure_cut(gold.ravel(), probabilities.ravel())
    result = {}
    for column, theme in enumerate(taxonomy.ids):
        best = _best_cut(gold[:, column], probabilities[:, column])
        result[theme] = Thresholds(yes=max(best, sure or 0.0), no=round(0.6 * best, 4), sentence=sentence[theme])
    return result, sure


def _sentence_cuts(taxonomy: Taxonomy, dev: Sequence[Example], logits: Sequence[Floats]) -> dict[str, float]:
    """For each theme the cut with the best F1 over the labelled sentences, one half where none is labelled."""
    labelled = [index for index, example in enumerate(dev) if not np.isnan(example.themes).any()]
    if not labelled:
        return dict.fromkeys(taxonomy.ids, 0.5)
    return {
        theme: _best_cut(
            np.concatenate([dev[index].themes[:, column] > 0.5 for index in labelled]),
            np.concatenate([sigmoid(logits[index][:, column]) for index in labelled]),
        )
        for column, theme in enumerate(taxonomy.ids)
    }


def sure_cut(gold: npt.NDArray[np.bool_], probabilities: Floats) -> float | None:
    """The lowest cut of SURE_GRID from which on a share of at least RIGHT of what is above is true, at CONFIDENCE;
    None where no cut can promise it. gold, probabilities: (n,), one entry per article and theme.

    Learn Then Test (Angelopoulos et al. 2021) with fixed sequence testing, as MAPIE does it. The promise is exact for
    data that nothing else was chosen by; here the probabilities were fitted on the same dev, so it is a little bold.
    """
    from mapie.risk_control import BinaryClassificationController  # seconds to import, and only training needs it

    control = BinaryClassificationController(
        lambda given: np.stack([1 - np.asarray(given), given], axis=1),
        risk="precision",
        target_level=RIGHT,
        confidence_level=CONFIDENCE,
        list_predict_params=SURE_GRID,
        fwer_method="fixed_sequence",
    )
    with warnings.catch_warnings():
        # It warns where no cut will do, and that precision need not fall with the cut: then fewer cuts are found.
        warnings.simplefilter("ignore", UserWarning)
        control.calibrate(probabilities, gold.astype(int))
    valid = [float(cut) for cut in control.valid_predict_params]
    return min(valid) if valid else None


def _best_cut(gold: npt.NDArray[np.bool_], probabilities: Floats) -> float:
    """The cut of GRID with the best F1; among near-equals (within .005) the one nearest to one half."""
    if not gold.any():
        return 0.5
    scores = [float(f1_score(gold, probabilities >= cut, zero_division=0)) for cut in GRID]  # pyright: ignore[reportArgumentType]
    close = [cut for cut, score in zip(GRID, scores, strict=True) if score >= max(scores) - 0.005]
    return float(min(close, key=lambda cut: (abs(cut - 0.5), cut)))

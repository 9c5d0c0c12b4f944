"""Every figure against scikit-learn, weighted as in a resample, on random data with ties and rare themes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn import metrics as reference
from sklearn.calibration import calibration_curve

from hoptac_eval.calibration import N_BINS, bin_of, brier_score, reliability, risk_coverage
from hoptac_eval.figures import statistics
from hoptac_eval.metrics import average_precision, f1, kappa, macro
from hoptac_eval.outcomes import Gold, Outcomes

THEMES = ("a", "b", "c", "d")
SEEDS = range(8)


def data(seed: int, n: int = 60) -> tuple[Gold, Outcomes, np.ndarray]:
    """Random labels and answers, theme "d" rare, scores tied; and weights such as a resample has."""
    generator = np.random.default_rng(seed)
    truth = generator.random((n, 4)) < np.array([0.5, 0.3, 0.2, 0.02])
    scores = np.clip(truth * 0.4 + generator.random((n, 4)) * 0.6, 0, 1).round(2)
    said = scores > 0.5
    counts = generator.integers(0, 4, (n, 4, 3))
    languages = tuple(("en",) if i % 2 else ("vi",) for i in range(n))
    gold = Gold(
        THEMES,
        tuple(str(i) for i in range(n)),
        (None,) * n,
        truth,
        np.ones(n, bool),
        np.where(truth.any(1), truth.argmax(1), -1),
        counts.sum((1, 2)) + generator.integers(0, 5, n),
        {"lang": languages},
    )
    primary = np.where(said.any(1), said.argmax(1), -1)
    unsure = np.abs(scores - 0.5) < 0.05
    outcomes = Outcomes("x", np.ones(n, bool), said, unsure, scores, primary, counts)
    return gold, outcomes, generator.integers(0, 3, n).astype(float)


def close(ours: float, theirs: float) -> None:
    assert ours == pytest.approx(theirs, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_articles_as_scikit_learn(seed: int) -> None:
    gold, outcomes, weights = data(seed)
    figures = statistics(gold, outcomes).figures(weights[None, :])
    assert outcomes.labels is not None
    truth, said = gold.labels.astype(int), outcomes.labels.astype(int)
    for average in ("macro", "micro"):
        p, r, f, _ = reference.precision_recall_fscore_support(
            truth, said, average=average, sample_weight=weights, zero_division=np.nan
        )
        close(figures[f"{average}_precision"][0], p)
        close(figures[f"{average}_recall"][0], r)
        close(figures[f"{average}_f1"][0], f)
    by_theme = reference.precision_recall_fscore_support(
        truth, said, average=None, sample_weight=weights, zero_division=np.nan
    )
    for i, theme in enumerate(THEMES):
        for name, values in zip(("precision", "recall", "f1"), by_theme, strict=False):
            close(figures[f"{name}.{theme}"][0], values[i])
    close(figures["exact_match"][0], reference.accuracy_score(truth, said, sample_weight=weights))


@pytest.mark.parametrize("seed", SEEDS)
def test_average_precision_as_scikit_learn(seed: int) -> None:
    gold, outcomes, weights = data(seed)
    figures = statistics(gold, outcomes).figures(weights[None, :])
    assert outcomes.probabilities is not None
    present = []
    for i, theme in enumerate(THEMES):
        truth, scores = gold.labels[:, i], outcomes.probabilities[:, i]
        if (truth * weights).any():
            expected = reference.average_precision_score(truth, scores, sample_weight=weights)
            close(figures[f"ap.{theme}"][0], expected)
            present.append(expected)
        else:
            assert np.isnan(figures[f"ap.{theme}"][0])
    close(figures["macro_ap"][0], float(np.mean(present)))
    pooled = reference.average_precision_score(
        gold.labels.ravel(), outcomes.probabilities.ravel(), sample_weight=np.repeat(weights, 4)
    )
    close(figures["micro_ap"][0], pooled)


@pytest.mark.parametrize("seed", SEEDS)
def test_calibration_as_scikit_learn(seed: int) -> None:
    gold, outcomes, _ = data(seed)
    figures = statistics(gold, outcomes).figures(np.ones((1, len(gold))))
    assert outcomes.probabilities is not None
    truth, scores = gold.labels.ravel(), outcomes.probabilities.ravel()
    frequency, probability = calibration_curve(truth, scores, n_bins=N_BINS)
    bins = reliability(truth, scores)
    assert [item.frequency for item in bins] == pytest.approx(frequency, abs=1e-9)
    assert [item.probability for item in bins] == pytest.approx(probability, abs=1e-9)
    counts = np.array([item.n for item in bins])
    close(figures["ece"][0], float(np.sum(counts * np.abs(frequency - probability)) / counts.sum()))
    close(figures["brier"][0], reference.brier_score_loss(truth, scores))
    close(brier_score(truth, scores), reference.brier_score_loss(truth, scores))


@pytest.mark.parametrize("seed", SEEDS)
def test_kappa_as_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    first, second = generator.random((2, 50)) < 0.3
    counts = (first & second).sum(), (~first & second).sum(), (first & ~second).sum()
    close(kappa(*counts, 50).item(), reference.cohen_kappa_score(first, second))


def test_evidence_adds_up_over_articles() -> None:
    gold, outcomes, weights = data(3)
    figures = statistics(gold, outcomes).figures(weights[None, :])
    assert outcomes.evidence is not None
    sums = np.einsum("n,ntk->tk", weights, outcomes.evidence)
    close(figures["evidence_macro_f1"][0], macro(f1(*sums.T)).item())
    close(figures["evidence_micro_f1"][0], f1(*sums.sum(0)).item())


def test_many_resamples_are_as_many_single_ones() -> None:
    gold, outcomes, _ = data(5)
    weights = np.random.default_rng(0).integers(0, 4, (7, len(gold))).astype(float)
    table = statistics(gold, outcomes)
    together = table.figures(weights)
    for i in range(7):
        for name, values in table.figures(weights[i : i + 1]).items():
            close(together[name][i], values[0])


def test_articles_without_an_answer_count_nowhere() -> None:
    gold, outcomes, _ = data(1)
    half = np.arange(30)
    answered = np.arange(60) < 30
    partial = Outcomes("x", answered, *(getattr(outcomes, name) for name in _COLUMNS))
    ones = np.ones((1, 60))
    expected = statistics(gold.select(half), outcomes.select(half)).figures(ones[:, :30])
    for name, values in statistics(gold, partial).figures(ones).items():
        close(values[0], expected[name][0])


_COLUMNS = ("labels", "unsure", "probabilities", "primary", "evidence", "summary")


def test_what_cannot_be_computed_is_neither_0_nor_1() -> None:
    truth = np.zeros(3, bool)
    assert np.isnan(average_precision(truth, np.array([0.1, 0.2, 0.3]), np.ones((3, 1)))).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(f1(0, 0, 0))
        assert np.isnan(kappa(0, 0, 0, 10))
        assert np.isnan(kappa(10, 0, 0, 10))
        assert np.isnan(macro(np.array([np.nan, np.nan])))


def test_risk_falls_where_the_sure_are_right() -> None:
    truth = np.array([True, True, False, False, True])
    scores = np.array([0.99, 0.9, 0.2, 0.6, 0.45])
    assert [round(point.risk, 4) for point in risk_coverage(truth, scores)] == [0, 0, 0, 0.25, 0.4]
    assert risk_coverage(truth[:0], scores[:0]) == ()


def test_every_probability_has_a_bin() -> None:
    assert set(bin_of(np.linspace(0, 1, 1001)).tolist()) == set(range(N_BINS))

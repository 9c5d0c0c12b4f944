"""From columns to figures: which counts make which figure, under any weights of the articles.

Weights of one give the figures themselves, the weights of a resample one draw of each. All but average
precision are functions of sums over articles, so a thousand resamples are one matrix product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hoptac_eval.calibration import N_BINS, bin_of, expected_calibration_error
from hoptac_eval.metrics import (
    Floats,
    average_precision,
    f1,
    kappa,
    macro,
    micro_f1,
    precision,
    ratio,
    recall,
)
from hoptac_eval.outcomes import Bools, Gold, Ints, Outcomes
from hoptac_eval.summaries import COLUMNS, MEANS

Draws = dict[str, Floats]


@dataclass(frozen=True)
class Statistics:
    """The sufficient statistics of a system on n articles. parts: name -> (n, k), summed under weights."""

    themes: tuple[str, ...]
    parts: Mapping[str, Floats]
    asked: Ints
    truth: Bools
    probabilities: Floats | None

    def figures(self, weights: Floats) -> Draws:
        """Every figure that can be had, (r,) each, for weights (r, n); NaN where the weights leave none."""
        matrix = np.concatenate(list(self.parts.values()), axis=1) if self.parts else np.zeros((weights.shape[1], 0))
        sums = np.split(weights @ matrix, np.cumsum([part.shape[1] for part in self.parts.values()])[:-1], axis=1)
        total = dict(zip(self.parts, sums, strict=True)) if self.parts else {}
        figures: Draws = {}
        if "labels" in total:
            figures |= _articles(total, self.themes)
        if self.probabilities is not None:
            figures |= self._ranked(weights[:, self.asked]) | _calibrated(total)
        if "evidence" in total:
            figures |= _evidence(total, self.themes)
        if "pairs" in total:
            right, same, n, n_decisions = np.moveaxis(total["pairs"], 1, 0)
            figures |= {"pair_agreement": ratio(right, n), "pair_theme_agreement": ratio(same, n_decisions)}
        if "means" in total:
            figures |= _summaries(total)
        return figures

    def _ranked(self, weights: Floats) -> Draws:
        assert self.probabilities is not None
        columns = np.ascontiguousarray(weights.T)
        truth, said, n_themes = self.truth, self.probabilities, len(self.themes)
        per_theme = [average_precision(truth[:, i], said[:, i], columns) for i in range(n_themes)]
        pooled = average_precision(truth.ravel(), said.ravel(), columns, n_themes)
        named = {f"ap.{theme}": values for theme, values in zip(self.themes, per_theme, strict=True)}
        return {"macro_ap": macro(np.stack(per_theme, axis=1)), "micro_ap": pooled, **named}


def statistics(gold: Gold, outcomes: Outcomes) -> Statistics:
    """What the figures are made of, article by article. Those the system did not answer count nowhere."""
    asked = gold.themed & outcomes.answered
    parts: dict[str, Floats] = {}
    index = np.flatnonzero(asked)
    if outcomes.labels is not None and asked.any():
        is_so, is_said = gold.labels & asked[:, None], outcomes.labels & asked[:, None]
        counts = np.stack([is_so & is_said, is_said & ~is_so, is_so & ~is_said], axis=2)
        exact = asked & (is_so == is_said).all(1)
        parts["labels"] = np.column_stack([counts.reshape(len(gold), -1), exact, asked]).astype(float)
        parts |= _pairs(gold, outcomes, asked)
    if outcomes.primary is not None and (gold.primary >= 0).any():
        known = asked & (gold.primary >= 0)
        parts["primary"] = np.column_stack([known & (gold.primary == outcomes.primary), known]).astype(float)
    if outcomes.evidence is not None and gold.n_sentences.any():
        mask = (asked & (gold.n_sentences > 0))[:, None]
        counted = outcomes.evidence.reshape(len(gold), -1) * mask
        parts["evidence"] = np.column_stack([counted, gold.n_sentences[:, None] * mask]).astype(float)
    calibrated = outcomes.probabilities is not None and bool(asked.any())
    if calibrated and outcomes.probabilities is not None and outcomes.unsure is not None:
        parts["bins"] = _bins(gold.labels, outcomes.probabilities, asked)
        unsure = outcomes.unsure & asked[:, None]
        n_decisions = asked * gold.labels.shape[1]
        parts["unsure"] = np.column_stack([unsure.sum(1), n_decisions, unsure.any(1), asked]).astype(float)
    if outcomes.summary is not None:
        known_figures = ~np.isnan(outcomes.summary) & outcomes.answered[:, None]
        values = np.where(known_figures, outcomes.summary, 0.0)
        n_means = len(MEANS)
        parts["means"] = np.column_stack([values[:, :n_means], known_figures[:, :n_means]]).astype(float)
        parts["counts"] = values[:, n_means:]
    probabilities = outcomes.probabilities[index] if calibrated and outcomes.probabilities is not None else None
    return Statistics(gold.themes, parts, index, gold.labels[index], probabilities)


def _bins(truth: Bools, probabilities: Floats, asked: Bools) -> Floats:
    """(n, 3 * N_BINS + 2): pairs, sums of probabilities and true ones per bin; squared distance; pairs."""
    n, n_themes = truth.shape
    amounts = np.stack([np.ones((n, n_themes)), np.nan_to_num(probabilities), truth], axis=2)
    here = (bin_of(probabilities)[:, :, None] == np.arange(N_BINS)) & asked[:, None, None]
    table = np.einsum("ntk,ntb->nkb", amounts, here.astype(float))
    distance = np.where(asked, ((amounts[:, :, 1] - truth) ** 2).sum(1), 0.0)
    return np.column_stack([table.reshape(n, -1), distance, asked * n_themes])


def _pairs(gold: Gold, outcomes: Outcomes, asked: Bools) -> dict[str, Floats]:
    """(n, 4) on the first article of each pair: same set, same decisions, 1, number of themes."""
    assert outcomes.labels is not None
    members: dict[str, list[int]] = {}
    for i, pair in enumerate(gold.pairs):
        if pair is not None and asked[i]:
            members.setdefault(pair, []).append(i)
    together = [group for group in members.values() if len(group) > 1]
    if not together:
        return {}
    table = np.zeros((len(gold), 4))
    for group in together:
        same = (outcomes.labels[group] == outcomes.labels[group[0]]).all(0)
        table[group[0]] = same.all(), same.sum(), 1, len(same)
    return {"pairs": table}


def _articles(total: Mapping[str, Floats], themes: tuple[str, ...]) -> Draws:
    sums = total["labels"]
    tp, fp, fn = np.moveaxis(sums[:, :-2].reshape(len(sums), len(themes), 3), 2, 0)
    by_theme = {"precision": precision(tp, fp), "recall": recall(tp, fn), "f1": f1(tp, fp, fn)}
    figures = {
        "exact_match": ratio(sums[:, -2], sums[:, -1]),
        **{f"macro_{name}": macro(by_theme[name]) for name in ("f1", "precision", "recall")},
        "micro_f1": micro_f1(tp, fp, fn),
        "micro_precision": precision(tp.sum(1), fp.sum(1)),
        "micro_recall": recall(tp.sum(1), fn.sum(1)),
    }
    if "primary" in total:
        figures["primary_accuracy"] = ratio(*np.moveaxis(total["primary"], 1, 0))
    return figures | _named(by_theme, themes)


def _evidence(total: Mapping[str, Floats], themes: tuple[str, ...]) -> Draws:
    sums = total["evidence"]
    tp, fp, fn = np.moveaxis(sums[:, :-1].reshape(len(sums), len(themes), 3), 2, 0)
    by_theme = {"evidence_f1": f1(tp, fp, fn), "theme_kappa": kappa(tp, fp, fn, sums[:, -1:])}
    return {
        "evidence_macro_f1": macro(by_theme["evidence_f1"]),
        "evidence_micro_f1": micro_f1(tp, fp, fn),
        "kappa": macro(by_theme["theme_kappa"]),
        **_named(by_theme, themes),
    }


def _calibrated(total: Mapping[str, Floats]) -> Draws:
    sums, unsure = total["bins"], total["unsure"]
    n, probability, truth = np.moveaxis(sums[:, :-2].reshape(len(sums), 3, N_BINS), 1, 0)
    return {
        "ece": expected_calibration_error(n, probability, truth),
        "brier": ratio(sums[:, -2], sums[:, -1]),
        "unsure_share": ratio(unsure[:, 0], unsure[:, 1]),
        "unsure_articles": ratio(unsure[:, 2], unsure[:, 3]),
    }


def _summaries(total: Mapping[str, Floats]) -> Draws:
    means, n_means = total["means"], len(MEANS)
    figures = {name: ratio(means[:, i], means[:, n_means + i]) for i, name in enumerate(MEANS)}
    count = dict(zip(COLUMNS[n_means:], total["counts"].T, strict=True))
    figures["key_f1"] = f1(count["key_tp"], count["key_fp"], count["key_fn"])
    figures["key_precision"] = precision(count["key_tp"], count["key_fp"])
    figures["key_recall"] = recall(count["key_tp"], count["key_fn"])
    figures["themes_covered"] = ratio(count["n_covered"], count["n_themes"])
    figures["dangling"] = ratio(count["n_dangling"], count["n_chosen"])
    return figures


def _named(by_theme: Mapping[str, Floats], themes: tuple[str, ...]) -> Draws:
    return {f"{name}.{theme}": values[:, i] for name, values in by_theme.items() for i, theme in enumerate(themes)}

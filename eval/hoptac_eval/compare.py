"""Is B better than A, and is it luck? Both on the same articles, resampled together.

Headline figures are judged by their 95 % intervals. Then every theme in every language is looked at; among
so many some would differ by luck alone, so those are judged with the share of false alarms held at 5 %
(Benjamini and Hochberg 1995).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hoptac.errors import UsageError
from hoptac_eval.bootstrap import chance, clusters, interval, resample
from hoptac_eval.catalogue import HEADLINE, SUMMARY, kind, shown
from hoptac_eval.figures import statistics
from hoptac_eval.outcomes import Gold, Outcomes
from hoptac_eval.report import Report
from hoptac_eval.scoring import slices
from hoptac_eval.tables import slice_name

RESAMPLES = 2000
_WORDS = {"f1": "", "evidence_f1": "evidence for "}
_FALSE_ALARMS = 0.05


@dataclass(frozen=True, slots=True)
class Difference:
    """B minus A of one figure on one slice. chance: two-sided p-value. is_luck: it could be. better: "A",
    "B" or None where the figure has no better side."""

    slice: str
    figure: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    chance: float
    is_luck: bool
    better: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """a, b: names of the models. n: articles both answered. headline, themes: the differences looked at."""

    a: str
    b: str
    n: int
    headline: tuple[Difference, ...]
    themes: tuple[Difference, ...]
    warnings: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Plain sentences, then the figures."""
        return "\n".join(_text(self)) + "\n"


def compare(a: Report, b: Report, *, resamples: int = RESAMPLES) -> Comparison:
    """Compare two reports on the same data, made by the same metrics. Raises UsageError for others."""
    _refuse(a, b)
    order = {article: i for i, article in enumerate(b.gold.ids)}
    index = np.array([order[article] for article in a.gold.ids], np.int64)
    answered = np.flatnonzero(a.outcomes.answered & b.outcomes.select(index).answered)
    gold = a.gold.select(answered)
    ours, theirs = a.outcomes.select(answered), b.outcomes.select(index[answered])
    found = list(_differences(gold, ours, theirs, a.stamp.seed, resamples))
    headline = tuple(d for d in found if d.slice == "all" and "." not in d.figure)
    themes = _without_false_alarms([d for d in found if "." in d.figure])
    warnings = []
    if len(answered) < len(a.gold):
        warnings.append(f"{len(a.gold) - len(answered)} articles that one of the two did not answer are left out")
    if a.stamp.model == b.stamp.model:
        warnings.append(f"both are named {a.stamp.model}: A is of {a.stamp.date}, B of {b.stamp.date}")
    return Comparison(a.stamp.model, b.stamp.model, len(answered), headline, themes, tuple(warnings))


def _refuse(a: Report, b: Report) -> None:
    if a.stamp.metrics_version != b.stamp.metrics_version:
        versions = f"{a.stamp.metrics_version} and {b.stamp.metrics_version}"
        raise UsageError(
            f"the reports are of metrics versions {versions}; expected the same; run evaluate again for both"
        )
    if a.themes != b.themes:
        raise UsageError("the reports are about different themes; expected the same; they cannot be compared")
    if a.stamp.digest != b.stamp.digest:
        first, second = (f"{report.stamp.digest[:12]} ({', '.join(report.stamp.files)})" for report in (a, b))
        hint = "expected the same; run evaluate again on one"
        raise UsageError(f"the reports are of different data, {first} and {second}; {hint}")


def _differences(gold: Gold, ours: Outcomes, theirs: Outcomes, seed: int, resamples: int) -> Iterator[Difference]:
    parts = {name: index for name, index in slices(gold).items() if name == "all" or name.startswith("lang=")}
    draws = list(resample(clusters(gold.pairs), resamples, seed))
    for name, index in parts.items():
        first, second = (statistics(gold.select(index), outcomes.select(index)) for outcomes in (ours, theirs))
        ones = np.ones((1, len(index)))
        a, b = first.figures(ones), second.figures(ones)
        pieces = [(first.figures(weights[:, index]), second.figures(weights[:, index])) for weights in draws]
        for figure in a:
            if figure not in b or np.isnan(a[figure][0]) or np.isnan(b[figure][0]):
                continue
            if figure.partition(".")[0] not in (*_WORDS, *HEADLINE, *SUMMARY):
                continue
            spread = np.concatenate([y[figure] - x[figure] for x, y in pieces])
            low, high = interval(spread)
            difference = float(b[figure][0] - a[figure][0])
            better = None
            if kind(figure).better != "neither" and difference:
                better = "B" if (difference > 0) == (kind(figure).better == "higher") else "A"
            is_luck = not (low > 0 or high < 0)
            values = float(a[figure][0]), float(b[figure][0]), difference, low, high, chance(spread)
            yield Difference(name, figure, *values, is_luck, better)


def _without_false_alarms(found: Sequence[Difference]) -> tuple[Difference, ...]:
    """The same, called luck unless the step-up rule of Benjamini and Hochberg rejects it."""
    ranked = sorted(item.chance for item in found)
    passed = [p for i, p in enumerate(ranked, 1) if p <= _FALSE_ALARMS * i / len(ranked)]
    limit = max(passed, default=-1.0)
    return tuple(
        Difference(d.slice, d.figure, d.a, d.b, d.difference, d.low, d.high, d.chance, d.chance > limit, d.better)
        for d in found
    )


def _text(comparison: Comparison) -> Iterator[str]:
    yield f"A: {comparison.a}   B: {comparison.b}   {comparison.n} articles"
    yield from (f"! {warning}" for warning in comparison.warnings)
    yield ""
    main = next((d for d in comparison.headline if d.figure in ("macro_f1", "rouge1")), None)
    if main is not None:
        yield f"{_verdict(main)} overall: {kind(main.figure).label} {_change(main)}."
    real = sorted((d for d in comparison.themes if not d.is_luck), key=lambda d: -abs(d.difference))
    yield from (f"{_verdict(d)} at {_where(d)}: {_change(d)}." for d in real)
    if comparison.themes:
        elsewhere = "Elsewhere the" if real else "By theme and language every"
        yield f"{elsewhere} difference could be luck ({len(comparison.themes)} were looked at)."
    yield ""
    width = max((len(kind(d.figure).label) for d in comparison.headline), default=0)
    for d in comparison.headline:
        verdict = "could be luck" if d.is_luck else f"{d.better} is better" if d.better else "differs"
        values = f"{shown(d.figure, d.a):>6} {shown(d.figure, d.b):>6}"
        yield f"{kind(d.figure).label:<{width}}  {values}  {_change(d):<26} {verdict}"


def _verdict(d: Difference) -> str:
    return "No clear difference" if d.is_luck or d.better is None else f"{d.better} is better"


def _where(d: Difference) -> str:
    name, _, theme = d.figure.partition(".")
    place = "" if d.slice == "all" else f" in {slice_name(d.slice)}"
    return f"{_WORDS[name]}{theme}{place}"


def _change(d: Difference) -> str:
    sign = "+" if d.difference >= 0 else ""
    return f"{sign}{shown(d.figure, d.difference)} [{shown(d.figure, d.low)}, {shown(d.figure, d.high)}]"

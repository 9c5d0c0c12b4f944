"""Figures with intervals for every system on every slice of the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from hoptac_eval.bootstrap import clusters, interval, resample
from hoptac_eval.figures import Draws, Statistics, statistics
from hoptac_eval.outcomes import Gold, Ints, Outcomes
from hoptac_eval.report import Figure, Gap, Result

GAP_FIGURES = ("macro_f1", "exact_match", "evidence_macro_f1")
MAX_VALUES = 40


def slices(gold: Gold, leaked: frozenset[str] = frozenset()) -> dict[str, Ints]:
    """Slice name -> its articles: "all", "unseen" (where any article is leaked), then "field=value", big
    ones first.

    A field with more than MAX_VALUES values is cut to the biggest ones.
    """
    found: dict[str, Ints] = {"all": np.arange(len(gold))}
    if leaked:
        found["unseen"] = np.flatnonzero([article not in leaked for article in gold.ids])
    for name, column in gold.fields.items():
        members: dict[str, list[int]] = {}
        for i, values in enumerate(column):
            for value in values:
                members.setdefault(value, []).append(i)
        ranked = sorted(members, key=lambda value: (-len(members[value]), value))[:MAX_VALUES]
        found |= {f"{name}={value}": np.array(members[value], np.int64) for value in ranked}
    return found


def score(
    systems: Sequence[tuple[Gold, Outcomes]], parts: dict[str, Ints], *, seed: int, resamples: int
) -> tuple[list[Result], list[Gap]]:
    """Results of every system on every slice, and between languages the gaps of the first, the model.

    systems: each with the gold it is held to, on the same articles.
    """
    results: list[Result] = []
    gaps: list[Gap] = []
    for number, (gold, outcomes) in enumerate(systems):
        tables = {name: statistics(gold.select(index), outcomes.select(index)) for name, index in parts.items()}
        draws = _draws(gold, tables, parts, seed, resamples)
        values = {name: table.figures(np.ones((1, len(parts[name])))) for name, table in tables.items()}
        for name, index in parts.items():
            figures = {
                key: Figure.of(value[0], *interval(draws[name].get(key, np.empty(0))))
                for key, value in values[name].items()
            }
            n = int(outcomes.answered[index].sum())
            if n and any(figure.value is not None for figure in figures.values()):
                results.append(Result(name, outcomes.system, n, figures))
        if number == 0:
            gaps = list(_gaps(values, draws))
    order = list(parts)
    return sorted(results, key=lambda result: order.index(result.slice)), gaps


def _draws(
    gold: Gold, tables: dict[str, Statistics], parts: dict[str, Ints], seed: int, resamples: int
) -> dict[str, Draws]:
    """Slice -> figure -> (resamples,) draws; every slice sees the same resamples of the whole."""
    pieces: dict[str, list[Draws]] = {name: [] for name in tables}
    for weights in resample(clusters(gold.pairs), resamples, seed):
        for name, table in tables.items():
            is_whole = len(parts[name]) == len(gold)
            pieces[name].append(table.figures(weights if is_whole else weights[:, parts[name]]))
    return {
        name: {key: np.concatenate([piece[key] for piece in found]) for key in found[0]} if found else {}
        for name, found in pieces.items()
    }


def _gaps(values: dict[str, Draws], draws: dict[str, Draws]) -> Iterator[Gap]:
    biggest = [name for name in values if name.startswith("lang=")][:3]
    for first, second in combinations(sorted(biggest), 2):
        for figure in GAP_FIGURES:
            if figure in values[first] and figure in values[second]:
                difference = values[first][figure][0] - values[second][figure][0]
                spread = interval(draws[first][figure] - draws[second][figure])
                names = first.removeprefix("lang="), second.removeprefix("lang=")
                yield Gap(*names, figure, Figure.of(difference, *spread))

"""Learning curves: draws, points, table, picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hoptac.windows import Floats
from hoptac_training import curves
from hoptac_training.curves import CURVES, Point, draw, draws, frozen, load, measure, save, table, tuned
from hoptac_training.peer import Items
from hoptac_training.recipe import Recipe
from peer_data import THEMES, FakeVectors, articles, sets


def test_draws_are_of_the_size_asked_for_and_the_last_is_everything() -> None:
    items = articles(10, "a")
    found = list(draws(items, (3, 7, 10, 100)))
    assert [(size, len(parts)) for size, parts in found] == [(3, 3), (7, 3), (10, 1)]
    assert all(len({item.article.id for item in part}) == size for size, parts in found for part in parts)
    assert found[0][1][0] != found[0][1][1]
    assert [part for _, parts in draws(items, (3,)) for part in parts] == [
        part for _, parts in draws(items, (3,)) for part in parts
    ]
    assert list(draws([], (3,))) == []


def test_three_curves_over_both_test_sets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(curves, "CORPUS_SIZES", (20,))
    monkeypatch.setattr(curves, "REFERENCE_SIZES", ())
    points = list(measure(sets(), THEMES, frozen(THEMES, FakeVectors())))
    assert [(point.curve, point.n) for point in points] == list(
        zip((CURVES[0], *CURVES), (20, 60, 40, 40), strict=True)
    )
    assert [len(point.scores["real-dev"]["macro_f1"]) for point in points] == [3, 1, 1, 1]
    assert points[-1].scores["corpus-test"]["macro_f1"] == pytest.approx([1.0])
    save(points, tmp_path / "curves.json")
    kept = load(tmp_path / "curves.json")
    assert [(point.curve, point.n) for point in kept] == [(point.curve, point.n) for point in points]
    draw(points, tmp_path / "curves.png")
    assert 5_000 < (tmp_path / "curves.png").stat().st_size < 60_000
    lines = table(points)
    assert len(lines) == 2 + len(points)
    assert {line.count("|") for line in lines} == {2 + 1 + 6}


def test_points_that_were_measured_before_are_not_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "CORPUS_SIZES", (20,))
    monkeypatch.setattr(curves, "REFERENCE_SIZES", ())
    learnt: list[int] = []

    def learn(train: Items) -> Callable[[Items], list[Floats]]:
        learnt.append(len(train))
        return lambda items: [np.zeros((3, len(THEMES)), np.float32) for _ in items]

    done = [Point(CURVES[0], 60, {}), Point(CURVES[1], 40, {})]
    points = list(measure(sets(), THEMES, learn, n_draws=1, done=done))
    assert learnt == [20, 100]
    assert points[1:3] == done


def test_fine_tuning_learns_and_scores_every_sentence(tiny_base: Path) -> None:
    recipe = Recipe(base=str(tiny_base), epochs=3, window=48, batch_tokens=256, rate=0.003, augment=0.0)
    told: list[str] = []
    score = tuned(THEMES, recipe, told.append)(sets().train)
    losses = [float(line.partition("loss ")[2].partition(",")[0]) for line in told if line.startswith("epoch")]
    assert len(losses) == 3
    assert losses[2] < losses[1] < losses[0]
    assert [rows.shape for rows in score(articles(5, "new", 9))] == [(3, len(THEMES))] * 5

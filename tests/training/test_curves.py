"""Learning curves: draws, points, table, picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hoptac_training import curves
from hoptac_training.curves import CURVES, Point, draw, draws, measure, save, table
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
    told: list[str] = []
    points = measure(sets(), THEMES, FakeVectors(), report=told.append)
    assert [(point.curve, point.n) for point in points] == list(
        zip((CURVES[0], *CURVES), (20, 60, 40, 40), strict=True)
    )
    assert len(told) == len(points)
    assert [len(point.scores["real-dev"]["macro_f1"]) for point in points] == [3, 1, 1, 1]
    assert points[-1].scores["corpus-test"]["macro_f1"] == pytest.approx([1.0])
    save(points, tmp_path / "curves.json")
    kept = json.loads((tmp_path / "curves.json").read_text())["points"]
    assert [Point(**row).n for row in kept] == [point.n for point in points]
    draw(points, tmp_path / "curves.png")
    assert 5_000 < (tmp_path / "curves.png").stat().st_size < 60_000
    lines = table(points)
    assert len(lines) == 2 + len(points)
    assert {line.count("|") for line in lines} == {2 + 1 + 6}

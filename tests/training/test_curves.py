"""Learning curves: draws, points, table, picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor

from hoptac.windows import Floats
from hoptac_training import curves
from hoptac_training.curves import CURVES, Point, Recalling, draw, draws, frozen, load, measure, save, table, tuned
from hoptac_training.examples import to_example
from hoptac_training.measure import infer
from hoptac_training.peer import Items
from hoptac_training.recipe import Recipe
from hoptac_training.train import begin
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


def test_fine_tuning_learns_and_scores_every_sentence(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "READ", 1)
    recipe = Recipe(base=str(tiny_base), epochs=3, window=48, batch_tokens=256, rate=0.003, augment=0.0)
    told: list[str] = []
    score = tuned(THEMES, recipe, sets().train, told.append)(sets().train)
    losses = [float(line.partition("loss ")[2].partition(",")[0]) for line in told if line.startswith("epoch")]
    assert len(losses) == 3
    assert losses[2] < losses[1] < losses[0]
    assert [rows.shape for rows in score(articles(5, "new", 9))] == [(3, len(THEMES))] * 5


def test_few_articles_are_read_more_often(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "READ", 10)
    recipe = Recipe(base=str(tiny_base), epochs=1, window=48, batch_tokens=256, augment=0.0)
    for n, epochs in ((4, 3), (5, 2), (20, 1)):
        told: list[str] = []
        tuned(THEMES, recipe, sets().train, told.append)(articles(n, "few", 3))
        assert sum(line.startswith("epoch") for line in told) == epochs


def test_what_frozen_layers_said_is_recalled_and_changes_nothing(tiny_base: Path) -> None:
    recipe = Recipe(base=str(tiny_base), window=48)
    base, plain = begin(recipe, THEMES, [to_example(item, THEMES) for item in sets().train])
    known: dict[bytes, Tensor] = {}
    network = Recalling(base.encoder, len(THEMES), 0.0, 1, known)
    network.load_state_dict(plain.state_dict())
    asked = [to_example(item, THEMES) for item in articles(5, "new", 9)]
    expected = infer(plain, base.tokenizer, asked, window=48, batch_tokens=256)
    sizes = []
    for size in (64, 256):  # other batches, so other padding, the second time all from memory
        found = infer(network, base.tokenizer, asked, window=48, batch_tokens=size)
        for (themes, _), (wanted, _) in zip(found, expected, strict=True):
            np.testing.assert_allclose(themes, wanted, atol=0.01)
        sizes.append(len(known))
    assert sizes[0] == sizes[1] > 0

"""Doubts: a wrong label among right ones is found, by heads that have not seen it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from hoptac.windows import Floats
from hoptac_training import doubt
from hoptac_training.doubt import cross_validated, doubts
from hoptac_training.heads import Heads, fit_heads
from peer_data import THEMES, FakeVectors, articles


def test_a_wrong_label_is_doubted_first() -> None:
    items = list(articles(120, "a"))
    victim = next(item for item in items if item.labels == ((), (), ()) or not item.labels[1])  # type: ignore[index]
    place = items.index(victim)
    assert victim.labels is not None
    wrong = (victim.labels[0], ("vaccines",), victim.labels[2])
    themes = tuple(theme for theme in THEMES.ids if theme in {t for labels in wrong for t in labels})
    items[place] = replace(victim, labels=wrong, themes=themes)
    # A few hundred sentences make nobody sure, so every disagreement is asked for.
    found = doubts(items, cross_validated(items, THEMES, FakeVectors()), THEMES, sure=0.5)
    assert (found[0].id, found[0].index) == (victim.article.id, 1)
    assert found[0].model["vaccines"] < 0.2
    assert found[0].line().startswith(f"{victim.article.id}:1 given=vaccines model=vaccines(0.")
    assert found[0].line().endswith(victim.article.sentences[1].text)  # type: ignore[index]


def test_what_agrees_is_not_doubted_and_the_strongest_comes_first() -> None:
    items = articles(2, "a")
    agreeing = [np.array([[float(t in labels) for t in THEMES.ids] for labels in i.labels or ()]) for i in items]
    assert doubts(items, agreeing, THEMES) == []
    against = [0.98 - 0.96 * rows for rows in agreeing]
    against[1][0, 0] = 1 - agreeing[1][0, 0]
    found = doubts(items, against, THEMES)
    assert (found[0].id, found[0].index, found[0].strength) == ("a-1", 0, 1.0)
    assert len(found) == 6
    assert [one.strength for one in found] == sorted((one.strength for one in found), reverse=True)


def test_versions_of_one_story_are_never_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    class Numbered(FakeVectors):
        def of(self, articles: Sequence[Sequence[str]], track: object = None) -> list[Floats]:
            return [np.full((3, 1), number, np.float32) for number in range(len(articles))]

    read: list[int] = []

    def spy(learnt: Sequence[Floats], targets: Floats) -> Heads:
        stories = {int(part[0, 0]) // 2 for part in learnt}

        def heads(found: Sequence[Floats]) -> list[Floats]:
            numbers = [int(part[0, 0]) for part in found]
            assert not stories & {number // 2 for number in numbers}
            read.extend(numbers)
            return [np.zeros((3, len(THEMES)), np.float32) for _ in found]

        return heads

    monkeypatch.setattr(doubt, "fit_heads", spy)
    items = [replace(item, meta={"pair": f"story-{number // 2}"}) for number, item in enumerate(articles(40, "a"))]
    cross_validated(items, THEMES, Numbered())
    assert sorted(read) == list(range(40))


def test_heads_give_a_theme_nobody_has_the_same_logit_everywhere() -> None:
    vectors = [np.array([[0.0, 1.0], [1.0, 0.0]], np.float32)] * 4
    targets = np.array([[0, 0], [1, 0]] * 4, np.float32)
    (found, *_) = fit_heads(vectors, targets, strength=1.0)(vectors)
    assert found[0, 0] < found[1, 0]
    assert found[0, 1] == found[1, 1] < -5

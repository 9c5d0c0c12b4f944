"""The figures of sentences, worked out by hand, and the table that reads them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fakes import fake_model
from hoptac.selector import FIGURES, OF_SENTENCE, Draft, Selector, draft

TEXTS = ["Gas deal signed", "The gas deal was signed on Monday.", "He praised it.", "20 students go abroad; gas flows."]


def of(texts: list[str] = TEXTS, headline: bool = True) -> Draft:
    evidence = [(1, 3), (3,)] if texts is TEXTS else []
    return draft(texts, fake_model().read(texts), evidence, headline=headline, language="en")


def column(article: Draft, name: str, chosen: tuple[int, ...] = ()) -> list[float]:
    figures = article.figures(chosen)
    assert figures.shape == (len(article.n_words), len(FIGURES))
    assert np.isfinite(figures).all()
    return [round(float(value), 4) for value in figures[:, FIGURES.index(name)]]


def test_figures_by_hand() -> None:
    article = of()
    assert column(article, "words") == [3, 7, 3, 6]
    assert column(article, "title_found") == [1, 1, 0, round(1 / 3, 4)]
    assert column(article, "title_pairs") == [1, 0.5, 0, 0]
    assert column(article, "place") == [0, 0, 1, 2]
    assert column(article, "refers") == [0, 0, 1, 0]
    assert column(article, "digits") == [0, 0, 0, 1]
    assert column(article, "stops") == [0, 1, 1, 1]


def test_figures_of_a_choice() -> None:
    article = of()
    assert column(article, "theme_new") == [0, round(2 / 3, 4), 0, 1]
    assert column(article, "theme_new", (1,)) == [0, 0, 0, round(1 / 3, 4)]
    assert column(article, "after", (1,)) == [0, 0, 1, 0]
    assert column(article, "before", (1,)) == [1, 0, 0, 0]
    assert column(article, "title_new", (1,)) == [0, 0, 0, 0]
    assert column(article, "repeated", (1,))[1] == 1
    assert column(article, "chosen", (1, 3)) == [2, 2, 2, 2]


def test_themes_claim_places_in_proportion() -> None:
    texts = [f"item {number}" for number in range(9)]
    evidence = [tuple(range(6)), (6, 7), (8,)]
    article = draft(texts, fake_model().read(texts), evidence, headline=False, language="en")
    chosen: list[int] = []
    while len(chosen) < 5:
        claim = article.theme_claim(chosen)
        chosen.append(max((i for i in range(9) if i not in chosen), key=lambda i: claim[i]))
    assert [sum(i in theme for i in chosen) for theme in evidence] == [3, 1, 1]


def test_one_sentence_and_no_headline_have_figures_too() -> None:
    assert column(of(["Gas"], headline=False), "title_found") == [0]
    assert column(of(["…", "…"], headline=True), "words") == [1, 1]


def table(n_trees: int = 5, depth: int = 3) -> Selector:
    generator = np.random.default_rng(0)
    n = 2**depth
    return Selector(
        generator.integers(0, len(FIGURES), (n_trees, n - 1)),
        generator.normal(size=(n_trees, n - 1)).astype(np.float32),
        generator.normal(size=(n_trees, n)).astype(np.float32),
        *(0.25, -0.01, 0.1, 0.05),
    )


def test_a_table_is_walked_branch_by_branch() -> None:
    selector, figures = table(), np.random.default_rng(1).normal(size=(7, len(FIGURES))).astype(np.float32)
    for row, gain in zip(figures, selector.gains(figures), strict=True):
        total = selector.base
        for index, cut, leaf in zip(selector.index, selector.cut, selector.leaf, strict=True):
            node = 0
            while node < len(cut):
                node = 2 * node + (2 if row[index[node]] > cut[node] else 1)
            total += leaf[node - len(cut)]
        assert gain == pytest.approx(total, abs=1e-5)


def test_a_table_comes_back_from_json() -> None:
    selector, figures = table(), np.random.default_rng(1).normal(size=(50, len(FIGURES))).astype(np.float32)
    again = Selector.from_json(json.loads(json.dumps(selector.to_json())))
    assert again.gains(figures) == pytest.approx(selector.gains(figures), abs=1e-4)
    assert again.to_json() == selector.to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"figures": ["magic"]},
        {"trees": []},
        {"trees": ["0:1 0:1 1 2 3"]},
        {"trees": ["0:nan 1 2"]},
        {"trees": ["99:1 1 2"]},
        {"trees": ["0:1 1 2", "0:1 1"]},
        {"base": "x"},
        {"threshold": None},
    ],
)
def test_a_broken_table_is_refused(change: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        Selector.from_json({**table().to_json(), **change})


def test_every_figure_has_a_name_of_its_own() -> None:
    assert len(set(FIGURES)) == len(FIGURES)
    assert FIGURES[: len(OF_SENTENCE)] == OF_SENTENCE

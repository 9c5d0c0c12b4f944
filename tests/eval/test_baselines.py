"""The baselines on a few sentences, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hoptac.errors import DataError
from hoptac.labelled import from_row
from hoptac.values import Article, LabelledArticle, Taxonomy, Theme
from hoptac_eval.baselines import annotators, keyword_rules, majority, train_svm
from hoptac_eval.keywords import load_rules
from hoptac_eval.outcomes import Gold

Write = Callable[..., str]
Row = Callable[..., dict[str, Any]]
SIDE = LabelledArticle(Article("x"), None, ())


@pytest.mark.parametrize(
    ("language", "sentence", "themes"),
    [
        ("en", "The two sides agreed to buy vaccines and hold naval drills.", ("defence", "vaccines")),
        ("en", "The country's own army bought boots.", ("defence",)),
        ("en", "Energy drinks are on sale.", ()),
        ("en", "Agriculture and greenhouse gases were discussed in talks.", ()),
        ("vi", "Hai bên nhất trí hợp tác về dầu khí và đào tạo.", ("energy", "education")),
        ("vi", "Hai nước hợp tác bảo đảm an ninh lương thực.", ()),
        ("ru", "Стороны договорились о поставках газа.", ()),
    ],
)
def test_keyword_rules(taxonomy: Taxonomy, language: str, sentence: str, themes: tuple[str, ...]) -> None:
    rules = load_rules(taxonomy)
    assert rules is not None
    assert rules.sentences([sentence], language) == [themes]


def test_no_rules_for_themes_they_do_not_know() -> None:
    assert keyword_rules(Taxonomy((Theme("sport", {"en": "Sport"}, ""),))) is None


def test_majority() -> None:
    labels = np.array([[True, False], [True, False], [False, False]])
    gold = Gold(
        ("a", "b"),
        ("1", "2", "3"),
        (None,) * 3,
        labels,
        np.ones(3, bool),
        np.zeros(3, int),
        np.zeros(3, int),
        {},
    )
    found = majority(gold)
    assert found.labels is not None
    assert found.labels.tolist() == [[True, False]] * 3
    given = majority(gold, ["b"])
    assert given.labels is not None
    assert given.labels.tolist() == [[False, True]] * 3


def test_svm_learns_by_sentence_and_by_article(taxonomy: Taxonomy, write: Write, row: Row) -> None:
    rows = [
        row(
            str(i),
            "Talks",
            ("They sell gas and oil.", ["energy"]) if i % 2 else ("A navy ship came.", ["defence"]),
        )
        for i in range(20)
    ]
    svm = train_svm([write(*rows)], taxonomy)
    assert (svm.n, svm.by_sentence) == (20, True)
    (said,) = svm.say([SIDE], [["Talks", "Gas is sold."]])
    assert said.labels == ("energy",)
    assert said.sentences == [(), ("energy",)]
    whole = [{"id": r["id"], "text": " ".join(r["sentences"]), "themes": r["labels"][1]} for r in rows]
    svm = train_svm([write(*whole)], taxonomy)
    assert not svm.by_sentence
    assert [said.labels for said in svm.say([SIDE], [["Gas is sold."]])] == [("energy",)]
    exclusive = train_svm([write(*whole)], Taxonomy(taxonomy.themes, exclusive=True))
    assert [said.labels for said in exclusive.say([SIDE], [["Rain."]])] != [()]


def test_svm_needs_two_kinds_of_articles(taxonomy: Taxonomy, write: Write, row: Row) -> None:
    with pytest.raises(DataError, match="every article has the same themes"):
        train_svm([write({"id": "a", "text": "Gas.", "themes": ["energy"]})], taxonomy)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([["energy"]], "does not fit the sentences"),
        ("energy", "does not fit the sentences"),
        ([["energy"], "x"], "does not fit the sentences"),
        ([["gas"], []], "unknown theme 'gas'"),
    ],
)
def test_a_second_labelling_that_does_not_fit(taxonomy: Taxonomy, labels: object, message: str) -> None:
    row = {"id": "a", "lang": "en", "sentences": ["A", "B"], "labels": [[], []], "labels2": labels}
    with pytest.raises(DataError, match=f"a:1: labels2 .*{message.removeprefix('does')}"):
        annotators(from_row(row, "a:1", taxonomy), taxonomy)

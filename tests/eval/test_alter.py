"""Altered articles: what they are about stays, labels follow the sentences that stay, and twice gives the same."""

from __future__ import annotations

import unicodedata
from random import Random
from typing import Any

import pytest

from hoptac.labelled import from_row
from hoptac.values import LabelledArticle
from hoptac_eval.alter import CHANGES, LEFTOVERS, N_LEFTOVERS, altered
from hoptac_eval.countries import SWAPS, swap_countries

ROW = {
    "id": "a",
    "lang": "vi",
    "sentences": ["Thăm Nga", "Hai bên bàn về khí đốt.", "Quân đội hai nước tập trận.", "Trời mưa.", "Đoàn về nước."],
    "labels": [[], ["energy"], ["defence"], ["defence"], []],
    "key": [1],
    "pair": "p",
}


def article(**more: Any) -> LabelledArticle:
    return from_row(ROW | more, "a.jsonl:1")


def texts(gold: LabelledArticle) -> list[str]:
    assert gold.article.sentences is not None
    return [sentence.text for sentence in gold.article.sentences]


@pytest.mark.parametrize("name", list(CHANGES))
def test_labels_stay_with_their_sentences_and_themes_are_theirs(name: str) -> None:
    gold = altered(article(), name)
    assert gold.labels is not None
    assert len(gold.labels) == len(texts(gold))
    assert set(gold.themes) == {theme for themes in gold.labels for theme in themes}
    assert (gold.article.id, gold.meta) == ("a", {"pair": "p"})


@pytest.mark.parametrize("name", list(CHANGES))
def test_the_same_article_is_always_altered_alike(name: str) -> None:
    assert altered(article(), name) == altered(article(), name)


@pytest.mark.parametrize("name", list(CHANGES))
def test_an_article_of_one_sentence_stays_one(name: str) -> None:
    gold = altered(article(sentences=["Nga bán khí đốt."], labels=[["energy"]], key=[]), name)
    assert len(texts(gold)) == 1 + N_LEFTOVERS * (name == "boilerplate left in")
    assert gold.themes == ("energy",)


def test_the_first_half_loses_the_themes_of_the_second() -> None:
    gold = altered(article(labels=[[], ["energy"], [], ["defence"], []]), "first half")
    assert texts(gold) == ROW["sentences"][:3]
    assert gold.themes == ("energy",)


def test_without_its_headline_an_article_begins_with_its_second_sentence() -> None:
    gold = altered(article(labels=[["vaccines"], ["energy"], [], [], []]), "headline removed")
    assert texts(gold) == ROW["sentences"][1:]
    assert gold.themes == ("energy",)
    assert gold.article.title == ROW["sentences"][1]


def test_what_text_looks_like_after_each_change() -> None:
    assert texts(altered(article(), "untouched")) == ROW["sentences"]
    assert texts(altered(article(), "without diacritics"))[1] == "Hai ben ban ve khi dot."
    assert texts(altered(article(), "upper case"))[0] == "THĂM NGA"
    assert texts(altered(article(), "other countries"))[0] == "Thăm Mông Cổ"
    noisy = texts(altered(article(), "OCR-like noise"))
    assert noisy != ROW["sentences"]
    assert len(noisy) == 5


def test_nfd_goes_in_and_the_program_evens_it_out() -> None:
    rng = Random(0)
    (line, *_) = CHANGES["NFD"]([("Thăm Nga", ())], "vi", rng)
    assert line[0] == unicodedata.normalize("NFD", "Thăm Nga") != "Thăm Nga"
    assert texts(altered(article(), "NFD")) == ROW["sentences"]


def test_leftovers_come_after_the_headline_and_have_no_theme() -> None:
    gold = altered(article(), "boilerplate left in")
    assert gold.labels is not None
    added = [(text, themes) for text, themes in zip(texts(gold), gold.labels, strict=True) if text in LEFTOVERS["vi"]]
    assert len(added) == N_LEFTOVERS
    assert all(themes == () for _, themes in added)
    assert texts(gold)[0] == "Thăm Nga"
    assert [text for text in texts(gold) if text not in LEFTOVERS["vi"]] == ROW["sentences"]


def test_training_does_not_learn_the_leftovers_that_are_measured_with() -> None:
    pytest.importorskip("torch")
    from hoptac_training.augment import _LEFTOVERS

    assert not {text for group in LEFTOVERS.values() for text in group} & set(_LEFTOVERS)


@pytest.mark.parametrize("language", list(SWAPS))
def test_no_country_becomes_itself_or_the_same_as_another(language: str) -> None:
    moved = {form: other for form, other in SWAPS[language].items() if form != other}
    assert len(moved) > 50
    # Forms of one country go to one place; the first of them comes back.
    assert all(SWAPS[language][SWAPS[language][other]] == other for other in moved.values())


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("South Korea and the U.S. agreed.", "en", "Argentina and Rwanda agreed."),
        ("Chinatown, Indiana and the Indian Ocean", "en", "Chinatown, Indiana and the Indian Ocean"),
        ("châu lục Nam Mỹ và nước Mỹ", "vi", "châu lục Nam Mỹ và nước Rwanda"),
        ("nga, mỹ", "vi", "nga, mỹ"),
        ("Россия и Вьетнам", "ru", "Россия и Вьетнам"),
    ],
)
def test_countries_are_swapped_as_whole_words(text: str, language: str, expected: str) -> None:
    assert swap_countries(text, language) == expected

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import WORDS, fake_model
from hoptac import UsageError
from hoptac.alone import GAP, refers
from hoptac.predict import Predictor
from hoptac.read import article_from_sentences
from hoptac.selector import FIGURES, Selector
from hoptac.split import split
from hoptac.summarise import SUMMARISERS, choose, parse_length

# One tree: a sentence gains by salience, less once something is chosen; so much that nothing is as good as three.
_TREE = Selector(
    index=np.array([[FIGURES.index("chosen"), FIGURES.index("salience"), FIGURES.index("salience")]]),
    cut=np.array([[1.5, 0.35, 0.75]], dtype=np.float32),
    leaf=np.array([[0.1, 0.3, -0.2, 0.05]], dtype=np.float32),
    base=0.0,
    threshold=0.0,
    refers=0.4,
    cover=0.1,
)
PREDICTORS = {
    "untrained": Predictor(fake_model()),
    "trained": Predictor(dataclasses.replace(fake_model(), selector=_TREE)),
}
PREDICTOR = PREDICTORS["untrained"]
_words = st.sampled_from(["navy", "gas", "scholarship", "the", "minister", "agreed", "on", "trade", "however,", "he"])
_sentence = st.lists(_words, min_size=1, max_size=12).map(" ".join)


@pytest.mark.parametrize("predictor", list(PREDICTORS.values()), ids=list(PREDICTORS))
@pytest.mark.parametrize("method", list(SUMMARISERS))
@settings(deadline=None)
@given(
    sentences=st.lists(_sentence, min_size=1, max_size=12),
    length=st.sampled_from(["1", "2", "20%", "60%", "9w", "1w", "auto"]),
)
def test_a_summary_is_some_of_the_sentences_in_order(
    predictor: Predictor, method: str, sentences: list[str], length: str
) -> None:
    article = article_from_sentences(sentences, language="en")
    summary = predictor.summarise(article, length=length, method=method)
    assert list(summary.sentences) == sorted(set(summary.sentences))
    assert summary.sentences
    assert _only_its_words(summary.text, [sentences[i] for i in summary.sentences])
    assert summary.method == method
    if len(sentences) > 1:
        assert 0 not in summary.sentences, "the headline is no part of a summary"
    limit = parse_length(length)
    body = sentences[1:] or sentences
    if limit.sentences:
        assert len(summary.sentences) <= limit.sentences
    elif length != "auto" and len(summary.sentences) > 1:
        budget = limit.words or int((limit.share or 0) * sum(len(s.split()) for s in body))
        assert len(summary.text.split()) <= budget
    elif limit.words and len(summary.text.split()) > limit.words:
        shortest = min(len(s.split()) + refers(s, "en") for s in body)  # a mark in front counts as a word
        assert len(summary.text.split()) <= shortest, "nothing fits, so it is the shortest"
    assert summary == predictor.summarise(article, length=length, method=method)


def _only_its_words(text: str, sentences: list[str]) -> bool:
    """Whether the text is stretches of the sentences, in order, with a mark wherever something is missing."""
    whole, place = " ".join(sentences), 0
    for number, part in enumerate(text.split(GAP)):
        found = whole.find(part.strip(), place)
        if found < 0 or (number == 0 and found > 0):
            return False
        place = found + len(part.strip())
    return GAP in text or text == whole


def test_where_no_sentence_is_short_enough_it_is_the_shortest() -> None:
    article = article_from_sentences(["a title", "gas gas gas gas gas", "navy navy", "gas gas gas"], language="en")
    for predictor in PREDICTORS.values():
        assert predictor.summarise(article, length="1w").sentences == (2,)
        assert predictor.summarise(article, length="3w").sentences in {(2,), (3,)}


def test_the_selector_stops_where_nothing_more_is_gained() -> None:
    sentences = ["a title", *(["gas gas gas gas minister"] * 5)]
    article = article_from_sentences(sentences, language="en")
    trained = PREDICTORS["trained"]
    assert len(trained.summarise(article).sentences) == 2
    assert len(trained.summarise(article, length="4").sentences) == 4
    assert len(PREDICTOR.summarise(article).sentences) == 2


def test_a_sentence_that_leans_is_passed_over_or_marked() -> None:
    long = "he agreed on gas trade the minister"
    article = article_from_sentences(["a title", "the minister agreed on trade", "navy", long], language="en")
    trained = PREDICTORS["trained"]
    assert 3 not in trained.summarise(article, length="1").sentences
    alone = article_from_sentences(["a title", "navy", long], language="en")
    summary = trained.summarise(alone, length="2")
    assert summary.text == f"navy {long}", "what it leans on is there"
    alone = article_from_sentences(["a title", "navy " * 9, "navy " * 9, long], language="en")
    assert trained.summarise(alone, length="7w", theme="energy").text == f"{GAP} {long}"


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), st.integers(1, 30), st.integers(1, 9))
def test_choosing_keeps_to_its_limits(words: list[int], budget: int, most: int) -> None:
    scores = np.array(words, dtype=np.float32)
    chosen = choose(lambda _: scores, range(len(words)), words, most=most, budget=budget)
    assert chosen == sorted(set(chosen))
    assert 1 <= len(chosen) <= most
    assert sum(words[i] for i in chosen) <= budget or [words[i] for i in chosen] == [min(words)]


@settings(deadline=None)
@given(st.lists(_sentence, min_size=2, max_size=12), st.sampled_from(["defence", "energy", "vaccines"]))
def test_a_summary_by_theme_holds_evidence_of_it_or_is_empty(sentences: list[str], theme: str) -> None:
    article = article_from_sentences(sentences, language="en")
    summary = PREDICTOR.summarise(article, theme=theme, length="3")
    about = [i for i, s in enumerate(sentences) if set(WORDS[theme]) & set(s.split())]
    assert set(summary.sentences) <= set(about)
    assert bool(summary.sentences) == bool(set(about) - {0})
    assert split(article)


@pytest.mark.parametrize("text", ["", "0", "0%", "101%", "-1", "x", "2.5", "20 %%", "9" * 9])
def test_a_length_that_is_none_says_what_one_is(text: str) -> None:
    with pytest.raises(UsageError, match="60w"):
        parse_length(text)


def test_unknown_theme_and_method_are_named(predictor: Predictor) -> None:
    with pytest.raises(UsageError, match="defence"):
        predictor.summarise("The navy came.", theme="love")
    with pytest.raises(UsageError, match="lead"):
        predictor.summarise("The navy came.", method="magic")


def test_of_a_book_the_most_salient_sentences_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = ["the headline", *(["trade agreed on"] * 30), "navy agreed on gas", *(["trade agreed on"] * 30)]
    article = article_from_sentences(sentences, language="en")
    whole = PREDICTOR.summarise(article, length="1")
    monkeypatch.setattr("hoptac.summarise.MANY", 8)
    assert PREDICTOR.summarise(article, length="1").sentences == whole.sentences == (31,)
    assert PREDICTOR.summarise(article, length="1", theme="energy").sentences == (31,)

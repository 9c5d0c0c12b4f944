from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import WORDS, fake_model
from hoptac import UsageError
from hoptac.predict import Predictor
from hoptac.read import article_from_sentences
from hoptac.split import split
from hoptac.summarise import SUMMARISERS, parse_length

PREDICTOR = Predictor(fake_model())
_words = st.sampled_from(["navy", "gas", "scholarship", "the", "minister", "agreed", "on", "trade"])
_sentence = st.lists(_words, min_size=1, max_size=12).map(" ".join)


@pytest.mark.parametrize("method", list(SUMMARISERS))
@given(
    sentences=st.lists(_sentence, min_size=1, max_size=12),
    length=st.sampled_from(["1", "2", "20%", "60%", "9w"]),
)
def test_a_summary_is_some_of_the_sentences_in_order(method: str, sentences: list[str], length: str) -> None:
    article = article_from_sentences(sentences, language="en")
    summary = PREDICTOR.summarise(article, length=length, method=method)
    assert list(summary.sentences) == sorted(set(summary.sentences))
    assert summary.text == " ".join(sentences[i] for i in summary.sentences)
    assert summary.method == method
    assert summary.sentences or not sentences
    if len(sentences) > 1:
        assert 0 not in summary.sentences, "the headline is no part of a summary"
    if length in "12":
        assert len(summary.sentences) <= int(length)
    elif len(summary.sentences) > 1:
        limit = parse_length(length)
        budget = limit.words or round((limit.share or 0) * sum(len(s.split()) for s in sentences[1:]))
        assert sum(len(sentences[i].split()) for i in summary.sentences) <= budget
    assert summary == PREDICTOR.summarise(article, length=length, method=method)


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

"""ROUGE against Google's rouge-score, and the two scales against what is known of them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score import rouge_scorer

from hoptac_eval.rouge import Reference, published_tokens, rouge, syllables, tokens

NAMES = ["rouge1", "rouge2", "rougeL"]
TEXTS = [
    "Đại sứ quán Việt Nam tại Nga tổ chức chương trình chào xuân Quý Mão 2023.",
    "Hai bên nhất trí tăng cường hợp tác quốc phòng, năng lượng và giáo dục; hai bên cũng trao đổi về vắc-xin.",
    "The two sides agreed to step up ties in defence, energy and education on 5 July 2021.",
    "",
    "…",
    "Министры договорились о сотрудничестве.",
]


class Syllables:
    """Our tokenizer in the shape rouge-score wants."""

    def tokenize(self, text: str) -> list[str]:
        return syllables(text)


def theirs(reference: str, candidate: str, tokenizer: Syllables | None = None) -> list[float]:
    scores = rouge_scorer.RougeScorer(NAMES, tokenizer=tokenizer).score(reference, candidate)
    return [scores[name].fmeasure for name in NAMES]


@pytest.mark.parametrize("reference", TEXTS)
@pytest.mark.parametrize("candidate", TEXTS)
def test_as_rouge_score(reference: str, candidate: str) -> None:
    ours = rouge(Reference(published_tokens(reference)), published_tokens(candidate))
    assert list(ours) == pytest.approx(theirs(reference, candidate), abs=1e-9)
    ours = rouge(Reference(syllables(reference)), syllables(candidate))
    assert list(ours) == pytest.approx(theirs(reference, candidate, Syllables()), abs=1e-9)


words = st.lists(st.sampled_from(["một", "hai", "ba", "bốn", "năm", "a", "b", "c"]), max_size=30)


@given(words, words)
def test_as_rouge_score_on_anything(reference: list[str], candidate: list[str]) -> None:
    expected = theirs(" ".join(reference), " ".join(candidate), Syllables())
    assert list(rouge(Reference(reference), candidate)) == pytest.approx(expected, abs=1e-9)


@given(st.text())
def test_the_published_tokens_are_those_of_rouge_score(text: str) -> None:
    from rouge_score.tokenize import tokenize

    assert published_tokens(text) == tokenize(text, None)


def test_long_texts_keep_to_rouge_score() -> None:
    generator = random.Random(0)
    reference, candidate = ([str(generator.randrange(40)) for _ in range(300)] for _ in range(2))
    expected = theirs(" ".join(reference), " ".join(candidate))
    assert list(rouge(Reference(reference), candidate)) == pytest.approx(expected, abs=1e-9)


def test_only_english_is_counted_in_plain_letters() -> None:
    assert tokens("Đà Nẵng", "vi") == ["đà", "nẵng"]
    assert tokens("Đà Nẵng", "en") == ["n", "ng"]
    assert tokens("Кострома", "ru") == ["кострома"]


def test_composed_and_decomposed_letters_are_one() -> None:
    assert syllables("Da\u0300 Na\u0306\u0303ng") == ["dà", "nẵng"]

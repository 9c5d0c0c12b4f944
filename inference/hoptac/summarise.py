"""Chooses the sentences of an article that say most of it. Never writes a word of its own.

A summary is a subset of the sentences, in document order, without the headline. `SUMMARISERS` maps a name to a
function that ranks; choosing, length and order are the same for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hoptac.errors import UsageError
from hoptac.model import Reading, sigmoid
from hoptac.values import Article, Sentence, Summary
from hoptac.windows import Floats

DEFAULT_LENGTH = "20%"
# How much a sentence loses for saying what a chosen one says: found on the corpus's dev split.
NOVELTY = 0.3


@dataclass(frozen=True, slots=True)
class Length:
    """How long a summary may be: a number of sentences, a share of the article's words, or a number of words."""

    sentences: int | None = None
    share: float | None = None
    words: int | None = None


def parse_length(text: str) -> Length:
    """`2` sentences, `20%` of the words, or `60w` words. Raises UsageError for anything else.

    >>> parse_length("20%")
    Length(sentences=None, share=0.2, words=None)
    """
    match = re.fullmatch(r"\s*(\d{1,6})\s*(%|w)?\s*", text)
    number = int(match[1]) if match else 0
    if not match or number < 1 or (match[2] == "%" and number > 100):
        raise UsageError(f"length {text!r} is no length; expected sentences (2), a share (20%) or words (60w)")
    if match[2] == "%":
        return Length(share=number / 100)
    return Length(words=number) if match[2] == "w" else Length(sentences=number)


def by_salience(reading: Reading, relevance: Floats) -> Floats:
    """The trained head's salience, (n,), 0 to 1, raised by up to a quarter for evidence of a theme."""
    return (sigmoid(reading.salience) + 0.25 * relevance).astype(np.float32)


def by_position(reading: Reading, relevance: Floats) -> Floats:
    """The first sentences first: the LEAD baseline, (n,)."""
    return np.linspace(1.0, 0.0, len(reading.salience), dtype=np.float32)


def by_centrality(reading: Reading, relevance: Floats) -> Floats:
    """Likeness to the article as a whole, (n,): cosine with the average sentence vector (Radev et al. 2004)."""
    unit = _unit(reading.vectors)
    scores: Floats = unit @ _unit(unit.mean(axis=0, keepdims=True))[0]
    return scores


SUMMARISERS: dict[str, Callable[[Reading, Floats], Floats]] = {
    "extractive": by_salience,
    "lead": by_position,
    "centroid": by_centrality,
}


def summarise(
    article: Article,
    sentences: Sequence[Sentence],
    reading: Reading,
    *,
    evidence: Sequence[Sequence[int]],
    length: str = DEFAULT_LENGTH,
    method: str = "extractive",
    only: Sequence[int] | None = None,
) -> Summary:
    """A summary of `sentences`; `evidence`: for each theme found, the indices of its sentences.

    only: choose among these indices alone (a theme's evidence); where it is empty, so is the summary. Without `only`
    the summary of an article with two sentences or more is never empty. Raises UsageError for a length that is none.
    """
    limit = parse_length(length)
    relevance = np.zeros(len(sentences), dtype=np.float32)
    for indices in evidence:
        relevance[list(indices)] = 1.0
    ranks = SUMMARISERS[method](reading, relevance)
    has_headline = article.title is not None and len(sentences) > 1 and sentences[0].text == article.title
    body = [index for index in range(len(sentences)) if not (index == 0 and has_headline)]
    allowed = [index for index in body if only is None or index in only]
    chosen = _choose(allowed, ranks, _unit(reading.vectors), [len(s.text.split()) for s in sentences], limit, body)
    return Summary(" ".join(sentences[index].text for index in chosen), tuple(chosen), method)


def _choose(
    allowed: Sequence[int],
    ranks: Floats,
    unit: Floats,
    words: Sequence[int],
    limit: Length,
    body: Sequence[int],
) -> list[int]:
    """Greedy choice by rank less likeness to what is chosen (maximal marginal relevance, Carbonell and Goldstein
    1998) until the length is used up; at least one sentence, where any is allowed."""
    budget = limit.words
    if limit.share is not None:
        budget = round(limit.share * sum(words[index] for index in body))
    chosen: list[int] = []
    left = list(allowed)
    while left and (limit.sentences is None or len(chosen) < limit.sentences):
        likeness = (unit[left] @ unit[chosen].T).max(axis=1) if chosen else np.zeros(len(left))
        scores = ranks[left] - NOVELTY * likeness
        best = left[int(np.argmax(scores))]
        left.remove(best)
        if budget is not None and chosen and sum(words[i] for i in [*chosen, best]) > budget:
            # A shorter sentence further down may still fit, but a summary of leftovers reads badly: stop here.
            break
        chosen.append(best)
    return sorted(chosen)


def _unit(vectors: Floats) -> Floats:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Floats = vectors / np.maximum(norms, 1e-9)
    return unit

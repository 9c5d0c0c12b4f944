"""ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004) between two texts, on two scales with names of their own.

`rouge` counts Unicode syllables, except in English, where words are the letters a-z and digits, as the
standard has it. `published_rouge` counts those in every language: it deletes each Vietnamese letter with a
diacritic ("Đà Nẵng" becomes "n ng"), which inflates every score, and is here because published Vietnamese
figures are on that scale.

Google's `rouge-score` gives the same numbers (the tests hold the two together to 1e-9) but needs a
millisecond for a longest common subsequence, which for a table of peers over 10,000 articles comes to
minutes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias, TypeVar

Scores: TypeAlias = tuple[float, float, float]
"""F-measures of ROUGE-1, ROUGE-2 and ROUGE-L, 0 to 1."""

_Gram = TypeVar("_Gram")
_SYLLABLE = re.compile(r"[^\W_]+")
_PUBLISHED = re.compile(r"[a-z0-9]+")


def syllables(text: str) -> list[str]:
    """Lower-case runs of letters and digits of any script.

    >>> syllables("Đà Nẵng, 5/7")
    ['đà', 'nẵng', '5', '7']
    """
    return _SYLLABLE.findall(unicodedata.normalize("NFC", text).lower())


def published_tokens(text: str) -> list[str]:
    """What `rouge-score` makes of a text by default, without stemming.

    >>> published_tokens("Đà Nẵng, 5/7")
    ['n', 'ng', '5', '7']
    """
    return _PUBLISHED.findall(text.lower())


def tokens(text: str, language: str) -> list[str]:
    """The tokens of the `rouge` scale: `published_tokens` in English, `syllables` in any other language."""
    return published_tokens(text) if language == "en" else syllables(text)


class Reference:
    """The tokens of a reference, counted once for any number of candidates."""

    def __init__(self, items: Sequence[str]) -> None:
        self.n = len(items)
        self.singles = Counter(items)
        self.pairs = Counter(bigrams(items))
        self.places: dict[str, int] = {}
        for place, token in enumerate(items):
            self.places[token] = self.places.get(token, 0) | 1 << place

    def in_order(self, candidate: Sequence[str]) -> int:
        """Length of the longest common subsequence, all places of the reference at a time (Hyyrö 2004).

        >>> Reference("a b c d".split()).in_order("a c b d".split())
        3
        """
        full = (1 << self.n) - 1
        unmatched = full
        for token in candidate:
            if token in self.places:
                matched = unmatched & self.places[token]
                unmatched = ((unmatched + matched) | (unmatched - matched)) & full
        return self.n - unmatched.bit_count()


def rouge(reference: Reference, candidate: Sequence[str]) -> Scores:
    """F-measures of a reference and the tokens of a candidate; 0 where one of them has no n-gram.

    Three of four unigrams, one of three bigrams, and "a b d" in order:

    >>> [round(score, 4) for score in rouge(Reference("a b c d".split()), "a b d e".split())]
    [0.75, 0.3333, 0.75]
    """
    n = len(candidate)
    return (
        2 * _shared(reference.singles, candidate) / max(1, reference.n + n),
        2 * _shared(reference.pairs, bigrams(candidate)) / max(1, max(0, reference.n - 1) + max(0, n - 1)),
        2 * reference.in_order(candidate) / max(1, reference.n + n),
    )


def bigrams(items: Sequence[str]) -> list[tuple[str, str]]:
    """Neighbouring pairs.

    >>> bigrams(["a", "b", "c"])
    [('a', 'b'), ('b', 'c')]
    """
    return list(pairwise(items))


def _shared(wanted: Mapping[_Gram, int], found: Sequence[_Gram]) -> int:
    """How many n-grams two texts have in common, repetitions counted as often as both have them."""
    counts = Counter(gram for gram in found if gram in wanted)
    return sum(min(count, wanted[gram]) for gram, count in counts.items())

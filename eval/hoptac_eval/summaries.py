"""How good is a summary made of an article's sentences, and how good are the cheapest and the best there
could be.

One row of numbers per summary (`COLUMNS`), which `figures` adds up: ROUGE on two scales (`rouge`), key
sentences found, themes covered, words said twice, openings that lean on a sentence left out (`dangling`),
length. The peers of every table stand here too: LEAD, random, and the greedy oracle, which shows what a
selector can reach at most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hoptac.values import LabelledArticle, Sentence
from hoptac_eval.dangling import n_dangling
from hoptac_eval.rouge import Reference, bigrams, published_tokens, rouge, tokens

MEANS = (
    *("rouge1", "rouge2", "rougeL", "published_rouge1", "published_rouge2", "published_rougeL"),
    *("redundancy", "summary_words", "summary_share"),
)
COUNTS = ("key_tp", "key_fp", "key_fn", "n_covered", "n_themes", "n_dangling", "n_chosen")
COLUMNS = MEANS + COUNTS
_NAN = float("nan")


@dataclass(frozen=True)
class Source:
    """What a summary is measured against. body: indices of the sentences that are no headline (all, if only
    that)."""

    id: str
    language: str
    sentences: tuple[str, ...]
    body: tuple[int, ...]
    reference: str | None
    key: tuple[int, ...] | None
    labels: tuple[tuple[str, ...], ...] | None

    @cached_property
    def reference_tokens(self) -> list[str]:
        """The reference on the `rouge` scale."""
        return tokens(self.reference or "", self.language)

    @cached_property
    def counted(self) -> Reference:
        """The reference, counted on the `rouge` scale."""
        return Reference(self.reference_tokens)

    @cached_property
    def counted_as_published(self) -> Reference:
        """The reference, counted on the published scale."""
        return Reference(published_tokens(self.reference or ""))

    @cached_property
    def n_words(self) -> int:
        """Words of the body."""
        return sum(len(self.sentences[index].split()) for index in self.body)


def source(gold: LabelledArticle, sentences: Sequence[Sentence], language: str | None = None) -> Source:
    """The source of a labelled article, cut into `sentences` (its own, or the predictor's where it has none).

    language: what the predictor took it for, used where the data do not say.
    """
    title = gold.article.title or ""
    given = gold.article.language
    body = tuple(i for i, sentence in enumerate(sentences) if sentence.start >= len(title))
    return Source(
        gold.article.id,
        (language or given) if given == "other" else given,
        tuple(sentence.text for sentence in sentences),
        body or tuple(range(len(sentences))),
        gold.summary,
        gold.key,
        gold.labels,
    )


def measure(about: Source, chosen: Sequence[int], text: str | None = None) -> tuple[float, ...]:
    """One row of COLUMNS for the summary made of `chosen` (indices); NaN where the data do not tell.

    text: the summary as it reads, where that differs from its sentences joined by a space.
    """
    chosen = tuple(sorted(chosen))
    said = " ".join(about.sentences[index] for index in chosen) if text is None else text
    words = tokens(said, about.language)
    if about.reference is None:
        overlap = (_NAN,) * 6
    elif about.language == "en":
        overlap = rouge(about.counted, words) * 2
    else:
        overlap = rouge(about.counted, words) + rouge(about.counted_as_published, published_tokens(said))
    n_words = len(said.split())
    share = n_words / about.n_words if about.n_words else _NAN
    return (
        *overlap,
        *(redundancy(words), float(n_words), share),
        *_key_counts(about, chosen),
        *_coverage(about, chosen),
        *(float(n_dangling(about.sentences, chosen, about.language)), float(len(chosen))),
    )


def redundancy(words: Sequence[str]) -> float:
    """Share of the word pairs that were said before: 1 - distinct bigrams / bigrams (Xiao and Carenini
    2020). 0 to 1.

    Of five pairs, "a b" comes twice:

    >>> redundancy("a b c a b d".split())
    0.19999999999999996
    """
    pairs = bigrams(words)
    return 1 - len(set(pairs)) / len(pairs) if pairs else 0.0


def _key_counts(about: Source, chosen: tuple[int, ...]) -> tuple[float, float, float]:
    if about.key is None:
        return _NAN, _NAN, _NAN
    hits = len(set(chosen) & set(about.key))
    return float(hits), float(len(chosen) - hits), float(len(about.key) - hits)


def _coverage(about: Source, chosen: tuple[int, ...]) -> tuple[float, float]:
    if about.labels is None:
        return _NAN, _NAN
    in_body = {theme for index in about.body for theme in about.labels[index]}
    covered = {theme for index in chosen for theme in about.labels[index]} & in_body
    return float(len(covered)), float(len(in_body))


def lead(about: Source, n: int) -> tuple[int, ...]:
    """The first n sentences of the body.

    >>> lead(Source("a", "en", ("Headline", "One.", "Two."), (1, 2), None, None, None), 1)
    (1,)
    """
    return about.body[:n]


def at_random(about: Source, n: int) -> tuple[int, ...]:
    """n sentences of the body, drawn by the article's id, so that every run draws the same."""
    generator = np.random.default_rng(int.from_bytes(hashlib.sha256(about.id.encode()).digest()[:8], "little"))
    drawn = generator.choice(len(about.body), min(n, len(about.body)), replace=False)
    return tuple(sorted(about.body[int(i)] for i in drawn))


def oracle(about: Source, n: int) -> tuple[int, ...]:
    """At most n sentences, chosen greedily by ROUGE-1 + ROUGE-2 with the reference (Nallapati et al. 2017).

    >>> sentences = ("Rain.", "Gas deal signed.", "Gas again.")
    >>> oracle(Source("a", "en", sentences, (0, 1, 2), "Gas deal.", None, None), 3)
    (1,)
    """
    reference = about.reference_tokens
    wanted: dict[object, int] = {}
    for gram in [*reference, *bigrams(reference)]:
        wanted.setdefault(gram, len(wanted))
    is_pair = np.array([isinstance(gram, tuple) for gram in wanted], bool)
    found = np.zeros((len(about.body), len(wanted)))
    sizes = np.zeros((len(about.body), 2))
    for row, index in enumerate(about.body):
        words = tokens(about.sentences[index], about.language)
        sizes[row] = len(words), max(0, len(words) - 1)
        for gram in [*words, *bigrams(words)]:
            if (column := wanted.get(gram)) is not None:
                found[row, column] += 1
    total = np.array([len(reference), max(0, len(reference) - 1)], float)
    limit = np.zeros(len(wanted))
    for gram in [*reference, *bigrams(reference)]:
        limit[wanted[gram]] += 1
    chosen: list[int] = []
    best = 0.0
    while len(chosen) < min(n, len(about.body)):
        hits = np.minimum(found + found[chosen].sum(0), limit)
        shared = np.stack([hits[:, ~is_pair].sum(1), hits[:, is_pair].sum(1)], axis=1)
        scores = (2 * shared / np.maximum(sizes + sizes[chosen].sum(0) + total, 1)).sum(1)
        scores[chosen] = -1.0
        if scores.max() <= best:
            break
        best = float(scores.max())
        chosen.append(int(scores.argmax()))
    return tuple(sorted(about.body[i] for i in chosen))


PEERS: dict[str, Callable[[Source, int], tuple[int, ...]]] = {
    "LEAD-1": lambda about, _: lead(about, 1),
    "LEAD-2": lambda about, _: lead(about, 2),
    "LEAD-3": lambda about, _: lead(about, 3),
    "LEAD, same length": lead,
    "random-2": lambda about, _: at_random(about, 2),
    "oracle-3": lambda about, _: oracle(about, 3),
}
"""Name -> choice for an article of which the system under test chose so many sentences. The oracle needs a
reference."""

"""Alters articles as real text is altered, so that the model learns not to care.

Each function takes an Example and a random generator and gives an Example with the same meaning; `augment` applies one
of them to a share of articles.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hoptac_eval.alter import add_noise, strip_marks
from hoptac_training.examples import NAN, Augment, Example, keep, without_headline

_LEFTOVERS = (
    "Photo: Reuters",
    "Ảnh: TTXVN.",
    "Xem thêm:",
    "Read more",
    "ADVERTISEMENT",
    "Chia sẻ",
    "Bình luận (0)",
    "Follow us on social media.",
    "Tin liên quan",
    "All rights reserved.",
    "Theo dõi chúng tôi",
    "Subscribe to our newsletter",
    "Fotó: archive",
    "(Ảnh minh hoạ)",
    "Last updated 3 hours ago",
    "Tags: quan hệ, hợp tác",
    "Home > World > Asia",
)


def _map(example: Example, change: Callable[[str], str]) -> Example:
    return replace(example, sentences=tuple(change(sentence) or sentence for sentence in example.sentences))


def _leftovers(example: Example, rng: random.Random) -> Example:
    place = rng.randint(1, len(example.sentences))
    nothing = np.zeros((1, example.themes.shape[1]), dtype=np.float32)
    if np.isnan(example.themes).any():
        nothing[:] = NAN
    vectors = example.vectors
    return replace(
        example,
        sentences=(*example.sentences[:place], rng.choice(_LEFTOVERS), *example.sentences[place:]),
        themes=np.concatenate([example.themes[:place], nothing, example.themes[place:]]),
        salience=np.concatenate([example.salience[:place], [0.0], example.salience[place:]]).astype(np.float32),
        vectors=None if vectors is None else np.insert(vectors, place, NAN, axis=0),
    )


def _stretch(example: Example, rng: random.Random) -> Example:
    """A run of the article's sentences, at least half of them."""
    n = len(example.sentences)
    size = rng.randint(max(1, n // 2), n)
    start = rng.randint(0, n - size)
    return keep(example, range(start, start + size))


def _capital_headline(example: Example, rng: random.Random) -> Example:
    return replace(example, sentences=(example.sentences[0].upper(), *example.sentences[1:]))


CHANGES: dict[str, tuple[float, Callable[[Example, random.Random], Example]]] = {
    "stretch": (3.0, _stretch),
    "no headline": (
        2.0,
        lambda example, rng: without_headline(example) if len(example.sentences) > 1 else example,
    ),
    "leftovers": (2.0, _leftovers),
    "no diacritics": (1.5, lambda example, rng: _map(example, strip_marks)),
    "noise": (1.5, lambda example, rng: _map(example, lambda text: add_noise(text, rng))),
    "capitals": (1.0, lambda example, rng: _map(example, str.upper)),
    "lower case": (0.7, lambda example, rng: _map(example, str.lower)),
    "capital headline": (1.0, _capital_headline),
}


def augment(share: float) -> Augment:
    """One change, drawn by its weight, for `share` of the articles."""
    names = list(CHANGES)
    weights = [CHANGES[name][0] for name in names]

    def change(example: Example, rng: random.Random) -> Example:
        if rng.random() >= share:
            return example
        return CHANGES[rng.choices(names, weights)[0]][1](example, rng)

    return change

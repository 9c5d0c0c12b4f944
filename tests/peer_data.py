"""Labelled articles in which a word gives a theme away, and vectors that count those words."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fakes import ROOT, WORDS
from hoptac.labelled import from_row
from hoptac.taxonomy import load_taxonomy
from hoptac.windows import Floats
from hoptac_training.peer import Items, Sets
from hoptac_training.vectors import Vectors

THEMES = load_taxonomy(ROOT / "seeds/themes.toml")


def rows(n: int, prefix: str, seed: int = 0) -> list[dict[str, Any]]:
    """Labelled rows of three sentences, each with one of five words of a theme, or with none."""
    rng = random.Random(seed)
    found = []
    for number in range(n):
        sentences: list[str] = []
        labels: list[list[str]] = []
        for _ in range(3):
            theme = rng.choice([*WORDS, None, None])
            word = "trade" if theme is None else WORDS[theme][0]
            sentences.append(f"The ministers of both countries agreed on a {word} deal number {rng.randrange(50)}.")
            labels.append([] if theme is None else [theme])
        found.append({"id": f"{prefix}-{number}", "lang": "en", "sentences": sentences, "labels": labels})
    return found


def articles(n: int, prefix: str, seed: int = 0) -> Items:
    """The same, read."""
    return [from_row(row, f"{prefix}:{number}", THEMES) for number, row in enumerate(rows(n, prefix, seed), 1)]


def sets() -> Sets:
    """60 and 40 articles to learn from, 40 for calibration, 30 and 20 to test on."""
    tests = {"corpus-test": articles(30, "test", 3), "real-dev": articles(20, "real", 4)}
    return Sets(articles(60, "corpus", 0), articles(40, "reference", 1), articles(40, "dev", 2), tests)


class FakeVectors(Vectors):
    """One column a theme: whether its word is in the sentence; and a constant one."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory

    def of(self, articles: Sequence[Sequence[str]], track: Callable[[int], object] = lambda n: None) -> list[Floats]:
        """See the class."""
        return [
            np.array([[*(float(words[0] in text) for words in WORDS.values()), 1.0] for text in texts], np.float32)
            for texts in articles
        ]

    def seconds_per_article(self, articles: Sequence[Sequence[str]]) -> float:
        """A number."""
        return 0.5

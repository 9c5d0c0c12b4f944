"""What a sentence is worth to a summary: figures of each sentence, and a small trained table that reads them.

The figures come from the pass of the encoder that themes come from, and from counting words; they need no library.
The table (regression trees, `hoptac_training.selector`) says how much a summary gains by a sentence, given what is
chosen already, so the same number ranks, keeps from repetition and says when to stop. It lies in a model's
`config.json` under "selector". Not here: the choosing itself, and lengths (`summarise`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hoptac.alone import refers
from hoptac.windows import Floats

if TYPE_CHECKING:
    from hoptac.model import Reading

_WORD = re.compile(r"[^\W_]+")
_LONG = 40  # words; a longer sentence is long, whatever its length

OF_SENTENCE = (
    *("salience", "salience_lag", "salience_rank", "headline", "headline_rank", "central", "central_rank"),
    *("opening", "place", "place_share", "left", "words", "words_share", "title_found", "title_share", "title_pairs"),
    *("common", "common_rank", "theme", "theme_lag", "refers", "digits", "quoted", "asks", "stops", "seen"),
    *("sentences", "article_words", "title_words", "article_theme"),
)
OF_CHOICE = ("chosen", "chosen_words", "likeness", "repeated", "after", "before", "title_new", "theme_new", "best_left")
FIGURES = OF_SENTENCE + OF_CHOICE
"""Names of the columns of `Draft.figures`, in order: what a table of a model may ask for."""


@dataclass(frozen=True)
class Draft:
    """An article as a summariser sees it, n sentences.

    fixed: (n, len(OF_SENTENCE)). unit: (n, width) vectors of length 1. has: (n, n_words) which words of the article
    stand in the sentence. n_words: (n,). title: (n_words,) which of them stand in the headline. about: (n, n_themes),
    evidence of a theme. shares: (n_themes,) shares of the evidence, summing to 1 where there is any.
    """

    fixed: Floats
    unit: Floats
    has: Floats
    n_words: Floats
    title: Floats
    about: Floats
    shares: Floats

    def figures(self, chosen: Sequence[int]) -> Floats:
        """(n, len(FIGURES)) for a summary that has the sentences `chosen` already."""
        n = len(self.n_words)
        picked = list(chosen)
        given = np.zeros((n, len(OF_CHOICE)), dtype=np.float32)
        said = self.has[picked].max(axis=0) if picked else np.zeros(self.has.shape[1], dtype=np.float32)
        given[:, 0] = len(picked)
        given[:, 1] = self.n_words[picked].sum()
        if picked:
            given[:, 2] = (self.unit @ self.unit[picked].T).max(axis=1)
            given[:, 3] = weigh(self.has, said) / np.maximum(self.has.sum(axis=1), 1)
            given[[i + 1 for i in picked if i + 1 < n], 4] = 1
            given[[i - 1 for i in picked if i > 0], 5] = 1
        given[:, 6] = weigh(self.has, self.title * (1 - said)) / max(1.0, float(self.title.sum()))
        given[:, 7] = self.theme_gain(picked)
        given[:, 8] = self.fixed[picked, 0].max() if picked else 0.0
        figures: Floats = np.concatenate([self.fixed, given], axis=1)
        return figures

    def theme_gain(self, chosen: Sequence[int]) -> Floats:
        """(n,) share of the article's evidence that belongs to themes which only this sentence would add, 0 to 1."""
        missing = 1 - self.about[list(chosen)].max(axis=0, initial=0)
        return weigh(self.about, self.shares * missing)

    def theme_claim(self, chosen: Sequence[int]) -> Floats:
        """(n,) claim of the sentence's themes to a place, 0 to 1: each theme's share of the evidence, divided by 1, 3,
        5 ... as it has 0, 1, 2 ... sentences, so that places go in proportion (Webster's method)."""
        return weigh(self.about, self.shares / (1 + 2 * self.about[list(chosen)].sum(axis=0)))


@dataclass(frozen=True)
class Selector:
    """Boosted regression trees: what a summary gains by one more sentence, as a share of a perfect score.

    index, cut: (n_trees, 2**depth - 1) column of FIGURES and value at every branch, root first, "<= cut" to the left.
    leaf: (n_trees, 2**depth). base: what the sum starts from. threshold: a gain below it is not worth a sentence.
    refers: what a sentence loses whose opening needs one that is left out. cover: what it loses where
    its themes have no claim to a place (`Draft.theme_claim`) beside one that has a full claim.
    """

    index: NDArray[np.int64]
    cut: Floats
    leaf: Floats
    base: float
    threshold: float
    refers: float
    cover: float

    def gains(self, figures: Floats) -> Floats:
        """(n,) for figures (n, len(FIGURES))."""
        rows, trees = np.arange(len(figures))[:, None], np.arange(len(self.leaf))
        node = np.zeros((len(figures), len(trees)), dtype=np.int64)
        n_branches = self.cut.shape[1]
        for _ in range(int(np.log2(n_branches + 1))):
            right = figures[rows, self.index[trees, node]] > self.cut[trees, node]
            node = 2 * node + 1 + right
        total: Floats = (self.base + self.leaf[trees, node - n_branches].sum(axis=1)).astype(np.float32)
        return total

    def to_json(self) -> dict[str, Any]:
        """Plain values for a model's config.json; a tree is a line: column and cut of each branch, then the leaves."""
        names = [FIGURES[i] for i in sorted(set(self.index.ravel().tolist()))]
        trees = [
            " ".join(
                [
                    *(f"{names.index(FIGURES[i])}:{c:.7g}" for i, c in zip(*branch, strict=True)),
                    *map("{:.6g}".format, leaf),
                ]
            )
            for *branch, leaf in zip(self.index.tolist(), self.cut.tolist(), self.leaf.tolist(), strict=True)
        ]
        settings = {name: round(getattr(self, name), 6) for name in ("base", "threshold", "refers", "cover")}
        return {"figures": names, **settings, "trees": trees}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Selector:
        """What `to_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
        columns = {number: FIGURES.index(name) for number, name in enumerate(data["figures"])}
        trees: list[str] = data["trees"]
        index, cut, leaf = [], [], []
        for tree in trees:
            parts = [part.partition(":") for part in tree.split()]
            index.append([columns[int(column)] for column, mark, _ in parts if mark])
            cut.append([float(value) for _, mark, value in parts if mark])
            leaf.append([float(value) for value, mark, _ in parts if not mark])
        found = cls(
            np.array(index, dtype=np.int64),
            np.array(cut, dtype=np.float32),
            np.array(leaf, dtype=np.float32),
            *(float(data[name]) for name in ("base", "threshold", "refers", "cover")),
        )
        n_branches = found.cut.shape[-1]
        if not n_branches or (n_branches + 1) & n_branches or found.leaf.shape != (len(trees), n_branches + 1):
            raise ValueError(f"{len(trees)} trees of {n_branches} branches; expected complete trees with their leaves")
        if not all(np.isfinite(part).all() for part in (found.cut, found.leaf, found.base, found.threshold)):
            raise ValueError("a number of the trees is not finite")
        return found


_MOST_CELLS = 2**23  # sentences times words, each of which takes 4 bytes in a few tables


def draft(
    texts: Sequence[str], reading: Reading, evidence: Sequence[Collection[int]], *, headline: bool, language: str
) -> Draft:
    """The figures of the sentences `texts` (n >= 1). evidence: for each theme the indices of its sentences. headline:
    whether the first sentence is one."""
    n = len(texts)
    tokens = [_WORD.findall(text.lower()) for text in texts]
    column: dict[str, int] = {}
    for token in (token for row in tokens for token in row):
        column.setdefault(token, len(column))
    if n * len(column) > _MOST_CELLS:  # not in news; the words that most sentences share say most of them
        shared = Counter(token for row in tokens for token in dict.fromkeys(row)).most_common(_MOST_CELLS // n)
        column = {token: place for place, (token, _) in enumerate(shared)}
    counts = np.zeros((n, max(1, len(column))), dtype=np.float32)
    for row, found in enumerate(tokens):
        np.add.at(counts[row], np.array([column[token] for token in found if token in column], dtype=np.intp), 1)
    has = np.minimum(counts, 1)
    body = slice(1, None) if headline and n > 1 else slice(None)
    title = has[0] if headline else np.zeros_like(has[0])
    pairs = [set(pairwise(row)) for row in tokens]
    title_pairs = pairs[0] if headline else set()
    about = np.zeros((n, max(1, len(evidence))), dtype=np.float32)
    for theme, indices in enumerate(evidence):
        about[list(indices), theme] = 1
    shares = about.sum(axis=0) / max(1.0, float(about.sum()))

    unit = _unit(reading.vectors)
    n_words = np.array([len(text.split()) for text in texts], dtype=np.float32)
    central = unit @ _unit(unit[body].mean(axis=0))
    likeness = unit @ unit.T
    weighed = _unit(np.log1p(counts) * np.log(1 + n / np.maximum(has.sum(axis=0), 1)))
    common = weigh(weighed, _unit(weighed[body].sum(axis=0)))
    theme = (0.5 + 0.5 * np.tanh(0.5 * reading.themes)).max(axis=1)
    to_headline = unit @ unit[0] if headline else np.zeros(n, dtype=np.float32)
    place = np.arange(n) - (body.start or 0)
    n_title = float(title.sum())
    columns: Mapping[str, Any] = {
        "salience": reading.salience,
        "salience_lag": reading.salience - reading.salience[body].max(),
        "salience_rank": _rank(reading.salience, body),
        "headline": to_headline,
        "headline_rank": _rank(to_headline, body),
        "central": central,
        "central_rank": _rank(central, body),
        "opening": likeness[:, body.start or 0],
        "place": np.clip(place, 0, 30),
        "place_share": place / n,
        "left": np.clip(n - 1 - np.arange(n), 0, 10),
        "words": np.minimum(n_words, 2 * _LONG),
        "words_share": n_words / max(1.0, float(n_words[body].mean())),
        "title_found": weigh(has, title) / max(1.0, n_title),
        "title_share": weigh(has, title) / np.maximum(has.sum(axis=1), 1),
        "title_pairs": [len(found & title_pairs) / max(1, len(title_pairs)) for found in pairs],
        "common": common,
        "common_rank": _rank(common, body),
        "theme": theme,
        "theme_lag": theme - theme[body].max(),
        "refers": [refers(text, language) for text in texts],
        "digits": [min(3, sum(token.isdecimal() for token in row)) for row in tokens],
        "quoted": [any(mark in text for mark in '"“”«»') for text in texts],
        "asks": [text.rstrip('"”’» ').endswith(("?", ":")) for text in texts],
        "stops": [text.rstrip('"”’» ').endswith((".", "!", "…")) for text in texts],
        "seen": np.tril(likeness, -1)[:, body].max(axis=1, initial=0),
        "sentences": np.full(n, min(n, 60)),
        "article_words": np.full(n, min(float(n_words[body].sum()), 2000)),
        "title_words": np.full(n, n_title),
        "article_theme": np.full(n, theme[body].max()),
    }
    fixed = np.stack([np.asarray(columns[name], dtype=np.float32) for name in OF_SENTENCE], axis=1)
    return Draft(fixed, unit, has, n_words, title, about, shares)


def _rank(scores: Floats, body: slice) -> Floats:
    """Share of the body's sentences that score higher: 0 is the best."""
    ranks: Floats = (scores[body][None, :] > scores[:, None]).mean(axis=1)
    return ranks


def weigh(rows: Floats, weights: Floats) -> Floats:
    """(n,) product of `rows` (n, k) and `weights` (k,). Not by BLAS, whose kernels for narrow matrices have raised
    numpy's "invalid value" warning on some processors where every value was finite, and whose sums differ by kernel."""
    products: Floats = np.einsum("ij,j->i", rows, weights)
    return products


def _unit(vectors: Floats) -> Floats:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Floats = vectors / np.maximum(norms, 1e-9)
    return unit

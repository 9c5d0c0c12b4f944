"""What a model learns from: sentences with targets, and batches of windows made of them.

A target that nobody gave is NaN and costs nothing, so articles labelled only as a whole, articles with key sentences
alone, and articles with a teacher's probabilities all go through the same loss.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from hoptac.model import window_marks
from hoptac.values import LabelledArticle, Taxonomy
from hoptac.windows import Floats, Window, pack

NAN = float("nan")


@dataclass(frozen=True)
class Example:
    """One article. themes: (n_sentences, n_themes) targets, 0 to 1 or NaN; article: (n_themes,) likewise, for the
    whole article; salience: (n_sentences,) likewise; vectors: (n_sentences, width) of a teacher, NaN where it has
    none."""

    id: str
    language: str
    sentences: tuple[str, ...]
    themes: Floats
    article: Floats
    salience: Floats
    vectors: Floats | None = None


@dataclass(frozen=True)
class Batch:
    """Windows of several articles, padded. ids, mask: (windows, tokens); pool: (windows, pieces, tokens); themes:
    (windows, pieces, n_themes); salience: (windows, pieces); owner: (windows,) index of the article in the batch;
    article: (articles, n_themes); vectors: (windows, pieces, width), if there is a teacher; lower: (windows, tokens,
    width), what frozen layers make of it, if they were run."""

    ids: Tensor
    mask: Tensor
    pool: Tensor
    themes: Tensor
    salience: Tensor
    owner: Tensor
    article: Tensor
    vectors: Tensor | None = None
    lower: Tensor | None = None

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        fields = ((name, getattr(self, name)) for name in self.__dataclass_fields__)
        return Batch(**{name: value.to(device, non_blocking=True) for name, value in fields if value is not None})


def to_example(item: LabelledArticle, taxonomy: Taxonomy) -> Example:
    """Targets from labels; `item.article.sentences` must be set (split the article first where it has none)."""
    sentences = item.article.sentences or ()
    column = {theme: index for index, theme in enumerate(taxonomy.ids)}
    themes = np.full((len(sentences), len(taxonomy)), NAN, dtype=np.float32)
    if item.labels is not None:
        themes[:] = 0.0
        for row, labels in enumerate(item.labels):
            themes[row, [column[label] for label in labels]] = 1.0
    article = np.zeros(len(taxonomy), dtype=np.float32)
    article[[column[theme] for theme in item.themes]] = 1.0
    salience = np.full(len(sentences), NAN, dtype=np.float32)
    if item.key is not None:
        salience[:] = 0.0
        salience[list(item.key)] = 1.0
    texts = tuple(sentence.text for sentence in sentences)
    return Example(item.article.id, item.article.language, texts, themes, article, salience)


Augment = Callable[[Example, random.Random], Example]


def windows_of(sentences: Sequence[str], tokenizer: Tokenizer, size: int) -> tuple[Window, ...]:
    """An article packed as the program packs it (hoptac.windows)."""
    encoded = tokenizer.encode_batch_fast(list(sentences), add_special_tokens=False)
    bos, sep = window_marks(tokenizer)
    return pack([item.ids for item in encoded], size=size, bos=bos, sep=sep)


def batches(
    examples: Sequence[Example],
    tokenizer: Tokenizer,
    *,
    size: int,
    batch_tokens: int,
    rng: random.Random | None = None,
    augment: Augment | None = None,
) -> Iterator[Batch]:
    """Batches of whole articles of at most about `batch_tokens` padded tokens. With `rng` shuffled, articles with
    windows of like length together; without, in order."""
    if augment is not None and rng is not None:
        examples = [augment(example, rng) for example in examples]
    pairs = [(example, windows_of(example.sentences, tokenizer, size)) for example in examples]
    if rng is not None:
        pairs.sort(key=lambda pair: _width(pair[1]) * rng.uniform(0.95, 1.05))
    group: list[tuple[Example, tuple[Window, ...]]] = []
    groups: list[list[tuple[Example, tuple[Window, ...]]]] = []
    longest = n_windows = 0
    for example, windows in pairs:
        longest, n_windows = max(longest, _width(windows)), n_windows + len(windows)
        if group and longest * n_windows > batch_tokens:
            groups.append(group)
            group, longest, n_windows = [], _width(windows), len(windows)
        group.append((example, windows))
    if group:
        groups.append(group)
    if rng is not None:
        rng.shuffle(groups)
    for group in groups:
        yield _collate(group)


def _width(windows: Sequence[Window]) -> int:
    return max(len(window.ids) for window in windows)


def _collate(group: Sequence[tuple[Example, Sequence[Window]]]) -> Batch:
    flat = [(owner, example, window) for owner, (example, windows) in enumerate(group) for window in windows]
    n_tokens = max(len(window.ids) for _, _, window in flat)
    n_pieces = max(len(window.pieces) for _, _, window in flat)
    n_themes = group[0][0].themes.shape[1]
    ids = np.ones((len(flat), n_tokens), dtype=np.int64)  # 1 is <pad>; masked, so any id would do
    mask = np.zeros((len(flat), n_tokens), dtype=np.int64)
    pool = np.zeros((len(flat), n_pieces, n_tokens), dtype=np.float32)
    themes = np.full((len(flat), n_pieces, n_themes), NAN, dtype=np.float32)
    salience = np.full((len(flat), n_pieces), NAN, dtype=np.float32)
    taught = group[0][0].vectors
    vectors = None if taught is None else np.full((len(flat), n_pieces, taught.shape[1]), NAN, dtype=np.float32)
    for row, (_, example, window) in enumerate(flat):
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
        pool[row, : len(window.pieces), : len(window.ids)] = window.pooling()
        owners = [piece.sentence for piece in window.pieces]
        themes[row, : len(owners)] = example.themes[owners]
        salience[row, : len(owners)] = example.salience[owners]
        if vectors is not None and example.vectors is not None:
            vectors[row, : len(owners)] = example.vectors[owners]
    return Batch(
        ids=torch.from_numpy(ids),
        mask=torch.from_numpy(mask),
        pool=torch.from_numpy(pool),
        themes=torch.from_numpy(themes),
        salience=torch.from_numpy(salience),
        owner=torch.tensor([owner for owner, _, _ in flat]),
        article=torch.from_numpy(np.stack([example.article for example, _ in group])),
        vectors=None if vectors is None else torch.from_numpy(vectors),
    )


def without_headline(example: Example) -> Example:
    """The article from its second sentence on, with the article targets of what is left."""
    return keep(example, range(1, len(example.sentences)))


def keep(example: Example, indices: Sequence[int]) -> Example:
    """The article with some of its sentences; its article targets follow where sentences are labelled."""
    rows = list(indices)
    themes = example.themes[rows]
    article = example.article if np.isnan(themes).any() else themes.max(axis=0)
    return replace(
        example,
        sentences=tuple(example.sentences[i] for i in rows),
        themes=themes,
        article=article,
        salience=example.salience[rows],
        vectors=None if example.vectors is None else example.vectors[rows],
    )

"""Trims an encoder's vocabulary to the pieces that some languages need.

Word lists with frequencies (the package `wordfreq`) say which pieces a language uses; texts at hand may add names.
Rows of the embedding table are kept whole, so a kept piece means exactly what it meant. Knows Unigram tokenizers of
XLM-R's kind only; leaves any other tokenizer as it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

import torch
import wordfreq

from hoptac_training.base import Base, build_tokenizer

N_SPECIAL = 4
LANGUAGES = {"en": 1.0, "vi": 1.0, "ru": 0.5}


def count_pieces(base: Base, texts: Iterable[str], n_words: int = 100_000) -> Counter[int]:
    """How much each piece id is used, in parts per million of the words of each language, texts added with weight 1.

    A word counts in lower case, with a capital, and (short ones) in capitals: headlines and names need them.
    """
    counts: Counter[int] = Counter()
    for language, weight in LANGUAGES.items():
        words = wordfreq.top_n_list(language, n_words)
        for word in words:
            frequency = wordfreq.word_frequency(word, language) * 1e6 * weight
            for form, share in ((word, 0.75), (word.capitalize(), 0.2), (word.upper(), 0.05)):
                for piece in base.tokenizer.encode(form, add_special_tokens=False).ids:
                    counts[piece] += frequency * share  # type: ignore[assignment]
    own: Counter[int] = Counter()
    for text in texts:
        own.update(base.tokenizer.encode(text, add_special_tokens=False).ids)
    total = sum(own.values())
    for piece, n in own.items():
        counts[piece] += n * 1e6 / total  # type: ignore[assignment]
    return counts


def trim(base: Base, texts: Iterable[str], size: int = 24_000) -> Base:
    """The same encoder with `size` rows in its embedding table: special pieces, every single character seen, then
    the most used pieces. Returns `base` itself where its tokenizer is no Unigram or is small enough already."""
    model = json.loads(base.tokenizer.to_str())["model"]
    if model["type"] != "Unigram" or len(model["vocab"]) <= size:
        return base
    vocabulary: list[tuple[str, float]] = [(piece, score) for piece, score in model["vocab"]]
    counts = count_pieces(base, texts)
    # Characters stay whatever their count: without them a rare word falls to <unk> instead of being spelt out.
    characters = {i for i in counts if len(vocabulary[i][0].lstrip("▁")) <= 1}
    ascii_pieces = {i for i, (piece, _) in enumerate(vocabulary) if len(piece) == 1 and piece.isascii()}
    keep = set(range(N_SPECIAL)) | characters | ascii_pieces
    for piece, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if len(keep) >= size:
            break
        keep.add(piece)
    rows = sorted(keep)
    embeddings = base.encoder.get_input_embeddings()  # type: ignore[operator]
    table = embeddings.weight.data[torch.tensor(rows)].clone()
    base.encoder.resize_token_embeddings(len(rows), mean_resizing=False)  # type: ignore[operator]
    base.encoder.get_input_embeddings().weight.data.copy_(table)  # type: ignore[operator]
    return Base(base.encoder, build_tokenizer([vocabulary[i] for i in rows]), f"{base.name}-{len(rows)}")

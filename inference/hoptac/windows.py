"""Packs the sentences of an article into windows of tokens, whole sentences together, nothing cut off.

A window is `<s> first sentence </s> second sentence </s> …`. A sentence longer than a window is cut into pieces, and
the pieces count as one sentence again afterwards. Knows token ids only: no tokenizer, no encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or a part of a long one: `window.ids[start:end]` are its tokens and the separator behind it."""

    sentence: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """Token ids that the encoder sees at once, and where the sentences stand in them."""

    ids: tuple[int, ...]
    pieces: tuple[Piece, ...]

    def pooling(self) -> Floats:
        """(n_pieces, n_tokens): each row averages the tokens of one piece; rows sum to 1."""
        weights = np.zeros((len(self.pieces), len(self.ids)), dtype=np.float32)
        for row, piece in enumerate(self.pieces):
            weights[row, piece.start : piece.end] = 1.0 / (piece.end - piece.start)
        return weights


def pack(sentences: Sequence[Sequence[int]], *, size: int, bos: int, sep: int) -> tuple[Window, ...]:
    """Windows of at most `size` tokens over the token ids of each sentence, in order, as few as possible and about
    equally long: a lone last sentence would be read without its context.

    >>> [window.ids for window in pack([[7, 8], [9]], size=8, bos=0, sep=2)]
    [(0, 7, 8, 2, 9, 2)]
    """
    room = size - 2
    if room < 1:
        raise ValueError(f"a window of {size} tokens holds no sentence; expected at least 3")
    units = [
        (index, tuple(ids[start : start + room]))
        for index, ids in enumerate(sentences)
        for start in range(0, max(len(ids), 1), room)
    ]
    lengths = [len(ids) + 1 for _, ids in units]
    groups = _balanced(lengths, size - 1)
    return tuple(_window([units[i] for i in group], bos, sep) for group in groups)


def _balanced(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Consecutive indices in the fewest groups of at most `capacity`, the largest group as small as can be."""
    n_groups = len(_greedy(lengths, capacity))
    low, high = max(lengths, default=1), capacity
    while low < high:
        middle = (low + high) // 2
        if len(_greedy(lengths, middle)) <= n_groups:
            high = middle
        else:
            low = middle + 1
    return _greedy(lengths, high)


def _greedy(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    groups: list[list[int]] = []
    used = capacity + 1
    for index, length in enumerate(lengths):
        if used + length > capacity:
            groups.append([])
            used = 0
        groups[-1].append(index)
        used += length
    return groups


def _window(units: Sequence[tuple[int, tuple[int, ...]]], bos: int, sep: int) -> Window:
    ids = [bos]
    pieces = []
    for sentence, tokens in units:
        start = len(ids)
        ids += [*tokens, sep]
        pieces.append(Piece(sentence, start, len(ids)))
    return Window(tuple(ids), tuple(pieces))

"""Sentence vectors of the frozen base encoder, made once and kept: what a model learns that never trains an encoder.

An article is packed as the program packs it (hoptac.windows), each window opened by the words that e5 wants in front of
a text; a sentence's vector averages its tokens. What is kept goes by a digest of the sentences, so that a corrected
article is read anew and an unchanged one never is.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from hoptac.errors import DataError
from hoptac.model import window_marks
from hoptac.values import LabelledArticle
from hoptac.windows import Floats, Piece, Window, pack
from hoptac_training.base import Base
from hoptac_training.network import autocast

Halves = npt.NDArray[np.float16]

WINDOW = 256
PREFIX = "query: "
BATCH_TOKENS = 2048
PER_FILE = 100  # articles a file: what is lost at most when the work is stopped


def article_digest(sentences: Sequence[str]) -> str:
    """Sixteen hex digits of an article's sentences.

    >>> article_digest(["a b", "c"]) == article_digest(["a", "b c"])
    False
    """
    return hashlib.sha256("\n".join(sentences).encode("utf-8")).hexdigest()[:16]


def texts_of(item: LabelledArticle) -> tuple[str, ...]:
    """The sentences of an article that has them (`train.load_labelled` sees to it)."""
    return tuple(sentence.text for sentence in item.article.sentences or ())


class Vectors:
    """Sentence vectors, from memory, else from `directory`, else from the encoder.

    load: gives the encoder; asked only where something is missing.
    """

    def __init__(self, load: Callable[[], Base], directory: Path | None = None) -> None:
        self.load, self.directory = load, directory
        self._base: Base | None = None
        self._known: dict[str, Halves] = {}
        for path in sorted(directory.glob("vectors-*.npz")) if directory is not None else ():
            self._known |= _read(path)

    @property
    def base(self) -> Base:
        """The encoder, loaded at first use."""
        if self._base is None:
            self._base = self.load()
            self._base.encoder.eval()
        return self._base

    def of(self, articles: Sequence[Sequence[str]], track: Callable[[int], object] = lambda n: None) -> list[Floats]:
        """Sentence vectors (n_sentences, width) of each article, in order; an article has at least one sentence.

        track: called with the number of articles after each file written.
        """
        digests = [article_digest(sentences) for sentences in articles]
        missing = {d: s for d, s in zip(digests, articles, strict=True) if d not in self._known}
        names = list(missing)
        for start in range(0, len(names), PER_FILE):
            part = names[start : start + PER_FILE]
            found = dict(zip(part, self.encode([missing[name] for name in part]), strict=True))
            self._known |= found
            if self.directory is not None:
                self.directory.mkdir(parents=True, exist_ok=True)
                _write(self.directory / f"vectors-{hashlib.sha256(''.join(part).encode()).hexdigest()[:12]}.npz", found)
            track(len(part))
        return [self._known[digest].astype(np.float32) for digest in digests]

    @torch.no_grad()
    def encode(self, articles: Sequence[Sequence[str]]) -> list[Halves]:
        """Vectors of each article straight from the encoder, rounded to half precision as they are kept."""
        windows = [_windows(sentences, self.base) for sentences in articles]
        flat = [(owner, window) for owner, parts in enumerate(windows) for window in parts]
        order = sorted(range(len(flat)), key=lambda i: len(flat[i][1].ids))
        pooled: dict[int, Floats] = {}
        device = next(self.base.encoder.parameters()).device
        while order:
            widest = len(flat[order[-1]][1].ids)  # the longest first: a batch of one kind wastes no padding
            n = max(1, BATCH_TOKENS // widest)
            batch, order = order[-n:], order[:-n]
            ids = np.ones((len(batch), widest), np.int64)
            mask = np.zeros((len(batch), widest), np.int64)
            for row, index in enumerate(batch):
                ids[row, : len(flat[index][1].ids)] = flat[index][1].ids
                mask[row, : len(flat[index][1].ids)] = 1
            with autocast(device.type):
                hidden = self.base.encoder(
                    input_ids=torch.from_numpy(ids).to(device), attention_mask=torch.from_numpy(mask).to(device)
                ).last_hidden_state.float()
            for row, index in enumerate(batch):
                window = flat[index][1]
                pooled[index] = window.pooling() @ hidden[row, : len(window.ids)].cpu().numpy()
        parts: list[list[int]] = [[] for _ in articles]
        for index, (owner, _) in enumerate(flat):
            parts[owner].append(index)
        return [_whole([flat[i][1] for i in rows], [pooled[i] for i in rows]).astype(np.float16) for rows in parts]

    def seconds_per_article(self, articles: Sequence[Sequence[str]]) -> float:
        """Core-seconds that the encoder takes, by trying."""
        self.encode(articles[:1])  # what is loaded or compiled at first use counts nowhere
        started = time.process_time()
        self.encode(articles)
        return (time.process_time() - started) / len(articles)


def _windows(sentences: Sequence[str], base: Base) -> tuple[Window, ...]:
    """Windows of at most WINDOW tokens that begin with the ids of PREFIX, which belong to no sentence."""
    tokenizer: Any = base.tokenizer
    bos, sep = window_marks(tokenizer)
    prefix = tuple(tokenizer.encode(PREFIX, add_special_tokens=False).ids)
    encoded = tokenizer.encode_batch_fast(list(sentences), add_special_tokens=False)
    packed = pack([item.ids for item in encoded], size=WINDOW - len(prefix), bos=bos, sep=sep)
    shift = len(prefix)
    return tuple(
        Window(
            (window.ids[0], *prefix, *window.ids[1:]),
            tuple(Piece(piece.sentence, piece.start + shift, piece.end + shift) for piece in window.pieces),
        )
        for window in packed
    )


def _whole(windows: Sequence[Window], pooled: Sequence[Floats]) -> Floats:
    """Sentence vectors from those of pieces: of a sentence that was cut, the average by length."""
    pieces = [piece for window in windows for piece in window.pieces]
    lengths = np.array([piece.end - piece.start for piece in pieces], np.float32)[:, None]
    first = np.flatnonzero(np.diff([piece.sentence for piece in pieces], prepend=-1))
    sums = np.add.reduceat(np.concatenate(list(pooled)) * lengths, first)
    return (sums / np.add.reduceat(lengths, first)).astype(np.float32)


def _write(path: Path, found: dict[str, Halves]) -> None:
    ends = np.cumsum([len(rows) for rows in found.values()])
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, digests=np.array(list(found)), ends=ends, vectors=np.concatenate(list(found.values())))
    part.replace(path)


def _read(path: Path) -> dict[str, Halves]:
    try:
        with np.load(path, allow_pickle=False) as data:
            parts = np.split(data["vectors"], data["ends"][:-1])
            return dict(zip(data["digests"].tolist(), parts, strict=True))
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{path}: cannot be read ({error}); expected vectors kept by this command; delete it"
        ) from error

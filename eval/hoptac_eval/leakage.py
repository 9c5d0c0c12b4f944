"""Was the model trained on what it is tested on? Asked of hashes, so that no text travels with a model.

A set of 8-byte hashes of two kinds: of every sentence of six words or more (exact duplicates), and of one
in eight of the runs of eight words (near duplicates: a text in which some words were changed keeps most
of its runs). The sample is by value, so both sides take the same one: FracMinHash (Irber et al. 2022) after
Broder (1997).
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hoptac.directory import verify_file
from hoptac.errors import ModelError
from hoptac_eval.report import Leaks

Hashes: TypeAlias = NDArray[np.uint64]

FILE_NAME = "training-hashes.npy"
MAX_BYTES = 2**30
"""The longest that it may be: hashes of some ten million sentences."""
# Hashes made with other numbers find nothing: who changes one of these must change the file's name as well.
_MIN_WORDS = 6
_RUN = 8
_ONE_IN = 8
_MOST = 0.5
_MIN_RUNS = 4
_WORD = re.compile(r"[^\W_]+")


def hash_texts(articles: Iterable[Sequence[str]]) -> Hashes:
    """The hashes of articles, each a sequence of sentences: sorted, without duplicates, dtype uint64.

    >>> hash_texts([["Too short."]]).size
    0
    """
    found: set[int] = set()
    for sentences in articles:
        words = [_words(sentence) for sentence in sentences]
        found.update(_sentence_hashes(words))
        found.update(_run_hashes(words))
    return np.array(sorted(found), np.uint64)


def save_hashes(directory: str | Path, hashes: Hashes) -> None:
    """Write them into a model directory, as FILE_NAME."""
    np.save(Path(directory) / FILE_NAME, hashes, allow_pickle=False)


def has_hashes(path: str | Path) -> bool:
    """Whether there is something to load: a file, or a model directory that has it."""
    return not os.path.isdir(path) or os.path.lexists(Path(path) / FILE_NAME)


def load_hashes(path: str | Path) -> Hashes:
    """Read the hashes of a model directory, verified as the model is, or of the file itself.

    Raises ModelError for anything else, and where the file is not what the directory's SHA256SUMS says.
    """
    file = Path(path)
    if os.path.isdir(file):
        verify_file(file, FILE_NAME, MAX_BYTES)
        file = file / FILE_NAME
    try:
        hashes = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError) as error:  # MemoryError: a forged length
        raise ModelError(f"{file}: cannot be read as training hashes ({error}); make the model anew") from error
    if not isinstance(hashes, np.ndarray) or hashes.dtype != np.uint64 or hashes.ndim != 1:
        raise ModelError(f"{file}: not a row of 8-byte hashes; make the model anew")
    return hashes


class LeakCheck:
    """Looks articles up in the training hashes, one by one.

    >>> trained = [["The two ministries signed a gas supply agreement in the capital on Monday."]]
    >>> check = LeakCheck(hash_texts(trained))
    >>> check.add("a", trained[0])
    >>> check.leaks().exact
    ('a',)
    """

    def __init__(self, hashes: Hashes) -> None:
        self._known = frozenset(hashes.tolist())
        self._exact: list[str] = []
        self._near: list[str] = []
        self._found = self._asked = 0

    def add(self, article_id: str, sentences: Sequence[str]) -> None:
        """Look one article up."""
        words = [_words(sentence) for sentence in sentences]
        whole = list(_sentence_hashes(words))
        runs = set(_run_hashes(words))
        n_found = sum(value in self._known for value in whole)
        n_runs = sum(value in self._known for value in runs)
        self._found += n_found
        self._asked += len(whole)
        if whole and n_found >= _MOST * len(whole):
            self._exact.append(article_id)
        elif len(runs) >= _MIN_RUNS and n_runs >= _MOST * len(runs):
            self._near.append(article_id)

    def leaks(self) -> Leaks:
        """What was found so far."""
        return Leaks(tuple(self._exact), tuple(self._near), self._found, self._asked)


def _words(sentence: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", sentence).casefold())


def _sentence_hashes(words: Sequence[Sequence[str]]) -> Iterator[int]:
    for sentence in words:
        if len(sentence) >= _MIN_WORDS:
            yield _hash("s " + " ".join(sentence))


def _run_hashes(words: Sequence[Sequence[str]]) -> Iterator[int]:
    flat = [word for sentence in words for word in sentence]
    for start in range(len(flat) - _RUN + 1):
        value = _hash("r " + " ".join(flat[start : start + _RUN]))
        if value % _ONE_IN == 0:
            yield value


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")

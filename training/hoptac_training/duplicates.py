"""What stands twice: sentences and articles that are nearly the same, and sentences cut from one pattern.

Candidates come from MinHash (Broder 1997) over runs of words; each is then measured exactly, so nothing is said that
is not so. Not here: what the model was trained on (`hoptac_eval.leakage`), which works on hashes alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar, cast

from datasketch import MinHash, MinHashLSH

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_N_PERMUTATIONS = 64

T = TypeVar("T", bound=Hashable)


def near_duplicates(texts: Mapping[T, str], *, run: int, least: float, n_words: int) -> list[tuple[T, T, float]]:
    """Pairs of texts that share at least `least` of their runs of `run` words (Jaccard, 0 to 1), likest first.

    Case and punctuation do not count. Texts of fewer than `n_words` words are passed over: short ones say the same.

    >>> texts = {1: "The two navies will meet again in May.", 2: "the two navies will meet again, in May", 3: "No."}
    >>> near_duplicates(texts, run=2, least=0.6, n_words=6)
    [(1, 2, 1.0)]
    """
    runs: dict[T, frozenset[tuple[str, ...]]] = {}
    for key, text in texts.items():
        words = _WORD.findall(text.casefold())
        if len(words) >= max(n_words, run):
            runs[key] = frozenset(zip(*(words[i:] for i in range(run)), strict=False))
    # The index is asked for less than is wanted, as what it finds is a matter of chance and is measured anyway.
    index = MinHashLSH(threshold=max(0.1, least - 0.2), num_perm=_N_PERMUTATIONS)
    encoded = [[" ".join(item).encode() for item in sorted(found)] for found in runs.values()]
    pairs = []
    for key, sketch in zip(runs, MinHash.bulk(encoded, num_perm=_N_PERMUTATIONS), strict=True):
        for other in cast("list[T]", index.query(sketch)):
            share = len(runs[key] & runs[other]) / len(runs[key] | runs[other])
            if share >= least:
                pairs.append((other, key, share))
        index.insert(key, sketch)
    place = {key: i for i, key in enumerate(texts)}
    return sorted(pairs, key=lambda pair: (-pair[2], place[pair[0]], place[pair[1]]))


def skeleton(sentence: str) -> str:
    """The sentence with its names and numbers taken out, in lower case.

    >>> skeleton("Thứ trưởng Lê Văn Tám thăm Cuba ngày 5/7.")
    'thứ trưởng N thăm N ngày # / # .'
    """
    tokens: list[str] = []
    for number, token in enumerate(_TOKEN.findall(sentence)):
        kind = "#" if token[0].isdigit() else "N" if token[0].isupper() and number else token.lower()
        if kind not in ("#", "N") or tokens[-1:] != [kind]:
            tokens.append(kind)
    return " ".join(tokens)


def repeated_skeletons(texts: Mapping[T, str], *, most: int, n_words: int) -> list[tuple[str, Sequence[T]]]:
    """Skeletons that more than `most` sentences of at least `n_words` words have, and which those are."""
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for key, text in texts.items():
        if len(text.split()) >= n_words:
            groups[skeleton(text)].append(key)
    return sorted(((name, keys) for name, keys in groups.items() if len(keys) > most), key=lambda item: -len(item[1]))

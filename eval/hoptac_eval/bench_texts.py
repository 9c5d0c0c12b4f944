"""The corpora that speed is measured on, and the pieces of them that every peer reads.

hoptac is given a file of raw articles; the peers are given the sentences that hoptac found in it, or runs of whole
sentences that fill their encoder, so that everyone reads all of every article and only hoptac pays for finding them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from hoptac.labelled import read_rows
from hoptac.model import Model, window_marks
from hoptac.read import Unread, read_articles
from hoptac.split import split
from hoptac.windows import pack

CHUNK = 512  # tokens an encoder of BERT's kind takes at once
LONG = 10_000  # words of a long article
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unit:
    """What a peer reads at once: a text, and how many tokens of the model's tokenizer it has, marks left out."""

    text: str
    n_tokens: int


@dataclass(frozen=True)
class Corpus:
    """Articles in a file of JSON lines (id, title, text), the digest of that file, and what is read of it.

    units: "sentence" and "chunk" -> their texts, in order. windows: lengths in tokens of the windows hoptac packs.
    """

    name: str
    path: Path
    digest: str
    n_articles: int
    n_words: int
    n_tokens: int
    units: Mapping[str, Sequence[Unit]]
    windows: Sequence[int]

    def sample(self, unit: str, most: int | None) -> Sequence[Unit]:
        """All units of a kind, or `most` of them, evenly spread."""
        units = self.units[unit]
        n = len(units) if most is None else min(most, len(units))
        return [units[i * len(units) // n] for i in range(n)]


def plain_rows(path: Path, n_articles: int | None = None) -> list[Row]:
    """Rows of id, title and text, evenly spread over a file of JSON lines that has `sentences`, or a `title` and
    `body`, a list of paragraphs. Raises DataError."""
    rows = [row for _, row in read_rows(str(path))]
    n = len(rows) if n_articles is None else min(n_articles, len(rows))
    return [_plain(rows[i * len(rows) // n]) for i in range(n)]


def _plain(row: Mapping[str, Any]) -> Row:
    if "body" in row:
        return {"id": row["id"], "title": row["title"], "text": "\n".join(row["body"])}
    title, *rest = row["sentences"]
    return {"id": row["id"], "title": title, "text": " ".join(rest or [title])}


def long_rows(rows: Sequence[Row], n_words: int = LONG) -> list[Row]:
    """Articles of `n_words` or a little more, made of others one after the other, over and over where they are too
    few for one; what is left over makes no article."""
    made: list[Row] = []
    parts: list[Row] = []
    for number, row in enumerate(cycle(rows), 1):
        parts.append(row)
        if sum(len(f"{part['title']} {part['text']}".split()) for part in parts) >= n_words:
            made.append(joined(parts, f"long-{len(made)}"))
            parts = []
        if made and number >= len(rows):
            break
    return made


def cut(rows: Sequence[Row], n_words: int, n: int) -> list[Row]:
    """`n` articles of exactly `n_words` words, cut from rows one after the other, over and over if need be."""
    lines = (line for row in cycle(rows) for line in (row["title"], *row["text"].split("\n")))
    made = []
    rest: list[str] = []
    for number in range(n):
        parts, left = [], n_words
        while left:
            words = rest or next(lines).split()
            parts.append(" ".join(words[:left]))
            words, rest = words[:left], words[left:]
            left -= len(words)
        parts = [part for part in parts if part]
        made.append({"id": f"cut-{number}", "title": parts[0], "text": "\n".join(parts[1:])})
    return made


def joined(rows: Sequence[Row], id: str) -> Row:
    """One article of several, under the headline of the first."""
    title, *rest = (part for row in rows for part in (row["title"], row["text"]))
    return {"id": id, "title": title, "text": "\n".join(rest)}


def repeated(rows: Sequence[Row], n: int) -> list[Row]:
    """`n` rows, these over and over, each with an id of its own."""
    return [{**rows[i % len(rows)], "id": f"row-{i}"} for i in range(n)]


def write_rows(rows: Sequence[Row], path: Path) -> Path:
    """Write rows as JSON lines; returns the path."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return path


def make_corpus(name: str, rows: Sequence[Row], path: Path, model: Model) -> Corpus:
    """Write rows to `path` and read them back as `hoptac batch` would."""
    write_rows(rows, path)
    bos, sep = window_marks(model.tokenizer)
    sentences: list[Unit] = []
    chunks: list[Unit] = []
    windows: list[int] = []
    n_words = 0
    for article in read_articles([path]):
        if isinstance(article, Unread):
            raise article.error
        texts = [sentence.text for sentence in split(article)]
        ids = [item.ids for item in model.tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        sentences += [Unit(text, len(tokens)) for text, tokens in zip(texts, ids, strict=True)]
        windows += [len(window.ids) for window in pack(ids, size=model.window, bos=bos, sep=sep)]
        seen = 0
        for window in pack(ids, size=CHUNK, bos=bos, sep=sep):
            end = window.pieces[-1].sentence + 1
            if end > seen:  # else a window full of the rest of a sentence that is in a chunk already
                n_tokens = sum(map(len, ids[seen:end]))
                chunks.append(Unit(" ".join(texts[seen:end]), n_tokens))
            seen = end
        n_words += len(article.text.split())
    return Corpus(
        name,
        path,
        hashlib.sha256(path.read_bytes()).hexdigest()[:32],
        len(rows),
        n_words,
        sum(unit.n_tokens for unit in sentences),
        {"sentence": sentences, "chunk": chunks},
        windows,
    )

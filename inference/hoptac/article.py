"""Strings -> articles: evened out, cleaned where they are text, kept where they are sentences, language told.

Not here: files, standard input and formats (`read`, `formats`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from hoptac.clean import clean
from hoptac.decode import normalise
from hoptac.errors import InputError
from hoptac.language import detect_language
from hoptac.values import Article, Sentence


def article_from_text(
    text: str, *, title: str | None = None, language: str | None = None, source: str = "-", id: str = ""
) -> Article:
    """An article from a string, cleaned of captions, by-lines and the like.

    title: the headline where it is known; otherwise a first line that looks like one is it. language: "en",
    "vi" or "ru"; any other code is "other"; without it, it is detected. Raises InputError where nothing is
    left to read.
    """
    source = _whole(source)
    headline = " ".join(normalise(title).split()) if title else None
    headline, paragraphs = clean(normalise(text), title=headline or None)
    lines = ([headline] if headline else []) + list(paragraphs)
    if not lines:
        raise InputError(f"{source}: no text in it; try a file with an article")
    whole = "\n".join(lines)
    return Article(whole, headline, _language(language, whole), source, _whole(id))


def article_from_sentences(
    sentences: Iterable[str],
    *,
    title: str | None = None,
    language: str | None = None,
    source: str = "-",
    id: str = "",
) -> Article:
    """An article whose sentences are known: kept one for one and uncleaned, apart from NFC and white space.

    The first sentence is the title where none is given. Raises InputError where there is no sentence or an
    empty one, which would leave the answer with fewer sentences than the question.
    """
    source = _whole(source)
    texts = [" ".join(normalise(sentence).split()) for sentence in sentences]
    if not texts:
        raise InputError(f"{source}: no sentences in it; try a row with text in it")
    if "" in texts:
        raise InputError(f"{source}: sentence {texts.index('')} is empty; try to leave it out")
    spans = []
    start = 0
    for text in texts:
        spans.append(Sentence(text, start, start + len(text)))
        start += len(text) + 1
    whole = "\n".join(texts)
    headline = " ".join(normalise(title).split()) if title else ""
    return Article(whole, headline or texts[0], _language(language, whole), source, _whole(id), tuple(spans))


def _whole(name: str) -> str:
    """A name that can be written as UTF-8: halves of surrogate pairs, which JSON can escape, become "?"."""
    return name.encode("utf-8", "replace").decode()


def _language(code: str | None, text: str) -> str:
    if code is None:
        return detect_language(text)
    short = re.split("[-_]", code.lower())[0]
    return short if short in ("en", "vi", "ru") else "other"

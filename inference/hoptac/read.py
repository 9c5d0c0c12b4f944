"""Names of files, and standard input -> articles: the door by which the command line and the library come in.

Not here: what is in a stream (`formats`), strings that are already in memory (`article`).
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Iterator
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, cast

from hoptac.article import article_from_sentences, article_from_text
from hoptac.decode import SAMPLE, normalise, require_text
from hoptac.errors import InputError
from hoptac.formats import READERS, Reader, Unread, suffix_of
from hoptac.limits import DEFAULT, Limits
from hoptac.values import Article

__all__ = [
    "READERS",
    "Reader",
    "Unread",
    "article_from_sentences",
    "article_from_text",
    "read_article",
    "read_articles",
    "read_stream",
]


def read_articles(
    inputs: Iterable[str | Path], *, stdin: IO[bytes] | None = None, limits: Limits = DEFAULT
) -> Iterator[Article | Unread]:
    """The articles of many inputs, in order and one at a time; JSON lines are never in memory whole.

    inputs: file names; "-" is standard input (`stdin`, or the process's own), whose format is told from its
    content, as is that of a file whose suffix is not in READERS. limits: what is over one is refused, and no more
    of it is ever in memory. Raises nothing for a bad input: it is an `Unread`.
    """
    for name in inputs:
        source = str(name).encode("utf-8", "replace").decode()  # a name may hold bytes that are not UTF-8
        identity = "stdin" if source == "-" else normalise(Path(source).stem)
        try:
            if source == "-":
                standard = sys.stdin.buffer if stdin is None and sys.stdin is not None else stdin
                if standard is None:
                    raise InputError("-: standard input is closed; try to name a file")
                yield from read_stream(_peekable(standard), "", source, identity, limits)
            else:
                if "\0" in source:  # which `open` takes for a wrong call
                    raise FileNotFoundError
                with open(name, "rb", buffering=SAMPLE) as stream:
                    yield from read_stream(_peekable(stream), Path(name).suffix.lower(), source, identity, limits)
        except InputError as error:
            yield Unread(identity, source, error)
        except OSError as error:
            yield Unread(identity, source, InputError(f"{source}: {reason_of(error)}"))


def read_article(path: str | Path) -> Article:
    """The one article in a file ("-" is standard input).

    Raises InputError where it cannot be read or holds several articles; then `read_articles` is the way.
    """
    articles = read_articles([path])
    article = next(articles)
    if isinstance(article, Unread):
        raise article.error
    if next(articles, None) is not None:
        raise InputError(f"{path}: more than one article in it; try read_articles")
    return article


def read_stream(
    stream: BufferedReader, suffix: str, source: str, id: str, limits: Limits = DEFAULT
) -> Iterator[Article | Unread]:
    """What is in a stream, by its suffix or, where that says nothing, by its content.

    Raises InputError where none of it can be read.
    """
    head = stream.peek(SAMPLE)[:SAMPLE]
    if not head:
        raise InputError(f"{source}: empty; try a file with text in it")
    require_text(head, source)
    yield from READERS.get(suffix, READERS[suffix_of(head)])(stream, source, id, limits)


def _peekable(stream: IO[bytes]) -> BufferedReader:
    """The stream with `peek`, which what a test puts in the place of standard input may lack."""
    return stream if isinstance(stream, BufferedReader) else BufferedReader(cast(RawIOBase, stream))


def reason_of(error: OSError) -> str:
    """Why a file cannot be read, for people."""
    if isinstance(error, FileNotFoundError):
        return "no such file; try to check the name"
    if isinstance(error, IsADirectoryError):
        return "a directory; try to name the files in it, like DIRECTORY/*.txt"
    if isinstance(error, PermissionError):
        return "no permission to read it; try chmod +r"
    if error.errno == errno.ENAMETOOLONG:
        return "a name that is too long for this system; try to check it"
    return f"cannot be read: {error.strerror or error}"

"""Input formats: an open stream -> the articles in it.

Every format is a `Reader`, which gives the articles of a stream one by one, and an `Unread` for each that
cannot be read, so that a bad line never stops the rest. Add a format by adding to `READERS`. Not here: names
of files and standard input (`read`), encodings (`decode`), what belongs to an article (`clean`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import Any

from hoptac.article import article_from_sentences, article_from_text
from hoptac.decode import SAMPLE, decode, require_text
from hoptac.errors import InputError
from hoptac.values import Article


@dataclass(frozen=True, slots=True)
class Unread:
    """An input, or a line of one, that could not be read; the error's message starts with `source`."""

    id: str
    source: str
    error: InputError


Reader = Callable[[BufferedReader, str, str, int], Iterator[Article | Unread]]
"""(stream, source, id, max_bytes of an article) -> its articles, lazily; raises InputError where none can be read."""

MAX_BYTES = 16 * 2**20
"""The longest article that is read unless a caller says otherwise: some five novels."""


def _read_whole(stream: BufferedReader, source: str, max_bytes: int) -> bytes:
    """The rest of a stream; of one that is too long, or that unpacks to too much, no more than tells."""
    data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise _too_long(source, max_bytes)
    return data


def _too_long(source: str, max_bytes: int) -> InputError:
    """The error for an article that is longer than the limit."""
    return InputError(f"{source}: an article of more than {max_bytes} bytes; try to split it, or raise --max-bytes")


def _read_text(stream: BufferedReader, source: str, id: str, max_bytes: int) -> Iterator[Article]:
    """Plain text: one article."""
    yield article_from_text(decode(_read_whole(stream, source, max_bytes), source), source=source, id=id)


def _read_markdown(stream: BufferedReader, source: str, id: str, max_bytes: int) -> Iterator[Article]:
    """Markdown: one article, a paragraph a block; a heading of the first level at its top is its headline."""
    from markdown_it import MarkdownIt

    text = decode(_read_whole(stream, source, max_bytes), source)
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)  # front matter
    title = None
    lines: list[str] = []
    level = ""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        level = token.tag if token.type == "heading_open" else level
        if token.type == "inline":
            words = "".join(" " if part.type.endswith("break") else _visible(part) for part in token.children or [])
            if level == "h1" and title is None and not lines:
                title = words
            else:
                lines.append(words)
            level = ""
        elif token.type in ("fence", "code_block", "html_block"):
            lines.append(re.sub(r"<!--.*?-->|<[^>]+>", " ", token.content, flags=re.DOTALL))
    yield article_from_text("\n\n".join(lines), title=title, source=source, id=id)


def _visible(part: Any) -> str:
    """What a reader sees of an inline token: not tags, not a picture's description."""
    return part.content if part.type in ("text", "code_inline") else ""


def _read_html(stream: BufferedReader, source: str, id: str, max_bytes: int) -> Iterator[Article]:
    """A web page: the article that trafilatura finds on it, and its headline."""
    import trafilatura
    from trafilatura.settings import Document

    data = _read_whole(stream, source, max_bytes)
    html = _decode_html(data, source)
    if not re.search(r"<html|<body", html, re.IGNORECASE):
        html = f"<html><body>{html}</body></html>"  # a fragment, as feeds have them
    for tag in _LONG_TAG.finditer(html):
        if len(tag[0].split()) > _MOST_ATTRIBUTES:
            raise InputError(f"{source}: a tag with thousands of attributes; try to save the page's text, as .txt")
    title, text = None, ""
    tree = trafilatura.load_html(html)
    if tree is not None:
        try:
            page = trafilatura.bare_extraction(tree, include_comments=False, with_metadata=True)
        except AssertionError:  # a page that is one element which the search for its date throws away
            page = trafilatura.bare_extraction(html, include_comments=False)
        if isinstance(page, Document):
            title, text = page.title, page.text or ""
    if not text.strip() and tree is not None:
        text = trafilatura.baseline(html)[1]  # too little text for the extractor to judge
    if not text.strip():
        raise InputError(f"{source}: no article text on this page; try to save the page's text, as .txt")
    yield article_from_text(text, title=title, source=source, id=id)


# The parser compares every attribute of a tag with every other: 100,000 take it minutes. Long ones may be pictures.
_LONG_TAG = re.compile("<[^<>]{10000,}")
_MOST_ATTRIBUTES = 2000
# Python knows codecs that no page is in, some of which take quadratic time or raise errors of their own.
_WEB_ENCODING = re.compile(
    rb"utf-?(?:8|16)|windows-|cp\d|iso-?8859|koi8|latin|gb|big5|euc|shift|tis|ascii", re.IGNORECASE
)


def _decode_html(data: bytes, source: str) -> str:
    """The page's text, by the encoding that the page names where it is not UTF-8 after all."""
    require_text(data[:SAMPLE], source)
    named = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w.:-]+)", data[:4096], re.IGNORECASE)
    if named is not None and _WEB_ENCODING.match(named[1]):
        for encoding in ("utf-8", named[1].decode()):
            try:
                data = data.decode(encoding).encode("utf-8", "ignore")
                break
            except (LookupError, UnicodeError):
                continue
    return decode(data, source)


def _read_json_lines(stream: BufferedReader, source: str, id: str, max_bytes: int) -> Iterator[Article | Unread]:
    """JSON lines: an article a line, with `text` or `sentences`, and optionally `id`, `title` and `lang`."""
    for number, line in json_lines(stream, source, max_bytes):
        yield article_from_line(line, f"{source}:{number}", f"{id}:{number}", max_bytes)


def json_lines(stream: BufferedReader, source: str, max_bytes: int = MAX_BYTES) -> Iterator[tuple[int, bytes]]:
    """The lines of JSON lines that are not blank, unread, with their numbers from 1.

    A line of more than `max_bytes` comes out cut after one byte more, so that `article_from_line` refuses it.

    Raises InputError where the first line shows that it is one JSON document.
    """
    lines: Iterable[bytes] = _lines(stream, max_bytes)
    head = stream.peek(4)[:4]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head:  # UTF-16: no line ends to be seen in the bytes
        lines = (line.encode() for line in decode(_read_whole(stream, source, max_bytes), source).split("\n"))
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if number == 1 and line.strip() in (b"[", b"{"):
            raise InputError(f"{source}:1: one JSON document, not one a line; try: jq -c '.[]' FILE > FILE.jsonl")
        yield number, line


def _lines(stream: BufferedReader, max_bytes: int) -> Iterator[bytes]:
    while line := stream.readline(max_bytes + 1):
        yield line
        while len(line) > max_bytes and not line.endswith(b"\n"):  # pass over the rest of it
            line = stream.readline(max_bytes + 1) or b"\n"


def article_from_line(line: bytes, where: str, id: str, max_bytes: int = MAX_BYTES) -> Article | Unread:
    """The article in one line of JSON lines. where: "file:line". id: its id where the line gives none."""
    try:
        if len(line) > max_bytes:
            raise _too_long(where, max_bytes)
        return article_from_row(_row(line, where), where, id, max_bytes)
    except InputError as error:
        return Unread(id, where, error)


def _row(line: bytes, where: str) -> dict[str, Any]:
    try:
        row = json.loads(decode(line, where), strict=False)  # line separators may stand inside a string
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: not JSON ({error.msg}, column {error.colno}); try one object a line") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets thousands deep
        raise InputError(f"{where}: JSON that no program can hold; try one object a line") from None
    if not isinstance(row, dict):
        raise InputError(f'{where}: not a JSON object; try {{"text": "..."}} or {{"sentences": ["...", "..."]}}')
    return row


_FIELDS: tuple[tuple[str, type | tuple[type, ...], str], ...] = (
    ("text", str, "a string"),
    ("sentences", list, "a list of strings"),
    ("title", str, "a string"),
    ("lang", str, 'a code like "vi"'),
    ("id", (str, int), "a string or a number"),
)


def article_from_row(row: dict[str, Any], where: str, default_id: str, max_bytes: int = MAX_BYTES) -> Article:
    """The article in a row with `text` or `sentences`, and optionally `id`, `title` and `lang`.

    where: the row's place, for people. Raises InputError for a row without text or with a value of another kind.
    """
    for key, kinds, expected in _FIELDS:
        if row.get(key) is not None and not isinstance(row[key], kinds):
            raise InputError(f'{where}: "{key}" is {_kind(row[key])}; expected {expected}')
    identity = str(row["id"]) if row.get("id") is not None else default_id
    known: dict[str, Any] = {
        "title": row.get("title"),
        "language": row.get("lang"),
        "source": where,
        "id": identity,
    }
    if row.get("sentences") is not None:
        odd = next((item for item in row["sentences"] if not isinstance(item, str)), None)
        if odd is not None:
            raise InputError(f'{where}: "sentences" has {_kind(odd)} in it; expected strings')
        return article_from_sentences(row["sentences"], **known)
    if len(row.get("text") or "") > max_bytes:  # in a table, where no line was too long
        raise _too_long(where, max_bytes)
    if row.get("text") is None:
        raise InputError(f'{where}: neither "text" nor "sentences" in it; try {{"text": "..."}}')
    return article_from_text(row["text"], **known)


def _kind(value: object) -> str:
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "null")


READERS: dict[str, Reader] = {
    ".txt": _read_text,
    ".md": _read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".jsonl": _read_json_lines,
}


def suffix_of(head: bytes) -> str:
    """The suffix whose reader fits how a stream begins."""
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")  # UTF-16 shows its ASCII without the NULs
    if re.match(rb"\{|\[\s*[\[{\"]", start):  # an array is no JSON lines, but its reader says so best
        return ".jsonl"
    if re.match(rb"<(?:!doctype html|html|head|body|article|main|div|section|h1|p)\b", start, re.IGNORECASE):
        return ".html"
    return ".txt"

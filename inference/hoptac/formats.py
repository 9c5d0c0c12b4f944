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
from hoptac.decode import decode
from hoptac.errors import InputError
from hoptac.limits import DEFAULT, Limits, is_too_long, too_long
from hoptac.values import Article


@dataclass(frozen=True, slots=True)
class Unread:
    """An input, or a line of one, that could not be read; the error's message starts with `source`."""

    id: str
    source: str
    error: InputError


Reader = Callable[[BufferedReader, str, str, Limits], Iterator[Article | Unread]]
"""(stream, source, id, limits) -> its articles, lazily; raises InputError where none can be read."""


def _read_whole(stream: BufferedReader, source: str, limits: Limits) -> bytes:
    """The rest of a stream; of one that is too long, or that unpacks to too much, no more than tells."""
    data = stream.read(limits.bytes + 1)
    if len(data) > limits.bytes:
        raise too_long(source, limits)
    return data


def _read_text(stream: BufferedReader, source: str, id: str, limits: Limits) -> Iterator[Article]:
    """Plain text: one article."""
    yield article_from_text(decode(_read_whole(stream, source, limits), source), source=source, id=id)


_MOST_BRACKETS = 1000  # in a Markdown file, unless there is but one in twenty characters


def _read_markdown(stream: BufferedReader, source: str, id: str, limits: Limits) -> Iterator[Article]:
    """Markdown: one article, a paragraph a block; a heading of the first level at its top is its headline."""
    from markdown_it import MarkdownIt

    text = decode(_read_whole(stream, source, limits), source)
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)  # front matter
    markdown = MarkdownIt("commonmark").enable("table")
    if text.count("[") > max(_MOST_BRACKETS, len(text) / 20):
        markdown.disable(["link", "image"])  # these are no links, and to look for where each ends takes 15 s a MB
    title = None
    lines: list[str] = []
    level = ""
    for token in markdown.parse(text):
        level = token.tag if token.type == "heading_open" else level
        if token.type == "inline":
            words = "".join(" " if part.type.endswith("break") else _visible(part) for part in token.children or [])
            if level == "h1" and title is None and not lines:
                title = words
            else:
                lines.append(words)
            level = ""
        elif token.type in ("fence", "code_block", "html_block"):
            lines.append(re.sub(r"<!--.*?(?:-->|\Z)|<[^<>]+>", " ", token.content, flags=re.DOTALL))
    yield article_from_text("\n\n".join(lines), title=title, source=source, id=id)


def _visible(part: Any) -> str:
    """What a reader sees of an inline token: not tags, not a picture's description."""
    return part.content if part.type in ("text", "code_inline") else ""


def _read_html(stream: BufferedReader, source: str, id: str, limits: Limits) -> Iterator[Article]:
    """A web page: the article on it, and its headline."""
    from hoptac.page import read_page

    title, text = read_page(_read_whole(stream, source, limits), source, limits)
    yield article_from_text(text, title=title, source=source, id=id)


def _read_json_lines(stream: BufferedReader, source: str, id: str, limits: Limits) -> Iterator[Article | Unread]:
    """JSON lines: an article a line, with `text` or `sentences`, and optionally `id`, `title` and `lang`."""
    for number, line in json_lines(stream, source, limits):
        yield article_from_line(line, f"{source}:{number}", f"{id}:{number}", limits)


def json_lines(stream: BufferedReader, source: str, limits: Limits = DEFAULT) -> Iterator[tuple[int, bytes]]:
    """The lines of JSON lines that are not blank, unread, with their numbers from 1.

    A line of more than `limits.bytes` comes out cut after one byte more, so that `article_from_line` refuses it.

    Raises InputError where the first line shows that it is one JSON document.
    """
    lines: Iterable[bytes] = _lines(stream, limits)
    head = stream.peek(4)[:4]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head:  # UTF-16: no line ends to be seen in the bytes
        lines = (line.encode() for line in decode(_read_whole(stream, source, limits), source).split("\n"))
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if number == 1 and line.strip() in (b"[", b"{"):
            raise InputError(f"{source}:1: one JSON document, not one a line; try: jq -c '.[]' FILE > FILE.jsonl")
        yield number, line


def _lines(stream: BufferedReader, limits: Limits) -> Iterator[bytes]:
    while line := stream.readline(limits.bytes + 1):
        yield line
        while len(line) > limits.bytes and not line.endswith(b"\n"):  # pass over the rest of it
            line = stream.readline(limits.bytes + 1) or b"\n"


def article_from_line(line: bytes, where: str, id: str, limits: Limits = DEFAULT) -> Article | Unread:
    """The article in one line of JSON lines. where: "file:line". id: its id where the line gives none."""
    try:
        if len(line) > limits.bytes:
            raise too_long(where, limits)
        return article_from_row(_row(line, where), where, id, limits)
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


def article_from_row(row: dict[str, Any], where: str, default_id: str, limits: Limits = DEFAULT) -> Article:
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
        odd = [item for item in row["sentences"] if not isinstance(item, str)]
        if odd:
            raise InputError(f'{where}: "sentences" has {_kind(odd[0])} in it; expected strings')
        return article_from_sentences(row["sentences"], **known)
    if is_too_long(row.get("text") or "", limits):  # in a table, where no line was too long
        raise too_long(where, limits)
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

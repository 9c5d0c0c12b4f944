"""Inputs that nobody means to write: text of every Unicode category, broken encodings, pages, rows. All from a seed.

The same `random.Random` always gives the same inputs, so that what broke something can be made again from its number.
Not here: what must hold for them (`robustness`).
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
import unicodedata
from collections.abc import Callable
from functools import cache
from io import BytesIO, StringIO
from random import Random
from typing import Any, AnyStr

import pyarrow as pa
import pyarrow.parquet as pq

LONG_ONE_IN = 4000
"""One input, or one cell of a table, in so many has a line of 1 MB."""

# Words and marks that the cleaner and the splitter look for, in halves and in wrong places.
_NEWS = (
    "HANOI (VNA) – ", "HÀ NỘI, ", "MOSCOW — ", "Photo: ", "(Ảnh: TTXVN)", "Ảnh: ", "./.", " VNA/VNS", "By ", "Theo ",
    "Tin, ảnh: ",     "Read more: ", "Tin liên quan:", "Xem thêm: ", "Thứ Hai, 8/7/2024 10:00",
    "U.S. ", "TP. HCM ", "Dr. ", "No. 5 ",
    "1. ", " * ", ' "', "” ", "“", "...", " …", "?!", "a.m. ", "V. V. ", "Sputnik V. ", "ký thoả thuận. ",
    "hợp tác về điện ",     "The ministers met. ", "В. В. Путин ", "---\n", "# ", "> ",
    "```\n", "| a | b |\n", "[x](y) ", "![", "<!--", "-->",
    "date 2021-01-01 ", "facebook | ", "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0",
)  # fmt: skip
_MARKS = (
    "\u202e\u202a\u2066\u2069\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u180e\ufe0f\u034f\u061c\ufff9\ufffd\ufffe"
)
_ENDS = ("\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\n\n", " ", "\t", "\u00a0", "\u3000")
_SCRIPTS = (
    "Việt Nam và Nga ",
    "السلام عليكم ورحمة الله. ",
    "中俄两国领导人会晤。",
    "नमस्ते दुनिया ",
    "日本語のテキスト",
    "ไทยไม่มีช่องว่าง",
)
_EMOJI = ("👨‍👩‍👧‍👦", "🏳️‍🌈", "🇻🇳🇷🇺", "1️⃣", "👍🏿", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "ﬃ", "ǆ", "İ", "ß", "Ǖ", "ẘ", "\u0344")
_ENTITIES = ("&amp;", "&lt;script&gt;", "&#0;", "&#xD800;", "&#1114112;", "&nbsp;", "&unknown;", "&", "&#x202e;", "&#;")
_TAGS = ("p", "div", "table", "tr", "td", "script", "style", "svg", "math", "template", "br", "h1", "a", "b", "ul",
         "li", "article", "select", "textarea", "title", "iframe",
         "object", "noscript", "blockquote", "pre", "img", "form", "x-y")  # fmt: skip
_ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "cp1258",
    "cp1251",
    "koi8_r",
    "cp1252",
)


@cache
def _by_category() -> dict[str, str]:
    """Every Unicode category with up to 200 of its characters, evenly spread; halves of surrogate pairs included."""
    found: dict[str, list[str]] = {}
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        found.setdefault(unicodedata.category(character), []).append(character)
    return {name: "".join(some[:: max(1, len(some) // 200)]) for name, some in sorted(found.items())}


def text(rng: Random, longest: int = 40) -> str:
    """Text of up to `longest` ingredients, some of them runs."""
    return "".join(_ingredient(rng) for _ in range(rng.randint(0, longest)))


def _ingredient(rng: Random) -> str:
    kind = rng.randrange(12)
    if kind < 3:
        return rng.choice(_NEWS)
    if kind < 5:
        return rng.choice(_ENDS)
    if kind == 5:
        category = rng.choice(list(_by_category()))
        return "".join(rng.choices(_by_category()[category], k=rng.randint(1, 8)))
    if kind == 6:
        return rng.choice(_MARKS) + rng.choice(_SCRIPTS)
    if kind == 7:
        return rng.choice("aeớеا漢") + "".join(
            rng.choices("\u0301\u0323\u0302\u0489\u20dd\u0f71\u3099", k=rng.randint(1, 40))
        )
    if kind == 8:
        return rng.choice(_EMOJI) + rng.choice(_ENTITIES)
    if kind == 9:
        return rng.choice((rng.choice(_NEWS), chr(rng.randrange(0x250)), rng.choice("!.\"'*-( "))) * rng.randint(2, 60)
    return rng.choice(_SCRIPTS) + rng.choice('.!?…"”,;: ')


def page(rng: Random) -> str:
    """HTML with wrong nesting, entities, comments that never end, attributes that hold text."""
    parts = [rng.choice(("", "<!doctype html>", "<html><head><title>", "<body>", '<meta charset="x-none">'))]
    for _ in range(rng.randint(0, 30)):
        tag = rng.choice(_TAGS)
        kind = rng.randrange(6)
        if kind < 2:
            parts.append(f"<{tag}>{text(rng, 6)}</{rng.choice((tag, rng.choice(_TAGS)))}>")
        elif kind == 2:
            parts.append(f"<{tag} " * rng.randint(1, 30) + rng.choice(("", ">")))
        elif kind == 3:
            parts.append(f'<{tag} title="{text(rng, 2)}" onclick={rng.choice(_NEWS)}>')
        elif kind == 4:
            parts.append(rng.choice(("<!--", "<![CDATA[", "<?xml", "</", "<", "<!ENTITY x '", "]]>", "\0", *_ENTITIES)))
        else:
            parts.append(f"<p>{rng.choice(_SCRIPTS) * rng.randint(1, 40)}</p>")
    return "".join(parts)


def value(rng: Random, depth: int = 3) -> Any:
    """Any JSON value, halves of surrogate pairs and numbers out of all measure included."""
    kind = rng.randrange(9 if depth else 6)
    if kind < 2:
        return text(rng, 6)
    if kind == 2:
        return rng.choice((0, -1, 10**30, 1e308, float("inf"), float("nan"), 0.5, 2**63))
    if kind == 3:
        return rng.choice((None, True, False, "", " ", "vi", "energy"))
    if kind < 6:
        return rng.choice(("energy", "defence", "education", "a", "\ud83d", "en-GB"))
    if kind < 8:
        return [value(rng, depth - 1) for _ in range(rng.randint(0, 4))]
    return {text(rng, 2): value(rng, depth - 1) for _ in range(rng.randint(0, 3))}


def row(rng: Random) -> dict[str, Any]:
    """A labelled row: about half of them right, the others wrong in a field or more."""
    n = rng.randint(1, 5)
    good: dict[str, Any] = {
        "id": rng.choice(("a", 7, text(rng, 2) or "b")),
        "lang": rng.choice(("vi", "en", "ru", "xx")),
        "sentences": [text(rng, 5).replace("\n", " ").strip() or "Tin." for _ in range(n)],
        "labels": [rng.sample(("energy", "defence", "education"), rng.randint(0, 2)) for _ in range(n)],
        "key": rng.sample(range(n), rng.randint(0, n)),
        "summary": text(rng, 3) or None,
        "genre": value(rng, 1),
    }
    for name in [*good, "title", "text", "themes"]:
        if rng.random() < 0.06:
            good[name] = value(rng)
        elif rng.random() < 0.05:
            good.pop(name, None)
    return good


def data(rng: Random, content: str) -> bytes:
    """`content` in some encoding, one time in three with bytes changed, doubled or cut off."""
    encoded = bytearray(
        content.encode(rng.choice(_ENCODINGS) if rng.random() < 0.5 else "utf-8", rng.choice(("replace", "ignore")))
    )
    while encoded and rng.random() < 0.3:
        position = rng.randrange(len(encoded))
        change = rng.randrange(4)
        if change == 0:
            encoded[position] = rng.randrange(256)
        elif change == 1:
            del encoded[position:]
        elif change == 2:
            encoded[position:position] = rng.choice(
                (b"\0", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\x1b[31m", b"\x80" * 9)
            )
        else:
            encoded *= 2
    return bytes(encoded)


def line(rng: Random) -> bytes:
    """One line of JSON, or nearly."""
    kind = rng.randrange(4)
    if kind == 0:
        return data(rng, json.dumps(value(rng), ensure_ascii=rng.random() < 0.5).replace("\ud83d", "\\ud83d"))
    if kind == 1:
        return (
            b'{"text": '
            + rng.choice((b"[" * 9000, b"9" * 9000, b'"\\ud800"', b'"a\x00b"', b'"' + b"\\" * 9, b"NaN"))
            + b"}"
        )
    return data(rng, json.dumps({**row(rng), "text": text(rng)} if kind == 2 else row(rng)))


def long_line(rng: Random) -> str:
    """A line of 1 MB: something over and over."""
    unit = "".join(text(rng, 3).replace("\r", "\n").split("\n")) or "a"
    return unit * (2**20 // len(unit.encode("utf-8", "replace")) + 1)


def with_long_line(rng: Random, content: AnyStr) -> AnyStr:
    """`content` with a line of 1 MB in some place, now and then as JSON."""
    line = long_line(rng)
    added = f"\n{json.dumps({'text': line}) if rng.random() < 0.5 else line}\n"
    place = rng.randint(0, len(content))
    if isinstance(content, str):
        return content[:place] + added + content[place:]
    return content[:place] + added.encode("utf-8", "replace") + content[place:]


def table(rng: Random) -> bytes:
    """A CSV file: rows of any number of cells, with quotation marks in wrong places, by any program."""
    columns = ["text" if rng.random() < 0.97 else text(rng, 2), *rng.sample(_COLUMNS, rng.randint(0, 4))]
    rng.shuffle(columns)
    file = StringIO(newline="")
    writer = csv.writer(
        file,
        delimiter=rng.choice(",,;\t"),
        lineterminator=rng.choice(("\n", "\r\n", "\r")),
        quoting=rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
    )
    writer.writerow(columns)
    for _ in range(rng.randint(0, 5)):
        writer.writerow([_cell(rng) for _ in columns[rng.random() < 0.05 :]])
    content = file.getvalue()
    while rng.random() < 0.3:
        place = rng.randint(0, len(content))
        content = content[:place] + rng.choice(('"', '""', ",", "\n", "\r", '",', ',"')) + content[place:]
    if rng.random() < 0.1:
        return b"\xff\xfe" + content.encode("utf-16-le", "surrogatepass")
    return data(rng, content)


def _cell(rng: Random) -> str:
    kind = rng.randrange(LONG_ONE_IN)
    return long_line(rng) if kind == 0 else rng.choice(("", "vi", "7")) if kind % 4 == 1 else text(rng, 6)


def parquet(rng: Random) -> bytes:
    """A Parquet file: columns of any type, texts that are no UTF-8, bytes changed or cut off."""
    n = rng.randint(0, 5)
    columns = ["text" if rng.random() < 0.97 else text(rng, 2), *rng.sample(_COLUMNS, rng.randint(0, 4))]
    arrays = [_column(rng, n) for _ in columns]
    file = BytesIO()
    names = [column.encode("utf-8", "replace").decode() for column in columns]
    packing = rng.choice(("none", "snappy", "zstd"))
    pq.write_table(pa.Table.from_arrays(arrays, names), file, compression=packing, row_group_size=rng.randint(1, 5))
    return _damaged(rng, file.getvalue())


def _column(rng: Random, n: int) -> Any:
    cells = [_cell(rng).encode("utf-8", rng.choice(("replace", "ignore", "surrogatepass"))) for _ in range(n)]
    values = pa.array([cell if rng.random() < 0.9 else None for cell in cells], pa.binary())
    kind = rng.randrange(12)
    if kind < 7:
        return values.view(pa.string())
    if kind == 7:
        return pa.array(cells, pa.large_binary()).view(pa.large_string())
    if kind == 8:
        return values.view(pa.string()).dictionary_encode()
    if kind == 9:
        return rng.choice((values, pa.array([cells] * n, pa.list_(pa.binary())), pa.nulls(n)))
    numbers = pa.array([rng.randrange(-(2**63), 2**63) for _ in range(n)], pa.int64())
    return numbers.view(pa.timestamp(rng.choice(("us", "ns")))) if kind == 10 else numbers


def _damaged(rng: Random, content: bytes) -> bytes:
    """One time in four with a byte changed, or cut off."""
    while content and rng.random() < 0.25:
        place = rng.randrange(len(content))
        kept = content[place + 1 :] if rng.random() < 0.7 else b""
        content = content[:place] + bytes([rng.randrange(256)]) + kept
    return content


def files(rng: Random) -> dict[str, bytes]:
    """Up to three files of a folder: name -> content, now and then packed, damaged, or of another format."""
    found = {}
    for number in range(rng.randint(1, 3)):
        suffix = rng.choice(list(_FORMATS))
        packing = rng.choice(("", "", "", *_PACKERS))
        content = _FORMATS[suffix if rng.random() < 0.9 else rng.choice(list(_FORMATS))](rng)
        if packing and rng.random() < 0.9:
            content = _damaged(rng, _PACKERS[packing](content))
        found[f"{rng.choice(_NAMES)}{number}{suffix}{packing}"] = content
    return found


_COLUMNS = ("id", "title", "lang", "more")
_NAMES = ("a", "tin tức", "a\nb", "\udcff", "*[a]", "-", "\x1b[31m", "\u202e", " ", "%s{}")
_FORMATS: dict[str, Callable[[Random], bytes]] = {
    ".txt": lambda rng: data(rng, text(rng)),
    ".md": lambda rng: data(rng, text(rng)),
    ".html": lambda rng: data(rng, page(rng)),
    ".jsonl": lambda rng: b"\n".join(line(rng) for _ in range(rng.randint(0, 3))),
    ".csv": table,
    ".parquet": parquet,
    "": lambda rng: data(rng, text(rng)),
}
_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda content: gzip.compress(content, mtime=0),
    ".zst": lambda content: pa.Codec("zstd").compress(content, asbytes=True),
}

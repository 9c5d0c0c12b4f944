"""The compact line format that articles are written in -> rows of labelled data.

    # en-b06-01 | genre=brief | parties=VN,KR | date=2019-04-08
    0 | President receives Korean guest
    DU* | One sentence a line, its codes first; * marks the key sentences.
    0 | A sentence without a theme.
    S | The reference summary, on one line.

Codes: D defence, E energy, U education, V vaccines, P people-to-people, 0 none; several together where a sentence has
several themes. The first sentence is the headline. What follows the id is kept as fields of the row. Not here: whether
the article is any good (`check`), and files of other themes than these five.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hoptac.errors import DataError

CODES = {"D": "defence", "E": "energy", "U": "education", "V": "vaccines", "P": "people-to-people"}
_ID = re.compile(r"([a-z]{2})-[a-z0-9-]+")
_MARK = re.compile(r"(0|[A-Z]+)(\*?)")
_LISTS = {"parties": ",", "traps": None}
_OWN = frozenset({"id", "lang", "sentences", "labels", "key", "summary"})


def compact(paths: Iterable[str | Path]) -> list[str]:
    """The articles of compact files as JSON lines. Raises DataError with every fault found, a line each."""
    rows: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for path in paths:
        try:
            lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
        except OSError as error:
            problems.append(f"{path}: cannot be opened ({error.strerror}); expected a file in the compact format")
            continue
        except UnicodeDecodeError as error:
            problems.append(f"{path}: byte {error.start + 1} is not UTF-8; save the file in that encoding")
            continue
        for where, row in parse(lines, str(path), problems):
            if rows.setdefault(row["id"], row) is not row:
                problems.append(f"{where}: id {row['id']!r} stands over another article too; expected its own for each")
    if problems:
        raise DataError("\n".join(problems))
    return [json.dumps(row, ensure_ascii=False) + "\n" for row in rows.values()]


def parse(lines: Sequence[str], source: str, problems: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield ("source:line", row) of each article; every fault is appended to `problems`, with what to do about it.

    >>> [(where, row)] = parse(["# en-1 | parties=VN,KR", "0 | Guest received", "D* | Navies met."], "a.txt", [])
    >>> row["labels"], row["key"], row["parties"]
    ([[], ['defence']], [1], ['VN', 'KR'])
    """
    row: dict[str, Any] | None = None
    start = source
    for number, raw in enumerate(lines, 1):
        where, line = f"{source}:{number}", " ".join(raw.split())
        if line.startswith("# "):
            if row is not None:
                yield start, _closed(row, start, problems)
            row, start = _header(line[2:], where, problems), where
        elif line and row is None:
            problems.append(f"{where}: a line before the first article; expected '# id' above it")
        elif line and row is not None:
            _line(line, row, where, problems)
    if row is not None:
        yield start, _closed(row, start, problems)
    else:
        problems.append(f"{source}: no articles in it; expected '# id' and lines of 'codes | sentence'")


def _header(text: str, where: str, problems: list[str]) -> dict[str, Any]:
    identifier, *fields = (part.strip() for part in text.split("|"))
    match = _ID.fullmatch(identifier)
    if match is None:
        problems.append(f"{where}: id {identifier!r}; expected a language code first, such as en-b06-01")
    row: dict[str, Any] = {
        "id": identifier,
        "lang": match[1] if match else "",
        "sentences": [],
        "labels": [],
        "key": [],
    }
    for field in fields:
        name, equals, value = (part.strip() for part in field.partition("="))
        if not equals or not name or name in row or name in _OWN:
            problems.append(f"{where}: {field!r} after the id; expected name=value, each name once")
        else:
            row[name] = [part.strip() for part in value.split(_LISTS[name])] if name in _LISTS else value
    return row


def _line(line: str, row: dict[str, Any], where: str, problems: list[str]) -> None:
    mark, bar, text = (part.strip() for part in line.partition("|"))
    if not bar or not text:
        problems.append(f"{where}: no '|' or nothing after it; expected 'codes | sentence', such as 'DU* | …'")
        return
    if mark == "S":
        if "summary" in row:
            problems.append(f"{where}: a second summary; expected one line 'S | …' per article")
        row["summary"] = text
        return
    match = _MARK.fullmatch(mark.replace(" ", ""))
    codes = match[1] if match else mark
    if match is None or len(set(codes)) != len(codes) or set(codes) - {"0", *CODES}:
        problems.append(f"{where}: codes {mark!r}; expected 0, or some of {', '.join(CODES)}, each once, and * for key")
        codes = "0"
    if match is not None and match[2]:
        row["key"].append(len(row["sentences"]))
    row["sentences"].append(text)
    row["labels"].append([theme for code, theme in CODES.items() if code in codes])


def _closed(row: dict[str, Any], where: str, problems: list[str]) -> dict[str, Any]:
    if not row["sentences"]:
        problems.append(f"{where}: {row['id']} has no sentences; expected 'codes | sentence' under it")
    # The order of the contract, whatever the order of the lines.
    head: dict[str, Any] = {
        name: row[name] for name in ("id", "lang", "sentences", "labels", "key", "summary") if name in row
    }
    return {**head, **{name: value for name, value in row.items() if name not in head}}

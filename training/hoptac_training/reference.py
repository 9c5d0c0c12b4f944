"""Labels by reference: the text of an article stays where it is, the project holds its id, digests and labels.

A row: {"id", "lang", "source", "split", "digests": [8 hex digits a sentence], "labels": [[…]…], "key": […]}. Joining
finds the article among the texts at hand by id and checks every sentence by its digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hoptac.errors import DataError


def digest(sentence: str) -> str:
    """Eight hex digits of the sentence, white space folded.

    >>> digest("Hai  nước") == digest("Hai nước")
    True
    """
    return hashlib.sha256(" ".join(sentence.split()).encode("utf-8")).hexdigest()[:8]


def is_reference(row: dict[str, Any]) -> bool:
    """Whether a row of labelled data points to its text instead of carrying it."""
    return "digests" in row


def read_texts(paths: Iterable[str | Path]) -> dict[str, list[str]]:
    """Article id -> sentences, from JSON lines with `sentences`, or with `title`, `summary` and `body`.

    Rows without these are passed over. Raises DataError for a file that is no JSON lines.
    """
    texts: dict[str, list[str]] = {}
    for path in paths:
        try:
            with open(path, encoding="utf-8") as lines:
                for number, line in enumerate(lines, 1):
                    row = _object(line, f"{path}:{number}")
                    sentences = row.get("sentences") or [
                        *(row[key] for key in ("title", "summary") if row.get(key)), *row.get("body", [])
                    ]  # fmt: skip
                    if sentences and isinstance(row.get("id"), str):
                        texts[row["id"]] = [folded for item in sentences if (folded := " ".join(str(item).split()))]
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}); expected JSON lines of texts") from error
    return texts


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise DataError(f"{where}: not JSON ({error}); expected one object a line") from error
    if not isinstance(row, dict):
        raise DataError(f"{where}: not a JSON object; expected one object a line")
    return row


def join(rows: Iterable[dict[str, Any]], texts: dict[str, list[str]], missing: list[str]) -> Iterator[dict[str, Any]]:
    """Rows with `sentences` in place of `digests`. Ids whose text is absent or differs are appended to `missing`."""
    for row in rows:
        sentences = texts.get(row["id"])
        if sentences is None or [digest(sentence) for sentence in sentences] != row["digests"]:
            missing.append(row["id"])
            continue
        rest = {key: value for key, value in row.items() if key != "digests"}
        yield {**rest, "sentences": sentences}

"""Reads a `themes.toml` into a Taxonomy. The file is all it takes to define a new set of themes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from hoptac.errors import ModelError
from hoptac.values import Taxonomy, Theme

MAX_BYTES = 2**17
"""The longest that a themes file may be: some 400 themes in three languages."""
MAX_LINE = 4096
"""Characters; a key cannot go on in another line."""
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def load_taxonomy(path: str | Path) -> Taxonomy:
    """Read a themes file: `exclusive = true|false` and `[[theme]]` tables with id, names (or name) and description.

    Raises ModelError, with the file and the rule, for anything else.
    """
    text = _read(path)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, brackets thousands deep
        raise ModelError(f"{path}: not a TOML file ({error}); see seeds/themes.toml for an example") from error
    unknown = set(data) - {"exclusive", "theme"}
    if unknown:
        raise ModelError(f"{path}: unknown key {_shown(min(unknown))}; expected 'exclusive' and [[theme]] tables")
    exclusive = data.get("exclusive", False)
    if not isinstance(exclusive, bool):
        raise ModelError(f"{path}: exclusive = {_shown(exclusive)}; expected true or false")
    tables = data.get("theme")
    if not isinstance(tables, list) or not tables:
        raise ModelError(f"{path}: no themes; expected at least one [[theme]] table with an id")
    themes = tuple(_theme(path, number, table) for number, table in enumerate(tables, 1))
    ids = [theme.id for theme in themes]
    if len(set(ids)) != len(ids):
        raise ModelError(f"{path}: two themes have the same id; ids must differ")
    return Taxonomy(themes, exclusive)


def _read(path: str | Path) -> str:
    """The text of the file, which the library may read: it takes time with the square of a key's parts."""
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # no system has names with NUL in them
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelError(f"{path}: cannot read the themes file ({reason}); expected a themes.toml") from error
    if len(content) > MAX_BYTES:
        raise ModelError(f"{path}: has more than {MAX_BYTES} bytes; try fewer themes, or shorter descriptions")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: not UTF-8 ({error}); try to save it as UTF-8 again") from error
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE:
            raise ModelError(f"{path}: line {number} has more than {MAX_LINE} characters; try several lines")
    return text


def _shown(value: object) -> str:
    """A value that should not be there; what may have no end by its kind only."""
    if isinstance(value, str):
        return repr(value[:80])
    if value is None or isinstance(value, bool):
        return str(value)
    return "a table or a list" if isinstance(value, dict | list) else "a number or a date"


def _theme(path: str | Path, number: int, table: object) -> Theme:
    if not isinstance(table, dict):
        raise ModelError(f"{path}: theme {number} is no table; expected [[theme]] with an id")
    theme_id = table.get("id")
    if not isinstance(theme_id, str) or not _ID.fullmatch(theme_id):
        shown = _shown(theme_id)
        raise ModelError(f"{path}: theme {number} has id {shown}; expected lower-case letters, digits and '-'")
    names = table.get("names", {"en": table.get("name", theme_id)})
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise ModelError(f"{path}: theme {theme_id!r}: names must map language codes to text")
    description = table.get("description", "")
    if not isinstance(description, str):
        raise ModelError(f"{path}: theme {theme_id!r}: description must be text")
    return Theme(theme_id, {"en": theme_id, **names}, description)

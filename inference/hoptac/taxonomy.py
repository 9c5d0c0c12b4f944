"""Reads a `themes.toml` into a Taxonomy. The file is all it takes to define a new set of themes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from hoptac.errors import ModelError
from hoptac.values import Taxonomy, Theme

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def load_taxonomy(path: str | Path) -> Taxonomy:
    """Read a themes file: `exclusive = true|false` and `[[theme]]` tables with id, names (or name) and description.

    Raises ModelError, with the file and the rule, for anything else.
    """
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: cannot read the themes file ({error.strerror}); expected a themes.toml") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ModelError(f"{path}: not a TOML file ({error}); see seeds/themes.toml for an example") from error
    unknown = set(data) - {"exclusive", "theme"}
    if unknown:
        raise ModelError(f"{path}: unknown key {sorted(unknown)[0]!r}; expected 'exclusive' and [[theme]] tables")
    exclusive = data.get("exclusive", False)
    if not isinstance(exclusive, bool):
        raise ModelError(f"{path}: exclusive = {exclusive!r}; expected true or false")
    tables = data.get("theme")
    if not isinstance(tables, list) or not tables:
        raise ModelError(f"{path}: no themes; expected at least one [[theme]] table with an id")
    themes = tuple(_theme(path, number, table) for number, table in enumerate(tables, 1))
    ids = [theme.id for theme in themes]
    if len(set(ids)) != len(ids):
        raise ModelError(f"{path}: two themes have the same id; ids must differ")
    return Taxonomy(themes, exclusive)


def _theme(path: str | Path, number: int, table: object) -> Theme:
    if not isinstance(table, dict):
        raise ModelError(f"{path}: theme {number} is no table; expected [[theme]] with an id")
    theme_id = table.get("id")
    if not isinstance(theme_id, str) or not _ID.fullmatch(theme_id):
        raise ModelError(f"{path}: theme {number} has id {theme_id!r}; expected lower-case letters, digits and '-'")
    names = table.get("names", {"en": table.get("name", theme_id)})
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise ModelError(f"{path}: theme {theme_id!r}: names must map language codes to text")
    description = table.get("description", "")
    if not isinstance(description, str):
        raise ModelError(f"{path}: theme {theme_id!r}: description must be text")
    return Theme(theme_id, {"en": theme_id, **names}, description)

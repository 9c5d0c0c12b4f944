"""Whatever labelled data lie in -> a stream of examples of the one contract (`hoptac.labelled`).

JSON lines are read by the contract itself. Parquet, CSV, TSV and whatever `datasets.load_dataset` opens
have columns of other names now and then; `_ALIASES` says which are understood, and a row without an id gets
its number. An id that comes twice stops the reading, across files too.
"""

from __future__ import annotations

import csv
import importlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hoptac.errors import DataError, MissingExtra
from hoptac.labelled import from_row, read_rows
from hoptac.values import LabelledArticle, Taxonomy

_ALIASES = {
    "id": ("id", "index_id", "guid"),
    "lang": ("lang", "language"),
    "text": ("text", "body", "article", "document", "content"),
    "themes": ("themes", "label", "labels", "category", "topic"),
    "summary": ("summary", "abstract", "highlights"),
}
_OTHER = ("category", "topic")
_LISTS = ("sentences", "labels", "key", "labels2")


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled article; themed: whether it has labels or themes at all, or only a summary."""

    gold: LabelledArticle
    themed: bool


def load_examples(paths: Sequence[str], taxonomy: Taxonomy) -> Iterator[Example]:
    """Yield the examples of files, directories saved by `datasets`, and data sets of a hub ("owner/name",
    "owner/name:split"), in order.

    Raises DataError for what cannot be opened, a row that breaks the contract, an id that comes twice, and no
    articles at all; MissingExtra where the library that opens it is not installed.
    """
    seen: dict[str, str] = {}
    for path in paths:
        for where, row in _rows(path):
            row = adapted(row, taxonomy.ids)
            gold = from_row(row, where, taxonomy, labels_required="summary" not in row)
            first = seen.setdefault(gold.article.id, where)
            if first != where:
                hint = "expected an id of its own for every article; is a file named twice?"
                raise DataError(f"{where}: id {gold.article.id!r} stands in {first} already; {hint}")
            yield Example(gold, "labels" in row or "themes" in row)
    if not seen:
        raise DataError(f"{', '.join(paths) or 'no file'}: no articles in it; expected at least one; check the file")


def need(module: str, command: str = "evaluate", extra: str = "eval") -> Any:
    """Import a module of an extra. Raises MissingExtra."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtra(command, extra, (error.name or module).partition(".")[0]) from error


def _rows(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, row) of anything; rows of what is no JSON lines file get a number for want of an id."""
    suffix = Path(path).suffix.lower()
    if path == "-" or suffix in (".jsonl", ".json", ".ndjson"):
        for number, row in read_rows(path):
            yield f"{path}:{number}", row
        return
    rows: Iterable[dict[str, Any]]
    if suffix in (".csv", ".tsv"):
        rows = _delimited(path, "\t" if suffix == ".tsv" else ",")
    elif suffix == ".parquet":
        rows = _parquet(path)
    elif Path(path).is_dir():
        rows = _saved(path)
    elif Path(path).exists():
        kinds = "JSON lines (.jsonl), .csv, .tsv or .parquet"
        raise DataError(f"{path}: files named {suffix or 'without a suffix'} are not known; expected {kinds}")
    else:
        rows = _hub(path)
    for number, row in enumerate(rows, 1):
        name = {"id": f"{Path(path).stem}-{number}"} if not set(_ALIASES["id"]) & set(row) else {}
        yield f"{path}:{number}", name | row


def adapted(row: Mapping[str, Any], themes: Collection[str]) -> dict[str, Any]:
    """A row with columns of other names as one of the contract; one of the contract stays as it is.

    >>> adapted({"id": 1, "language": "en", "body": ["One.", "Two."], "label": "energy"}, {"energy"})
    {'id': 1, 'lang': 'en', 'text': 'One.\\nTwo.', 'themes': ['energy']}
    """
    found = {name: value for name, value in row.items() if value is not None and value != ""}
    if "title" in row:
        found.setdefault("title", None)
    by_sentence = "sentences" in found
    for name, aliases in _ALIASES.items():
        if name in found or (by_sentence and name == "text"):
            continue
        for alias in aliases:
            if by_sentence and alias == "labels":
                continue  # those of the sentences
            # A category is a theme only where the taxonomy knows it: many data sets have some other category.
            if alias in found and (alias not in _OTHER or set(_as_list(found[alias])) <= set(themes)):
                found[name] = found.pop(alias)
                break
    if isinstance(found.get("text"), list):
        found["text"] = "\n".join(str(paragraph) for paragraph in found["text"])
    if "themes" in found:
        found["themes"] = _as_list(found["themes"])
    return found


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [part.strip() for part in value.replace("|", ";").split(";") if part.strip()]
    return value if isinstance(value, list) else [value]


def _delimited(path: str, delimiter: str) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(1 << 27)
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=delimiter, strict=True)
            for row in reader:
                if None in row or None in row.values():
                    wrong = "another number of cells than the head has"
                    raise DataError(f"{path}:{reader.line_num}: {wrong}; expected as many; quote cells with commas")
                # An empty cell of `themes` says that there are none; anything else empty says nothing.
                kept = {name: _cell(name, value, f"{path}:{reader.line_num}") for name, value in row.items()}
                yield {name: value for name, value in kept.items() if value != ""}
    except OSError as error:
        raise DataError(f"{path}: cannot be opened ({error.strerror}); expected a file; check the path") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not readable ({error}); expected a table in UTF-8; save it as one") from error


def _cell(name: str, value: str, where: str) -> Any:
    if name in _ALIASES["themes"] and not value.lstrip().startswith("["):
        return _as_list(value)
    if name in (*_LISTS, *_ALIASES["themes"]) and value:
        try:
            return json.loads(value)
        except ValueError as error:
            hint = 'expected a JSON list such as [["energy"], []]'
            raise DataError(f"{where}: {name} is {value[:40]!r}; {hint}") from error
    return value


def _parquet(path: str) -> Iterator[dict[str, Any]]:
    parquet, arrow = need("pyarrow.parquet"), need("pyarrow")
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                yield from batch.to_pylist()
    except (OSError, arrow.ArrowException) as error:
        raise DataError(f"{path}: not a Parquet file ({_first_line(error)}); check the path") from error


def _saved(path: str) -> Iterable[dict[str, Any]]:
    datasets = need("datasets")
    try:
        return _split(datasets.load_from_disk(path), None, path, datasets)
    except FileNotFoundError as error:
        hint = "expected labelled files, or a directory saved by datasets"
        raise DataError(f"{path}: a directory that is no data set; {hint}") from error


def _hub(path: str) -> Iterable[dict[str, Any]]:
    name, _, split = path.partition(":")
    if name.count("/") > 1 or name.startswith((".", "/", "~")) or not name:
        raise DataError(f"{path}: no such file; expected a labelled file; check the path")
    datasets = need("datasets")
    try:
        found = datasets.load_dataset(name)
    except Exception as error:  # the library raises some ten kinds, of four other libraries
        hint = "expected a file, or a data set that can be reached from here; check the name and the network"
        raise DataError(f"{path}: no such file, and no data set could be had ({_first_line(error)}); {hint}") from error
    return _split(found, split or None, path, datasets)


def _split(found: Any, split: str | None, path: str, datasets: Any) -> Iterable[dict[str, Any]]:
    if isinstance(found, datasets.DatasetDict):
        names = list(found)
        wanted = split or ("test" if "test" in names else names[0] if len(names) == 1 else None)
        if wanted not in names:
            hint = f"expected one of {', '.join(names)}; name it as {path.partition(':')[0]}:{names[0]}"
            raise DataError(f"{path}: which split? {hint}")
        found = found[wanted]
    return (_named(row, found.features) for row in found)


def _named(row: Mapping[str, Any], features: Mapping[str, Any]) -> dict[str, Any]:
    """Class numbers as their names."""
    named = dict(row)
    for column, feature in features.items():
        inner = getattr(feature, "feature", None)
        if hasattr(feature, "int2str") and row[column] is not None:
            named[column] = [feature.int2str(row[column])]
        elif inner is not None and hasattr(inner, "int2str") and row[column] is not None:
            named[column] = [inner.int2str(number) for number in row[column]]
    return named


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]

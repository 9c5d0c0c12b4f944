"""Labelled data: JSON lines -> LabelledArticle, one at a time, and back to a row.

The contract that training, evaluation and the corpus share. Each line is an object with `id`, `lang`,
`sentences` (the first is the headline, unless `title` is null) or `text`, what people say of it (`labels`
per sentence, or `themes` of the whole), and optionally `key` and `summary`; every other field is kept as it
stands. A row that breaks the contract stops the reading: labels that are silently wrong cost more than a run.
Not here: Parquet, CSV and hub data sets (`hoptac_eval.loading`), finding sentences in a `text` (`split`).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from hoptac.decode import compose
from hoptac.errors import DataError
from hoptac.values import Article, LabelledArticle, Sentence, Taxonomy

_FIELDS = frozenset({"id", "lang", "title", "text", "sentences", "labels", "themes", "key", "summary"})
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_MESSAGE = 200  # characters of what is wrong: a row may hold anything, and an error is one line
_Sentences: TypeAlias = tuple[Sentence, ...] | None


def read_labelled(path: str | Path, taxonomy: Taxonomy | None = None) -> Iterator[LabelledArticle]:
    """Yield the articles of a labelled file in order; "-" is standard input. Blank lines are passed over.

    taxonomy: where it is given, labels must be in it and come in its order; otherwise in order of appearance.
    Raises DataError "file:line: what; expected; what to try" at the first row that breaks the contract
    (earlier rows have been yielded by then), for an id that comes twice, and for a file without rows.
    """
    seen: dict[str, int] = {}
    for number, row in read_rows(path):
        labelled = from_row(row, f"{path}:{number}", taxonomy)
        first = seen.setdefault(labelled.article.id, number)
        if first != number:
            _fail(
                f"{path}:{number}",
                f"id {labelled.article.id!r} stands on line {first} already",
                "expected an id of its own for every article; rename one of them",
            )
        yield labelled


def read_rows(path: str | Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, object) of JSON lines in UTF-8, with or without BOM; "-" is standard input.

    Raises DataError for a file that cannot be opened, has no rows, or has a line that is no JSON object.
    """
    try:
        lines = sys.stdin.buffer if str(path) == "-" else Path(path).open("rb")  # noqa: SIM115
    except OSError as error:
        _fail(str(path), f"cannot be opened ({error.strerror})", "expected a JSON lines file; check the path")
    number = n_rows = 0
    try:
        for number, line in enumerate(lines, 1):
            row = _parse(line, f"{path}:{number}", first=number == 1)
            if row is not None:
                n_rows += 1
                yield number, row
    except OSError as error:
        _fail(f"{path}:{number + 1}", f"cannot be read ({error.strerror})", "expected a file; check the disk")
    finally:
        if str(path) != "-":
            lines.close()
    if not n_rows:
        _fail(str(path), "no articles in it", "expected a JSON object per line; is this the right file?")


def from_row(
    row: Mapping[str, Any], where: str, taxonomy: Taxonomy | None = None, *, labels_required: bool = True
) -> LabelledArticle:
    """One row of the contract as a value. where: "file:line", for messages and as the article's source.

    labels_required: False lets a row with neither `labels` nor `themes` through (data that has only
    summaries); its `themes` are then empty. Raises DataError.

    >>> row = {"id": "a", "lang": "en", "sentences": ["Gas deal", "It was signed."]}
    >>> row["labels"] = [["energy"], []]
    >>> from_row(row, "x.jsonl:1").article.sentences[1]
    Sentence(text='It was signed.', start=9, end=23)
    >>> to_row(from_row(row, "x.jsonl:1")) == row
    True
    """
    if ("sentences" in row) == ("text" in row):
        both = "both sentences and text" if "text" in row else "neither sentences nor text"
        _fail(where, f"the row has {both}", "expected one of them; remove or add a field")
    identifier = _identifier(row, where)
    if "sentences" in row:
        text, sentences = join_sentences(_texts(row["sentences"], where))
    else:
        text, sentences = _text(row["text"], "text", where), None
    title = _title(row, text, sentences, where)
    if sentences is None and title is not None and not _begins(text, title):
        text = f"{title}\n{text}"
    labels, themes = _labels(row, sentences, where, taxonomy, labels_required)
    language = row.get("lang") or "other"
    if not isinstance(language, str):
        _fail(where, f"lang is {language!r}", 'expected a code such as "en" or "vi"')
    summary = _text(row["summary"], "summary", where) if row.get("summary") else None
    return LabelledArticle(
        Article(text, title, language, where, identifier, sentences),
        labels,
        themes,
        _key(row, sentences, where),
        summary,
        {name: value for name, value in row.items() if name not in _FIELDS},
    )


def to_row(labelled: LabelledArticle) -> dict[str, Any]:
    """The row of the contract that reads back as `labelled`, but for the source, which is where it stands."""
    article = labelled.article
    row: dict[str, Any] = {"id": article.id, "lang": article.language}
    if article.sentences is None:
        if article.title is not None:
            row["title"] = article.title
        row["text"] = article.text
    else:
        if article.title != article.sentences[0].text:
            row["title"] = article.title
        row["sentences"] = [sentence.text for sentence in article.sentences]
    if labelled.labels is None:
        row["themes"] = list(labelled.themes)
    else:
        row["labels"] = [list(themes) for themes in labelled.labels]
    if labelled.key is not None:
        row["key"] = list(labelled.key)
    if labelled.summary is not None:
        row["summary"] = labelled.summary
    return row | dict(labelled.meta)


def join_sentences(texts: Sequence[str]) -> tuple[str, tuple[Sentence, ...]]:
    """Sentences as (text, sentences): NFC, one a line, `text[s.start:s.end] == s.text` for each.

    >>> join_sentences(["Gas deal", "It was signed."])[0]
    'Gas deal\\nIt was signed.'
    """
    sentences: list[Sentence] = []
    start = 0
    for text in texts:
        normal = compose(text)
        sentences.append(Sentence(normal, start, start + len(normal)))
        start += len(normal) + 1
    return "\n".join(sentence.text for sentence in sentences), tuple(sentences)


def _fail(where: str, what: str, hint: str) -> NoReturn:
    shown = what if len(what) <= _LONGEST_MESSAGE else f"{what[:_LONGEST_MESSAGE]}…"
    raise DataError(f"{where}: {shown}; {hint}")


def _parse(line: bytes, where: str, *, first: bool) -> dict[str, Any] | None:
    try:
        text = line.decode("utf-8-sig" if first else "utf-8")
        row = json.loads(text) if text.strip() else None
    except UnicodeDecodeError as error:
        _fail(where, f"byte {error.start + 1} is not UTF-8", "expected UTF-8; save the file in that encoding")
    except (ValueError, RecursionError) as error:
        _fail(where, f"not JSON ({error})", "expected one object per line; jq -c puts it so")
    if row is None and not text.strip():
        return None
    if not isinstance(row, dict):
        _fail(where, f"a JSON {type(row).__name__}", "expected an object with id, sentences and labels")
    if "\\u" in text and _SURROGATE.search(json.dumps(row, ensure_ascii=False)):
        _fail(where, "half a surrogate pair in the row", "expected Unicode text; repair the escape")
    return row


def _identifier(row: Mapping[str, Any], where: str) -> str:
    value = row.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        _fail(where, f"id is {value!r}" if "id" in row else "no id", "expected text; give every article an id")
    return value


def _text(value: object, name: str, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        _fail(where, f"{name} is {str(value)[:40]!r}", "expected text that is not blank")
    if _SURROGATE.search(value):
        _fail(where, f"{name} has half a surrogate pair", "expected Unicode text; repair the escape")
    return compose(value)


def _texts(value: object, where: str) -> list[str]:
    if not isinstance(value, list) or not value:
        _fail(where, f"sentences is {str(value)[:40]!r}", "expected a list of at least one sentence")
    return [_text(item, f"sentence {index}", where) for index, item in enumerate(value)]


def _begins(text: str, title: str) -> bool:
    return " ".join(text.split()).startswith(" ".join(title.split()))


def _title(row: Mapping[str, Any], text: str, sentences: _Sentences, where: str) -> str | None:
    if "title" not in row:
        return sentences[0].text if sentences else None
    if row["title"] is None:
        return None
    title = _text(row["title"], "title", where)
    if sentences and not _begins(text, title):
        _fail(
            where,
            "title is not how the sentences begin",
            "expected the headline as the first sentence; put it there with its labels, or set title to null",
        )
    return title


def _labels(
    row: Mapping[str, Any],
    sentences: _Sentences,
    where: str,
    taxonomy: Taxonomy | None,
    required: bool,
) -> tuple[tuple[tuple[str, ...], ...] | None, tuple[str, ...]]:
    value, whole = row.get("labels"), row.get("themes")
    if value is None and whole is None:
        if required:
            _fail(where, "the row has no labels", "expected labels (per sentence) or themes (of the article)")
        return None, ()
    themes = None if whole is None else _theme_ids(whole, "themes", where, taxonomy)
    labels: tuple[tuple[str, ...], ...] | None = None
    if value is not None:
        if sentences is None:
            _fail(where, "labels without sentences", "expected sentences too; or give themes of the article")
        if not isinstance(value, list) or len(value) != len(sentences):
            n_labels = len(value) if isinstance(value, list) else repr(value)
            _fail(
                where,
                f"{n_labels} labels for {len(sentences)} sentences",
                "expected a list of theme ids per sentence, [] for none",
            )
        labels = tuple(_theme_ids(item, f"labels[{i}]", where, taxonomy) for i, item in enumerate(value))
        union = _in_order((theme for item in labels for theme in item), taxonomy)
        if themes is not None and set(themes) != set(union):
            _fail(
                where,
                f"themes are {list(themes)}, those of the sentences {list(union)}",
                "expected the themes of an article to be those of its sentences; leave themes out",
            )
        themes = union
    assert themes is not None
    if taxonomy is not None and taxonomy.exclusive and len(themes) != 1:
        _fail(where, f"{len(themes)} themes", "expected exactly one, as the taxonomy is exclusive")
    return labels, themes


def _theme_ids(value: object, name: str, where: str, taxonomy: Taxonomy | None) -> tuple[str, ...]:
    if value == []:  # as for most sentences
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        _fail(where, f"{name} is {repr(value)[:40]}", "expected a list of theme ids, [] for none")
    if len(set(value)) != len(value):
        _fail(where, f"{name} names a theme twice", "expected every theme once")
    if taxonomy is not None:
        for theme in value:
            if theme not in taxonomy.ids:
                known = ", ".join(taxonomy.ids)
                _fail(
                    where,
                    f"unknown theme {theme!r}",
                    f"expected one of {known}; mend it or name another model",
                )
    return _in_order(value, taxonomy)


def _in_order(themes: Iterable[str], taxonomy: Taxonomy | None) -> tuple[str, ...]:
    found = dict.fromkeys(themes)
    return tuple(found) if taxonomy is None else tuple(theme for theme in taxonomy.ids if theme in found)


def _key(row: Mapping[str, Any], sentences: _Sentences, where: str) -> tuple[int, ...] | None:
    value = row.get("key")
    if value is None:
        return None
    if sentences is None:
        _fail(where, "key without sentences", "expected sentences beside it; or leave key out")
    if not isinstance(value, list) or not all(isinstance(i, int) and not isinstance(i, bool) for i in value):
        _fail(where, f"key is {repr(value)[:40]}", "expected a list of sentence numbers, the first being 0")
    for index in value:
        if not 0 <= index < len(sentences):
            _fail(where, f"key {index} out of range", f"expected 0 to {len(sentences) - 1}")
    if len(set(value)) != len(value):
        _fail(where, "key names a sentence twice", "expected every sentence once")
    return tuple(sorted(value))

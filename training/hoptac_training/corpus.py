"""Reads what lies in `seeds/`: the written corpus and the articles labelled by reference, as values.

A row that breaks the contract, or lacks a field that the corpus has beyond it, becomes a problem and the reading goes
on, so that one run names everything. Not here: whether the texts are good (`check`), joining with texts (`reference`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from hoptac.errors import DataError
from hoptac.labelled import from_row, read_rows
from hoptac.values import Taxonomy
from hoptac_eval.record import primary_theme

Labels = tuple[tuple[str, ...], ...]

CORPUS_FILES = {"train.jsonl": "train", "dev.jsonl": "dev", "test.jsonl": "test", "ru.jsonl": "test"}
REFERENCE_FILES = ("en.jsonl", "vi.jsonl")
DRY = ("readout", "brief")
GENRES = (*DRY, "feature", "interview", "joint-statement", "press-release", "op-ed", "wire-short")
EVIDENCE = ("usual", "late", "clause", "echo", "spread", "none")
_DATE = re.compile(r"20[0-2]\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_PARTY = re.compile("[A-Z]{2}")
_TRAP = re.compile(r"[RH]\d{1,2}|not-[DEUVP]")
_BATCH = re.compile(r"b\d{2}")
_DIGEST = re.compile("[0-9a-f]{8}")
_REFERENCE_FIELDS = frozenset(["id", "lang", "source", "split", "digests", "labels", "key", "labels1", "labels2"])


@dataclass(frozen=True, slots=True)
class Entry:
    """An article of the corpus. where: "file:line". evidence, traps: what the plan asked for (see the card).

    labels1, labels2: the first and the second blind labelling of articles that were labelled twice, else None.
    """

    where: str
    id: str
    lang: str
    sentences: tuple[str, ...]
    labels: Labels
    key: tuple[int, ...]
    summary: str
    genre: str
    parties: tuple[str, ...]
    date: str
    batch: str
    split: str
    evidence: str
    traps: tuple[str, ...]
    pair: str | None
    labels1: Labels | None
    labels2: Labels | None
    themes: tuple[str, ...]
    primary: str | None

    @property
    def n_words(self) -> int:
        """Words of the article, as white space cuts them: syllables in Vietnamese."""
        return sum(len(sentence.split()) for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Reference:
    """A real article whose text stays with its publisher. digests: one per sentence (`reference.digest`)."""

    where: str
    id: str
    lang: str
    source: str
    split: str
    digests: tuple[str, ...]
    labels: Labels
    labels1: Labels | None
    labels2: Labels | None
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """All of `seeds/`. problems: "file:line: what; what to do", for rows that are left out of the rest."""

    entries: tuple[Entry, ...]
    references: tuple[Reference, ...]
    problems: tuple[str, ...]


def read_corpus(seeds: str | Path, taxonomy: Taxonomy) -> Corpus:
    """Read `corpus/*.jsonl` and `by-reference/*.jsonl` under `seeds`. A file that is not there is a problem."""
    problems: list[str] = []
    seen: dict[str, str] = {}
    entries: list[Entry] = []
    for name, split in CORPUS_FILES.items():
        for where, row in _rows(Path(seeds, "corpus", name), problems, seen):
            try:
                entries.append(_entry(row, where, taxonomy))
            except DataError as error:
                problems.append(str(error))
            if (row.get("split"), row.get("lang") == "ru") != (split, name == "ru.jsonl"):
                home = "expected Russian in ru.jsonl alone, and the rest in the file of its split; move it"
                problems.append(f"{where}: split {row.get('split')!r}, lang {row.get('lang')!r}; {home}")
    references: list[Reference] = []
    for name in REFERENCE_FILES:
        for where, row in _rows(Path(seeds, "by-reference", name), problems, seen):
            try:
                references.append(_reference(row, where, taxonomy))
            except DataError as error:
                problems.append(str(error))
    return Corpus(tuple(entries), tuple(references), tuple(problems))


def _rows(path: Path, problems: list[str], seen: dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        for number, row in read_rows(path):
            where = f"{path}:{number}"
            first = seen.setdefault(str(row.get("id")), where)
            if first != where:
                problems.append(f"{where}: id {row.get('id')!r} stands in {first} already; rename one of them")
            yield where, row
    except DataError as error:
        problems.append(str(error))


def _entry(row: Mapping[str, Any], where: str, taxonomy: Taxonomy) -> Entry:
    labelled = from_row(row, where, taxonomy)
    if labelled.labels is None or not labelled.key or labelled.summary is None:
        _fail(where, "no sentence labels, key sentences or summary", "expected all three; write what is missing")
    if "title" in row:
        _fail(
            where,
            "a title beside the sentences",
            "expected the headline as the first sentence; take title out",
        )
    assert labelled.article.sentences is not None
    parties = _strings(row, "parties", _PARTY, where)
    if len(parties) < 2:
        _fail(where, f"parties are {list(parties)}", "expected two ISO country codes or more")
    return Entry(
        where=where,
        id=labelled.article.id,
        lang=labelled.article.language,
        sentences=tuple(row["sentences"]),  # as they stand: the value has them in NFC already
        labels=labelled.labels,
        key=labelled.key,
        summary=row["summary"],
        genre=_string(row, "genre", GENRES, where),
        parties=parties,
        date=_string(row, "date", _DATE, where),
        batch=_string(row, "batch", _BATCH, where),
        split=_string(row, "split", ("train", "dev", "test"), where),
        evidence=_string(row, "evidence", EVIDENCE, where),
        traps=_strings(row, "traps", _TRAP, where),
        pair=_string(row, "pair", re.compile(r"p\d{3}"), where) if "pair" in row else None,
        labels1=_second(row, "labels1", where, taxonomy),
        labels2=_second(row, "labels2", where, taxonomy),
        themes=labelled.themes,
        primary=primary_theme(labelled.labels, taxonomy.ids),
    )


def _reference(row: Mapping[str, Any], where: str, taxonomy: Taxonomy) -> Reference:
    more = sorted(set(row) - _REFERENCE_FIELDS)
    if more:
        _fail(where, f"field {more[0]!r}", "expected labels by reference to carry no text; take it out")
    digests = _strings(row, "digests", _DIGEST, where)
    labelled = from_row({**row, "sentences": list(digests)}, where, taxonomy)
    if labelled.labels is None:
        _fail(where, "no sentence labels", "expected labels beside the digests")
    return Reference(
        where=where,
        id=labelled.article.id,
        lang=labelled.article.language,
        source=_string(row, "source", re.compile(".+"), where),
        split=_string(row, "split", ("train", "dev"), where),
        digests=digests,
        labels=labelled.labels,
        labels1=_second(row, "labels1", where, taxonomy),
        labels2=_second(row, "labels2", where, taxonomy),
        themes=labelled.themes,
    )


def _second(row: Mapping[str, Any], name: str, where: str, taxonomy: Taxonomy) -> Labels | None:
    """A further labelling of the same sentences, by the rules of the first."""
    if name not in row:
        return None
    if ("labels1" in row) != ("labels2" in row):
        _fail(where, "one of labels1 and labels2", "expected both blind labellings, or neither")
    plain = {"id": row["id"], "sentences": row.get("sentences", row.get("digests")), "labels": row[name]}
    return from_row(plain, f"{where}: {name}", taxonomy).labels


def _string(row: Mapping[str, Any], name: str, allowed: tuple[str, ...] | re.Pattern[str], where: str) -> str:
    value = row.get(name)
    right = isinstance(value, str) and (value in allowed if isinstance(allowed, tuple) else allowed.fullmatch(value))
    if not right:
        form = ", ".join(allowed) if isinstance(allowed, tuple) else allowed.pattern
        _fail(where, f"{name} is {value!r}", f"expected {form}")
    return str(value)


def _strings(row: Mapping[str, Any], name: str, allowed: re.Pattern[str], where: str) -> tuple[str, ...]:
    value = row.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) and allowed.fullmatch(item) for item in value):
        _fail(where, f"{name} is {str(value)[:40]}", f"expected a list of {allowed.pattern}")
    return tuple(value)


def _fail(where: str, what: str, hint: str) -> NoReturn:
    raise DataError(f"{where}: {what}; {hint}")


def text_digest(entries: Iterable[Entry | Reference]) -> str:
    """Twelve hex digits over ids and sentences: fixes which articles a split has, whatever their labels and order."""
    return _digest([item.id, item.sentences if isinstance(item, Entry) else item.digests] for item in entries)


def label_digest(entries: Iterable[Entry | Reference]) -> str:
    """Twelve hex digits over ids and labels."""
    return _digest([item.id, item.labels] for item in entries)


def _digest(rows: Iterable[list[Any]]) -> str:
    lines = sorted(json.dumps(row, ensure_ascii=False) for row in rows)
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()[:12]

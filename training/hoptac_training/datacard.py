"""The parts of `seeds/README.md` that are numbers: made from the files, put between marks, checked by a test.

    <!-- counts -->
    ... is replaced ...
    <!-- /counts -->

Not here: the words around them, which are written by hand.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from hoptac.errors import DataError
from hoptac_training.agreement import Agreement
from hoptac_training.check import Findings
from hoptac_training.corpus import GENRES, Entry, Reference, label_digest, text_digest
from hoptac_training.quotas import THEMES, Count

SPLITS = ("train", "dev", "test")


def blocks(findings: Findings) -> dict[str, str]:
    """Every generated block of the card by its name."""
    entries = findings.corpus.entries
    return {
        "counts": counts_table(findings.counts),
        "splits": _splits(findings),
        "grid": _grid([entry for entry in entries if entry.lang != "ru"]),
        "genres": _genres([entry for entry in entries if entry.lang != "ru"]),
        "agreement": agreement_table(findings.agreements),
    }


def fill(card: str, made: Mapping[str, str]) -> str:
    """The card with its blocks replaced. Raises DataError for a block that the card has no marks for.

    >>> fill("a <!-- n -->old<!-- /n --> b", {"n": "7"})
    'a <!-- n -->\\n\\n7\\n\\n<!-- /n --> b'
    """
    for name, text in made.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, opened, rest = card.partition(start)
        _, closed, after = rest.partition(end)
        if not (opened and closed):
            raise DataError(f"the card has no block {name!r}; expected {start} and {end} in it")
        card = f"{before}{start}\n\n{text}\n\n{end}{after}"
    return card


def table(head: Sequence[str], rows: Iterable[Sequence[object]], right: int = 1) -> str:
    """A Markdown table; columns from number `right` on are set to the right.

    >>> print(table(["a", "b"], [[1, 2]]))
    | a | b |
    | --- | ---: |
    | 1 | 2 |
    """
    rule = ["---" if column < right else "---:" for column in range(len(head))]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in (head, rule, *rows))


def counts_table(counts: Sequence[Count]) -> str:
    """The plan beside what there is."""
    words = {True: "yes", False: "**no**", None: ""}
    return table(
        ["what", "plan", "found", "met"],
        ([item.name, item.plan, item.found, words[item.met]] for item in counts),
        right=4,
    )


def agreement_table(agreements: Sequence[Agreement]) -> str:
    """Kappas; in brackets how many sentences at least one labelling gives the theme to."""
    rows = []
    for row in agreements:
        cells = [
            "–" if math.isnan(value) else f"{value:.3f} ({n})"
            for value, n in zip(row.kappas[:-1], row.named, strict=True)
        ]
        total = "–" if math.isnan(row.kappas[-1]) else f"{row.kappas[-1]:.3f}"
        rows.append([row.part, row.group, row.n_articles, f"{row.n_sentences:,}", *cells, total])
    return table(["part", "group", "articles", "sentences", *THEMES, "all decisions"], rows, right=2)


def _splits(findings: Findings) -> str:
    corpus = findings.corpus
    own = {split: [e for e in corpus.entries if e.split == split and e.lang != "ru"] for split in SPLITS}
    parts: dict[str, Sequence[Entry | Reference]] = {f"corpus, {split}": items for split, items in own.items()}
    parts["corpus, Russian (test only)"] = [entry for entry in corpus.entries if entry.lang == "ru"]
    for split in ("train", "dev"):
        parts[f"by reference, {split}"] = [item for item in corpus.references if item.split == split]
    rows = [
        [
            name,
            *(sum(item.lang == lang for item in items) for lang in ("en", "vi", "ru")),
            f"{sum(len(item.labels) for item in items):,}",
            f"`{text_digest(items)}`",
            f"`{label_digest(items)}`",
        ]
        for name, items in parts.items()
    ]
    return table(["split", "en", "vi", "ru", "sentences", "digest of texts", "digest of labels"], rows)


def _grid(own: Sequence[Entry]) -> str:
    """Language by main theme by length, and how many of each are broad."""
    lengths = {"6–9": (6, 9), "10–14": (10, 14), "15–22": (15, 22), "23–40": (23, 40)}
    rows = []
    for lang in ("en", "vi"):
        for theme in (*THEMES, None):
            cell = [entry for entry in own if entry.lang == lang and entry.primary == theme]
            sizes = [sum(low <= len(entry.sentences) <= high for entry in cell) for low, high in lengths.values()]
            rows.append([lang, theme or "none", len(cell), *sizes, sum(len(entry.themes) >= 3 for entry in cell)])
    return table(["language", "main theme", "articles", *lengths, "three themes or more"], rows, right=2)


def _genres(own: Sequence[Entry]) -> str:
    found = Counter((entry.genre, entry.lang, entry.primary is None) for entry in own)
    rows = []
    for genre in GENRES:
        numbers = [found[genre, lang, False] + found[genre, lang, True] for lang in ("en", "vi")]
        rows.append([genre, *numbers, sum(found[genre, lang, True] for lang in ("en", "vi"))])
    return table(["genre", "en", "vi", "of them with no theme"], rows)

"""What is kept of each article, as columns: what people say (`Gold`) and how a system did (`Outcomes`).

A few dozen numbers an article and no text, so that any number of articles can be streamed, every figure and
every resample be computed from the columns alone, and two reports be compared article by article. n is the
number of articles, T that of themes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hoptac_eval.metrics import Floats
from hoptac_eval.summaries import COLUMNS

Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.int64]

NO_THEME = -1
UNKNOWN = -2


@dataclass(frozen=True, eq=False)
class Gold:
    """ids, pairs: n. labels: (n, T). themed: (n,), False where only a summary is given.

    primary: (n,) index of the theme with the most sentences, NO_THEME, or UNKNOWN where sentences are not
    labelled. n_sentences: (n,) number of labelled sentences. fields: what to slice by -> the values of each
    article.
    """

    themes: tuple[str, ...]
    ids: tuple[str, ...]
    pairs: tuple[str | None, ...]
    labels: Bools
    themed: Bools
    primary: Ints
    n_sentences: Ints
    fields: Mapping[str, tuple[tuple[str, ...], ...]]

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, index: Ints) -> Gold:
        """The articles at `index`, in that order."""
        return Gold(
            self.themes,
            tuple(self.ids[i] for i in index),
            tuple(self.pairs[i] for i in index),
            self.labels[index],
            self.themed[index],
            self.primary[index],
            self.n_sentences[index],
            {name: tuple(values[i] for i in index) for name, values in self.fields.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Columns as lists; label sets as "0101"."""
        return {
            "ids": list(self.ids),
            "pairs": list(self.pairs),
            "labels": _bits(self.labels),
            "themed": _bits(self.themed[:, None]),
            "primary": self.primary.tolist(),
            "n_sentences": self.n_sentences.tolist(),
            "fields": {name: [list(value) for value in values] for name, values in self.fields.items()},
        }

    @classmethod
    def from_json(cls, themes: tuple[str, ...], data: Mapping[str, Any]) -> Gold:
        """What `to_json` gave."""
        return cls(
            themes,
            tuple(data["ids"]),
            tuple(data["pairs"]),
            _unbits(data["labels"], len(themes)),
            _unbits(data["themed"], 1)[:, 0],
            np.array(data["primary"], np.int64),
            np.array(data["n_sentences"], np.int64),
            {name: tuple(tuple(value) for value in values) for name, values in data["fields"].items()},
        )


@dataclass(frozen=True, eq=False)
class Outcomes:
    """How one system did. answered: (n,), False where it failed or was not asked; its rows are then void.

    labels, unsure: (n, T) yes and undecided themes. probabilities: (n, T), 0 to 1. primary: (n,) as in
    Gold. evidence: (n, T, 3) sentences rightly, wrongly and not given the theme. summary: (n,
    len(COLUMNS)), NaN where not measured. None: the system says nothing of the kind.
    """

    system: str
    answered: Bools
    labels: Bools | None = None
    unsure: Bools | None = None
    probabilities: Floats | None = None
    primary: Ints | None = None
    evidence: Ints | None = None
    summary: Floats | None = None

    def select(self, index: Ints) -> Outcomes:
        """The articles at `index`, in that order."""
        return Outcomes(
            self.system,
            self.answered[index],
            None if self.labels is None else self.labels[index],
            None if self.unsure is None else self.unsure[index],
            None if self.probabilities is None else self.probabilities[index],
            None if self.primary is None else self.primary[index],
            None if self.evidence is None else self.evidence[index],
            None if self.summary is None else self.summary[index],
        )

    def to_json(self) -> dict[str, Any]:
        """Columns as lists, NaN as null; probabilities and summary figures to six decimals."""
        return {
            "system": self.system,
            "answered": _bits(self.answered[:, None]),
            "labels": None if self.labels is None else _bits(self.labels),
            "unsure": None if self.unsure is None else _bits(self.unsure),
            "probabilities": None if self.probabilities is None else _numbers(self.probabilities),
            "primary": None if self.primary is None else self.primary.tolist(),
            "evidence": None if self.evidence is None else self.evidence.reshape(len(self.evidence), -1).tolist(),
            "summary": None if self.summary is None else _numbers(self.summary),
        }

    @classmethod
    def from_json(cls, n_themes: int, data: Mapping[str, Any]) -> Outcomes:
        """What `to_json` gave."""
        evidence, primary = data["evidence"], data["primary"]
        return cls(
            data["system"],
            _unbits(data["answered"], 1)[:, 0],
            None if data["labels"] is None else _unbits(data["labels"], n_themes),
            None if data["unsure"] is None else _unbits(data["unsure"], n_themes),
            None if data["probabilities"] is None else _floats(data["probabilities"], n_themes),
            None if primary is None else np.array(primary, np.int64),
            None if evidence is None else np.array(evidence, np.int64).reshape(len(evidence), n_themes, 3),
            None if data["summary"] is None else _floats(data["summary"], len(COLUMNS)),
        )


def _bits(values: Bools) -> list[str]:
    return ["".join("1" if value else "0" for value in row) for row in values.tolist()]


def _unbits(rows: Sequence[str], width: int) -> Bools:
    return np.array([[letter == "1" for letter in row] for row in rows], bool).reshape(len(rows), width)


def _numbers(values: Floats) -> list[list[float | None]]:
    return [[None if value != value else round(value, 6) for value in row] for row in values.tolist()]


def _floats(rows: Sequence[Sequence[float | None]], width: int) -> Floats:
    return np.array([[np.nan if value is None else value for value in row] for row in rows], float).reshape(-1, width)

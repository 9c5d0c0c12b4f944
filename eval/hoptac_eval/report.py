"""The Report: everything one evaluation found, stamped with what it holds for; to a file and back.

Values only. It keeps a few numbers for each article (`outcomes`), so that two reports can be compared in
pairs, and the worst errors with their text, which `save(texts=False)` leaves out where the articles may not
be passed on.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hoptac.errors import DataError
from hoptac_eval.calibration import Bin, Risk
from hoptac_eval.outcomes import Gold, Outcomes

FORMAT = "hoptac-report-1"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the figures hold for. digest: of the data, the order of articles aside. date: UTC, ISO 8601.

    seconds: the model's own time. peak_mb: of the whole process, None where the system does not tell.
    """

    hoptac_version: str
    metrics_version: int
    model: str
    languages: tuple[str, ...]
    files: tuple[str, ...]
    digest: str
    n_articles: int
    n_failed: int
    seed: int
    resamples: int
    machine: str
    threads: int
    date: str
    seconds: float
    articles_per_second: float
    peak_mb: float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and its 95 % interval; None where it cannot be computed."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, value: float, low: float = math.nan, high: float = math.nan) -> Figure:
        """NaN becomes None.

        >>> Figure.of(0.5, 0.25)
        Figure(value=0.5, low=0.25, high=None)
        """
        return cls(*(None if number != number else float(number) for number in (value, low, high)))


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of one system on one slice: "all", "lang=vi", "unseen" (without leaked articles). n: its
    articles."""

    slice: str
    system: str
    n: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Gap:
    """How much better the model is in one language than in another."""

    first: str
    second: str
    figure: str
    difference: Figure


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of one kind: reliability bins and risk over coverage, of all articles or one language."""

    slice: str
    reliability: tuple[Bin, ...]
    risk: tuple[Risk, ...]
    area_under_risk: float | None


@dataclass(frozen=True, slots=True)
class ErrorSentence:
    """One sentence of a badly classified article: the themes it has, and those it was given."""

    text: str
    gold: tuple[str, ...]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErrorCase:
    """One badly classified article. weight: how wrong it is. by_sentence: gold is known per sentence."""

    id: str
    source: str
    language: str
    weight: float
    gold: tuple[str, ...]
    said: tuple[str, ...]
    probabilities: Mapping[str, float]
    by_sentence: bool
    sentences: tuple[ErrorSentence, ...]


@dataclass(frozen=True, slots=True)
class Leaks:
    """What of the data under test the model was trained on. articles: their ids; exact: most sentences
    stand in the training data word for word; near: most runs of eight words do. sentences: how many stand
    there, of how many."""

    exact: tuple[str, ...]
    near: tuple[str, ...]
    sentences: int
    n_sentences: int

    @property
    def articles(self) -> frozenset[str]:
        """Every leaked article."""
        return frozenset(self.exact) | frozenset(self.near)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What a model trained on n articles reaches. series: the curve it belongs to, for example a test file."""

    series: str
    n: int
    value: float


@dataclass(frozen=True, eq=False)
class Report:
    """See the module. themes: ids; names: id -> language -> name. confusion: (T + 1, T + 1), the last row
    and column being "none". failures: id -> reason."""

    stamp: Stamp
    themes: tuple[str, ...]
    names: Mapping[str, Mapping[str, str]]
    results: tuple[Result, ...]
    gaps: tuple[Gap, ...]
    curves: tuple[Curve, ...]
    confusion: tuple[tuple[float, ...], ...]
    errors: tuple[ErrorCase, ...]
    failures: Mapping[str, str]
    leaks: Leaks | None
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    gold: Gold
    outcomes: Outcomes
    learning_curve: tuple[CurvePoint, ...] = ()

    @property
    def systems(self) -> tuple[str, ...]:
        """Names of the systems, the model first."""
        return tuple(dict.fromkeys(result.system for result in self.results))

    @property
    def slices(self) -> tuple[str, ...]:
        """Names of the slices, "all" first."""
        return tuple(dict.fromkeys(result.slice for result in self.results))

    def result(self, slice_: str = "all", system: str | None = None) -> Result | None:
        """The figures of a system (the model's by default) on a slice, or None."""
        system = system or self.stamp.model
        return next((r for r in self.results if r.slice == slice_ and r.system == system), None)

    def figure(self, name: str, slice_: str = "all", system: str | None = None) -> Figure | None:
        """One figure, or None where there is none of the name."""
        result = self.result(slice_, system)
        return None if result is None else result.figures.get(name)

    def without_texts(self) -> Report:
        """The same without a word of the articles."""
        blank = [
            dataclasses.replace(case, sentences=tuple(dataclasses.replace(s, text="") for s in case.sentences))
            for case in self.errors
        ]
        return dataclasses.replace(self, errors=tuple(blank))

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        plain = {
            field.name: _plain(getattr(self, field.name))
            for field in dataclasses.fields(self)
            if field.name not in ("results", "gold", "outcomes")
        }
        results: dict[str, dict[str, Any]] = {}
        for result in self.results:
            figures = {name: [f.value, f.low, f.high] for name, f in result.figures.items()}
            results.setdefault(result.slice, {})[result.system] = {"n": result.n, "figures": figures}
        columns = {"gold": self.gold.to_json(), "outcomes": self.outcomes.to_json()}
        return {"format": FORMAT, **plain, "results": results, **columns}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        """What `to_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']!r}; expected {FORMAT!r}")
        themes = tuple(data["themes"])
        return cls(
            stamp=Stamp(**_tuples(data["stamp"])),
            themes=themes,
            names=data["names"],
            results=tuple(
                Result(s, system, r["n"], {name: Figure(*values) for name, values in r["figures"].items()})
                for s, systems in data["results"].items()
                for system, r in systems.items()
            ),
            gaps=tuple(Gap(**{**gap, "difference": Figure(**gap["difference"])}) for gap in data["gaps"]),
            curves=tuple(
                Curve(
                    curve["slice"],
                    tuple(Bin(**item) for item in curve["reliability"]),
                    tuple(Risk(**item) for item in curve["risk"]),
                    curve["area_under_risk"],
                )
                for curve in data["curves"]
            ),
            confusion=tuple(tuple(row) for row in data["confusion"]),
            errors=tuple(_error(case) for case in data["errors"]),
            failures=data["failures"],
            leaks=None if data["leaks"] is None else Leaks(**_tuples(data["leaks"])),
            warnings=tuple(data["warnings"]),
            notes=tuple(data["notes"]),
            gold=Gold.from_json(themes, data["gold"]),
            outcomes=Outcomes.from_json(len(themes), data["outcomes"]),
            learning_curve=tuple(CurvePoint(**point) for point in data["learning_curve"]),
        )

    def save(self, path: str | Path, *, texts: bool = True) -> None:
        """Write the report as JSON. texts: False leaves out the worst errors' text (articles not ours to pass on)."""
        report = self if texts else self.without_texts()
        Path(path).write_text(dump(report.to_json()), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Report:
        """Read a saved report. Raises DataError for a file that is none."""
        try:
            return cls.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}); expected a report; check the path") from error
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            hint = "expected what evaluate --format json wrote; run it again"
            raise DataError(f"{path}: not a report of this version ({error!r}); {hint}") from error


def dump(data: Mapping[str, Any]) -> str:
    """JSON with a line for each key of the first level, so that a difference of two reports can be read."""
    lines = (
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(',', ':'))}"
        for key, value in data.items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


def _tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}


def _error(data: Mapping[str, Any]) -> ErrorCase:
    sentences = tuple(ErrorSentence(**_tuples(sentence)) for sentence in data["sentences"])
    return ErrorCase(**{**_tuples(data), "sentences": sentences})

"""Floors under the figures: what was reached once must not be lost in silence.

A floors file holds figures of one model on one set of data, with the digest of the data and a seal over its
own lines. `check_gate` compares a report with it; `pin_floors` writes it. A floor goes down only by
`allow_regression`, and a file lowered by hand is noticed by its seal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hoptac.errors import DataError
from hoptac_eval.catalogue import kind, shown
from hoptac_eval.report import Report

DEFAULT_FLOORS = ("exact_match", "macro_f1", "primary_accuracy", "evidence_macro_f1", "ece")
_TOLERANCE = 1e-6


def check_gate(report: Report, floors_path: str | Path, allow_regression: bool = False) -> list[str]:
    """The problems that keep a report from passing, in plain sentences; an empty list lets it pass.

    A figure may be written "macro_f1" or, on a slice, "lang=vi/macro_f1"; where lower is better the floor
    is a ceiling. allow_regression: floors that the report does not reach are lowered to it, in the file,
    instead. Raises DataError where there is no such file, or it is no floors file.
    """
    floors = _read(floors_path)
    problems = _changed(report, floors, floors_path)
    if problems:
        return problems
    below: dict[str, float] = {}
    for name, floor in floors["floors"].items():
        value = _value(report, name)
        if value is None:
            problems.append(f"{name} cannot be computed any more; its floor is {shown(_figure(name), floor)}")
        elif _is_worse(name, value, floor):
            below[name] = value
    if report.stamp.n_failed:
        problems.append(f"{report.stamp.n_failed} articles got no answer; expected one for each")
    if below and allow_regression and not problems:
        _write(floors_path, {**floors, "floors": {**floors["floors"], **below}})
        return []
    for name, value in below.items():
        side = "above its ceiling" if kind(_figure(name)).better == "lower" else "below its floor"
        floor = floors["floors"][name]
        hint = "if that is meant, run again with --allow-regression"
        problems.append(f"{name} is {value:.4f}, {side} {floor:.4f}; {hint}")
    return problems


def pin_floors(
    report: Report,
    floors_path: str | Path,
    figures: Sequence[str] = DEFAULT_FLOORS,
    *,
    margin: float = 0.0,
    allow_regression: bool = False,
) -> list[str]:
    """Write what the report reached as new floors, `margin` below it; gives the problems that forbid it.

    An existing file keeps its other floors, and none goes down without allow_regression; one for other data
    is replaced only with it.
    """
    new: dict[str, float] = {}
    for name in figures:
        value = _value(report, name)
        if value is None:
            return [f"{name} is not in the report; expected one of its figures"]
        slack = margin if kind(_figure(name)).better == "lower" else -margin
        new[name] = round(value + slack, 6)
    old: dict[str, float] = {}
    if Path(floors_path).exists():
        before = _read(floors_path)
        problems = [] if allow_regression else _changed(report, before, floors_path)
        if not problems and before["data_digest"] == report.stamp.digest:
            old = before["floors"]
            lowered = [name for name, value in new.items() if name in old and _is_worse(name, value, old[name])]
            if lowered and not allow_regression:
                hint = "expected floors only to rise; run with --allow-regression if that is meant"
                problems = [f"{name} would go from {old[name]:.4f} to {new[name]:.4f}; {hint}" for name in lowered]
        if problems:
            return problems
    stamp = {"data_digest": report.stamp.digest, "metrics_version": report.stamp.metrics_version}
    _write(floors_path, {**stamp, "data": list(report.stamp.files), "floors": {**old, **new}})
    return []


def _changed(report: Report, floors: Mapping[str, Any], path: str | Path) -> list[str]:
    if floors["seal"] != _seal(floors):
        return [f"{path} was changed by hand; expected floors written by pin_floors; pin them anew"]
    if floors["metrics_version"] != report.stamp.metrics_version:
        versions = f"{floors['metrics_version']}, the report {report.stamp.metrics_version}"
        return [f"{path} is for metrics version {versions}; pin the floors anew"]
    if floors["data_digest"] != report.stamp.digest:
        digests = f"{floors['data_digest'][:12]}, the report {report.stamp.digest[:12]}"
        return [f"{path} is for other data: its digest is {digests}; a changed corpus needs floors of its own"]
    return []


def _figure(name: str) -> str:
    return name.rpartition("/")[2]


def _value(report: Report, name: str) -> float | None:
    slice_, _, figure = name.rpartition("/")
    found = report.figure(figure, slice_ or "all")
    return None if found is None else found.value


def _is_worse(name: str, value: float, floor: float) -> bool:
    if kind(_figure(name)).better == "lower":
        return value > floor + _TOLERANCE
    return value < floor - _TOLERANCE


def _seal(floors: Mapping[str, Any]) -> str:
    sealed = json.dumps({key: value for key, value in floors.items() if key != "seal"}, sort_keys=True)
    return hashlib.sha256(sealed.encode()).hexdigest()[:16]


def _write(path: str | Path, floors: Mapping[str, Any]) -> None:
    text = json.dumps({**floors, "seal": _seal(floors)}, indent=2, ensure_ascii=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def _read(path: str | Path) -> dict[str, Any]:
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        floors = data["floors"]
        fits = isinstance(floors, dict) and all(
            isinstance(value, int | float) and not isinstance(value, bool) and kind(_figure(name))
            for name, value in floors.items()
        )
        if fits and {"data_digest", "metrics_version", "seal"} <= set(data):
            return dict(data)
    except OSError as error:
        raise DataError(
            f"{path}: no floors ({error.strerror}); expected a floors file; pin the figures first"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: not a floors file ({error!r}); expected what pin_floors wrote") from error
    raise DataError(f"{path}: not a floors file; expected what pin_floors wrote")

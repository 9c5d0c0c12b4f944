"""Floors hold, rise, and go down only when told to."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hoptac.errors import DataError
from hoptac_eval import Report, check_gate, evaluate, pin_floors
from hoptac_eval.report import Figure

FIGURES = ("macro_f1", "lang=en/exact_match", "ece")


@pytest.fixture
def report(fake: Any, write: Callable[..., str], row: Callable[..., dict[str, Any]]) -> Report:
    rows = [
        row("a", "A", ("Energy.", ["energy"])),
        row("b", "B", ("Gas.", ["energy"])),
        row("c", "C", ("Talks.", [])),
        row("d", "D", ("Defence.", ["defence"])),
    ]
    return evaluate([write(*rows)], fake, baselines=False, resamples=10)


def changed(report: Report, **values: float) -> Report:
    results = tuple(
        dataclasses.replace(result, figures={**result.figures, **{k: Figure(v) for k, v in values.items()}})
        for result in report.results
    )
    return dataclasses.replace(report, results=results)


def floors(path: Path) -> dict[str, float]:
    return dict(json.loads(path.read_text())["floors"])


@pytest.fixture
def path(report: Report, tmp_path: Path) -> Path:
    assert pin_floors(report, tmp_path / "floors.json", FIGURES) == []
    return tmp_path / "floors.json"


def test_what_was_reached_passes(report: Report, path: Path) -> None:
    assert check_gate(report, path) == []
    assert check_gate(changed(report, macro_f1=0.99, ece=0.0), path) == []
    assert set(floors(path)) == set(FIGURES)


def test_below_a_floor_and_above_a_ceiling(report: Report, path: Path) -> None:
    before = path.read_text()
    problems = check_gate(changed(report, macro_f1=0.5, ece=0.9), path)
    assert len(problems) == 2
    assert problems[0].startswith("macro_f1 is 0.5000, below its floor 0.")
    assert problems[1].startswith("ece is 0.9000, above its ceiling 0.")
    assert path.read_text() == before


def test_a_regression_that_is_allowed_lowers_the_floor(report: Report, path: Path) -> None:
    worse = changed(report, macro_f1=0.5)
    assert check_gate(worse, path, allow_regression=True) == []
    assert floors(path)["macro_f1"] == 0.5
    assert check_gate(worse, path) == []


def test_a_changed_corpus_is_refused_even_then(report: Report, path: Path) -> None:
    other = dataclasses.replace(report, stamp=dataclasses.replace(report.stamp, digest="0" * 32))
    for allowed in (False, True):
        (problem,) = check_gate(other, path, allow_regression=allowed)
        assert "is for other data" in problem
    assert pin_floors(other, path, FIGURES) != []
    assert pin_floors(other, path, FIGURES, allow_regression=True) == []
    assert check_gate(other, path) == []


def test_other_metrics_are_refused(report: Report, path: Path) -> None:
    other = dataclasses.replace(report, stamp=dataclasses.replace(report.stamp, metrics_version=99))
    (problem,) = check_gate(other, path)
    assert "metrics version" in problem


def test_a_floor_lowered_by_hand_is_noticed(report: Report, path: Path) -> None:
    data = json.loads(path.read_text())
    data["floors"]["macro_f1"] = 0.1
    path.write_text(json.dumps(data))
    (problem,) = check_gate(report, path)
    assert "was changed by hand" in problem


def test_floors_rise_and_do_not_sink(report: Report, path: Path) -> None:
    better, worse = changed(report, macro_f1=0.99), changed(report, macro_f1=0.5)
    assert pin_floors(better, path, ("macro_f1",)) == []
    assert floors(path)["macro_f1"] == 0.99
    assert set(floors(path)) == set(FIGURES)
    (problem,) = pin_floors(worse, path, ("macro_f1",))
    assert "macro_f1 would go from 0.9900 to 0.5000" in problem
    assert pin_floors(worse, path, ("macro_f1",), allow_regression=True) == []
    assert floors(path)["macro_f1"] == 0.5


def test_a_margin_gives_way_on_the_right_side(report: Report, tmp_path: Path) -> None:
    assert pin_floors(report, tmp_path / "f.json", FIGURES, margin=0.01) == []
    found = floors(tmp_path / "f.json")
    macro, ece = report.figure("macro_f1"), report.figure("ece")
    assert macro is not None
    assert macro.value is not None
    assert ece is not None
    assert ece.value is not None
    assert found["macro_f1"] == pytest.approx(macro.value - 0.01, abs=1e-6)
    assert found["ece"] == pytest.approx(ece.value + 0.01, abs=1e-6)


def test_a_figure_that_is_gone_and_articles_without_an_answer(report: Report, path: Path) -> None:
    gone = dataclasses.replace(report, results=())
    assert all("cannot be computed any more" in problem for problem in check_gate(gone, path))
    failing = dataclasses.replace(report, stamp=dataclasses.replace(report.stamp, n_failed=2))
    assert check_gate(failing, path) == ["2 articles got no answer; expected one for each"]
    assert "is not in the report" in pin_floors(report, path, ("rouge1",))[0]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"floors": {"nonsense": 1}}', '{"floors": {"macro_f1": "x"}}'])
def test_what_is_no_floors_file_is_named(report: Report, tmp_path: Path, content: str) -> None:
    (tmp_path / "f.json").write_text(content)
    with pytest.raises(DataError, match="not a floors file"):
        check_gate(report, tmp_path / "f.json")
    with pytest.raises(DataError, match="no floors"):
        check_gate(report, tmp_path / "missing.json")

"""Two reports on the same articles: what is better, what could be luck, and what does not compare."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest

from hoptac.errors import UsageError
from hoptac.values import Article, Prediction
from hoptac_eval import Report, compare, evaluate

Row = Callable[..., dict[str, Any]]
Write = Callable[..., str]


@pytest.fixture
def rows(row: Row) -> list[dict[str, Any]]:
    return [
        row(
            str(i),
            "A",
            *([("Energy.", ["energy"])] if i % 2 else [("Defence.", ["defence"])]),
            lang=["en", "vi"][i % 3 == 0],
        )
        for i in range(120)
    ]


@pytest.fixture
def worse(fake: Any) -> Any:
    """Like the fake, but blind for energy in two of three Vietnamese articles."""

    class Worse(type(fake)):  # type: ignore[misc]
        def predict_many(self, articles: Iterable[Article], /) -> Iterator[Prediction]:
            for prediction in super().predict_many(articles):
                if prediction.language == "vi" and int(prediction.id) % 9:
                    labels = tuple(label for label in prediction.labels if label != "energy")
                    sentences = tuple(dataclasses.replace(s, themes=()) for s in prediction.sentences)
                    prediction = dataclasses.replace(prediction, labels=labels, sentences=sentences)
                yield prediction

    return Worse(name="worse")


def run(predictor: Any, path: str) -> Report:
    return evaluate([path], predictor, baselines=False, resamples=10)


def test_better_in_plain_sentences(fake: Any, worse: Any, write: Write, rows: list[dict[str, Any]]) -> None:
    a, b = run(worse, write(*rows)), run(fake, write(*reversed(rows)))
    text = compare(a, b, resamples=400).to_text()
    assert text.startswith("A: worse   B: fake   120 articles\n")
    assert re.search(r"B is better overall: Macro F1 \+\.\d{3} \[\.\d{3}, \.\d{3}\]\.", text)
    assert re.search(r"B is better at energy in Vietnamese: \+\.\d{3} \[", text)
    assert "in English" not in text
    assert "Elsewhere the difference could be luck" in text
    back = compare(b, a, resamples=400)
    assert "A is better at energy in Vietnamese: -." in back.to_text()


def test_the_difference_and_its_spread_by_hand(fake: Any, worse: Any, write: Write, rows: list[dict[str, Any]]) -> None:
    a, b = run(worse, write(*rows)), run(fake, write(*rows))
    exact = next(d for d in compare(a, b, resamples=2000).headline if d.figure == "exact_match")
    wrong = 1 - exact.a
    assert (exact.b, exact.difference) == (1, pytest.approx(wrong))
    spread = 1.96 * np.sqrt(wrong * (1 - wrong) / 120)
    assert (exact.low, exact.high) == (
        pytest.approx(wrong - spread, abs=0.02),
        pytest.approx(wrong + spread, abs=0.02),
    )
    assert exact.better == "B"
    assert not exact.is_luck


def test_the_same_report_twice_is_luck(fake: Any, write: Write, rows: list[dict[str, Any]]) -> None:
    report = run(fake, write(*rows))
    comparison = compare(report, report, resamples=50)
    assert all(d.is_luck and d.difference == 0 for d in (*comparison.headline, *comparison.themes))
    text = comparison.to_text()
    assert "No clear difference overall" in text
    assert "both are named fake" in text
    assert "By theme and language every difference could be luck" in text


def test_where_lower_is_better(fake: Any, write: Write, rows: list[dict[str, Any]]) -> None:
    class Surer(type(fake)):  # type: ignore[misc]
        def predict_many(self, articles: Iterable[Article], /) -> Iterator[Prediction]:
            for prediction in super().predict_many(articles):
                sure = tuple(dataclasses.replace(s, probability=round(s.probability)) for s in prediction.themes)
                yield dataclasses.replace(prediction, themes=sure)

    a, b = run(fake, write(*rows)), run(Surer(name="surer"), write(*rows))
    brier = next(d for d in compare(a, b, resamples=50).headline if d.figure == "brier")
    assert brier.difference < 0
    assert brier.better == "B"


def test_articles_only_one_answered(fake: Any, write: Write, rows: list[dict[str, Any]]) -> None:
    class Shy(type(fake)):  # type: ignore[misc]
        def predict_many(self, articles: Iterable[Article], /) -> Iterator[Prediction]:
            for prediction in super().predict_many(articles):
                yield Prediction(prediction.id, "", error="no") if prediction.id == "3" else prediction

    comparison = compare(run(Shy(), write(*rows)), run(fake, write(*rows)), resamples=20)
    assert comparison.n == 119
    assert any("1 articles that one of the two did not answer" in warning for warning in comparison.warnings)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"digest": "0" * 32}, "different data"), ({"metrics_version": 0}, "metrics versions")],
)
def test_other_data_or_metrics_are_refused(
    fake: Any, write: Write, rows: list[dict[str, Any]], change: dict[str, Any], message: str
) -> None:
    a = run(fake, write(*rows))
    b = dataclasses.replace(a, stamp=dataclasses.replace(a.stamp, **change))
    with pytest.raises(UsageError, match=message):
        compare(a, b)
    with pytest.raises(UsageError, match="different themes"):
        compare(a, dataclasses.replace(a, themes=("x",)))

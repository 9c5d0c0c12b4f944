"""A report to a file and back, in every format; nothing of an article's text where it is not wanted."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import hoptac_eval
from hoptac.errors import DataError, UsageError
from hoptac_eval import Report, evaluate, render
from hoptac_eval.catalogue import HEADLINE, KINDS, PER_THEME, SUMMARY, kind
from hoptac_eval.render import RENDERERS
from hoptac_eval.report import CurvePoint
from hoptac_eval.tables import tables

Write = Callable[..., str]
Row = Callable[..., dict[str, Any]]
SECRET = "Sentence <b>energy</b> & “quotes” | pipe"


@pytest.fixture
def report(fake: Any, write: Write, row: Row, tmp_path: Path) -> Report:
    rows = []
    for i in range(12):
        language = "vi" if i % 2 else "en"
        mistake = ("They spoke of gas.", ["energy"]) if i % 3 else (SECRET, [])
        rows.append(row(f"<{i}>", "Tít", ("It is about energy.", ["energy"]), mistake, lang=language, genre="<i>"))
        rows[-1] |= {
            "summary": "It is about energy.",
            "key": [1],
            "labels2": rows[-1]["labels"],
            "pair": str(i // 2),
        }
    rows.append(row("broken", "B", ("broken", [])))
    found = evaluate([write(*rows)], fake, by=("genre",), resamples=50)
    points = tuple(CurvePoint("real", n, 0.5 + n / 1000) for n in (100, 200, 400))
    return dataclasses.replace(found, learning_curve=points)


def test_to_a_file_and_back(report: Report, tmp_path: Path) -> None:
    report.save(tmp_path / "a.json")
    again = Report.load(tmp_path / "a.json")
    assert again.to_json() == json.loads(json.dumps(report.to_json()))
    assert again.results == report.results
    assert again.stamp == report.stamp
    assert again.errors == report.errors
    assert render(again, "html") == render(report, "html")
    assert render(report, "json") == (tmp_path / "a.json").read_text(encoding="utf-8")


def test_figures_can_be_had_again_from_the_columns(report: Report) -> None:
    from hoptac_eval.scoring import score, slices

    loaded = Report.from_json(json.loads(render(report, "json")))
    again, gaps = score([(loaded.gold, loaded.outcomes)], slices(loaded.gold), seed=0, resamples=50)
    mine = [result for result in report.results if result.system == "fake"]
    assert again == mine
    assert tuple(gaps) == report.gaps


def test_without_a_word_of_the_articles(report: Report, tmp_path: Path) -> None:
    report.save(tmp_path / "a.json", texts=False)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert "about energy" not in text
    assert "about energy" in render(report, "json")
    assert str(tmp_path) not in text


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "other"}', '{"format": "hoptac-report-1"}'])
def test_what_is_no_report_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DataError, match=r"a\.json: not a report of this version"):
        Report.load(tmp_path / "a.json")
    with pytest.raises(DataError, match="cannot be read"):
        Report.load(tmp_path / "missing.json")


def test_the_table(report: Report) -> None:
    text = render(report, "table")
    assert re.search(r"Exact match +1\.000 \[1\.000, 1\.000\]", text)
    assert re.search(r"Evidence macro F1 +\.\d{3} \[\.\d{3}, 1?\.\d{3}\]", text)
    assert "! 13 articles are few" in text
    assert "annotators" in text
    assert "ROUGE-1, published scale" in text
    assert "English − Vietnamese" in text
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_markdown_has_as_many_cells_in_every_row(report: Report) -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", render(report, "markdown"), re.MULTILINE)
    assert len(blocks) == len(tables(report))
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_html_stands_alone_and_is_well_formed(report: Report) -> None:
    page = render(report, "html")
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page)
    assert "<script" not in page
    assert "url(" not in page
    assert "<b>energy</b>" not in page
    assert "&lt;b&gt;energy&lt;/b&gt; &amp; “quotes”" in page
    assert "&lt;12&gt;" not in page
    assert "<i>" not in page
    body = page[page.index("<body>") : page.index("</html>")]
    ElementTree.fromstring(re.sub(r"(<img [^>]*[^/])>", r"\1/>", body))
    assert page.count("data:image/svg+xml") == 5


def test_html_without_intervals_languages_or_errors(fake: Any, write: Write, row: Row) -> None:
    bare = evaluate([write(row("a", "A", ("Energy.", ["energy"])))], fake, baselines=False, resamples=0)
    page = render(bare, "html")
    assert "Worst errors" in page
    assert page.count("data:image/svg+xml") == 4
    only_failures = evaluate([write(row("a", "A", ("broken", [])))], fake)
    assert "No answer for a: it broke" in render(only_failures, "html")
    assert render(only_failures, "table")


def test_an_unknown_format(report: Report) -> None:
    with pytest.raises(UsageError, match="expected one of: table, json, markdown, html"):
        render(report, "pdf")
    assert list(RENDERERS) == ["table", "json", "markdown", "html"]


def test_every_figure_has_a_name_and_every_name_a_figure(report: Report) -> None:
    found = {name.partition(".")[0] for result in report.results for name in result.figures}
    assert found | {"gap"} == set(KINDS)
    assert {*HEADLINE, *SUMMARY, *PER_THEME} <= set(KINDS)
    assert all(kind(name).label for name in found)


def test_exported_names() -> None:
    assert hoptac_eval.__all__ == sorted(hoptac_eval.__all__)
    assert all(hasattr(hoptac_eval, name) for name in hoptac_eval.__all__)

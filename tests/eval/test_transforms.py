"""The cost of altered text, on answers that can be worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fakes import ROOT
from hoptac.errors import DataError
from hoptac.model import BUNDLED
from hoptac_eval import transforms
from hoptac_eval.alter import CHANGES
from hoptac_eval.transforms import FILE, PLAIN, load, measure, read, save, table


@pytest.fixture
def golds(fake: Any, write: Any, row: Any) -> list[Any]:
    """One article is about energy in its headline's place, one about defence in its last sentence; a pair."""
    first = row("a", "Talks", ("They spoke of energy.", ["energy"]), ("Rain.", []), pair="p")
    second = row("b", "Talks", ("Rain.", []), ("Rain.", []), ("It was energy.", ["energy"]), pair="p", lang="vi")
    third = row("c", "Visit", ("Sun.", []), ("Defence was named.", ["defence"]))
    third["sentences"][0], third["labels"][0] = "An energy visit", ["energy"]
    return load([write(first, second, third)], fake)


def test_every_change_has_a_row_and_the_fake_reads_through_most(golds: list[Any], fake: Any) -> None:
    rows = {row.name: row for row in measure(golds, fake, resamples=20)}
    assert list(rows) == list(CHANGES)
    for name in (PLAIN, "NFD", "upper case", "boilerplate left in", "first half", "headline removed"):
        assert (rows[name].macro_f1, rows[name].exact_match, rows[name].change) == (1.0, 1.0, 0.0)


def test_what_is_not_found_any_more_is_counted(golds: list[Any], fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every "energy" is spoilt: F1 of energy falls from 1 to 0, of defence it stays 1; of English articles likewise,
    # while the Vietnamese one has energy alone.
    monkeypatch.setitem(
        CHANGES,
        "OCR-like noise",
        lambda lines, language, rng: [(text.replace("energy", "cncrgy"), themes) for text, themes in lines],
    )
    row = next(row for row in measure(golds, fake, resamples=20) if row.name == "OCR-like noise")
    assert row.macro_f1 == 0.5
    assert row.change == -0.5
    assert row.low <= row.change <= row.high
    assert row.by_language == {"en": -0.5, "vi": -1.0}
    assert row.exact_match == 0.0


def test_pairs_are_equal_where_both_versions_get_the_same(
    golds: list[Any], fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        CHANGES,
        "upper case",
        lambda lines, language, rng: [(text if language == "en" else "?", themes) for text, themes in lines],
    )
    rows = {row.name: row for row in measure(golds, fake, resamples=20)}
    assert (rows[PLAIN].pairs_equal, rows["upper case"].pairs_equal) == (1.0, 0.0)


def test_articles_labelled_only_as_a_whole_are_refused(fake: Any, write: Any) -> None:
    with pytest.raises(DataError, match=r"test\.jsonl:1: no labels by sentence"):
        load([write({"id": "a", "lang": "en", "text": "Energy.", "themes": ["energy"]})], fake)


def test_rows_read_back_and_the_table_has_them(golds: list[Any], fake: Any, tmp_path: Path) -> None:
    rows = measure(golds, fake, resamples=20)
    save(tmp_path / "new" / "t.json", rows, {"model": "fake"})
    assert read(tmp_path / "new" / "t.json") == (rows, {"model": "fake"})
    lines = table(rows)
    assert lines[0] == "| text | macro-F1 | change | en | vi | exact match | pairs equal |"
    assert lines[2] == "| untouched | 1.000 | – | – | – | 1.000 | 1.000 |"
    assert lines[3] == "| NFD | 1.000 | .000 [.000, .000] | .000 | .000 | 1.000 | 1.000 |"


def test_the_command_measures_saves_and_prints(
    fake: Any, write: Any, row: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transforms.Predictor, "load", lambda directory: fake)
    path, out = write(row("a", "Talks", ("They spoke of energy.", ["energy"]))), tmp_path / "t.json"
    result = CliRunner().invoke(transforms.main, [path, "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("| text |")
    stamp = json.loads(out.read_text(encoding="utf-8"))["stamp"]
    assert (stamp["model"], stamp["files"], stamp["n_articles"]) == ("fake", ["test.jsonl"], 1)
    assert "spoke" not in out.read_text(encoding="utf-8")


def test_the_command_names_a_file_that_is_not_there(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transforms.Predictor, "load", lambda directory: fake)
    result = CliRunner().invoke(transforms.main, ["nowhere.jsonl"])
    assert result.exit_code == 1
    assert "nowhere.jsonl" in result.output


@pytest.mark.skipif(not (ROOT / FILE).exists(), reason="make transforms was not run")
def test_the_saved_result_is_of_the_bundled_model_and_the_readme_has_it() -> None:
    rows, stamp = read(ROOT / FILE)
    config = json.loads((BUNDLED / "config.json").read_text(encoding="utf-8"))
    assert stamp["model"] == config["hoptac"]["name"]
    assert "\n".join(table(rows)) in (ROOT / "README.md").read_text(encoding="utf-8")

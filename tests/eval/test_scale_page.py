"""docs/scale.md has the table that the measured speed gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fakes import ROOT
from hoptac_eval.bench_ray import Race, ray_table
from hoptac_eval.scale import SOURCES, Speed, main, read_speed, scale_table, with_table

PAGE = ROOT / "docs/scale.md"


def test_the_page_has_the_table_of_the_measured_speed() -> None:
    source = next(ROOT / path for path in SOURCES if (ROOT / path).is_file())
    assert "\n".join(scale_table(read_speed(source))) in PAGE.read_text(encoding="utf-8")


def test_the_arithmetic_is_the_one_that_can_be_done_by_hand() -> None:
    table = scale_table(Speed(10.0, 2, "here"), price=0.1)  # 5 a second and core: a million take 55.6 core-hours
    assert "| 1,000,000 | 56 | 28 h | 52 min | 3 min | 6 |" in table
    assert table[0].startswith("Measured: 10.0 articles a second on 2 cores, 5.00 a core (here).")


def test_a_speed_is_read_from_what_the_bench_saves(tmp_path: Path) -> None:
    rows = [{"peer": "hoptac", "corpus": "test", "articles_per_second": 12.0}]
    stamp = {"threads": 2, "machine": "a machine", "model": "m"}
    (tmp_path / "bench.json").write_text(json.dumps({"stamp": stamp, "rows": rows}), encoding="utf-8")
    assert read_speed(tmp_path / "bench.json").per_core == 6.0


def test_the_table_goes_between_the_marks_and_nowhere_else(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    once = with_table(page, ["| a |"])
    assert with_table(once, ["| a |"]) == once
    assert once.count("| a |") == 1
    assert once.splitlines()[0] == page.splitlines()[0]
    with pytest.raises(ValueError, match="no <!--"):
        with_table("a page", ["| a |"])
    result = CliRunner().invoke(main, ["--from", str(tmp_path / "none.json")])
    assert result.exit_code == 1
    assert "make results" in result.stderr


def test_ray_is_compared_without_its_start() -> None:
    race = Race(n_rows=100, n_workers=2, local=11.0, local_twice=21.0, ray=22.5, ray_twice=35.0)
    assert race.ratio == 0.8
    assert race.whole_ratio == 0.6
    assert "**0.80** ×" in ray_table(race)[-1]

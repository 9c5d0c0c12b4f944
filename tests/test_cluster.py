"""What `--engine ray` says before Ray is started, and where Ray is not installed. With Ray: slow/test_ray.py."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fakes import fake_model
from hoptac.arrow import numbered_table, numbers_in, prediction_schema
from hoptac.cli import main
from hoptac.predict import Predictor


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "The navy came."}\noops\n', encoding="utf-8")
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["batch", *map(str, arguments)])


@pytest.mark.parametrize("option", [("--address", "auto"), ("--actors", "2")])
def test_options_of_ray_are_wrong_usage_without_it(option: tuple[str, str], corpus: Path, tmp_path: Path) -> None:
    result = call(corpus, "-o", tmp_path / "out.jsonl", *option)
    assert result.exit_code == 2
    assert "--engine ray" in result.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_without_ray_one_line_says_which_extra(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "hoptac.cluster", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    result = call(corpus, "-o", tmp_path / "out.parquet", "--engine", "ray")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "hoptac: --engine ray needs ray, which is not installed; try: pip install 'hoptac[ray]'"
    ]


def test_numbered_rows_say_their_places_and_how_many_failed(tmp_path: Path, predictor: Predictor) -> None:
    import pyarrow.parquet as pq

    good = predictor.predict("The navy came.").to_dict()
    bad = dict.fromkeys(good) | {"id": "x", "source": "x.txt", "error": "x.txt: empty"}
    ids = fake_model().taxonomy.ids
    table = numbered_table([7, 3], [good, bad], ids)
    pq.write_table(table, tmp_path / "part.parquet")
    numbers, n_failed = numbers_in(tmp_path / "part.parquet")
    assert (numbers.tolist(), n_failed) == ([7, 3], 1)
    assert table.drop(["row"]).schema == prediction_schema(ids)
    assert table.drop(["row"]).to_pylist() == [good, bad]
    (tmp_path / "torn.parquet").write_bytes((tmp_path / "part.parquet").read_bytes()[:-20])
    with pytest.raises(ValueError, match="Parquet"):
        numbers_in(tmp_path / "torn.parquet")

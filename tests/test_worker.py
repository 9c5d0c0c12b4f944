"""What workers do, without what carries it: they find their files, number their rows, and lose none to another."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fakes import fake_model
from hoptac import formats
from hoptac.errors import InputError
from hoptac.predict import Predictor
from hoptac.sources import survey
from hoptac.tables import Columns
from hoptac.worker import Job, Worker, name_row, read_file, survey_file


def load() -> Predictor:
    return Predictor(fake_model())


@pytest.fixture
def job(tmp_path: Path) -> Job:
    lines = [json.dumps({"id": f"n{number}", "text": "The navy came."}) for number in range(4)]
    (tmp_path / "rows.jsonl").write_text("\n".join([*lines, "oops"]) + "\n", encoding="utf-8")
    return Job(str(tmp_path), tmp_path / "out.parquet", load, Columns(), "auto", "extractive", 1)


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker changes its folder and its environment; afterwards they are as before."""
    monkeypatch.chdir(os.getcwd())
    monkeypatch.setenv("RAYON_NUM_THREADS", "1")


def numbered(job: Job) -> Any:
    wanted = np.array([False, True, True, False, True]).tobytes()
    return list(read_file(job, {"file": b"rows.jsonl", "first": 100, "wanted": wanted}))


def test_a_file_is_counted_where_the_run_began(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    found = pickle.loads(survey_file(job, {"number": 3, "file": b"rows.jsonl"})["survey"])
    monkeypatch.chdir(job.folder)
    assert found == survey("rows.jsonl", job.columns, job.output)


def test_what_cannot_be_counted_is_an_error_that_travels(job: Job) -> None:
    answer = survey_file(job, {"number": 3, "file": b"none.jsonl"})
    assert answer["number"] == 3
    assert isinstance(pickle.loads(answer["survey"]), InputError)


def test_the_rows_that_are_wanted_have_their_places(job: Job) -> None:
    assert [item["row"] for item in numbered(job)] == [101, 102, 104]


def test_rows_become_predictions_and_a_row_that_nobody_can_read_costs_no_other(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = formats.article_from_row

    def read(row: dict[str, Any], *where: Any) -> Any:
        if row["id"] == "n2":
            raise MemoryError
        return whole(row, *where)

    monkeypatch.setattr(formats, "article_from_row", read)
    rows = Worker(job)(pa.Table.from_pylist(numbered(job))).to_pylist()
    assert [row["row"] for row in rows] == [101, 102, 104]
    assert [row["id"] for row in rows] == ["n1", "row 103 of the input", "rows:5"]
    assert rows[0]["labels"] == ["defence"]
    assert rows[1]["error"] == "row 103 of the input: MemoryError(); try to leave it out"
    assert "not JSON" in rows[2]["error"]


def test_a_row_has_its_names_without_an_answer(job: Job) -> None:
    assert name_row(job, "rows.jsonl", 2) == ("n2", "rows.jsonl:3")

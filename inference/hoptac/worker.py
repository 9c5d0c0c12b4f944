"""What is done in the worker processes of a run that `cluster` spreads over many: count a file, read its rows, classify
them. It takes and gives plain values and tables, and knows nothing of what carries them.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from hoptac.arrow import numbered_table
from hoptac.batch import read_row
from hoptac.errors import HoptacError
from hoptac.predict import Predictor
from hoptac.render import to_json_line
from hoptac.sources import Survey, rows, survey
from hoptac.tables import Columns
from hoptac.values import Prediction


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker must know. folder: where the names of files lead from."""

    folder: str
    output: Path
    load: Callable[[], Predictor]
    columns: Columns
    length: str
    method: str
    threads: int


def survey_file(job: Job, item: dict[str, Any]) -> dict[str, Any]:
    """What is in one file, or the error that says why nobody knows."""
    answer: Survey | HoptacError
    try:
        with contextlib.chdir(job.folder):
            answer = survey(os.fsdecode(item["file"]), job.columns, job.output)
    except HoptacError as error:
        answer = error
    return {"number": item["number"], "survey": pickle.dumps(answer)}


def read_file(job: Job, item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of one file that are wanted, numbered, their articles not yet read."""
    wanted = item["wanted"]
    with contextlib.chdir(job.folder):
        for place, row in enumerate(rows([os.fsdecode(item["file"])], job.columns, job.output)):
            if place < len(wanted) and wanted[place]:
                yield {"row": item["first"] + place, "article": pickle.dumps(row)}


class Worker:
    """An actor: a process with a model of its own, which takes some rows at a time."""

    def __init__(self, job: Job) -> None:
        os.chdir(job.folder)
        os.environ["RAYON_NUM_THREADS"] = str(job.threads)  # the tokenizer's
        self.job = job
        self.predictor = job.load()

    def __call__(self, rows: Any) -> Any:
        """rows: a table with `row` and `article`. Returns a table of `row` and the columns of a prediction."""
        numbers, job = rows["row"].to_pylist(), self.job
        articles = [
            read_row(pickle.loads(row), number)
            for number, row in zip(numbers, rows["article"].to_pylist(), strict=True)
        ]
        found = self.predictor.predict_many(articles, length=job.length, method=job.method, threads=job.threads)
        return table_of(numbers, list(found), self.predictor)


def name_row(job: Job, file: str, place: int) -> tuple[str, str]:
    """Id and source of one row of a file, for a row that may kill whoever reads it."""
    with contextlib.chdir(job.folder):
        row = next(islice(rows([file], job.columns, job.output), place, None))
        article = row()
    return article.id, article.source


def table_of(numbers: Sequence[int], predictions: Sequence[Prediction], predictor: Predictor) -> Any:
    """Predictions as a table, with their places in the input in the column `row`."""
    # By way of the line that a run on one machine writes, so that the rows are the same.
    lines = [to_json_line(prediction).encode("utf-8", "replace") for prediction in predictions]
    return numbered_table(numbers, [json.loads(line) for line in lines], predictor.taxonomy.ids)

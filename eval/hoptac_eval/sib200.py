"""SIB-200, topics of single sentences in many languages (Adelani et al. 2024): as labelled rows, and accuracy.

    python -m hoptac_eval.sib200 rows ../shared/data/sib200 build/sib200
    python -m hoptac_eval.sib200 measure build/sib200/model build/sib200/test.jsonl

In between lies `hoptac train`. The proof that a themes file and labelled articles are all that a model needs.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from hoptac.errors import DataError, HoptacError
from hoptac.predict import Predictor
from hoptac_eval.catalogue import shown
from hoptac_eval.evaluate import evaluate
from hoptac_eval.report import Figure, Report

FILE = Path("eval/results/sib200.json")
LANGUAGES = {"eng_Latn": "en", "vie_Latn": "vi", "rus_Cyrl": "ru"}
SPLITS = ("train", "dev", "test")
HEADER = ["index_id", "category", "text"]
# The frozen base encoder and a logistic regression, trained on English or Vietnamese, whichever is better
# (training/LOG.md); and what our trainer is to reach.
FROZEN = {"en": 0.877, "vi": 0.868, "ru": 0.833}
GOALS = {"en": 0.91, "vi": 0.90, "ru": 0.90}


def rows(path: Path, language: str) -> Iterator[dict[str, Any]]:
    """The rows of one file, an article of one sentence each; translations of a sentence share a `pair`.

    Raises DataError for a file that cannot be read or has other columns.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for number, cells in enumerate(csv.reader(file, delimiter="\t", strict=True), 1):
                if number == 1 and cells != HEADER:
                    raise DataError(f"{path}:1: columns {cells[:4]}; expected {HEADER}; is this a file of SIB-200?")
                if len(cells) != len(HEADER):
                    raise DataError(f"{path}:{number}: {len(cells)} columns; expected {len(HEADER)}; get it again")
                if number > 1:
                    index, category, text = cells
                    yield {
                        "id": f"{language}-{index}",
                        "lang": language,
                        "sentences": [text.strip()],
                        "themes": [category.replace("/", "-")],
                        "pair": index,
                    }
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read ({error}); expected a file of SIB-200; check the folder") from error


def accuracy_table(report: Report) -> list[str]:
    """Markdown: accuracy by language with its 95 % interval, beside the frozen encoder's and the goal."""
    lines = ["| language | accuracy | frozen encoder | goal |", "| --- | --- | --- | --- |"]
    for language, frozen in FROZEN.items():
        figure = report.figure("exact_match", f"lang={language}")
        others = (shown("exact_match", number) for number in (frozen, GOALS[language]))
        lines.append(f"| {language} | {_cell(figure)} | {' | '.join(others)} |")
    return lines


def _cell(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "–"
    value, low, high = (shown("exact_match", number) for number in (figure.value, figure.low, figure.high))
    return f"{value} [{low}, {high}]"


@click.group()
def main() -> None:
    """Turn SIB-200 into labelled rows, and measure a model on them."""


@main.command("rows")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
def rows_command(folder: Path, output: Path) -> None:
    """Write train.jsonl, dev.jsonl and test.jsonl to OUTPUT, all languages of FOLDER together."""
    output.mkdir(parents=True, exist_ok=True)
    try:
        for split in SPLITS:
            with (output / f"{split}.jsonl").open("w", encoding="utf-8") as out:
                for name, language in LANGUAGES.items():
                    for row in rows(folder / f"{name}.{split}.tsv", language):
                        out.write(json.dumps(row, ensure_ascii=False) + "\n")
    except HoptacError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("model")
@click.argument("test")
@click.option("-o", "--output", default=str(FILE), show_default=True, type=click.Path(path_type=Path))
def measure(model: str, test: str, output: Path) -> None:
    """Measure MODEL on TEST, save the report without texts, and print the table."""
    try:
        report = evaluate(test, Predictor.load(model), baselines=False)
    except HoptacError as error:
        raise click.ClickException(str(error)) from error
    output.parent.mkdir(parents=True, exist_ok=True)
    report.save(output, texts=False)
    click.echo("\n".join(accuracy_table(report)))


if __name__ == "__main__":
    main()

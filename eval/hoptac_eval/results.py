"""The results that the README quotes: measured, saved without texts, and set as a table.

    python -m hoptac_eval.results measure corpus-test seeds/corpus/test.jsonl --train seeds/corpus/train.jsonl
    python -m hoptac_eval.results pin corpus-test eval/floors.json
    python -m hoptac_eval.results table corpus-test real-dev
    python -m hoptac_eval.results card corpus-test real-dev

A test holds the README and the model's card to the saved files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from hoptac.model import BUNDLED
from hoptac.predict import Predictor
from hoptac_eval.catalogue import KINDS
from hoptac_eval.evaluate import evaluate
from hoptac_eval.gate import pin_floors
from hoptac_eval.report import Figure, Report

FOLDER = Path("eval/results")
BY_HAND = Path("training/bundled.md")  # what of the card no command can know
BEFORE = "## Licence"  # of the card; the sections go there
QUOTED = (
    "macro_f1",
    "exact_match",
    "evidence_macro_f1",
    "primary_accuracy",
    "micro_precision",
    "unsure_share",
    "ece",
    "pair_agreement",
)


def results_table(reports: Mapping[str, Report]) -> list[str]:
    """Markdown lines: a row a figure, a column a report; 95 % intervals in brackets. Macro F1 by language too."""
    lines = [f"| | {' | '.join(reports)} |", f"| --- |{' --- |' * len(reports)}"]
    for name in QUOTED:
        cells = (_cell(report.figure(name)) for report in reports.values())
        lines.append(f"| {KINDS[name].label} | {' | '.join(cells)} |")
        if name == "macro_f1":
            for language in sorted({language for report in reports.values() for language in languages(report)}):
                cells = (_cell(report.figure(name, f"lang={language}")) for report in reports.values())
                lines.append(f"| – {language} | {' | '.join(cells)} |")
    return lines


def languages(report: Report) -> list[str]:
    """The languages that a report tells apart."""
    return [name.removeprefix("lang=") for name in report.slices if name.startswith("lang=")]


def full_table(reports: Mapping[str, Report]) -> list[str]:
    """Markdown lines: every figure of the bundled model, a column a report and language."""
    columns = {
        f"{name}, {language}" if language else name: (report, f"lang={language}" if language else "all")
        for name, report in reports.items()
        for language in ("", *languages(report))
    }
    lines = [f"| | {' | '.join(columns)} |", f"| --- |{' --- |' * len(columns)}"]
    for name, kind in KINDS.items():
        cells = [_cell(report.figure(name, slice_)) for report, slice_ in columns.values()]
        if set(cells) != {"–"}:
            lines.append(f"| {kind.label} | {' | '.join(cells)} |")
    return lines


def card_with(card: str, by_hand: str, reports: Mapping[str, Report]) -> str:
    """The card with the hand-written sections and the measured one, in place of what stood between."""
    head, _, rest = card.partition(BEFORE)
    head = head.partition("## How its weights came to be")[0]
    measured = "## On articles that it did not learn from\n\n95 % intervals in brackets.\n"
    return "\n".join([head.rstrip(), "", by_hand.strip(), "", measured, *full_table(reports), "", BEFORE]) + rest


def _cell(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "–"
    numbers = [f"{number:.3f}".removeprefix("0") for number in (figure.value, figure.low or 0.0, figure.high or 0.0)]
    return f"{numbers[0]} [{numbers[1]}, {numbers[2]}]"


@click.group()
def main() -> None:
    """Measure, pin and show the results that the README quotes."""


@main.command()
@click.argument("name")
@click.argument("data", nargs=-1, required=True)
@click.option("--train", multiple=True, help="What the TF-IDF baseline learns from.")
def measure(name: str, data: Sequence[str], train: Sequence[str]) -> None:
    """Measure the bundled model and its baselines on DATA and save the report as NAME."""
    predictor = Predictor.load()
    report = evaluate(
        data,
        predictor,
        by=("genre", "length"),
        train=train or None,
        training_hashes=predictor.model.directory,
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    report.save(FOLDER / f"{name}.json", texts=False)


@main.command()
@click.argument("name")
@click.argument("floors")
@click.option("--margin", default=0.01, show_default=True)
@click.option("--allow-regression", is_flag=True)
def pin(name: str, floors: str, margin: float, allow_regression: bool) -> None:
    """Make what NAME reached the floors of the gate."""
    problems = pin_floors(
        Report.load(FOLDER / f"{name}.json"), floors, margin=margin, allow_regression=allow_regression
    )
    if problems:
        raise click.ClickException("; ".join(problems))


@main.command()
@click.argument("names", nargs=-1, required=True)
def table(names: Sequence[str]) -> None:
    """Print saved results as the README has them."""
    click.echo("\n".join(results_table({name: Report.load(FOLDER / f"{name}.json") for name in names})))


@main.command()
@click.argument("names", nargs=-1, required=True)
def card(names: Sequence[str]) -> None:
    """Write saved results and what is known by hand into the card of the bundled model."""
    path, reports = BUNDLED / "README.md", {name: Report.load(FOLDER / f"{name}.json") for name in names}
    new = card_with(path.read_text(encoding="utf-8"), BY_HAND.read_text(encoding="utf-8"), reports)
    path.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()

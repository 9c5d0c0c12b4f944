"""What it costs when text comes altered: article macro-F1 after each change, and against the untouched text.

    python -m hoptac_eval.transforms seeds/corpus/dev.jsonl

Every article goes the way of a row of sentences: evened out, its language found, read. Labels of an article are those
of the sentences it still has. Not here: the changes themselves (`alter`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from hoptac.errors import DataError, HoptacError
from hoptac.predict import Predictor
from hoptac.values import LabelledArticle
from hoptac_eval.alter import CHANGES, altered
from hoptac_eval.bootstrap import RESAMPLES, clusters, interval, resample
from hoptac_eval.catalogue import shown
from hoptac_eval.evaluate import Predicts
from hoptac_eval.figures import Statistics, statistics
from hoptac_eval.loading import load_examples
from hoptac_eval.metrics import Floats
from hoptac_eval.outcomes import Bools
from hoptac_eval.record import GoldRecord, Record, said
from hoptac_eval.stamp import DataDigest, stamp

FILE = Path("eval/results/transforms.json")
PLAIN = "untouched"
FIGURE = "macro_f1"


@dataclass(frozen=True)
class Row:
    """One change. macro_f1, exact_match: after it, 0 to 1. change: of macro-F1 against the untouched text, with its
    95 % interval in `low` and `high`; by_language: the same of each language's articles. pairs_equal: share of the
    stories told in two languages whose label sets are equal. None: cannot be computed."""

    name: str
    macro_f1: float | None
    exact_match: float | None
    change: float | None
    low: float | None
    high: float | None
    by_language: dict[str, float | None]
    pairs_equal: float | None


def load(paths: Sequence[str], predictor: Predicts) -> list[LabelledArticle]:
    """The articles of labelled files. Raises DataError for one that is not labelled by sentence: what is left of its
    themes when sentences go cannot be known."""
    golds = [example.gold for example in load_examples(paths, predictor.taxonomy)]
    for gold in golds:
        if gold.labels is None:
            raise DataError(f"{gold.article.source}: no labels by sentence; expected them in every article here")
    return golds


def measure(
    golds: Sequence[LabelledArticle],
    predictor: Predicts,
    *,
    resamples: int = RESAMPLES,
    progress: Callable[[str], object] | None = None,
) -> list[Row]:
    """Every change of CHANGES on articles labelled by sentence, the untouched text first.

    progress: called with the name of a change before its articles are read.
    """
    languages = np.array([gold.article.language for gold in golds])
    parts = {language: languages == language for language in sorted(set(languages.tolist()))}
    pairs = [gold.meta.get("pair") for gold in golds]
    weights = np.concatenate(list(resample(clusters(pairs), resamples, 0)))
    rows: list[Row] = []
    plain: Statistics | None = None
    for name in CHANGES:
        if progress is not None:
            progress(name)
        found = _answers([altered(gold, name) for gold in golds], predictor)
        plain = plain or found
        rows.append(_row(name, found, plain, weights, parts))
    return rows


def _answers(golds: Sequence[LabelledArticle], predictor: Predicts) -> Statistics:
    gold_record, record = GoldRecord(predictor.taxonomy, ()), Record(predictor.name, predictor.taxonomy)
    predictions = predictor.predict_many(gold.article for gold in golds)
    for gold, prediction in zip(golds, predictions, strict=True):
        gold_record.add(gold, True, {})
        record.add(said(prediction, gold, predictor.taxonomy), gold)
    return statistics(gold_record.columns(), record.columns())


def _row(name: str, found: Statistics, plain: Statistics, weights: Floats, parts: Mapping[str, Bools]) -> Row:
    everything = np.ones((1, weights.shape[1]))
    here = found.figures(everything)
    low, high = interval(_difference(found, plain, weights))
    return Row(
        name,
        macro_f1=_number(here[FIGURE][0]),
        exact_match=_number(here["exact_match"][0]),
        change=_number(_difference(found, plain, everything)[0]),
        low=_number(low),
        high=_number(high),
        by_language={
            language: _number(_difference(found, plain, members[None].astype(float))[0])
            for language, members in parts.items()
        },
        pairs_equal=_number(here["pair_agreement"][0]) if "pair_agreement" in here else None,
    )


def _difference(found: Statistics, plain: Statistics, weights: Floats) -> Floats:
    difference: Floats = found.figures(weights)[FIGURE] - plain.figures(weights)[FIGURE]
    return difference


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def table(rows: Sequence[Row]) -> list[str]:
    """Markdown lines: a row a change, its cost with the 95 % interval, and in each language."""
    languages = list(rows[0].by_language)
    names = ["macro-F1", "change", *languages, "exact match", "pairs equal"]
    lines = [f"| text | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for row in rows:
        change, by_language = "–", ["–"] * len(languages)
        if row.name != PLAIN:
            change = f"{_signed(row.change)} [{_signed(row.low)}, {_signed(row.high)}]"
            by_language = [_signed(row.by_language[language]) for language in languages]
        cells = [
            shown(FIGURE, row.macro_f1),
            change,
            *by_language,
            shown("exact_match", row.exact_match),
            shown("pair_agreement", row.pairs_equal),
        ]
        lines.append(f"| {row.name} | {' | '.join(cells)} |")
    return lines


def _signed(number: float | None) -> str:
    """
    >>> _signed(-0.0123), _signed(0.0), _signed(-0.0001)
    ('−.012', '.000', '.000')
    """
    size = shown(FIGURE, None if number is None else abs(number))
    return size if number is None or float(size) == 0 else f"{'−' if number < 0 else '+'}{size}"


def save(path: Path, rows: Sequence[Row], stamped: Mapping[str, Any]) -> None:
    """Keep the figures with what they hold for, and no text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"stamp": stamped, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path = FILE) -> tuple[list[Row], dict[str, Any]]:
    """What `save` wrote: the rows and the stamp."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return [Row(**row) for row in data["rows"]], data["stamp"]


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--model", metavar="DIR", help="A model directory; without it, the bundled model.")
@click.option("-o", "--output", default=str(FILE), show_default=True, type=click.Path(path_type=Path))
def main(files: tuple[str, ...], model: str | None, output: Path) -> None:
    """Measure what altered text costs on labelled FILEs, save the figures, and print the table."""
    try:
        predictor = Predictor.load(model)
        golds = load(files, predictor)
    except HoptacError as error:
        raise click.ClickException(str(error)) from error
    rows = measure(golds, predictor, progress=lambda name: click.echo(name, err=True))
    digest = DataDigest()
    for gold in golds:
        digest.add(gold, True)
    save(output, rows, stamp(predictor.name, files, digest.hex(), len(golds)))
    click.echo("\n".join(table(rows)))


if __name__ == "__main__":
    main()

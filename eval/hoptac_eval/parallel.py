"""Do two versions of a text in two languages get the same decisions? Agreement on parallel documents without labels.

    python -m hoptac_eval.parallel eng.txt vie.txt --documents documents.tsv --list

A file has a sentence a line; the line of the same number in `documents` says which document it is of, and the first
sentence of a document is its headline. Where the texts are of other things, every "yes" is worth reading: `--list`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from hoptac.errors import DataError, HoptacError
from hoptac.predict import Predictor
from hoptac.read import article_from_sentences
from hoptac.values import Article, LabelledArticle, Prediction
from hoptac_eval.bootstrap import RESAMPLES, interval, resample
from hoptac_eval.catalogue import shown
from hoptac_eval.metrics import ratio
from hoptac_eval.stamp import DataDigest, stamp

FILE = Path("eval/results/parallel.json")


@dataclass(frozen=True)
class Agreement:
    """Two versions of n documents. decisions: share of document-theme decisions, "yes" or not, that agree, with its
    95 % interval in `low` and `high`; sets: share of documents whose label sets are equal. first_yes, second_yes,
    both_yes: how many decisions are "yes" in one version, the other, and both. n_failed: documents that a version of
    got no answer, left out of the rest."""

    n: int
    n_failed: int
    decisions: float
    low: float
    high: float
    sets: float
    first_yes: int
    second_yes: int
    both_yes: int


def read_documents(path: Path, documents: Path) -> list[Article]:
    """The articles of a file of sentences, in the order of `documents`; blank lines are left out.

    Raises DataError where a file cannot be read or they differ in length.
    """
    texts, names = _lines(path), _lines(documents)
    if len(texts) != len(names):
        raise DataError(f"{path}: {len(texts)} lines, {documents} has {len(names)}; expected a name for every line")
    found: dict[str, list[str]] = {}
    for name, text in zip(names, texts, strict=True):
        found.setdefault(name.strip(), []).extend([text] if text.strip() else [])
    return [article_from_sentences(lines, source=f"{path}:{name}", id=name) for name, lines in found.items() if lines]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); expected a text file; check the path") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 ({error}); save it in that encoding") from error


def agreement(first: Sequence[Prediction], second: Sequence[Prediction], themes: Sequence[str]) -> Agreement:
    """How two versions of the same documents, in the same order, agree. Raises DataError where none was answered."""
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a.error is None and b.error is None]
    if not pairs:
        raise DataError("no document got an answer in both versions; expected at least one")
    said = np.array([[[theme in one.labels for theme in themes] for one in pair] for pair in pairs])  # (n, 2, T)
    same = said[:, 0] == said[:, 1]
    shares = same.mean(1)
    draws = [ratio(weights @ shares, weights.sum(1)) for weights in resample(np.arange(len(pairs)), RESAMPLES, 0)]
    low, high = interval(np.concatenate(draws))
    return Agreement(
        n=len(pairs),
        n_failed=len(first) - len(pairs),
        decisions=round(float(shares.mean()), 4),
        low=round(low, 4),
        high=round(high, 4),
        sets=round(float(same.all(1).mean()), 4),
        first_yes=int(said[:, 0].sum()),
        second_yes=int(said[:, 1].sum()),
        both_yes=int(said.all(1).sum()),
    )


def found(first: Sequence[Prediction], second: Sequence[Prediction]) -> Iterator[str]:
    """A line for every "yes" and what the other version got, followed by its evidence, each sentence indented."""
    for pair in zip(first, second, strict=True):
        for one, other in (pair, pair[::-1]):
            others = {score.theme: score for score in other.themes}
            for score in one.themes:
                if score.decision == "yes":
                    there = others.get(score.theme)
                    answer = (
                        "no answer" if there is None else f"{there.decision} {shown('macro_f1', there.probability)}"
                    )
                    probability = shown("macro_f1", score.probability)
                    yield f"{one.id} {one.language} {score.theme} {probability} ({other.language}: {answer})"
                    yield from (f"    {index}: {one.sentences[index].sentence.text}" for index in score.sentences)


def table(names: Sequence[str], result: Agreement) -> list[str]:
    """Markdown lines: the figures of an agreement. names: of the two versions."""
    share = [shown("exact_match", number) for number in (result.decisions, result.low, result.high, result.sets)]
    return [
        f"| {names[0]} and {names[1]}, {result.n} documents | |",
        "| --- | --- |",
        f"| decisions that agree, yes or not | {share[0]} [{share[1]}, {share[2]}] |",
        f"| documents with equal label sets | {share[3]} |",
        f"| yes in {names[0]}, in {names[1]}, in both | {result.first_yes}, {result.second_yes}, {result.both_yes} |",
    ]


@click.command()
@click.argument("files", nargs=2, metavar="FIRST SECOND", type=click.Path(path_type=Path))
@click.option("--documents", required=True, type=click.Path(path_type=Path), help="The document of every line.")
@click.option("--list", "listed", is_flag=True, help="Print every yes with its evidence first.")
@click.option("--model", metavar="DIR", help="A model directory; without it, the bundled model.")
@click.option("-o", "--output", default=str(FILE), show_default=True, type=click.Path(path_type=Path))
def main(files: tuple[Path, Path], documents: Path, listed: bool, model: str | None, output: Path) -> None:
    """Compare what the model says of FIRST and SECOND, parallel texts in two languages."""
    try:
        predictor = Predictor.load(model)
        first, second = (read_documents(file, documents) for file in files)
        _same_documents(first, second, files)
        answers = [list(predictor.predict_many(articles)) for articles in (first, second)]
        result = agreement(answers[0], answers[1], predictor.taxonomy.ids)
    except HoptacError as error:
        raise click.ClickException(str(error)) from error
    if listed:
        for line in found(*answers):
            click.echo(line)
    digest = DataDigest()
    for article in (*first, *second):
        digest.add(LabelledArticle(article, None, ()), False)
    names = [str(file) for file in files]
    save(output, result, stamp(predictor.name, names, digest.hex(), len(first)))
    click.echo("\n".join(table([file.stem for file in files], result)))


def _same_documents(first: Sequence[Article], second: Sequence[Article], files: Sequence[Path]) -> None:
    for here, there, file in ((first, second, files[1]), (second, first, files[0])):
        missing = {article.id for article in here} - {article.id for article in there}
        if missing:
            raise DataError(f"{file}: nothing in it of document {min(missing)}; expected a text of every document")


def save(path: Path, result: Agreement, stamped: dict[str, Any]) -> None:
    """Keep the figures with what they hold for, and no text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"stamp": stamped, **asdict(result)}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The command line: each command parses, makes one call into the library, and prints.

Standard output carries data only. Exit codes: 0 done; 1 something failed that has a name; 2 wrong usage. Training and
evaluation are imported inside their commands, so that `classify` never pays for them.
"""

from __future__ import annotations

import importlib
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from hoptac import __version__, options
from hoptac.console import Stopped, Watch, colour, emit, named_errors, progress_bar, row_bar, say
from hoptac.errors import MissingExtra, UsageError
from hoptac.limits import Limits
from hoptac.predict import Predictor
from hoptac.read import read_articles
from hoptac.render import FORMATS, Style, clean_for_terminal, escape_for_terminal


def _extra(module: str, command: str, extra: str) -> Any:
    """Import a part of the project that needs an extra."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtra(command, extra, str(error.name)) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="hoptac")
def main() -> None:
    """Read news about relations between countries: themes of cooperation, evidence, summary."""
    for stream in (sys.stdout, sys.stderr):
        # Vietnamese must come out whatever the locale says; what a terminal cannot show is replaced, not fatal.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


@main.command()
@options.files
@options.model
@options.format_
@options.length
@options.method
@options.limits
@options.encoder
@named_errors
def classify(
    files: tuple[str, ...],
    directory: str | None,
    format_: str,
    length: str,
    method: str,
    limits: Limits,
    encoder: str,
) -> None:
    """Themes, evidence and summary of each article. `-` is standard input."""
    inputs = options.inputs_of(files)
    predictor = Predictor.load(directory, engine=encoder)
    watch = Watch(predictor.languages, skip_failed=format_ == "text")
    articles = read_articles(inputs, limits=limits)
    predictions = watch(predictor.predict_many(articles, length=length, method=method))
    style = Style(width=shutil.get_terminal_size().columns, colour=colour())
    for piece in FORMATS[format_](predictions, predictor.taxonomy, style):
        emit(piece, None if format_ == "text" else escape_for_terminal)
    sys.exit(1 if watch.failed else 0)


@main.command()
@options.files
@options.model
@options.format_
@options.length
@click.option("--theme", metavar="ID", help="Only what the article says about one theme (see: hoptac themes).")
@options.method
@options.limits
@options.encoder
@named_errors
def summarise(
    files: tuple[str, ...],
    directory: str | None,
    format_: str,
    length: str,
    theme: str | None,
    method: str,
    limits: Limits,
    encoder: str,
) -> None:
    """A summary of each article, in its own words."""
    inputs = options.inputs_of(files)
    predictor = Predictor.load(directory, engine=encoder)
    watch = Watch(predictor.languages, skip_failed=format_ == "text")
    articles = read_articles(inputs, limits=limits)
    predictions = watch(predictor.predict_many(articles, length=length, method=method, theme=theme))
    if format_ == "text":
        for prediction in predictions:
            text = prediction.summary.text if prediction.summary else ""
            if theme is not None and not text:
                say(f"{prediction.source}: nothing about {theme}")
            emit(clean_for_terminal(text) + "\n")
    else:
        for piece in FORMATS[format_](predictions, predictor.taxonomy, Style()):
            emit(piece, escape_for_terminal)
    sys.exit(1 if watch.failed else 0)


@main.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--output", required=True, metavar="OUT", help="A .jsonl or .parquet file, a row per article.")
@options.spread
@options.model
@click.option("--resume", is_flag=True, help="Go on with what an earlier run left, or begin.")
@click.option("--overwrite", is_flag=True, help="Begin anew, and replace OUT when the new one is whole.")
@options.columns
@options.length
@options.method
@options.limits
@options.encoder
@click.option("--threads", type=click.IntRange(1), help="Cores to use; default: all. With ray: of a worker; 1.")
@named_errors
def batch(
    inputs: tuple[str, ...],
    output: str,
    engine: str,
    address: str | None,
    actors: int | None,
    directory: str | None,
    resume: bool,
    overwrite: bool,
    text_column: str,
    id_column: str | None,
    title_column: str | None,
    length: str,
    method: str,
    encoder: str,
    threads: int | None,
    limits: Limits,
) -> None:
    """Classify a corpus into one file: files, folders, globs; JSON lines (.gz, .zst), CSV, Parquet."""
    from hoptac.batch import batch as run
    from hoptac.tables import Columns

    load = partial(Predictor.load, directory, engine=encoder)
    common: dict[str, Any] = {
        "columns": Columns(text_column, id_column, title_column, limits),
        "length": length,
        "method": method,
        "resume": resume,
        "overwrite": overwrite,
    }
    if engine == "local" and (address or actors):
        raise UsageError("--address and --actors are of --engine ray; leave them out, or try it")
    try:
        if engine == "ray":
            cluster = _extra("hoptac.cluster", "--engine ray", "ray")
            outcome = cluster.batch(
                inputs, output, load, threads=threads or 1, actors=actors, address=address, **common
            )
        else:
            with row_bar() as progress:
                outcome = run(inputs, output, load(), threads=threads, progress=progress, **common)
    except Stopped:
        say("stopped; the rows that are done are kept: go on with --resume")
        raise
    if outcome is None:
        say(f"{output}: is there already, whole; nothing to do (--overwrite does it again)")
        return
    say(f"{output}: {outcome.n_rows} rows, {outcome.n_failed} failed" + (" (see `error`)" * bool(outcome.n_failed)))
    sys.exit(1 if outcome.n_failed else 0)


@main.command()
@options.model
@named_errors
def themes(directory: str | None) -> None:
    """The themes that the model knows: id, names, what belongs to them."""
    for theme in Predictor.load(directory).taxonomy.themes:
        names = " · ".join(dict.fromkeys(theme.names.values()))
        emit(clean_for_terminal(f"{theme.id}\n    {names}\n    {theme.description}") + "\n")


@main.command()
@click.argument("data", nargs=-1, required=True, metavar="DATA...")
@click.option("--themes", "themes_file", required=True, metavar="FILE", help="The taxonomy, a themes.toml.")
@click.option("--base", metavar="NAME|DIR", help="Base encoder; default: the recipe's.")
@click.option(
    "--teacher", "teachers", multiple=True, metavar="DIR",
    help="A model for the same themes, whose answers are learnt as well; of several, their mean.",
)  # fmt: skip
@click.option("-o", "--output", required=True, metavar="DIR", help="Where the model directory goes.")
@click.option("--recipe", metavar="FILE", help="Settings of the run; see training/recipes.")
@click.option(
    "--dev", multiple=True, metavar="DATA",
    help="Labelled data for choosing; default: the rows of DATA whose split is dev, or else a tenth of it.",
)  # fmt: skip
@click.option("--texts", multiple=True, metavar="FILE", help="Texts for articles labelled by reference.")
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint in DIR, or begin.")
@click.option("--overwrite", is_flag=True, help="Replace a model that is there already.")
@named_errors
def train(
    data: tuple[str, ...],
    themes_file: str,
    base: str | None,
    teachers: tuple[str, ...],
    output: str,
    recipe: str | None,
    dev: tuple[str, ...],
    texts: tuple[str, ...],
    resume: bool,
    overwrite: bool,
) -> None:
    """Fine-tune an encoder on labelled articles and write a model directory."""
    training = _extra("hoptac_training.train", "train", "train")
    training.train(
        data,
        themes_file,
        Path(output),
        recipe=recipe,
        base=base,
        teachers=teachers,
        dev=dev,
        texts=texts,
        resume=resume,
        overwrite=overwrite,
        report=say,
    )


@main.command()
@click.argument("data", nargs=-1, required=True, metavar="DATA...")
@options.model
@options.encoder
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "markdown", "html"]),
    default="table",
    show_default=True,
    help="Output; json is what compare reads.",
)
@click.option("--by", multiple=True, metavar="FIELD", help="Slice by genre, length, or any field of the data.")
@click.option("--train", "train_data", multiple=True, metavar="DATA", help="What the TF-IDF baseline learns from.")
@click.option("--baselines/--no-baselines", default=True, show_default=True, help="Peers in the same table.")
@click.option("--gate", metavar="FILE", help="Fail where a figure is under its floor in FILE.")
@click.option("--allow-regression", is_flag=True, help="Let the gate's floors be lowered to what was measured.")
@named_errors
def evaluate(
    data: tuple[str, ...],
    directory: str | None,
    encoder: str,
    format_: str,
    by: tuple[str, ...],
    train_data: tuple[str, ...],
    baselines: bool,
    gate: str | None,
    allow_regression: bool,
) -> None:
    """How good a model is on labelled data, with intervals and baselines."""
    harness = _extra("hoptac_eval", "evaluate", "eval")
    predictor = Predictor.load(directory, engine=encoder)
    with progress_bar("articles") as advance:
        report = harness.evaluate(
            data,
            predictor,
            by=by,
            baselines=baselines,
            train=train_data or None,
            training_hashes=predictor.model.directory,
            progress=advance,
        )
    shown = harness.render(report, format_)
    if format_ in ("table", "markdown"):
        emit(clean_for_terminal(shown))
    else:
        emit(shown, escape_for_terminal if format_ == "json" else clean_for_terminal)
    problems = harness.check_gate(report, gate, allow_regression) if gate else []
    for problem in problems:
        say(problem)
    sys.exit(1 if problems else 0)


@main.command()
@click.argument("a", metavar="A.json")
@click.argument("b", metavar="B.json")
@named_errors
def compare(a: str, b: str) -> None:
    """Is B better than A on the same data, and is it luck."""
    harness = _extra("hoptac_eval", "compare", "eval")
    comparison = harness.compare(harness.Report.load(a), harness.Report.load(b))
    emit(clean_for_terminal(comparison.to_text()) + "\n")

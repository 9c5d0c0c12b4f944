"""`python -m hoptac_training`: the corpus, from compact lines to its card. Training itself is `hoptac train`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import click

from hoptac.errors import DataError, HoptacError, MissingExtra
from hoptac.taxonomy import load_taxonomy


class _Commands(click.Group):
    """Turns the errors that people can act on into one message and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HoptacError as error:
            raise click.ClickException(str(error)) from error


def _load(module: str, command: str) -> Any:
    try:
        return importlib.import_module(f"hoptac_training.{module}")
    except ModuleNotFoundError as error:
        raise MissingExtra(command, "train", error.name or module) from error


_seeds = click.argument("seeds", default="seeds", type=click.Path(exists=True, file_okay=False))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Make and check the labelled corpus."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "--output", required=True, metavar="OUT", help="JSON lines; - is standard output.")
def compact(files: tuple[str, ...], output: str) -> None:
    """Turn articles in the compact line format into labelled JSON lines."""
    module = _load("compact", "compact")
    rows = module.compact(files)
    with click.open_file(output, "w", encoding="utf-8") as out:
        out.writelines(rows)
    click.echo(f"{len(rows)} articles", err=True)


@main.command()
@_seeds
def check(seeds: str) -> None:
    """Check the corpus under SEEDS and print the plan beside the counts; faults go to standard error."""
    findings = _load("check", "check").check(seeds)
    click.echo(_load("datacard", "check").counts_table(findings.counts))
    for problem in findings.problems:
        click.echo(problem, err=True)
    articles = f"{len(findings.corpus.entries):,} articles, {len(findings.corpus.references):,} by reference"
    click.echo(f"{articles}: {len(findings.problems) or 'no'} faults", err=True)
    sys.exit(1 if findings.problems else 0)


@main.command()
@_seeds
def agreement(seeds: str) -> None:
    """Print Cohen's kappa between the two blind labellings, by theme, language and genre."""
    themes = load_taxonomy(Path(seeds, "themes.toml"))
    module = _load("agreement", "agreement")
    found = module.agreement(_load("corpus", "agreement").read_corpus(seeds, themes), themes.ids)
    click.echo(_load("datacard", "agreement").agreement_table(found))


@main.command()
@_seeds
def card(seeds: str) -> None:
    """Write the numbers and pictures of SEEDS/README.md anew."""
    findings = _load("check", "card").check(seeds)
    if findings.problems:
        raise DataError(f"{len(findings.problems)} faults; see: python -m hoptac_training check {seeds}")
    module, path = _load("datacard", "card"), Path(seeds, "README.md")
    path.write_text(module.fill(path.read_text(encoding="utf-8"), module.blocks(findings)), encoding="utf-8")
    Path(seeds, "plots").mkdir(exist_ok=True)
    for name, picture in _load("corpus_plots", "card").draw(findings.corpus).items():
        Path(seeds, "plots", name).write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main(prog_name="python -m hoptac_training")

"""`python -m hoptac_training`: the corpus, from compact lines to its card, and what it teaches whom.

Training itself is `hoptac train`.
"""

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
    """Make and check the labelled corpus, and measure what it teaches."""
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


@main.command()
@click.argument("models", nargs=-1, required=True, metavar="MODEL...", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="DIR", type=click.Path(path_type=Path))
def average(models: tuple[Path, ...], output: Path) -> None:
    """Average the weights of models trained on from the same one; a MODEL named twice counts twice. DIR is then a
    --base for `hoptac train`."""
    _load("average", "average").average(models, output)


_texts = click.option("--texts", multiple=True, metavar="FILE", help="Texts of the articles by reference.")
_real = click.option("--real", multiple=True, metavar="FILE", help="Real labelled articles to test on.")
_base = click.option("--base", default="e5-small", show_default=True, help="The encoder that is kept frozen.")
_cache = click.option("--cache", metavar="DIR", help="Keeps its sentence vectors, which take most of the time.")


def _frozen(base: str, cache: str | None, command: str) -> Any:
    module = _load("base", command)
    return _load("vectors", command).Vectors(lambda: module.load_base(base), None if cache is None else Path(cache))


def _note(line: str) -> None:
    click.echo(line, err=True)


@main.command()
@_seeds
@_texts
@_real
@_base
@_cache
@click.option("--only", multiple=True, metavar="PEER", help="Run these and keep the other rows as they are.")
@click.option(
    "--model", "models", multiple=True, metavar="NAME=DIR[@ENCODER]", help="One more peer: a model directory."
)
@click.option("--by-language", is_flag=True, help="A test set for each language.")
@click.option("--runs", default=3, show_default=True, help="Seeds of a peer that is random.")
@click.option("-o", "--output", default="eval/results/peers.json", show_default=True)
def peers(
    seeds: str,
    texts: tuple[str, ...],
    real: tuple[str, ...],
    base: str,
    cache: str | None,
    only: tuple[str, ...],
    models: tuple[str, ...],
    by_language: bool,
    runs: int,
    output: str,
) -> None:
    """Train every peer on the data under SEEDS, test them, and print the table."""
    module, themes = _load("peers", "peers"), load_taxonomy(Path(seeds, "themes.toml"))
    known = module.PEERS | module.named(models)
    sets = _load("peer", "peers").load_sets(
        Path(seeds), themes, texts=texts, real=real, by_language=by_language, report=_note
    )
    vectors, path = _frozen(base, cache, "peers"), Path(output)
    for name in only or known:
        rows = module.run([name], sets, themes, vectors, seeds=runs, report=_note, peers=known)
        module.save(path, module.merged(module.load(path), rows))
    click.echo("\n".join(module.table(module.load(path), _load("train", "peers").data_digest(sets.train))))


@main.command()
@_seeds
@_texts
@_real
@_base
@_cache
@click.option("--recipe", metavar="TOML", help="Fine-tune by it, one draw a point, in place of heads on a frozen base.")
@click.option("--resume", is_flag=True, help="Keep the points that OUTPUT has.")
@click.option("-o", "--output", default="training/curves", show_default=True, help="Without .json and .png.")
def curve(
    seeds: str,
    texts: tuple[str, ...],
    real: tuple[str, ...],
    base: str,
    cache: str | None,
    recipe: str | None,
    resume: bool,
    output: str,
) -> None:
    """Measure what more articles bring, and print the table."""
    module, themes, path = _load("curves", "curve"), load_taxonomy(Path(seeds, "themes.toml")), Path(f"{output}.json")
    sets = _load("peer", "curve").load_sets(Path(seeds), themes, texts=texts, real=real, report=_note)
    if recipe is None:
        learn, n_draws = module.frozen(themes, _frozen(base, cache, "curve")), module.DRAWS
    else:
        learn, n_draws = module.tuned(themes, _load("recipe", "curve").load_recipe(recipe), sets.train, _note), 1
    points: list[Any] = []
    for point in module.measure(sets, themes, learn, n_draws=n_draws, done=module.load(path) if resume else ()):
        points.append(point)
        module.save(points, path)
        _note(module.table([point])[-1])
    module.draw(points, path.with_suffix(".png"))
    click.echo("\n".join(module.table(points)))


@main.command()
@_seeds
@_texts
@_base
@_cache
@click.option("--corpus", "corpus_file", default="-", show_default=True, help="Where doubts of the corpus go.")
@click.option("--reference", "reference_file", default="-", show_default=True, help="Those of articles by reference.")
@click.option("--sure", default=0.03, show_default=True, help="How improbable a label must be to be doubted.")
@click.option("--most", default=600, show_default=True, help="Lines a file.")
def doubt(
    seeds: str,
    texts: tuple[str, ...],
    base: str,
    cache: str | None,
    corpus_file: str,
    reference_file: str,
    sure: float,
    most: int,
) -> None:
    """List the sentences whose labels a cross-validated model contradicts, the strongest first."""
    module, themes = _load("doubt", "doubt"), load_taxonomy(Path(seeds, "themes.toml"))
    vectors = _frozen(base, cache, "doubt")
    found = module.find(Path(seeds), themes, vectors, texts=texts, sure=sure, report=_note)
    for name, doubts in zip((corpus_file, reference_file), found, strict=True):
        with click.open_file(name, "w", encoding="utf-8") as out:
            out.writelines(doubt.line() + "\n" for doubt in doubts[:most])
    click.echo(f"{len(found[0])} doubts in the corpus, {len(found[1])} by reference", err=True)


@main.command()
@click.argument("model", metavar="MODEL_DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--texts", multiple=True, metavar="FILE", help="Articles with an abstract: title, body, summary.")
@click.option(
    "--keys", multiple=True, default=["seeds/corpus/dev.jsonl"], show_default=True, metavar="FILE",
    help="Labelled articles with key sentences that the model was not trained on.",
)  # fmt: skip
@click.option("--limit", default=1500, show_default=True, help="Read at most so many articles of TEXTS.")
def selector(model: Path, texts: tuple[str, ...], keys: tuple[str, ...], limit: int) -> None:
    """Train the selector of summaries for MODEL_DIR and write it into its config.json."""
    from tqdm import tqdm

    module = _load("selector", "selector")
    module.train_selector(
        model,
        texts=texts,
        keys=keys,
        limit=limit,
        report=lambda line: click.echo(line, err=True),
        track=lambda items: tqdm(items, leave=False, unit="article", disable=None),
    )


if __name__ == "__main__":
    main(prog_name="python -m hoptac_training")

"""Draws what `hoptac classify` shows on a terminal as an SVG: `python -m hoptac_eval.picture FILE -o OUT.svg`."""

from __future__ import annotations

import io
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from hoptac import read_article
from hoptac.predict import Predictor
from hoptac.render import Style, to_text

WIDTH = 96


def draw(path: str) -> str:
    """The SVG of one article's text output, coloured as on a terminal."""
    predictor = Predictor.load()
    text = to_text(predictor.predict(read_article(path)), predictor.taxonomy, Style(WIDTH, colour=True))
    console = Console(record=True, width=WIDTH + 2, file=io.StringIO())
    console.print(Text.from_ansi(f"$ hoptac classify {path}\n\n{text}"), soft_wrap=True)
    return console.export_svg(title="hoptac", unique_id="hoptac")


@click.command()
@click.argument("path")
@click.option("-o", "--output", required=True)
def main(path: str, output: str) -> None:
    """Draw one article's text output as an SVG."""
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_text(draw(path), encoding="utf-8")


if __name__ == "__main__":
    main()

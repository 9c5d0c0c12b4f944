"""The arguments and options that commands share or have in groups: names, what they may be, what they default to.

Not here: what a command does with them, and single options of one command (`cli`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from hoptac.engine import ENGINES
from hoptac.errors import UsageError
from hoptac.limits import DEFAULT, Limits
from hoptac.render import FORMATS
from hoptac.summarise import DEFAULT_LENGTH, SUMMARISERS, parse_length

F = TypeVar("F", bound=Callable[..., Any])


def _check_length(_context: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        parse_length(value)
    except UsageError as error:
        raise click.BadParameter(str(error)) from error
    return value


def _together(*options: Callable[[F], F]) -> Callable[[F], F]:
    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def inputs_of(files: tuple[str, ...]) -> tuple[str, ...]:
    """The files named, or standard input where something is piped in."""
    if files:
        return files
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("no input: name files, or pipe text in (try: hoptac classify article.txt)")
    return ("-",)


files = click.argument("files", nargs=-1, metavar="[FILE]...")
encoder = click.option(
    "--encoder", type=click.Choice(list(ENGINES)), default="onnx", show_default=True,
    help="How sentences are encoded: int8, or the trained weights (for a model directory that has them).",
)  # fmt: skip
model = click.option("--model", "directory", metavar="DIR", help="A model directory; default: the bundled model.")
length = click.option(
    "--length", default=DEFAULT_LENGTH, show_default=True, callback=_check_length, metavar="auto|2|20%|60w",
    help="Length of the summary: as the method sees fit, sentences, share of the article, or words.",
)  # fmt: skip
method = click.option(
    "--method", type=click.Choice(list(SUMMARISERS)), default="extractive", show_default=True,
    help="How sentences are ranked for the summary.",
)  # fmt: skip
format_ = click.option(
    "--format", "format_", type=click.Choice(list(FORMATS)), default="text", show_default=True,
    help="Output: text for people, a JSON array, or JSON lines.",
)  # fmt: skip

spread = _together(
    click.option(
        "--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True,
        help="What does the work: this process, or Ray, which spreads it over workers here or on a cluster (needs "
        "'hoptac[ray]'; OUT is then a folder of .parquet files, and their column `row` has the input's order).",
    ),
    click.option(
        "--address", metavar="ADDRESS",
        help="With ray: a cluster (auto, HOST:PORT); default: $RAY_ADDRESS, or this machine.",
    ),
    click.option(
        "--actors", type=click.IntRange(1),
        help="With ray: workers; default: as many as there are cores for.",
    ),
)  # fmt: skip
columns = _together(
    click.option("--text-column", default="text", show_default=True, metavar="NAME", help="Texts in CSV and Parquet."),
    click.option("--id-column", metavar="NAME", help="Ids in them; default: id, where there is one."),
    click.option("--title-column", metavar="NAME", help="Headlines in them; default: title, where there is one."),
)  # fmt: skip

_LIMITS = {
    "bytes": "The longest article that is read, unpacked; a longer one is named and left out.",
    "tags": "The most tags on a web page that is read.",
    "depth": "How deep they may stand in one another.",
    "attributes": "The most attributes of one of them.",
}


def limits(command: F) -> F:
    """The options `--max-...`, which the command gets together, as `limits`."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        return command(*args, limits=Limits(**{name: kwargs.pop(f"max_{name}") for name in _LIMITS}), **kwargs)

    for name, text in reversed(_LIMITS.items()):
        default = getattr(DEFAULT, name)
        click.option(f"--max-{name}", type=click.IntRange(1, 2**31), default=default, show_default=True, help=text)(run)
    return run  # type: ignore[return-value]

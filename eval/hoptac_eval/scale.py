"""How long a corpus takes and what that costs, from a speed that was measured: the table of docs/scale.md.

    python -m hoptac_eval.scale                        print it
    python -m hoptac_eval.scale --write docs/scale.md  and put it between the page's marks

Nothing is typed but sizes and the price of a core-hour: the speed is that of `make bench` (eval/results/bench.json), or
of `make results` where that has not run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import click

from hoptac_eval.report import Report

SOURCES = (Path("eval/results/bench.json"), Path("eval/results/real-dev.json"))
SIZES = (1_000_000, 10_000_000, 1_000_000_000)  # articles
CORES = (2, 64, 1024)
PRICE = 0.04  # of a core-hour
_MARKS = "<!-- made by python -m hoptac_eval.scale -->\n", "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured: articles a second in all, by so many cores; where and on what, for people."""

    articles_per_second: float
    n_cores: int
    where: str

    @property
    def per_core(self) -> float:
        """Articles a second and core."""
        return self.articles_per_second / self.n_cores


def read_speed(path: Path) -> Speed:
    """The speed in a file of `make bench` (hoptac's first row) or in a report of `make results`.

    Raises OSError, KeyError or ValueError for a file that is neither.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    if "rows" in data:
        row = next(row for row in data["rows"] if row["peer"] == "hoptac")
        stamp, articles, corpus = data["stamp"], row["articles_per_second"], row["corpus"]
        return Speed(articles, stamp["threads"], f"{corpus}, {stamp['machine']}, {stamp['model']}, {path.name}")
    report = Report.load(path).stamp
    return Speed(
        report.articles_per_second, report.threads, f"{path.stem}, {report.machine}, {report.model}, {path.name}"
    )


def scale_table(speed: Speed, price: float = PRICE) -> list[str]:
    """Markdown lines: what was measured, and a row a size of corpus."""
    head = " | ".join(f"{n:,} cores" for n in CORES)
    lines = [
        f"Measured: {speed.articles_per_second:.1f} articles a second on {speed.n_cores} cores, "
        f"{speed.per_core:.2f} a core ({speed.where}). A core-hour at {price:.2f}.",
        "",
        f"| articles | core-hours | {head} | cost |",
        "| --: | --: |" + " --: |" * (len(CORES) + 1),
    ]
    for size in SIZES:
        hours = size / speed.per_core / 3600
        times = " | ".join(_time(hours / n) for n in CORES)
        lines.append(f"| {size:,} | {hours:,.0f} | {times} | {hours * price:,.0f} |")
    return lines


def _time(hours: float) -> str:
    """A length of time in the unit that people would give it in.

    >>> _time(0.5), _time(1.2), _time(30), _time(1000), _time(90000)
    ('30 min', '1.2 h', '30 h', '42 days', '10.3 years')
    """
    if hours < 1:
        return f"{hours * 60:.0f} min"
    if hours < 72:
        return f"{hours:.{int(hours < 10)}f} h"
    return f"{hours / 24:.0f} days" if hours < 24 * 730 else f"{hours / 24 / 365.25:.1f} years"


def with_table(page: str, lines: list[str]) -> str:
    """The page with the table between its marks. Raises ValueError where it has none."""
    before, mark, rest = page.partition(_MARKS[0])
    _, end, after = rest.partition(_MARKS[1])
    if not (mark and end):
        raise ValueError(f"the page has no {_MARKS[0].strip()} ... {_MARKS[1]}")
    return f"{before}{mark}\n" + "\n".join(lines) + f"\n\n{end}{after}"


@click.command()
@click.option("--from", "source", metavar="FILE", help="Where the speed stands; default: bench.json, or real-dev.json.")
@click.option("--price", default=PRICE, show_default=True, help="Of a core-hour, in whatever you pay in.")
@click.option("--write", "page", metavar="FILE", help="Put it between the marks of this page too.")
def main(source: str | None, price: float, page: str | None) -> None:
    """Print how long a million, ten million and a billion articles take, and what they cost."""
    path = Path(source) if source else next((path for path in SOURCES if path.is_file()), SOURCES[0])
    try:
        lines = scale_table(read_speed(path), price)
        if page:
            Path(page).write_text(with_table(Path(page).read_text(encoding="utf-8"), lines), encoding="utf-8")
    except (OSError, KeyError, ValueError, StopIteration) as error:
        raise click.ClickException(f"{path}: {error}; try make results, in the folder of the project") from error
    click.echo("\n".join(lines))


if __name__ == "__main__":
    main()

"""The report's pictures, as SVG by matplotlib, in colours the colour-blind tell apart (Okabe and Ito)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import Any

from hoptac_eval.calibration import Bin, Risk
from hoptac_eval.loading import need
from hoptac_eval.report import CurvePoint, Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_STYLE = {
    "font.size": 11,
    "svg.fonttype": "path",
    "svg.hashsalt": "hoptac",
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.family": "DejaVu Sans",
}
_ABOVE = {"loc": "lower center", "bbox_to_anchor": (0.45, 1.0), "ncols": 2, "frameon": False}


def bars(groups: Sequence[str], series: Mapping[str, Sequence[Figure | None]]) -> str:
    """F1 of each group (theme), one bar per series (language) beside the next, with intervals."""
    with _canvas(6.0, 0.9 + 0.34 * len(groups) * max(1, len(series))) as (axes, finish):
        height = 0.8 / max(1, len(series))
        for number, (name, figures) in enumerate(series.items()):
            places = [i + (number - (len(series) - 1) / 2) * height for i in range(len(groups))]
            values = [figure.value or 0.0 if figure else 0.0 for figure in figures]
            axes.barh(places, values, height * 0.9, label=_short(name), color=COLOURS[number % len(COLOURS)])
            for place, figure in zip(places, figures, strict=True):
                if figure is None or figure.value is None:
                    axes.text(0.01, place, "none", va="center", fontsize=9, color="#666")
                elif figure.low is not None and figure.high is not None:
                    axes.plot([figure.low, figure.high], [place, place], color="#222", linewidth=1.4)
        axes.set(
            yticks=range(len(groups)),
            yticklabels=[_short(group) for group in groups],
            xlim=(0, 1.0),
            xlabel="F1, with 95 % intervals",
        )
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        if len(series) > 1:
            axes.legend(**_ABOVE)
        return str(finish())


def heatmap(names: Sequence[str], table: Sequence[Sequence[float]]) -> str:
    """Which theme (row) is taken for which (column); shades by the share of the row."""
    with _canvas(6.0, 5.2) as (axes, finish):
        shares = [[cell / (sum(row) or 1) for cell in row] for row in table]
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for i, row in enumerate(table):
            for j, cell in enumerate(row):
                if cell:
                    colour = "white" if shares[i][j] > 0.6 else "black"
                    axes.text(j, i, f"{cell:.1f}".removesuffix(".0"), ha="center", va="center", color=colour)
        labels = [_plain(name) for name in names]
        axes.set(xticks=range(len(labels)), yticks=range(len(labels)), yticklabels=labels)
        axes.set_xticklabels(labels, rotation=35, ha="right")
        axes.set(xlabel="given", ylabel="true")
        axes.grid(visible=False)
        return str(finish())


def reliability_diagram(series: Mapping[str, Sequence[Bin]]) -> str:
    """Frequency over probability, a line per series, points as big as their bins are full."""
    with _canvas(6.0, 4.6) as (axes, finish):
        axes.plot([0, 1], [0, 1], color="#999", linestyle="--", linewidth=1, label="perfect")
        for (name, bins), colour in zip(series.items(), _colours(series), strict=True):
            x, y = [item.probability for item in bins], [item.frequency for item in bins]
            most = max((item.n for item in bins), default=1)
            sizes = [12 + 120 * item.n / most for item in bins]
            axes.plot(x, y, color=colour, linewidth=1.5, label=_short(name))
            axes.scatter(x, y, s=sizes, color=colour, alpha=0.75, linewidths=0)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="probability said", ylabel="share that is true")
        axes.legend(**_ABOVE)
        return str(finish())


def risk_curve(series: Mapping[str, Sequence[Risk]]) -> str:
    """Share of wrong answers over the share answered, surest first."""
    with _canvas(6.0, 4.6) as (axes, finish):
        for (name, points), colour in zip(series.items(), _colours(series), strict=True):
            x, y = [point.coverage for point in points], [point.risk for point in points]
            axes.plot(x, y, color=colour, linewidth=2, label=_short(name))
        # One wrong answer among the first few says nothing; it must not set the scale.
        steady = [point.risk for points in series.values() for point in points if point.coverage > 0.1]
        top = max(steady, default=0.0)
        axes.set(xlim=(0, 1.02), ylim=(0, max(0.02, top * 1.1)))
        axes.set(xlabel="share answered, surest first", ylabel="share of them wrong")
        if len(series) > 1:
            axes.legend(**_ABOVE)
        return str(finish())


def learning_curve(points: Sequence[CurvePoint]) -> str:
    """What a model reaches over the number of articles it was trained on."""
    with _canvas(6.0, 4.0) as (axes, finish):
        for number, name in enumerate(dict.fromkeys(point.series for point in points)):
            own = sorted((point.n, point.value) for point in points if point.series == name)
            colour = COLOURS[number % len(COLOURS)]
            axes.plot([n for n, _ in own], [value for _, value in own], "o-", color=colour, label=_short(name))
        axes.set(xlabel="training articles", ylabel="macro F1")
        axes.legend(frameon=False, loc="lower right")
        return str(finish())


def _short(name: str) -> str:
    """A name as a label, of 16 characters at most."""
    return _plain(name if len(name) <= 16 else f"{name[:15]}…")


def _plain(name: str) -> str:
    """A name in which matplotlib finds no mathematics."""
    return name.replace("$", r"\$")


def _colours(names: Iterable[str]) -> list[str]:
    """Grey for "all articles", and for each language the colour it has in every picture."""
    palette = cycle(COLOURS)
    return ["#555555" if name == "all articles" else next(palette) for name in names]


class _canvas:  # noqa: N801  (used as a function)
    """A figure's axes, and a function that gives its SVG; matplotlib's settings are as before afterwards."""

    def __init__(self, width: float, height: float) -> None:
        self._matplotlib = need("matplotlib")
        self._style = self._matplotlib.rc_context(_STYLE)
        self._size = (width, height)

    def __enter__(self) -> tuple[Any, Any]:
        self._style.__enter__()
        figure = need("matplotlib.figure").Figure(figsize=self._size, layout="constrained")

        def finish() -> str:
            text = io.StringIO()
            figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
            return text.getvalue()

        return figure.add_subplot(), finish

    def __exit__(self, *error: object) -> None:
        self._style.__exit__(None, None, None)

"""A Report as one HTML file: no script, no network, for a phone and for paper. Everything is escaped."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from hoptac_eval import plots
from hoptac_eval.catalogue import HEADLINE, KINDS, SUMMARY, kind, shown
from hoptac_eval.report import ErrorCase, ErrorSentence, Report
from hoptac_eval.tables import Table, language_name, slice_name, stamp_line, tables

_TILES = (
    "exact_match",
    "macro_f1",
    "primary_accuracy",
    "evidence_macro_f1",
    "ece",
    "unsure_share",
    "rouge1",
    "key_f1",
)
_OPEN = 3


def to_html(report: Report) -> str:
    """The report as a page of its own."""
    css = files("hoptac_eval").joinpath("report.css").read_text(encoding="utf-8")
    title = f"{report.stamp.model}: how good is it?"
    body = "\n".join([*_top(report), *_figures(report), *_tables(report), *_errors(report), *_legend(report)])
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{css}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _top(report: Report) -> Iterator[str]:
    stamp = report.stamp
    yield f"<h1>{escape(stamp.model)}</h1>"
    yield f'<p class="soft">{escape(stamp_line(report))}</p>'
    yield '<nav><a href="#figures">Pictures</a><a href="#tables">Tables</a><a href="#errors">Worst errors</a>'
    yield '<a href="#legend">What the figures mean</a></nav>'
    if report.warnings:
        items = "".join(f"<li>{escape(warning)}</li>" for warning in report.warnings)
        yield f'<div class="warnings" role="note"><ul>{items}</ul></div>'
    yield '<div class="tiles">'
    for name in _TILES:
        figure = report.figure(name)
        if figure is not None and figure.value is not None:
            spread = "" if figure.low is None else f"{shown(name, figure.low)} to {shown(name, figure.high)}"
            value = shown(name, figure.value)
            yield f'<div class="tile">{escape(kind(name).label)}<b>{value}</b><span>{spread}</span></div>'
    yield "</div>"


def _figures(report: Report) -> Iterator[str]:
    yield '<h2 id="figures">Pictures</h2>\n<div class="figures">'
    names = [report.names[theme]["en"] for theme in report.themes]
    languages = [name for name in report.slices if name.startswith("lang=")]
    shown_apart = languages if len(languages) > 1 else ["all"]
    if report.figure(f"f1.{report.themes[0]}") is not None:
        series = {
            slice_name(name): [report.figure(f"f1.{theme}", name) for theme in report.themes] for name in shown_apart
        }
        yield _picture("F1 by theme", plots.bars(names, series), "The line across each bar is the 95 % interval.")
    if report.confusion:
        caption = "Row: theme of the article; column: theme given in its place, or “none”."
        yield _picture("Which theme is taken for which", plots.heatmap([*names, "none"], report.confusion), caption)
    if report.curves:
        named = {slice_name(curve.slice): curve for curve in report.curves if curve.slice in ("all", *shown_apart)}
        reliability = {name: curve.reliability for name, curve in named.items()}
        caption = "On the dashed line probabilities can be taken at their word. Big points: many answers."
        yield _picture("Are the probabilities right?", plots.reliability_diagram(reliability), caption)
        risk = {name: curve.risk for name, curve in named.items()}
        caption = "What share of the yes-or-no answers would be wrong if only the surest ones were given."
        yield _picture("What is gained by leaving answers open?", plots.risk_curve(risk), caption)
    if report.learning_curve:
        picture = plots.learning_curve(report.learning_curve)
        yield _picture("Would more data help?", picture, "Macro F1 over the number of training articles.")
    yield "</div>"


def _picture(title: str, svg: str, caption: str) -> str:
    data = base64.b64encode(svg.encode()).decode()
    image = f'<img alt="{escape(f"{title} {caption}")}" src="data:image/svg+xml;base64,{data}">'
    return f"<figure><h3>{escape(title)}</h3>{image}<figcaption>{escape(caption)}</figcaption></figure>"


def _tables(report: Report) -> Iterator[str]:
    yield '<h2 id="tables">Tables</h2>'
    for table in tables(report):
        yield from _table(table, report.stamp.model)
    for note in report.notes:
        yield f'<p class="note">Note: {escape(note)}.</p>'
    for article, reason in list(report.failures.items())[:20]:
        yield f'<p class="note">No answer for {escape(article)}: {escape(reason)}</p>'


def _table(table: Table, model: str) -> Iterator[str]:
    yield f'<h3>{escape(table.title)}</h3>\n<div class="scroll" tabindex="0"><table>'
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.head)
    yield f"<thead><tr>{cells}</tr></thead><tbody>"
    for row in table.rows:
        yield (
            "<tr>" + "".join(_cell(cell, name == model) for cell, name in zip(row, table.head, strict=True)) + "</tr>"
        )
    yield "</tbody></table></div>"
    if table.note:
        yield f'<p class="note">{escape(table.note)}</p>'


def _cell(text: str, is_model: bool) -> str:
    """A cell; an interval in smaller print."""
    value, bracket, rest = text.partition(" [")
    small = f" <small>[{escape(rest)}</small>" if bracket else ""
    look = ' class="model"' if is_model else ""
    return f"<td{look}>{escape(value)}{small}</td>"


def _errors(report: Report) -> Iterator[str]:
    if not report.errors:
        return
    yield f'<h2 id="errors">The worst {len(report.errors)} errors</h2>'
    yield (
        f'<p class="soft">{_chip("right", "right")} {_chip("missed", "missed")} {_chip("wrong", "wrong")} '
        "Above each article its themes, then its sentences with theirs.</p>"
    )
    for number, case in enumerate(report.errors):
        chips = "".join(_chips(case.gold, case.said)) or "no theme"
        sure = ", ".join(f"{theme} {shown('ap', value)}" for theme, value in case.probabilities.items())
        head = f"<b>{escape(case.id)}</b> <small>{escape(language_name(case.language))}</small> {chips}"
        opened = ' open=""' if number < _OPEN else ""
        yield f"<details{opened}><summary>{head}</summary><div class='body'>"
        yield f'<p class="soft">{escape(case.source)}. Probabilities: {escape(sure)}</p>'
        yield from (_sentence(case, sentence) for sentence in case.sentences if sentence.text)
        yield "</div></details>"


def _sentence(case: ErrorCase, sentence: ErrorSentence) -> str:
    if not case.by_sentence:
        chips, look = "".join(_chip("said", theme) for theme in sentence.said), "plain"
    else:
        chips = "".join(_chips(sentence.gold, sentence.said))
        missed, wrong = set(sentence.gold) - set(sentence.said), set(sentence.said) - set(sentence.gold)
        look = "wrong" if wrong else "missed" if missed else "right" if sentence.gold else "plain"
    return f'<p class="{look}">{escape(sentence.text)} {chips}</p>'


def _chips(gold: tuple[str, ...], said: tuple[str, ...]) -> Iterator[str]:
    for theme in dict.fromkeys((*gold, *said)):
        look = "missed" if theme not in said else "right" if theme in gold else "wrong"
        yield _chip(look, theme)


def _chip(look: str, text: str) -> str:
    mark = {"right": "✓ ", "missed": "– ", "wrong": "✗ "}.get(look, "")
    return f'<span class="chip {look}">{mark}{escape(text)}</span>'


def _legend(report: Report) -> Iterator[str]:
    yield '<h2 id="legend">What the figures mean</h2>\n<dl>'
    used = {name.partition(".")[0] for result in report.results for name in result.figures}
    ordered = dict.fromkeys((*HEADLINE, *SUMMARY, *KINDS))
    for name in ordered:
        if name in used:
            better = "; lower is better" if kind(name).better == "lower" else ""
            yield f"<dt>{escape(kind(name).label)}</dt><dd>{escape(kind(name).meaning)}{better}</dd>"
    yield "</dl>"

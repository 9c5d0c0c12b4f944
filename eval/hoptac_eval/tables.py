"""A Report as tables of text, the same ones for a terminal, for Markdown and for HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hoptac_eval.catalogue import HEADLINE, ROUGE_NOTE, SUMMARY, kind, shown
from hoptac_eval.report import Curve, Figure, Report, Result

_LANGUAGES = {"en": "English", "vi": "Vietnamese", "ru": "Russian", "other": "other languages"}
_BY_SLICE = ("exact_match", "macro_f1", "primary_accuracy", "evidence_macro_f1", "ece", "unsure_share")
_BY_THEME = ("precision", "recall", "f1", "ap", "evidence_f1", "theme_kappa")
_FIELDS = {"lang": "language"}
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Table:
    """head: names of the columns, the first that of the rows. note: a line below, or nothing."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def language_name(code: str) -> str:
    """The English name of a language, or its code.

    >>> language_name("vi"), language_name("fr")
    ('Vietnamese', 'fr')
    """
    return _LANGUAGES.get(code, code)


def slice_name(name: str) -> str:
    """A slice as people say it.

    >>> slice_name("lang=vi"), slice_name("genre=op-ed"), slice_name("unseen")
    ('Vietnamese', 'genre op-ed', 'without leaked articles')
    """
    field, _, value = name.partition("=")
    if not value:
        return "without leaked articles" if name == "unseen" else "all articles"
    return language_name(value) if field == "lang" else f"{field} {value}"


def with_interval(name: str, figure: Figure | None) -> str:
    """A cell: the value, and its interval where there is one.

    >>> with_interval("macro_f1", Figure(0.95, 0.91, 0.98)), with_interval("ece", None)
    ('.950 [.910, .980]', '')
    """
    if figure is None:
        return ""
    text = shown(name, figure.value)
    if figure.value is None or figure.low is None or figure.high is None:
        return text
    return f"{text} [{shown(name, figure.low)}, {shown(name, figure.high)}]"


def stamp_line(report: Report) -> str:
    """What the figures hold for, in one line."""
    stamp = report.stamp
    files = ", ".join(stamp.files)
    memory = "" if stamp.peak_mb is None else f", at most {stamp.peak_mb:.0f} MB"
    return (
        f"{stamp.model} on {stamp.n_articles} articles ({files}; digest {stamp.digest[:12]}) · "
        f"{stamp.articles_per_second:.1f} articles/s, {stamp.threads} threads{memory}, {stamp.machine} · "
        f"hoptac {stamp.hoptac_version}, metrics {stamp.metrics_version} · {stamp.date}"
    )


def tables(report: Report) -> list[Table]:
    """Every table that the data have figures for, the headline first."""
    found = [
        _systems(report, "Classification", HEADLINE, "all"),
        _themes(report),
        _by_language(report),
        *_slices(report),
        _gaps(report),
        _risk(report),
        _leaks(report),
        *_summaries(report),
        _learning(report),
    ]
    return [table for table in found if table is not None and table.rows]


def _systems(report: Report, title: str, names: Sequence[str], slice_: str, note: str = "") -> Table | None:
    """Figures down, systems across, the model with its intervals. Systems with none of the figures are left
    out."""
    results = [result for result in report.results if result.slice == slice_]
    has = [result for result in results if any(_known(result, name) for name in names)]
    if not has or has[0].system != report.stamp.model:
        return None
    rows = []
    for name in names:
        if any(_known(result, name) for result in has):
            model, *others = (result.figures.get(name) for result in has)
            values = [shown(name, figure.value) if figure else "" for figure in others]
            rows.append((_label(name), with_interval(name, model), *values))
    n = has[0].n
    odd = [f"{result.system}: {result.n}" for result in has[1:] if result.n != n]
    others_n = f"; {', '.join(odd)}" if odd else ""
    counted = f"{n} articles{others_n}. In brackets: 95 % intervals, articles resampled. ↓: lower is better."
    return Table(title, ("", *(result.system for result in has)), tuple(rows), f"{counted} {note}".strip())


def _known(result: Result, name: str) -> bool:
    return name in result.figures and result.figures[name].value is not None


def _label(name: str) -> str:
    return kind(name).label + (" ↓" if kind(name).better == "lower" else "")


def _themes(report: Report) -> Table | None:
    result = report.result()
    if result is None or f"f1.{report.themes[0]}" not in result.figures:
        return None
    names = [name for name in _BY_THEME if any(_known(result, f"{name}.{theme}") for theme in report.themes)]
    counts = (report.gold.labels & report.gold.themed[:, None]).sum(0).tolist()
    rows = []
    for theme, n in zip(report.themes, counts, strict=True):
        cells = [with_interval(name, result.figures.get(f"{name}.{theme}")) for name in names]
        rows.append((report.names[theme]["en"], str(n), *cells))
    return Table("By theme", ("theme", "articles", *(kind(name).label for name in names)), tuple(rows))


def _by_language(report: Report) -> Table | None:
    languages = [name for name in report.slices if name.startswith("lang=")]
    if len(languages) < 2:
        return None
    rows = []
    for theme in report.themes:
        cells = [with_interval("f1", report.figure(f"f1.{theme}", name)) for name in languages]
        if any(cells):
            rows.append((report.names[theme]["en"], *cells))
    return Table("F1 by theme and language", ("theme", *map(slice_name, languages)), tuple(rows))


def _slices(report: Report) -> Iterator[Table]:
    fields = dict.fromkeys(name.partition("=")[0] for name in report.slices if "=" in name)
    for field in fields:
        parts = [name for name in report.slices if name.startswith(f"{field}=")]
        results = [(name, result) for name in parts if (result := report.result(name)) is not None]
        names = [name for name in _BY_SLICE if any(_known(result, name) for _, result in results)]
        rows = []
        for part, result in results:
            value = part.partition("=")[2]
            cells = [with_interval(name, result.figures.get(name)) for name in names]
            rows.append((language_name(value) if field == "lang" else value, str(result.n), *cells))
        name = _FIELDS.get(field, field)
        if names:
            yield Table(f"By {name}", (name, "articles", *(kind(name).label for name in names)), tuple(rows))


def _gaps(report: Report) -> Table | None:
    rows = []
    for gap in report.gaps:
        if gap.difference.value is not None:
            names = f"{language_name(gap.first)} − {language_name(gap.second)}"
            low, high = gap.difference.low, gap.difference.high
            verdict = "could be luck"
            if low is not None and high is not None and not low <= 0 <= high:
                verdict = f"{language_name(gap.first if low > 0 else gap.second)} is better"
            rows.append((kind(gap.figure).label, names, with_interval("gap", gap.difference), verdict))
    return Table("Gap between languages", ("", "languages", "difference", ""), tuple(rows))


def _risk(report: Report) -> Table | None:
    """Share of wrong answers among the surest, for some shares answered."""
    curves = [curve for curve in report.curves if curve.risk]
    if len(curves) == 2:  # all articles, and the one language they are in
        curves = curves[:1]
    rows = [
        (f"surest {coverage:.0%}", *(shown("ece", _at(curve, coverage)) for curve in curves))
        for coverage in (0.5, 0.8, 0.9, 0.95, 1.0)
    ]
    rows.append(("mean over all shares", *(shown("ece", curve.area_under_risk) for curve in curves)))
    note = "Yes-or-no answers by the probability alone (threshold .5), surest first: share of them wrong."
    head = ("answered", *(slice_name(curve.slice) for curve in curves))
    return Table("Risk against coverage", head, tuple(rows), note) if curves else None


def _at(curve: Curve, coverage: float) -> float:
    return min(curve.risk, key=lambda point: abs(point.coverage - coverage)).risk


def _leaks(report: Report) -> Table | None:
    everything, rest = report.result("all"), report.result("unseen")
    if report.leaks is None or everything is None or rest is None:
        return None
    rows = tuple(
        (_label(name), *(with_interval(name, result.figures.get(name)) for result in (everything, rest)))
        for name in (*HEADLINE, *SUMMARY)
        if _known(everything, name)
    )
    leaks, names = report.leaks, (*report.leaks.exact, *report.leaks.near)
    note = (
        f"In the training data: {len(leaks.exact)} articles word for word, {len(leaks.near)} nearly, "
        f"{leaks.sentences} of {leaks.n_sentences} sentences: {', '.join(names[:_NAMED])}"
        f"{f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''}."
    )
    head = ("", f"all {everything.n} articles", f"{rest.n} without leaked ones")
    return Table("With and without leaked articles", head, rows, note)


def _summaries(report: Report) -> Iterator[Table]:
    languages = [name for name in report.slices if name.startswith("lang=")]
    for name in ["all", *languages] if len(languages) > 1 else ["all"]:
        result = report.result(name)
        note = ROUGE_NOTE if result is not None and _known(result, "rouge1") else ""
        table = _systems(report, f"Summaries: {slice_name(name)}", SUMMARY, name, note)
        if table is not None:
            yield table


def _learning(report: Report) -> Table | None:
    rows = tuple((point.series, str(point.n), shown("macro_f1", point.value)) for point in report.learning_curve)
    return Table("Learning curve", ("tested on", "training articles", "macro F1"), rows) if rows else None

"""A Report as text: for a terminal, for Markdown, for programs (JSON), for looking at (HTML)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from hoptac.errors import UsageError
from hoptac_eval.html import to_html
from hoptac_eval.report import Report, dump
from hoptac_eval.tables import Table, stamp_line, tables


def render(report: Report, format: str) -> str:
    """The report in one of RENDERERS: "table", "json", "markdown", "html". Raises UsageError for another."""
    if format not in RENDERERS:
        raise UsageError(f"format {format!r} is unknown; expected one of: {', '.join(RENDERERS)}")
    return RENDERERS[format](report)


def to_table(report: Report) -> str:
    """Aligned columns, as wide as they need to be."""
    parts = [stamp_line(report), *(f"! {warning}" for warning in report.warnings)]
    parts += [_aligned(table) for table in tables(report)]
    parts += [f"Note: {note}" for note in report.notes]
    return "\n\n".join(parts) + "\n"


def to_markdown(report: Report) -> str:
    """GitHub's tables."""
    parts = [stamp_line(report)]
    if report.warnings:
        parts.append("\n".join(f"> **Warning** {warning}  " for warning in report.warnings))
    parts += [_markdown(table) for table in tables(report)]
    if report.notes:
        parts.append("\n".join(f"- {note}" for note in report.notes))
    return "\n\n".join(parts) + "\n"


def to_json(report: Report) -> str:
    """What `Report.load` reads."""
    return dump(report.to_json())


RENDERERS: dict[str, Callable[[Report], str]] = {
    "table": to_table,
    "json": to_json,
    "markdown": to_markdown,
    "html": to_html,
}


def _aligned(table: Table) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(table.head, *table.rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in chain([table.head], table.rows)
    ]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([table.title, "", lines[0], rule, *lines[1:], *([table.note] if table.note else [])])


def _markdown(table: Table) -> str:
    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    rule = "|" + " --- |" * len(table.head)
    note = f"\n\n{table.note}" if table.note else ""
    return "\n".join([f"### {table.title}\n", line(table.head), rule, *map(line, table.rows)]) + note

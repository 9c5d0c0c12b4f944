"""Writes predictions: as text for people, as JSON, as JSON lines. Returns strings; printing is the command's part."""

from __future__ import annotations

import json
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from hoptac.values import Prediction, Taxonomy, ThemeScore

_WORDS = {
    "en": {"none": "none of the themes", "unsure": "unsure", "summary": "Summary", "primary": "primary",
           "untitled": "(no headline)"},
    "vi": {"none": "không thuộc chủ đề nào", "unsure": "chưa chắc", "summary": "Tóm tắt", "primary": "chính",
           "untitled": "(không có tiêu đề)"},
    "ru": {"none": "ни одной из тем", "unsure": "не уверен", "summary": "Краткое содержание", "primary": "главная",
           "untitled": "(без заголовка)"},
}  # fmt: skip
_BAR = 10


@dataclass(frozen=True, slots=True)
class Style:
    """How text output looks: the width of the terminal in columns, and whether it shows colours."""

    width: int = 80
    colour: bool = False

    def paint(self, text: str, code: str) -> str:
        """`text` in an ANSI style, or as it is."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text


def to_json_line(prediction: Prediction) -> str:
    """One line of JSON, letters readable, no line end."""
    return json.dumps(prediction.to_dict(), ensure_ascii=False)


def to_json(predictions: Iterable[Prediction]) -> Iterator[str]:
    """A JSON array, an element a line, piece by piece."""
    yield "["
    separator = "\n"
    for prediction in predictions:
        yield separator + to_json_line(prediction)
        separator = ",\n"
    yield "\n]"


def to_text(prediction: Prediction, taxonomy: Taxonomy, style: Style) -> str:
    """What a person likes to read: headline, themes with bar and number, evidence under its theme, summary."""
    if prediction.error is not None:
        return style.paint(clean_for_terminal(prediction.error), "31")
    language = prediction.language or "en"
    words = _WORDS.get(language, _WORDS["en"])
    width = max(32, min(style.width, 100))
    headline = clean_for_terminal(prediction.title or words["untitled"])
    lines = [
        *(style.paint(line, "1") for line in textwrap.wrap(headline, width)),
        style.paint(f"{clean_for_terminal(prediction.source)} · {language}", "2"),
        "",
    ]
    shown = [score for score in prediction.themes if score.decision != "no"]
    for score in shown:
        lines += [*_theme(score, prediction, taxonomy, words, language, style, width), ""]
    if not any(score.decision == "yes" for score in prediction.themes):
        lines += [f"  {words['none']}", ""]
    if prediction.summary is not None and prediction.summary.text:
        lines.append(style.paint(f"  {words['summary']}", "1"))
        lines += textwrap.wrap(
            clean_for_terminal(prediction.summary.text), width, initial_indent="  ", subsequent_indent="  "
        )
        lines.append("")
    return "\n".join(lines)


def _theme(
    score: ThemeScore,
    prediction: Prediction,
    taxonomy: Taxonomy,
    words: dict[str, str],
    language: str,
    style: Style,
    width: int,
) -> list[str]:
    filled = round(score.probability * _BAR)
    bar = "█" * filled + "░" * (_BAR - filled)
    note = ""
    if score.decision == "unsure":
        note = f" ({words['unsure']})"
    elif score.theme == prediction.primary:
        note = f" ({words['primary']})"
    name = clean_for_terminal(taxonomy[score.theme].name(language)).replace("\n", " ")  # a model may come from anyone
    colour = "32" if score.decision == "yes" else "33"
    head = f"  {style.paint(bar, colour)} {score.probability:.2f}  {style.paint(name, '1')}{note}"
    lines = [head]
    for index in score.sentences:
        quote = f"{index:>3}  {clean_for_terminal(prediction.sentences[index].sentence.text)}"
        lines += textwrap.wrap(quote, width, initial_indent="    ", subsequent_indent=" " * 9)
    return lines


def clean_for_terminal(text: str) -> str:
    """The text without control and direction marks, which could move a terminal's cursor or hide words.

    >>> clean_for_terminal("a\\x1b[31mb")
    'a[31mb'
    """
    return text.translate(dict.fromkeys(_obeyed(text)))


def escape_for_terminal(text: str) -> str:
    """JSON with control and direction marks as escapes: the same values, and nothing that a terminal obeys.

    >>> escape_for_terminal('{"id": "a\x9bb"}')
    '{"id": "a\\\\u009bb"}'
    """
    return text.translate({code: json.dumps(chr(code))[1:-1] for code in _obeyed(text)})


def _obeyed(text: str) -> list[int]:
    """The code points in a text that a terminal would obey."""
    return [ord(c) for c in set(text) if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs"}]


FORMATS: dict[str, Callable[[Iterable[Prediction], Taxonomy, Style], Iterator[str]]] = {
    "text": lambda items, taxonomy, style: (to_text(item, taxonomy, style) + "\n" for item in items),
    "json": lambda items, taxonomy, style: (piece + ("\n" if piece == "\n]" else "") for piece in to_json(items)),
    "jsonl": lambda items, taxonomy, style: (to_json_line(item) + "\n" for item in items),
}

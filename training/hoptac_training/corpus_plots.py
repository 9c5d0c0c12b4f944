"""Small pictures of the corpus for its card: themes, languages, genres, lengths, as SVG text."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hoptac_eval.loading import need
from hoptac_training.corpus import GENRES, Corpus, Entry, Reference
from hoptac_training.quotas import THEMES

_COLOURS = {"en": "#0072B2", "vi": "#D55E00", "ru": "#009E73"}  # told apart by the colour-blind (Okabe and Ito)
_STYLE = {
    "font.size": 9,
    "font.family": "DejaVu Sans",
    "svg.fonttype": "path",
    "svg.hashsalt": "hoptac",
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_LONGEST = 1500  # words; the last bar of the lengths holds what is longer


def draw(corpus: Corpus) -> dict[str, str]:
    """File name -> SVG."""
    drawings: Mapping[str, Callable[[Any, Corpus], None]] = {
        "themes.svg": _themes,
        "languages.svg": _languages,
        "genres.svg": _genres,
        "lengths.svg": _lengths,
    }
    matplotlib, figures = need("matplotlib", "card"), need("matplotlib.figure", "card")
    made = {}
    for name, drawing in drawings.items():
        with matplotlib.rc_context(_STYLE):
            figure = figures.Figure(figsize=(4.2, 2.6), layout="constrained")
            drawing(figure.add_subplot(), corpus)
            text = io.StringIO()
            figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        # Matplotlib leaves blanks at line ends, which every diff would show.
        made[name] = "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
    return made


def _stacked(axes: Any, names: Sequence[str], counts: Mapping[str, Sequence[int]]) -> None:
    """Horizontal bars, one per name, the languages one after the other."""
    left = [0] * len(names)
    for lang, numbers in counts.items():
        axes.barh(range(len(names)), numbers, left=left, color=_COLOURS[lang], label=lang)
        left = [a + b for a, b in zip(left, numbers, strict=True)]
    axes.set(yticks=range(len(names)), yticklabels=names)
    axes.invert_yaxis()
    axes.legend(frameon=False)


def _themes(axes: Any, corpus: Corpus) -> None:
    items: tuple[Entry | Reference, ...] = (*corpus.entries, *corpus.references)
    found = Counter((item.lang, theme) for item in items for themes in item.labels for theme in themes)
    _stacked(axes, THEMES, {lang: [found[lang, theme] for theme in THEMES] for lang in _COLOURS})
    axes.set(xlabel="sentences, written and by reference")


def _languages(axes: Any, corpus: Corpus) -> None:
    parts: dict[str, list[Entry | Reference]] = {
        f"corpus, {split}": [entry for entry in corpus.entries if entry.split == split]
        for split in ("train", "dev", "test")
    }
    for split in ("train", "dev"):
        parts[f"reference, {split}"] = [item for item in corpus.references if item.split == split]
    counts = {lang: [sum(i.lang == lang for i in items) for items in parts.values()] for lang in _COLOURS}
    _stacked(axes, list(parts), counts)
    axes.set(xlabel="articles")


def _genres(axes: Any, corpus: Corpus) -> None:
    found = Counter((entry.genre, entry.lang) for entry in corpus.entries)
    _stacked(axes, GENRES, {lang: [found[genre, lang] for genre in GENRES] for lang in _COLOURS})
    axes.set(xlabel="articles of the corpus")


def _lengths(axes: Any, corpus: Corpus) -> None:
    lengths = [[min(e.n_words, _LONGEST) for e in corpus.entries if e.lang == lang] for lang in _COLOURS]
    bins, colours = range(0, _LONGEST + 101, 100), list(_COLOURS.values())
    axes.hist(lengths, bins=bins, stacked=True, color=colours, label=list(_COLOURS))
    axes.set(xlabel="words an article (syllables in Vietnamese)", ylabel="articles")
    axes.legend(frameon=False)

"""The values of the program, in the order in which an article meets them.

Frozen dataclasses and nothing else: no reading, no model, no output. No dict crosses a module boundary in their
place, and `Prediction.to_dict` is the one way out of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Decision = Literal["yes", "no", "unsure"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of an article: `article.text[start:end] == text`, offsets in characters."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One article as read: Unicode NFC, free of captions, by-lines and menus.

    text: the headline (where there is one) on its first line, then the body, a paragraph a line.
    title: the headline, or None; where the input came as sentences, the first of them.
    language: "en", "vi", "ru" or "other".
    source: where it came from, for people: a path, "path:line", or "-" for standard input.
    sentences: the boundaries that the input brought along, or None where the splitter is to find them.
    """

    text: str
    title: str | None = None
    language: str = "other"
    source: str = "-"
    id: str = ""
    sentences: tuple[Sentence, ...] | None = None


@dataclass(frozen=True, slots=True)
class Theme:
    """One field of cooperation. names: language code -> name; "en" is always there."""

    id: str
    names: Mapping[str, str]
    description: str

    def name(self, language: str) -> str:
        """The name in `language`, or the English one.

        >>> Theme("energy", {"en": "Energy", "vi": "Năng lượng"}, "").name("ru")
        'Energy'
        """
        return self.names.get(language, self.names["en"])


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The themes a model knows; their order is the index of a label everywhere.

    exclusive: every article has exactly one theme (topic classification) instead of any number of them.
    """

    themes: tuple[Theme, ...]
    exclusive: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        """Theme ids in taxonomy order."""
        return tuple(theme.id for theme in self.themes)

    def __len__(self) -> int:
        return len(self.themes)

    def __getitem__(self, theme_id: str) -> Theme:
        for theme in self.themes:
            if theme.id == theme_id:
                return theme
        raise KeyError(theme_id)


@dataclass(frozen=True, slots=True)
class ThemeScore:
    """What an article is found to say about one theme.

    probability: 0 to 1, calibrated. sentences: indices of the evidence, ascending; empty unless the decision is
    "yes" or "unsure"; a "yes" has at least one.
    """

    theme: str
    probability: float
    decision: Decision
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one sentence is found to say: its themes (taxonomy order) and a probability for every theme, 0 to 1."""

    sentence: Sentence
    themes: tuple[str, ...]
    probabilities: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Summary:
    """Sentences of the article that say most of it, in document order. sentences: their indices."""

    text: str
    sentences: tuple[int, ...]
    method: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """All that is said of one article; a failed one has an `error` and otherwise only `id` and `source`.

    themes: every theme of the taxonomy, best first. labels: ids of the "yes" themes in taxonomy order.
    primary: the theme with the most evidence, or None where there is no label.
    """

    id: str
    source: str
    language: str | None = None
    title: str | None = None
    themes: tuple[ThemeScore, ...] = ()
    labels: tuple[str, ...] = ()
    primary: str | None = None
    sentences: tuple[Evidence, ...] = ()
    summary: Summary | None = None
    model: str | None = None
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The prediction as plain JSON values, key order fixed; the rest is null where there is an error."""
        failed = self.error is not None
        return {
            "id": self.id,
            "source": self.source,
            "language": self.language,
            "title": self.title,
            "themes": None
            if failed
            else [
                {
                    "id": score.theme,
                    "probability": round(score.probability, 4),
                    "decision": score.decision,
                    "sentences": list(score.sentences),
                }
                for score in self.themes
            ],
            "labels": None if failed else list(self.labels),
            "primary": self.primary,
            "sentences": None
            if failed
            else [
                {
                    "start": item.sentence.start,
                    "end": item.sentence.end,
                    "text": item.sentence.text,
                    "themes": list(item.themes),
                    "probabilities": {theme: round(p, 4) for theme, p in item.probabilities.items()},
                }
                for item in self.sentences
            ],
            "summary": None
            if self.summary is None
            else {
                "text": self.summary.text,
                "sentences": list(self.summary.sentences),
                "method": self.summary.method,
            },
            "model": self.model,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article and what people say of it.

    labels: theme ids per sentence, or None where it is labelled only as a whole. themes: the article's label set in
    taxonomy order (the union of `labels` where there are any). key: indices of key sentences. meta: every other field
    of the row, untouched (genre, parties, pair, second labelling ...).
    """

    article: Article
    labels: tuple[tuple[str, ...], ...] | None
    themes: tuple[str, ...]
    key: tuple[int, ...] | None = None
    summary: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

"""A predictor whose answers can be worked out by hand, and labelled files for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hoptac.labelled import join_sentences
from hoptac.values import Article, Evidence, Prediction, Summary, Taxonomy, Theme, ThemeScore
from hoptac_eval.record import primary_theme

IDS = ("defence", "energy", "education", "vaccines", "people-to-people")

THEMES = Taxonomy(tuple(Theme(name, {"en": name.title()}, "") for name in IDS))


@dataclass
class FakePredictor:
    """A sentence has a theme when the theme's id stands in it.

    The article's probability is .9 for a theme that a sentence has, .5 where only "maybe <id>" stands somewhere, .1
    otherwise; "yes", "unsure" and "no". "broken" in the text makes it fail, "not-a-number" gives NaN. The summary is
    the first sentence after the headline.
    """

    taxonomy: Taxonomy = THEMES
    name: str = "fake"
    languages: tuple[str, ...] = ("en", "vi")
    calls: list[int] = field(default_factory=list)

    def predict_many(self, articles: Iterable[Article], /) -> Iterator[Prediction]:
        taken = list(articles)
        self.calls.append(len(taken))
        for article in taken:
            yield self._predict(article)

    def _predict(self, article: Article) -> Prediction:
        if "broken" in article.text:
            return Prediction(article.id, article.source, error="it broke")
        sentences = article.sentences or join_sentences(article.text.split("\n"))[1]
        ids = self.taxonomy.ids
        found = [
            tuple(theme for theme in ids if theme in sentence.text.lower().replace(f"maybe {theme}", ""))
            for sentence in sentences
        ]
        scores = []
        for theme in ids:
            where = tuple(i for i, themes in enumerate(found) if theme in themes)
            maybe = f"maybe {theme}" in article.text.lower()
            probability = 0.9 if where else 0.5 if maybe else 0.1
            if "not-a-number" in article.text:
                probability = float("nan")
            scores.append(ThemeScore(theme, probability, "yes" if where else "unsure" if maybe else "no", where))
        labels = tuple(theme for theme in ids if any(theme in themes for themes in found))
        first = 1 if article.title and len(sentences) > 1 else 0
        return Prediction(
            id=article.id,
            source=article.source,
            language=article.language,
            title=article.title,
            themes=tuple(sorted(scores, key=lambda score: -score.probability)),
            labels=labels,
            primary=primary_theme(found, ids),
            sentences=tuple(
                Evidence(sentence, themes, {theme: 0.9 if theme in themes else 0.1 for theme in ids})
                for sentence, themes in zip(sentences, found, strict=True)
            ),
            summary=Summary(sentences[first].text, (first,), "extractive"),
            model=self.name,
        )


@pytest.fixture
def fake() -> FakePredictor:
    return FakePredictor()


@pytest.fixture
def taxonomy() -> Taxonomy:
    return THEMES


Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write rows to a JSON lines file and give its path."""

    def to_file(*rows: dict[str, Any], name: str = "test.jsonl") -> str:
        path = tmp_path / name
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        path.write_text("".join(lines), encoding="utf-8")
        return str(path)

    return to_file


Row = Callable[..., dict[str, Any]]


@pytest.fixture
def row() -> Row:
    """A labelled row: row("a", "Headline", ("It is about energy.", ["energy"]), genre="brief")."""

    def make(name: str, headline: str, *sentences: tuple[str, list[str]], **more: Any) -> dict[str, Any]:
        texts = [headline, *(text for text, _ in sentences)]
        labels = [[], *(themes for _, themes in sentences)]
        return {"id": name, "lang": "en", "sentences": texts, "labels": labels, **more}

    return make

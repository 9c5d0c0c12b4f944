"""The five seeds through the bundled model: what a newcomer sees first has to be right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fakes import ROOT
from hoptac import load_taxonomy, read_article, read_labelled
from hoptac.cli import main
from hoptac.predict import Predictor

pytestmark = pytest.mark.slow
FILES = sorted((ROOT / "seeds/articles").glob("*.txt"))
TAXONOMY = load_taxonomy(ROOT / "seeds/themes.toml")
GOLD = {item.article.id: item for item in read_labelled(ROOT / "seeds/articles.jsonl", TAXONOMY)}
NOT_ARTICLE = (
    "Photo",
    "VNS",
    "VNA",
    "Nhỏ Bình thường",
    "Tin/ảnh",
    "date 2021",
    "./.",
    "1.000 liều vaccine",
    "trên mọi lĩnh vực",
)


@pytest.fixture(scope="module")
def bundled() -> Predictor:
    return Predictor.load()


def _rows(format_: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["classify", *map(str, FILES), "--format", format_])
    assert result.exit_code == 0, result.output
    if format_ == "json":
        rows: list[dict[str, Any]] = json.loads(result.stdout)
        return rows
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("format_", ["json", "jsonl"])
def test_labels_language_headline_and_sentences_are_the_codebooks(format_: str) -> None:
    for row in _rows(format_):
        gold = GOLD[row["id"]]
        assert row["language"] == gold.article.language
        assert row["title"] == gold.article.title
        assert [item["text"] for item in row["sentences"]] == [s.text for s in gold.article.sentences or ()]
        assert row["labels"] == list(gold.themes), row["id"]


def test_nothing_that_is_not_the_article_is_shown() -> None:
    shown = CliRunner().invoke(main, ["classify", *map(str, FILES)]).stdout
    for words in NOT_ARTICLE:
        assert words not in shown


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_offsets_point_into_the_article(path: Path, bundled: Predictor) -> None:
    article = read_article(path)
    for item in bundled.predict(article).sentences:
        sentence = item.sentence
        assert article.text[sentence.start : sentence.end] == sentence.text


def test_the_same_article_gives_the_same_answer_in_any_company(bundled: Predictor) -> None:
    articles = [read_article(path) for path in FILES]
    alone = [bundled.predict(article).to_dict() for article in articles]
    together = [p.to_dict() for p in bundled.predict_many([*articles, *reversed(articles)], threads=3)]
    assert together == [*alone, *reversed(alone)]

"""The corpus that is shipped: it passes its checker, its card tells its numbers, and it loads as the card says."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import datasets
import pytest

from fakes import ROOT
from hoptac import load_taxonomy
from hoptac_training.check import Findings, check
from hoptac_training.corpus import read_corpus
from hoptac_training.corpus_plots import draw
from hoptac_training.datacard import blocks, fill
from hoptac_training.reference import join, read_texts

SEEDS = ROOT / "seeds"
CARD = (SEEDS / "README.md").read_text(encoding="utf-8")
REAL = ROOT.parent / "shared" / "data"
TEXTS = [REAL / name for name in ("real-pool/en.jsonl", "real-pool/vi.jsonl", "vietnews/train.jsonl")]


@pytest.fixture(scope="module")
def findings() -> Findings:
    return check(SEEDS)


def rows(pattern: str) -> list[dict[str, Any]]:
    files = sorted(SEEDS.glob(pattern))
    assert files
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.slow
def test_the_checker_passes(findings: Findings) -> None:
    assert findings.problems == ()
    assert findings.counts


@pytest.mark.slow
def test_the_card_has_the_numbers_and_digests_of_the_files(findings: Findings) -> None:
    """A changed text or label changes a digest; then: python -m hoptac_training card."""
    assert fill(CARD, blocks(findings)) == CARD


def test_pairs_never_straddle() -> None:
    stories = defaultdict(list)
    for row in rows("corpus/*.jsonl"):
        if "pair" in row:
            stories[row["pair"]].append(row)
    assert len(stories) >= 120
    for members in stories.values():
        assert sorted(row["lang"] for row in members) == ["en", "vi"]
        assert len({(row["split"], row["batch"]) for row in members}) == 1


def test_no_text_of_a_real_article_is_in_the_project() -> None:
    fields = {"id", "lang", "source", "split", "digests", "labels", "key", "labels1", "labels2"}
    for row in rows("by-reference/*.jsonl"):
        assert set(row) <= fields
        assert all(re.fullmatch("[0-9a-f]{8}", value) for value in row["digests"])
        assert " " not in row["id"] + row["source"]


@pytest.mark.slow
@pytest.mark.skipif(not all(path.exists() for path in TEXTS), reason="the real texts are not beside the checkout")
def test_labels_by_reference_join_with_their_texts() -> None:
    missing: list[str] = []
    references = rows("by-reference/*.jsonl")
    joined = list(join(references, read_texts(TEXTS), missing))
    assert missing == []
    assert [len(row["sentences"]) for row in joined] == [len(row["labels"]) for row in references]


def test_the_card_loads_the_data_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    [code] = re.findall(r"```python\n(.*?)```", CARD, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    taxonomy = load_taxonomy(SEEDS / "themes.toml")
    corpus = read_corpus(SEEDS, taxonomy)
    for split, data in names["corpus"].items():
        own = [entry for entry in corpus.entries if entry.split == split and entry.lang != "ru"]
        assert data["id"] == [entry.id for entry in own]
        assert [tuple(map(tuple, labels)) for labels in data["labels"]] == [entry.labels for entry in own]
    assert names["references"]["id"] == [item.id for item in corpus.references]
    assert set(names["russian"]["lang"]) == {"ru"}


def test_configurations_of_the_card_are_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    found = datasets.load_dataset(str(SEEDS), "corpus")
    assert {split: len(data) for split, data in found.items()} == {
        split: len(rows(f"corpus/{split}.jsonl")) for split in ("train", "dev", "test")
    }


@pytest.mark.slow
def test_pictures_are_drawn_the_same_every_time(findings: Findings) -> None:
    first = draw(findings.corpus)
    assert draw(findings.corpus) == first
    assert set(first) == {path.name for path in (SEEDS / "plots").iterdir()}
    assert all(f"plots/{name}" in CARD for name in first)

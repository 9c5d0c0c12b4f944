"""The base encoder is read right: a linear probe on SIB-200 reaches what was measured of the same weights elsewhere."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from fakes import ROOT
from hoptac_training.base import Base, load_base

pytestmark = pytest.mark.slow
DATA = ROOT.parent / "shared" / "data" / "sib200"
# Trained on Vietnamese, frozen, mean-pooled, 4-bit weights.
MEASURED = {"eng_Latn": 0.863, "vie_Latn": 0.868}


def _load(language: str, part: str) -> tuple[list[str], list[str]]:
    with (DATA / f"{language}.{part}.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [row["text"] for row in rows], [row["category"] for row in rows]


@torch.no_grad()
def _embed(base: Base, texts: list[str]) -> np.ndarray:
    vectors = []
    for text in texts:
        ids = torch.tensor([base.tokenizer.encode(f"query: {text}").ids])
        vector = base.encoder(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0].mean(0)
        vectors.append((vector / vector.norm()).numpy())
    return np.array(vectors)


@pytest.mark.skipif(not DATA.exists(), reason="SIB-200 is not beside the checkout (../shared/data/sib200)")
def test_a_linear_probe_reaches_the_measured_accuracy() -> None:
    base = load_base()
    assert sum(parameter.numel() for parameter in base.encoder.parameters()) == 117_505_920
    texts, categories = _load("vie_Latn", "train")
    probe = LogisticRegression(C=100, max_iter=2000).fit(_embed(base, texts), categories)
    for language, measured in MEASURED.items():
        texts, categories = _load(language, "test")
        accuracy = probe.score(_embed(base, texts), categories)
        assert abs(accuracy - measured) <= 0.02, (language, accuracy)

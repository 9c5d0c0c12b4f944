"""A base encoder with random weights, small enough to train in a test, and a model trained from it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from fakes import ROOT
from hoptac_training.train import train

WORDS = [
    "navy",
    "gas",
    "scholarship",
    "vaccine",
    "festival",
    "trade",
    "the",
    "ministers",
    "agreed",
    "on",
    "a",
    "deal",
]
RECIPE = """epochs = 16
patience = 16
window = 48
batch_tokens = 256
rate = 0.003
head_rate = 0.01
augment = 0.0
train_embeddings = true
"""


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved encoder: 2 layers, width 32, a dozen words."""
    directory = tmp_path_factory.mktemp("base")
    vocabulary = {word: i for i, word in enumerate(["<s>", "<pad>", "</s>", "<unk>", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    ).save_pretrained(directory)
    torch.manual_seed(0)
    BertModel(
        BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=64,
            max_position_embeddings=64,
            type_vocab_size=2,
        ),
        add_pooling_layer=False,
    ).save_pretrained(directory)
    return directory


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labelled articles in which a word gives a theme away."""
    import json
    import random

    taxonomy = ["defence", "energy", "education", "vaccines", "people-to-people"]
    rng = random.Random(0)
    path = tmp_path_factory.mktemp("data") / "data.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for number in range(160):
            sentences, labels = [], []
            for _ in range(rng.randint(2, 5)):
                column = rng.randrange(8)
                word = WORDS[column] if column < 5 else "trade"
                sentences.append(f"the ministers agreed on a {word} deal")
                labels.append([taxonomy[column]] if column < 5 else [])
            row = {"id": f"t{number}", "lang": "en", "sentences": sentences, "labels": labels, "key": [1]}
            out.write(json.dumps(row) + "\n")
    return path


@pytest.fixture(scope="session")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "tiny.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="session")
def tiny_model(tiny_base: Path, tiny_data: Path, recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model directory made by the trainer."""
    directory = tmp_path_factory.mktemp("model") / "tiny"
    train([str(tiny_data)], str(ROOT / "seeds/themes.toml"), directory, recipe=str(recipe), base=str(tiny_base))
    return directory

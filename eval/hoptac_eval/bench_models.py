"""The models that `make bench` gives the peers: an encoder like hoptac's in their formats, with all the layers of the
base encoder, and one of mDeBERTa-v3-base's size.

Where trained weights are at hand they are taken; otherwise weights by chance, which take the same time.
"""

from __future__ import annotations

import json
import platform
import shutil
from pathlib import Path
from typing import Any

from hoptac.directory import load_json
from hoptac.model import window_marks
from hoptac_eval.loading import need

LAYERS = 12  # of multilingual-e5-small, which everyone would run
_HEADS = ("mix.", "themes.", "weigh.", "salience.")


def peers_config(model: Path) -> dict[str, Any]:
    """The config of the peers' encoder: the model's where its trained weights are, else that of the base encoder, of
    which the model may have kept some layers only."""
    config = load_json(model / "config.json")
    return config if (model / "model.safetensors").is_file() else config | {"num_hidden_layers": LAYERS}


def write_peers(model: Path, scratch: Path) -> None:
    """Write `scratch`/encoder and `scratch`/classifier, with the encoder's weights where `model` has them.

    Raises MissingExtra where `transformers` or torch is not installed.
    """
    transformers, _ = need("transformers", "bench", "peers"), need("torch", "bench", "peers")
    config = peers_config(model)
    for key in ("hoptac", "id2label", "label2id"):
        config.pop(key, None)
    encoder = transformers.BertModel(transformers.BertConfig(**config))
    classifier = transformers.BertForSequenceClassification(transformers.BertConfig(**{**config, "num_labels": 5}))
    if (model / "model.safetensors").is_file():
        weights = need("safetensors.torch", "bench", "peers").load_file(model / "model.safetensors")
        weights = {name: value for name, value in weights.items() if not name.startswith(_HEADS)}
        for body in (encoder, classifier.bert):
            missing, odd = body.load_state_dict(weights, strict=False)
            wanting = [name for name in (*missing, *odd) if not name.startswith("pooler.")]  # which a mean needs not
            assert not wanting, wanting
    for body, name in ((encoder, "encoder"), (classifier, "classifier")):
        body.save_pretrained(scratch / name)
        _write_tokenizer(model / "tokenizer.json", scratch / name)


def _write_tokenizer(path: Path, folder: Path) -> None:
    """A fast tokenizer as every version of `transformers` reads it; what the newest saves, older ones do not."""
    from tokenizers import Tokenizer

    bos, sep = window_marks(known := Tokenizer.from_file(str(path)))
    config: dict[str, object] = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512}
    config |= {"cls_token": known.id_to_token(bos), "sep_token": known.id_to_token(sep)}
    for role, choices in (("pad_token", ("<pad>", "[PAD]")), ("unk_token", ("<unk>", "[UNK]"))):
        config[role] = next(name for name in choices if known.token_to_id(name) is not None)
    shutil.copy(path, folder / "tokenizer.json")
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def nli_model(tokenizer: Path) -> tuple[Any, Any]:
    """(model, tokenizer): three classes, the dimensions of microsoft/mdeberta-v3-base, weights by chance.

    Its table of 250,000 tokens is cut down to the tokenizer's: looking a token up costs nothing.
    """
    transformers = need("transformers", "bench", "peers")
    known = transformers.AutoTokenizer.from_pretrained(tokenizer)
    config = transformers.DebertaV2Config(
        vocab_size=len(known),
        hidden_size=768,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=3072,
        max_position_embeddings=512,
        type_vocab_size=0,
        relative_attention=True,
        position_buckets=256,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        layer_norm_eps=1e-7,
        num_labels=3,
    )
    return transformers.DebertaV2ForSequenceClassification(config).eval(), known


def instructions() -> str:
    """The instructions of this processor that an int8 recipe is made for, by sentence-transformers' names."""
    if platform.machine() in ("arm64", "aarch64"):
        return "arm64"
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return "avx2"
    for flag, name in (("avx512_vnni", "avx512_vnni"), ("avx512f", "avx512")):
        if flag in flags:
            return name
    return "avx2"

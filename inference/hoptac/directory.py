"""The files of a model directory, which may come from anyone: looked at before anything is made of them.

Each file is a regular one inside the directory, of a size that such a file can have, and what SHA256SUMS says; the
graph keeps its weights in itself, and no tensor claims more values than the file holds. The digests tell damage, not
malice: whoever forges a file can write its digest. Not here: what the settings mean (`model`).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from hoptac.errors import ModelError
from hoptac.taxonomy import MAX_BYTES as MAX_THEMES

MAX_BYTES = {
    "config.json": 16 * 2**20,
    "model.onnx": 2**31,  # protobuf's own limit
    "tokenizer.json": 64 * 2**20,
    "themes.toml": MAX_THEMES,
    "parity.json": 2**20,
}
"""The files that a model is, and the longest that each may be."""
MAX_WEIGHTS = 2**33
"""The longest that a file of weights beside them may be."""

# Field numbers of onnx.proto: message -> {number of a field that is a message: which}.
_FIELDS = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_DIMS, _EXTERNAL, _LOCATION = 1, 13, 14
_DEEPEST = 20
_VALUES_A_BYTE = 4  # the narrowest type of ONNX has 2 bits


@dataclass(frozen=True, slots=True)
class Tensor:
    """What the graph's file says of a tensor. n_bytes: all of its message, names included."""

    shape: tuple[int, ...]
    n_bytes: int
    external: bool


def verify(directory: Path, weights: str) -> str:
    """Check that every file of a model is there, whole and what SHA256SUMS says, and so the file of `weights` that an
    engine runs. Returns the SHA-256 of SHA256SUMS. Raises ModelError."""
    text, listed = _sums(directory)
    if weights not in MAX_BYTES and not (directory / weights).is_file():
        raise ModelError(
            f"{directory / weights}: is missing; `hoptac train` leaves it beside model.onnx, and the bundled model is "
            "too small to have it; try a trained model, or the engine onnx"
        )
    for name, most in ({weights: MAX_WEIGHTS} | MAX_BYTES).items():
        _verify(directory, name, most, listed.get(name))
    return hashlib.sha256(text).hexdigest()


def verify_file(directory: Path, name: str, max_bytes: int) -> None:
    """Check one file more that may come with a model, as `verify` checks those that a model is. Raises ModelError."""
    _, listed = _sums(directory)
    _verify(directory, name, max_bytes, listed.get(name))


def _verify(directory: Path, name: str, most: int, expected: str | None) -> None:
    file = directory / name
    require_inside(file, directory)
    if not file.is_file():
        raise ModelError(f"{file}: is missing; get the model again")
    if file.stat().st_size > most:
        raise ModelError(f"{file}: has {file.stat().st_size} bytes; expected at most {most}; get the model again")
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{file}: cannot be read ({error.strerror}); try chmod +r") from error
    if expected != digest:
        raise ModelError(f"{file}: differs from its digest in SHA256SUMS; get the model again")


def require_inside(file: Path, directory: Path) -> None:
    """Raise ModelError where a link leads out of the directory."""
    try:
        inside = file.resolve().is_relative_to(directory.resolve())
    except (RuntimeError, OSError):  # a link to itself
        inside = False
    if not inside:
        raise ModelError(f"{file}: a link that leads out of the directory; copy the file itself into it")


def load_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises ModelError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); is this a model directory?") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not JSON ({str(error)[:100]}); get the model again") from error
    if not isinstance(data, dict):
        raise ModelError(f"{path}: expected a JSON object; get the model again")
    return data


def check_graph(path: Path, n_rows: dict[str, int]) -> None:
    """Check a graph before it is loaded. n_rows: what has a table in it -> how many rows that table has.

    Raises ModelError for weights that lie outside the file, for a tensor that claims more values than the file holds,
    and for a table that is not there.
    """
    tables = set()
    try:
        with path.open("rb") as file:
            for tensor in tensors(mmap(file.fileno(), 0, access=ACCESS_READ)):
                if tensor.external:
                    raise ModelError(f"{path}: keeps weights in another file; export it as one file")
                if min(tensor.shape, default=0) < 0 or math.prod(tensor.shape) > _VALUES_A_BYTE * tensor.n_bytes:
                    shown = f"a tensor of {tensor.shape} in {tensor.n_bytes} bytes"
                    raise ModelError(f"{path}: {shown}; get the model again")
                if len(tensor.shape) == 2 and tensor.shape[1] > 0:
                    tables.add(tensor.shape[0])
    except (ValueError, IndexError) as error:
        raise ModelError(f"{path}: no ONNX graph ({error}); get the model again") from error
    for name, number in n_rows.items():
        if number not in tables:
            raise ModelError(f"{path}: no table of {number} {name}; the files belong to different models")


def tensors(data: bytes | mmap) -> Iterator[Tensor]:
    """The tensors of an ONNX file, read from its bytes alone. Raises ValueError or IndexError where it is none."""
    yield from _messages(memoryview(data), "model", 0)


def _messages(data: memoryview, kind: str, depth: int) -> Iterator[Tensor]:
    if depth > _DEEPEST:
        raise ValueError("graphs within graphs without end")
    if kind == "tensor":
        yield _tensor(data)
        return
    inner = _FIELDS[kind]
    for number, value in _fields(data):
        if number in inner and isinstance(value, memoryview):
            yield from _messages(value, inner[number], depth + 1)


def _tensor(data: memoryview) -> Tensor:
    shape: list[int] = []
    external = False
    for number, value in _fields(data):
        if number == _DIMS and isinstance(value, int):
            shape.append(value - 2**64 if value >= 2**63 else value)
        elif number == _DIMS and isinstance(value, memoryview):  # packed
            place = 0
            while place < len(value):
                item, place = _varint(value, place)
                shape.append(item - 2**64 if item >= 2**63 else item)
        external |= number == _EXTERNAL or (number == _LOCATION and value == 1)
    return Tensor(tuple(shape), len(data), external)


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(number, value) of each field of a protobuf message: an int, or the bytes of what is in it."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, place = _varint(data, place)
            yield number, value
            continue
        if wire == 2:
            length, place = _varint(data, place)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if place + length > len(data):
            raise ValueError("cut short")
        yield number, data[place : place + length]
        place += length


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def _sums(directory: Path) -> tuple[bytes, dict[str, str]]:
    """SHA256SUMS, as far as it can be one, and name -> digest."""
    sums = directory / "SHA256SUMS"
    try:
        require_inside(sums, directory)
        if not sums.is_file():  # a pipe would never end
            raise OSError
        with sums.open("rb") as stream:
            content = stream.read(2**16)
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{sums}: cannot be read; is {directory} a model directory?") from error
    listed = {}
    for line in text.splitlines():
        digest, _, name = line.partition("  ")
        if name != Path(name).name:
            raise ModelError(f"{sums}: names {name!r}, which is outside the directory; get the model again")
        listed[name] = digest
    return content, listed

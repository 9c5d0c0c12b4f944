"""What a run is of: settings, model, versions, input, as its state file has them; whether a later run may go on.

Not here: where the file lies and when it is written (`batch`, `cluster`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from hoptac import __version__
from hoptac.errors import InputError, OutputError
from hoptac.predict import Predictor
from hoptac.tables import Columns

# What reads, splits and encodes: another version may write other bytes.
_LIBRARIES = (
    "lxml", "lxml-html-clean", "markdown-it-py", "numpy", "nupunkt", "onnxruntime", "pyarrow", "pycld2", "tokenizers",
    "trafilatura",
)  # fmt: skip
_TORCH = ("torch", "transformers")


def settings_of(engine: str, predictor: Predictor, columns: Columns, length: str, method: str) -> dict[str, Any]:
    """What rows depend on besides the input: a run that goes on must have the same."""
    encoder = _TORCH if predictor.model.digest.startswith("torch ") else ()
    return {
        "hoptac": __version__,
        **{library: _version(library) for library in (*_LIBRARIES, *encoder)},
        "engine": engine,
        "model": f"{predictor.name} {predictor.model.digest}",
        "length": length,
        "method": method,
        **{f"{part} column": getattr(columns, part) for part in ("text", "id", "title")},
        **{f"max {name}": limit for name, limit in asdict(columns.limits).items()},
    }


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:  # installed under another name, like onnxruntime-gpu
        return None


def check_same(state: Path, now: dict[str, Any]) -> None:
    """Raise OutputError or InputError where what was done so far was done with another model, settings or input."""
    begin = "try --overwrite to begin anew"
    try:
        then = json.loads(state.read_text(encoding="utf-8"))
        differences = [
            f"{key} was {then['settings'].get(key)}, is {value}"
            for key, value in now["settings"].items()
            if then["settings"].get(key) != value
        ]
        names = [[item["name"] for item in side["inputs"]] for side in (then, now)]
        pairs = list(zip(then["inputs"], now["inputs"], strict=False))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise OutputError(f"{state}: cannot be read, so nobody knows what the partial output is of; {begin}") from error
    if differences:
        raise OutputError(f"{state}: the unfinished run had other settings ({'; '.join(differences)}); {begin}")
    if names[0] != names[1]:
        raise InputError(f"the unfinished run read {' '.join(names[0])}, not {' '.join(names[1])}; {begin}")
    for old, new in pairs:
        if old != new:
            raise InputError(
                f"{new['name']}: has changed since the run began ({old['n_rows']} rows in {old['n_files']} files then, "
                f"{new['n_rows']} in {new['n_files']} now; SHA-256 {old['digest'][:8]}, {new['digest'][:8]}); {begin}"
            )

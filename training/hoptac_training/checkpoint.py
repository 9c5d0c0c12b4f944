"""Where a training run stands after an epoch: one file, replaced at once, so that a kill leaves the last one whole.

Not kept: moments of the optimiser, which are found again within a few steps.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from hoptac.errors import DataError, UsageError

_LAST, _BEST = "last.", "best."


@dataclass(frozen=True)
class Checkpoint:
    """made_of: what the run learns from and how, by name, for JSON. state: how far it is, likewise. last, best: the
    weights after the last epoch and after the best."""

    made_of: Mapping[str, Any]
    state: Mapping[str, Any]
    last: Mapping[str, Tensor]
    best: Mapping[str, Tensor]

    def save(self, path: Path) -> None:
        """Write the file, in place of an older one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        tensors = {
            prefix + name: value.detach().cpu().clone()
            for prefix, weights in ((_LAST, self.last), (_BEST, self.best))
            for name, value in weights.items()
        }
        new = path.with_suffix(".new")
        save_file(tensors, new, {"made_of": json.dumps(self.made_of), "state": json.dumps(self.state)})
        os.replace(new, path)


def load(path: Path, made_of: Mapping[str, Any]) -> Checkpoint:
    """Read a checkpoint of the same run. Raises UsageError where another data set, recipe or teacher made it, DataError
    where the file is not whole."""
    try:
        with safe_open(path, "pt") as file:
            found = {key: json.loads(value) for key, value in file.metadata().items()}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise DataError(f"{path}: no checkpoint ({error}); delete it, and begin anew") from error
    wanted = json.loads(json.dumps(made_of))
    others = [key for key in wanted if found["made_of"].get(key) != wanted[key]]
    if others:
        raise UsageError(
            f"{path}: was made with another {' and '.join(others)}; go on with the same, or leave --resume out to "
            "start anew"
        )
    last, best = (
        {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
        for prefix in (_LAST, _BEST)
    )
    return Checkpoint(found["made_of"], found["state"], last, best)

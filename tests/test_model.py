"""Model directories that are missing, broken or altered: one line that says what, where, and what to try."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from hoptac import ModelError, UsageError
from hoptac.cli import main
from hoptac.engine import ENGINES
from hoptac.model import BUNDLED, load_model

Forge = Callable[[Path], None]


def _seal(directory: Path) -> None:
    """Digests for what now lies in the directory, as an attacker would write them."""
    names = ("config.json", "model.onnx", "tokenizer.json", "themes.toml", "parity.json", "README.md")
    (directory / "SHA256SUMS").write_text(
        "".join(f"{hashlib.sha256((directory / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
    )


def _edit(directory: Path, name: str, change: Callable[[dict], object]) -> None:  # type: ignore[type-arg]
    data = json.loads((directory / name).read_text(encoding="utf-8"))
    change(data)
    (directory / name).write_text(json.dumps(data), encoding="utf-8")
    _seal(directory)


def _truncate(directory: Path) -> None:
    data = (directory / "model.onnx").read_bytes()
    (directory / "model.onnx").write_bytes(data[: len(data) // 2])
    _seal(directory)


def _fewer_themes(directory: Path) -> None:
    text = (directory / "themes.toml").read_text(encoding="utf-8")
    (directory / "themes.toml").write_text(text[: text.rindex("[[theme]]")], encoding="utf-8")
    _seal(directory)


def _not_a_tokenizer(directory: Path) -> None:
    (directory / "tokenizer.json").write_text("{}")
    _seal(directory)


def _not_sealed(directory: Path) -> None:
    (directory / "config.json").write_text((directory / "config.json").read_text() + " ")


FORGED: dict[str, tuple[Forge, str]] = {
    "missing graph": (lambda d: (d / "model.onnx").unlink(), "is missing"),
    "missing sums": (lambda d: (d / "SHA256SUMS").unlink(), "SHA256SUMS"),
    "altered": (_not_sealed, "differs from its digest"),
    "half a graph": (_truncate, "model.onnx"),
    "one theme fewer": (_fewer_themes, "themes.toml"),
    "no tokenizer": (_not_a_tokenizer, "tokenizer.json"),
    "another format": (
        lambda d: _edit(d, "config.json", lambda c: c["hoptac"].update(format=99)),
        "format 99",
    ),
    "no calibration": (
        lambda d: _edit(d, "config.json", lambda c: c["hoptac"].pop("calibration")),
        "config.json",
    ),
    "no number": (
        lambda d: _edit(d, "config.json", lambda c: c["hoptac"]["thresholds"].update(energy=["NaN", 0, 0])),
        "config.json",
    ),
    "other answers": (
        lambda d: _edit(d, "parity.json", lambda p: p["probabilities"][0].__setitem__(0, 0.0)),
        "differ by",
    ),
    "fewer answers": (lambda d: _edit(d, "parity.json", lambda p: p["probabilities"].pop()), "parity"),
}


@pytest.mark.parametrize("case", list(FORGED))
def test_a_forged_directory_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    forge, words = FORGED[case]
    directory = tmp_path / "model"
    shutil.copytree(BUNDLED, directory)
    forge(directory)
    with pytest.raises(ModelError, match=words) as caught:
        load_model(directory)
    assert str(directory) in str(caught.value)
    result = CliRunner().invoke(main, ["themes", "--model", str(directory)])
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.output


def test_a_missing_directory_is_named_with_the_way_out() -> None:
    with pytest.raises(ModelError, match="bundled"):
        load_model("nowhere")


def test_an_unknown_engine_is_a_wrong_setting() -> None:
    with pytest.raises(UsageError, match="onnx"):
        load_model(engine="steam")


@pytest.mark.parametrize("engine", list(ENGINES))
def test_every_engine_passes_the_parity_check(engine: str) -> None:
    assert load_model(engine=engine).taxonomy.ids


def test_the_bundled_model_is_small_enough_for_a_wheel() -> None:
    assert sum(path.stat().st_size for path in BUNDLED.iterdir()) <= 45_000_000

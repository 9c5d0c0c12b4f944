"""Imports point one way: cli -> hoptac_training -> hoptac_eval -> hoptac; and the program needs no torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from fakes import ROOT

ALLOWED = {
    "hoptac": {"hoptac"},
    "hoptac_eval": {"hoptac", "hoptac_eval"},
    "hoptac_training": {"hoptac", "hoptac_eval", "hoptac_training"},
}
FOLDERS = {"hoptac": "inference", "hoptac_eval": "eval", "hoptac_training": "training"}
FILES = [
    (package, file) for package, folder in FOLDERS.items() for file in sorted((ROOT / folder / package).glob("*.py"))
]


def _imports(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize(("package", "file"), FILES, ids=lambda value: getattr(value, "name", value))
def test_imports_point_one_way(package: str, file: Path) -> None:
    ours = {name.split(".")[0] for name in _imports(ast.parse(file.read_text(encoding="utf-8")))} & set(ALLOWED)
    assert ours <= ALLOWED[package]


@pytest.mark.parametrize("folder", list(FOLDERS.values()))
def test_nothing_loose_lies_beside_the_packages(folder: str) -> None:
    assert not list((ROOT / folder).glob("*.py"))


def test_one_file_names_onnxruntime() -> None:
    naming = [
        file.name
        for package, file in FILES
        if package == "hoptac"
        and "onnxruntime" in {name.split(".")[0] for name in _imports(ast.parse(file.read_text(encoding="utf-8")))}
    ]
    assert naming == ["engine.py"]


def test_the_program_loads_no_training_library() -> None:
    code = (
        "import sys; import hoptac.cli; "
        "heavy = {'torch', 'transformers', 'datasets', 'sklearn', 'matplotlib'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    path = str(ROOT / "inference")
    subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r}); {code}"], check=True)


def test_importing_hoptac_is_light() -> None:
    code = (
        "import hoptac; heavy = {'numpy', 'onnxruntime', 'tokenizers', 'click'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    path = str(ROOT / "inference")
    subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r}); {code}"], check=True)

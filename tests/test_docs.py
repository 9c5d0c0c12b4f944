"""The README is held to the program."""

from __future__ import annotations

import re

import pytest

from fakes import ROOT
from hoptac.cli import main

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_stands_in_the_readme() -> None:
    for name in main.commands:
        assert f"hoptac {name}" in README, name


def test_every_command_in_the_readme_exists() -> None:
    shown = "\n".join(README.split("```")[1::2])
    assert set(re.findall(r"^(?:.*\| )?hoptac ([a-z]+)", shown, re.MULTILINE)) == set(main.commands)


def test_every_file_in_the_tree_exists() -> None:
    tree = README.split("## What is where")[1].split("```")[1]
    folder = ROOT
    for line in tree.strip().splitlines():
        names = re.split(r"\s{2,}", line.strip())[0].split()
        if not line.startswith(" "):
            folder = ROOT / names[0]
            assert folder.exists(), names[0]
            continue
        for name in names:
            assert (folder / name).exists(), f"{folder}/{name}"


def test_every_module_of_the_program_stands_in_the_tree() -> None:
    tree = README.split("## What is where")[1].split("```")[1]
    for path in (ROOT / "inference/hoptac").glob("*.py"):
        if not path.name.startswith("__"):
            assert re.search(rf"\b{path.name}\b", tree), path.name


@pytest.mark.slow
def test_the_python_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    code = README.split("```python")[1].split("```")[0]
    exec(code.replace('; or Predictor.load("my-model/")', ""), {})
    assert "energy" in capsys.readouterr().out

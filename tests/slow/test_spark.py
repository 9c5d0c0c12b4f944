"""The recipe in docs/scale.md runs as it stands, and gives the rows of the library."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fakes import ROOT
from hoptac import read_articles
from hoptac.predict import Predictor

MISSING = [name for name in ("pyspark", "pandas") if importlib.util.find_spec(name) is None]
MISSING += [] if shutil.which("java") or os.environ.get("JAVA_HOME") else ["java"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


def test_the_recipe_gives_the_rows_of_the_library(tmp_path: Path) -> None:
    recipe = (ROOT / "docs/scale.md").read_text(encoding="utf-8").split("```python")[1].split("```")[0]
    lines = (ROOT / "seeds/corpus/test.jsonl").read_text(encoding="utf-8").splitlines()[:5]
    (tmp_path / "corpus.jsonl").write_text("\n".join([*lines, "oops"]) + "\n", encoding="utf-8")
    program = tmp_path / "recipe.py"
    program.write_text(recipe.replace(".builder.", '.builder.master("local[1]").'), encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "inference"),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    done = subprocess.run(
        [sys.executable, str(program)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = [
        json.loads(line)
        for part in (tmp_path / "out").glob("part-*")
        for line in part.read_text(encoding="utf-8").splitlines()
    ]
    expected = [p.to_dict() for p in Predictor.load().predict_many(read_articles([tmp_path / "corpus.jsonl"]))]
    for row in (*found, *expected):
        row["source"] = "corpus.jsonl"
    *good, bad = found
    assert good == expected[:-1]
    assert bad["error"].startswith("corpus.jsonl: not JSON")

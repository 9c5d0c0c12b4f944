"""`python -m hoptac_training peers | curve | doubt`: from files to tables, on vectors that count words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fakes import ROOT
from hoptac_training import curves, vectors
from hoptac_training.__main__ import main
from hoptac_training.reference import digest
from peer_data import FakeVectors, rows

Run = Callable[..., Result]


def _write(path: Path, found: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a folder with a small corpus, 20 articles by reference of which one has no text, and tests."""
    monkeypatch.setattr(vectors, "Vectors", lambda load, directory: FakeVectors(directory))
    monkeypatch.setattr(curves, "CORPUS_SIZES", ())
    monkeypatch.setattr(curves, "REFERENCE_SIZES", ())
    seeds = tmp_path / "seeds"
    for name, n in (("train", 60), ("dev", 40), ("test", 20)):
        _write(seeds / "corpus" / f"{name}.jsonl", rows(n, name, n))
    shutil.copy(ROOT / "seeds/themes.toml", seeds)
    texts = rows(20, "reference", 7)
    _write(tmp_path / "texts.jsonl", [{"id": row["id"], "sentences": row["sentences"]} for row in texts[1:]])
    for row in texts:
        row["digests"] = [digest(sentence) for sentence in row.pop("sentences")]
        row["split"] = "train"
    _write(seeds / "by-reference" / "en.jsonl", texts)
    _write(tmp_path / "real.jsonl", rows(10, "real", 8))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, [*arguments, "--texts", "texts.jsonl"], catch_exceptions=False)


def test_peers(run: Run) -> None:
    first = run("peers", "--real", "real.jsonl", "--only", "keyword rules", "-o", "results/peers.json")
    assert first.exit_code == 0
    assert "1 articles by reference have no text at hand" in first.stderr
    assert first.stdout.startswith("| corpus-test | exact | macro-F1 |")
    assert "| real-dev | exact |" in first.stdout
    second = run("peers", "--only", "TF-IDF + SVM, articles", "-o", "results/peers.json")
    assert "real-dev is not at hand" in second.stderr
    kept = json.loads(Path("results/peers.json").read_text())["rows"]
    assert [row["peer"] for row in kept] == ["keyword rules", "TF-IDF + SVM, articles"]


def test_an_unknown_peer(run: Run) -> None:
    failed = run("peers", "--only", "oracle")
    assert failed.exit_code == 1
    assert "expected some of: keyword rules" in failed.stderr


def test_curve(run: Run) -> None:
    result = run("curve", "--real", "real.jsonl", "-o", "curves")
    assert result.exit_code == 0
    assert "| by reference | 19 |" in result.stdout
    assert "| by reference, on top of the corpus | 19 |" in result.stdout
    assert Path("curves.png").stat().st_size > 5_000
    assert "ministers" not in Path("curves.json").read_text()


def test_doubt(run: Run) -> None:
    path = Path("seeds/corpus/train.jsonl")
    found = [json.loads(line) for line in path.read_text().splitlines()]
    found[0]["labels"][0] = [theme for theme in ("vaccines", "energy") if theme not in found[0]["labels"][0]][:1]
    _write(path, found)
    result = run("doubt", "--corpus", "c.txt", "--reference", "r.txt", "--sure", "0.35")
    assert result.exit_code == 0
    assert Path("c.txt").read_text().startswith(f"train-0:0 given={found[0]['labels'][0][0]} model=")
    assert Path("r.txt").read_text() == ""
    assert "1 doubts in the corpus, 0 by reference" in result.stderr


def test_peers_by_language_beside_a_model_of_ones_own(run: Run, tiny_model: Path) -> None:
    found = run("peers", "--only", "mine", "--model", f"mine={tiny_model}", "--by-language", "-o", "peers.json")
    assert found.exit_code == 0, found.stderr
    assert "| corpus-test, en | exact |" in found.stdout
    (row,) = json.loads(Path("peers.json").read_text())["rows"]
    assert row["tests"]["corpus-test, en"]["n"] == 20
    assert row["note"].startswith("hoptac-")
    assert row["training_core_seconds"] is None, "it learnt when it was made"

"""The peers' table: what the same data give by other ways, and ours beside them. One straight path, in `run`.

    learn on the corpus and the articles by reference -> calibrate on dev -> answer every test set -> a row

Rows are kept in one JSON file without texts; running some peers again replaces their rows only. Times are of cores, not
of clocks, so that what else the machine does changes little.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hoptac.engine import ENGINES
from hoptac.errors import HoptacError, UsageError
from hoptac.values import Taxonomy
from hoptac_training.peer import Fitted, Sets, Task, figures
from hoptac_training.peer_encoders import contrastive, frozen, model, ours, prompted, static
from hoptac_training.peer_words import fasttext, keywords, svm_by_article, svm_by_sentence
from hoptac_training.train import data_digest
from hoptac_training.vectors import Vectors, texts_of

Peer = Callable[[Task], Fitted]

PEERS: dict[str, Peer] = {
    "keyword rules": keywords,
    "TF-IDF + SVM, sentences": svm_by_sentence,
    "TF-IDF + SVM, articles": svm_by_article,
    "fastText": fasttext,
    "model2vec": static,
    "frozen e5-small + logistic regression": frozen,
    "SetFit": contrastive,
    "Gemma 3 270M, prompted": prompted,
    "hoptac": ours,
}


def named(models: Sequence[str]) -> dict[str, Peer]:
    """Peers that are model directories, each "NAME=DIR" or "NAME=DIR@ENCODER". Raises UsageError for anything else.

    >>> list(named(["six layers=my-model", "twelve, float32=other@onnx-fp32"]))
    ['six layers', 'twelve, float32']
    """
    found = {}
    for text in models:
        name, _, where = text.partition("=")
        directory, _, encoder = where.partition("@")
        if not name or not directory or encoder not in ("", *ENGINES):
            raise UsageError(f"model {text!r}: expected NAME=DIR or NAME=DIR@ENCODER, of {', '.join(ENGINES)}")
        found[name] = model(directory, encoder or "onnx")
    return found


QUOTED = ("exact_match", "macro_f1", "micro_f1", "evidence_macro_f1", "ece")
SPEED_SAMPLE = 10  # articles that the encoder is timed on

Row = dict[str, Any]
"""JSON: {"peer", "data"} and either {"why"} (not run) or {"tests": {set: {"n", figure: {"mean", "spread"}}}, "seeds",
"megabytes", "articles_per_core_second", "training_core_seconds", "note"}."""


def run(
    names: Sequence[str],
    sets: Sets,
    taxonomy: Taxonomy,
    vectors: Vectors,
    *,
    seeds: int = 3,
    report: Callable[[str], None] = lambda line: None,
    peers: Mapping[str, Peer] = PEERS,
) -> list[Row]:
    """Train and test some peers; a random one with `seeds` seeds. A peer that cannot run has a row that says why.

    Raises UsageError for a name that is no peer.
    """
    unknown = [name for name in names if name not in peers]
    if unknown:
        raise UsageError(f"peer {unknown[0]!r} is unknown; expected some of: {', '.join(peers)}")
    digest = data_digest(sets.train)
    rows = []
    for name in names:
        task = Task(taxonomy, sets.train, sets.dev, vectors)
        try:
            row = _row(peers[name], task, sets, seeds)
        except HoptacError as error:
            row = {"why": str(error)}
        except Exception as error:  # of libraries that lean on each other's releases; the other peers are to go on
            row = {"why": f"{type(error).__name__}: {(str(error).splitlines() or ['no reason given'])[0][:200]}"}
        rows.append({"peer": name, "data": digest, **row})
        report(f"{name}: {row.get('why') or 'done'}")
    return rows


def _row(peer: Peer, task: Task, sets: Sets, seeds: int) -> Row:
    runs: list[dict[str, dict[str, float]]] = []
    learning = answering = 0.0
    n_answered = 0
    asked = {name: list(items) for name, items in sets.tests.items()}
    while True:
        started = time.process_time()
        fitted = peer(Task(task.taxonomy, task.train, task.dev, task.vectors, seed=len(runs)))
        learning += time.process_time() - started
        if fitted.sample is not None:
            asked = {
                name: items[:: max(1, len(items) // fitted.sample)][: fitted.sample] for name, items in asked.items()
            }
        found = {}
        for name, items in asked.items():
            started = time.process_time()
            answers = fitted.say(items)
            answering += time.process_time() - started
            n_answered += len(items)
            found[name] = figures(task.taxonomy, items, answers)
        runs.append(found)
        if not fitted.random or len(runs) >= seeds:
            break
    reading = 0.0
    if fitted.encodes:
        reading = task.vectors.seconds_per_article(
            [texts_of(item) for item in next(iter(asked.values()))[:SPEED_SAMPLE]]
        )
    return {
        "tests": {name: {"n": len(asked[name])} | _spread([run[name] for run in runs]) for name in asked},
        "seeds": len(runs),
        "megabytes": round(fitted.n_bytes / 1e6, 1),
        "articles_per_core_second": round(1 / (answering / n_answered + reading), 2),
        "training_core_seconds": round(learning / len(runs) + reading * (len(task.train) + len(task.dev)), 1)
        if fitted.learns
        else None,
        "note": fitted.note,
    }


def _spread(runs: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Mean and standard deviation over runs of the figures quoted; None for one that the peer does not have."""
    found: dict[str, Any] = {}
    for name in QUOTED:
        values = [run[name] for run in runs if name in run]
        spread = round(float(np.std(values, ddof=1)), 4) if len(values) > 1 else None
        found[name] = {"mean": round(float(np.mean(values)), 4), "spread": spread} if values else None
    return found


def merged(old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """Old rows with the new ones in their place, in the order of PEERS."""
    rows = {row["peer"]: row for row in [*old, *new]}
    order = {name: number for number, name in enumerate(PEERS)}
    return sorted(rows.values(), key=lambda row: order.get(row["peer"], len(order)))


def load(path: Path) -> list[Row]:
    """The rows kept, none where there is no file."""
    return json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []


def save(path: Path, rows: Sequence[Row]) -> None:
    """Keep rows: figures, and no text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"rows": rows}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


LABELS = {
    "exact_match": "exact",
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "evidence_macro_f1": "sentence F1",
    "ece": "ECE",
}


def table(rows: Sequence[Row], digest: str) -> list[str]:
    """Markdown: for each test set a table of figures, then one of costs, then the reasons of those not run.

    digest: of the training data at hand (`data_digest`); rows of other data are marked.
    """
    done = [row for row in rows if "tests" in row]
    marks = {row["peer"]: "" if row["data"] == digest else " †" for row in rows}
    lines: list[str] = []
    for name in dict.fromkeys(name for row in done for name in row["tests"]):
        lines += [f"| {name} | {' | '.join(LABELS.values())} |", f"| --- |{' --- |' * len(LABELS)}"]
        for row in (row for row in done if name in row["tests"]):
            cells = " | ".join(_cell(row["tests"][name][key]) for key in LABELS)
            lines.append(f"| {row['peer']}{marks[row['peer']]} | {cells} |")
        lines.append("")
    lines += ["| | size, MB | articles per core-second | training, core-minutes | seeds | |", "| --- |" + " --- |" * 5]
    for row in done:
        seconds = row["training_core_seconds"]
        minutes = "–" if seconds is None else f"{seconds / 60:.1f}"
        cost = f"{row['megabytes']:.1f} | {row['articles_per_core_second']:.1f} | {minutes} | {row['seeds']}"
        lines.append(f"| {row['peer']}{marks[row['peer']]} | {cost} | {row['note']} |")
    lines += ["", *(f"{row['peer']}: not run: {row['why']}" for row in rows if "why" in row)]
    if any(marks.values()):
        lines.append("† learnt from an earlier state of the data")
    return lines


def _cell(figure: Mapping[str, float | None] | None) -> str:
    """
    >>> _cell({"mean": 0.9123, "spread": 0.0042}), _cell(None)
    ('.912 ± .004', '–')
    """
    if figure is None:
        return "–"
    numbers = [f"{value:.3f}".removeprefix("0") for value in (figure["mean"], figure["spread"]) if value is not None]
    return " ± ".join(numbers)

"""The peers' table: rows, their reasons, and the peers that need no more than scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hoptac.errors import DataError, HoptacError, UsageError
from hoptac.labelled import from_row
from hoptac_eval.record import Said
from hoptac_training import peer_words, peers
from hoptac_training.peer import Fitted, Items, Task, figures, judged, sentence_targets
from hoptac_training.peer_encoders import few
from peer_data import THEMES, FakeVectors, articles, sets

CHEAP = ("keyword rules", "TF-IDF + SVM, sentences", "TF-IDF + SVM, articles")


@pytest.fixture(scope="module")
def task() -> Task:
    data = sets()
    return Task(THEMES, data.train, data.dev, FakeVectors())


def perfect(item: Items) -> list[Said]:
    return [
        Said(one.themes, one.labels, probabilities={theme: float(theme in one.themes) for theme in THEMES.ids})
        for one in item
    ]


@pytest.mark.parametrize("name", CHEAP)
def test_a_peer_answers_every_article(name: str, task: Task) -> None:
    fitted = peers.PEERS[name](task)
    items = articles(10, "new", 9)
    answers = fitted.say(items)
    assert len(answers) == len(items)
    assert fitted.n_bytes >= 0
    for item, answer in zip(items, answers, strict=True):
        assert answer.labels is not None
        assert answer.error is None
        if answer.sentences is not None:
            assert len(answer.sentences) == len(item.labels or ())


@pytest.mark.parametrize("name", ["TF-IDF + SVM, sentences", "TF-IDF + SVM, articles"])
def test_an_svm_learns_what_a_word_means(name: str, task: Task) -> None:
    items = articles(30, "new", 9)
    assert figures(THEMES, items, peers.PEERS[name](task).say(items))["macro_f1"] > 0.9


def test_frozen_vectors_are_told_apart(task: Task) -> None:
    class Weightless(FakeVectors):
        base = type("Base", (), {"encoder": type("Nothing", (), {"parameters": lambda self: iter(())})()})()  # type: ignore[assignment]

    fitted = peers.PEERS["frozen e5-small + logistic regression"](Task(THEMES, task.train, task.dev, Weightless()))
    items = articles(30, "new", 9)
    found = figures(THEMES, items, fitted.say(items))
    assert found["macro_f1"] == pytest.approx(1.0)
    assert found["evidence_macro_f1"] == pytest.approx(1.0)


def test_figures_are_those_of_the_evaluation() -> None:
    items = articles(20, "new", 9)
    found = figures(THEMES, items, perfect(items))
    assert {found[name] for name in ("exact_match", "macro_f1", "micro_f1", "evidence_macro_f1")} == {1.0}
    assert found["ece"] == 0.0
    silent = [Said((), [()] * len(item.labels or ())) for item in items]
    assert figures(THEMES, items, silent)["macro_f1"] == 0.0


def test_scores_of_whole_articles_show_no_evidence(task: Task) -> None:
    say = judged(
        lambda items: [np.zeros((1, len(THEMES)), np.float32) for _ in items],
        task.taxonomy,
        task.dev,
        by_sentence=False,
    )
    assert {answer.sentences for answer in say(task.dev)} == {None}


def test_a_row_has_means_and_spreads_over_seeds() -> None:
    seen: list[int] = []

    def lucky(task: Task) -> Fitted:
        seen.append(task.seed)
        n_wrong = task.seed  # so many answers are silent
        return Fitted(lambda items: [Said(()), Said(()), *perfect(items)[2:]][:n_wrong] + perfect(items)[n_wrong:],
                      n_bytes=2_000_000, random=True)  # fmt: skip

    (row,) = peers.run(["lucky"], sets(), THEMES, FakeVectors(), seeds=3, peers={"lucky": lucky})
    assert seen == [0, 1, 2]
    assert (row["seeds"], row["megabytes"]) == (3, 2.0)
    exact = row["tests"]["corpus-test"]["exact_match"]
    assert exact["mean"] < 1.0
    assert exact["spread"] > 0
    assert row["tests"]["real-dev"]["n"] == 20


def test_a_peer_that_is_not_random_runs_once_and_a_slow_one_on_a_sample() -> None:
    def slow(task: Task) -> Fitted:
        return Fitted(perfect, sample=7, encodes=True)

    (row,) = peers.run(["slow"], sets(), THEMES, FakeVectors(), peers={"slow": slow})
    assert row["seeds"] == 1
    assert {name: test["n"] for name, test in row["tests"].items()} == {"corpus-test": 7, "real-dev": 7}
    assert row["tests"]["real-dev"]["macro_f1"]["spread"] is None
    assert row["articles_per_core_second"] <= 2  # the encoder's half second counts
    assert row["training_core_seconds"] >= 0.5 * 140


def test_what_cannot_run_says_why_and_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(peer_words.FASTTEXT, "epoch", 1)
    monkeypatch.setitem(__import__("sys").modules, "fasttext", None)
    names = ["fastText", "keyword rules"]
    rows = peers.run(names, sets(), THEMES, FakeVectors())
    assert rows[0]["why"] == "fasttext is not installed; try: pip install fasttext-wheel"
    assert "tests" in rows[1]
    assert "fastText: not run: fasttext is not installed" in "\n".join(peers.table(rows, rows[0]["data"]))


def test_a_library_that_breaks_costs_the_others_nothing() -> None:
    def broken(task: Task) -> Fitted:
        raise AttributeError("module 'x' has no attribute 'y'")

    (row,) = peers.run(["broken"], sets(), THEMES, FakeVectors(), peers={"broken": broken})
    assert row["why"] == "AttributeError: module 'x' has no attribute 'y'"


def test_an_unknown_peer_is_refused() -> None:
    with pytest.raises(UsageError, match="'oracle' is unknown; expected some of: keyword rules"):
        peers.run(["oracle"], sets(), THEMES, FakeVectors())


def test_rows_are_kept_replaced_and_marked(tmp_path: Path) -> None:
    path = tmp_path / "results" / "peers.json"
    assert peers.load(path) == []
    data = sets()
    rows = peers.run(["TF-IDF + SVM, articles", "keyword rules"], data, THEMES, FakeVectors())
    peers.save(path, peers.merged(peers.load(path), rows))
    assert [row["peer"] for row in peers.load(path)] == ["keyword rules", "TF-IDF + SVM, articles"]
    assert "ministers" not in path.read_text(encoding="utf-8")
    peers.save(path, peers.merged(peers.load(path), [{"peer": "keyword rules", "data": "new", "why": "tired"}]))
    lines = peers.table(peers.load(path), "new")
    assert "keyword rules: not run: tired" in lines
    assert any(line.startswith("| TF-IDF + SVM, articles † | ") for line in lines)


def test_few_sentences_of_every_kind() -> None:
    data = sets()
    texts, targets = few(Task(THEMES, data.train, data.dev, FakeVectors()), shots=4)
    assert len(texts) == len(targets) == len(set(texts))
    assert targets.sum(0).max() == 4
    assert targets.sum(0).min() >= 3, "a sentence that stands twice counts once"
    assert (targets.sum(1) == 0).sum() == 4


def test_a_package_that_breaks_at_import_is_named() -> None:
    with pytest.raises(HoptacError, match="no_such_module is not installed; try: pip install thing"):
        peer_words.package("no_such_module", "thing")


@pytest.mark.parametrize("text", ["mine", "=dir", "mine=", "mine=dir@paper"])
def test_a_model_is_a_name_and_a_directory(text: str) -> None:
    with pytest.raises(UsageError, match="expected NAME=DIR or NAME=DIR@ENCODER, of onnx, onnx-fp32, torch"):
        peers.named([text])


def test_an_article_of_one_sentence_has_the_labels_of_its_sentence(task: Task) -> None:
    whole = [from_row(row, "x:1", THEMES) for row in ({"id": "a", "lang": "en", "title": None, "sentences": ["Gas."],
                                                         "themes": ["energy"]},)]  # fmt: skip
    assert sentence_targets(whole, THEMES).tolist() == [[float(theme == "energy") for theme in THEMES.ids]]
    longer = from_row({"id": "a", "lang": "en", "sentences": ["Gas.", "Oil."], "themes": []}, "x:2", THEMES)
    with pytest.raises(DataError, match="x:2: no labels per sentence"):
        sentence_targets([longer], THEMES)

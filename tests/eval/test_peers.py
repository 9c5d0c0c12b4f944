"""The peers of a summary: each on an article worked out by hand, and the table."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from fakes import fake_model
from hoptac.labelled import from_row
from hoptac_eval.peers import OURS, PEERS, SHOWN, Asked, by_clusters, by_title, compare_peers, figures, fitting, table
from hoptac_eval.summaries import COLUMNS, source

SENTENCES = [
    "Gas deal",
    "The navy came to the port.",
    "A gas deal was signed by the minister.",
    "The minister spoke of the gas deal and of the port.",
    "He left.",
]
ROW: dict[str, Any] = {
    "id": "a",
    "lang": "en",
    "sentences": SENTENCES,
    "labels": [["energy"], ["defence"], ["energy"], ["energy"], []],
    "key": [2],
    "summary": "A gas deal was signed.",
}
needs_sumy = pytest.mark.skipif(importlib.util.find_spec("sumy") is None, reason="sumy is not installed")


def asked(n: int = 2, **changes: object) -> Asked:
    gold = from_row({**ROW, **changes}, "a:1")
    assert gold.article.sentences is not None
    return Asked(source(gold, gold.article.sentences), fake_model().read(SENTENCES), n)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs_sumy if name.endswith("Rank") else ()) for name in PEERS]
)
def test_a_peer_chooses_from_the_body_in_order(name: str) -> None:
    for n in (1, 2, 9):
        chosen = PEERS[name](asked(n))
        assert list(chosen) == sorted(set(chosen)), name
        assert set(chosen) <= {1, 2, 3, 4}, name
        assert chosen == PEERS[name](asked(n)), name
        if not name.startswith(("LEAD-", "greedy")):
            assert len(chosen) <= n


def test_title_similarity_counts_the_words_of_the_headline() -> None:
    assert by_title(asked(2)) == (2, 3)
    assert by_title(asked(2, title=None)) == (0, 1)


def test_a_budget_of_words_is_filled_and_not_passed() -> None:
    assert fitting(PEERS["LEAD, same length"], asked(), 14) == (1, 2)  # 6 and 8 words
    assert fitting(PEERS["LEAD, same length"], asked(), 13) == (1,)
    assert fitting(by_title, asked(), 1) == (2,)  # at least one


def test_clusters_of_as_many_sentences_are_all() -> None:
    assert by_clusters(asked(4)) == (1, 2, 3, 4)


@needs_sumy
def test_the_same_words_twice_are_two_sentences() -> None:
    twice = [SENTENCES[0], *([SENTENCES[2]] * 4)]
    assert len(PEERS["LexRank"](asked(2, sentences=twice))) == 2


def test_figures_add_up_the_rows() -> None:
    row = dict.fromkeys(COLUMNS, 0.0) | {"key_tp": 1, "key_fp": 1, "n_dangling": 1, "n_chosen": 2, "rouge1": 0.5}
    other = row | {"key_tp": float("nan"), "key_fp": float("nan"), "key_fn": float("nan"), "rouge1": float("nan")}
    found = figures([(*row.values(), 0.0), (*other.values(), 1.0)], np.ones((1, 2)))
    assert found["key_f1"].item() == pytest.approx(2 / 3)
    assert found["rouge1"].item() == 0.5
    assert (found["dangling"].item(), found["unmarked"].item()) == (0.5, 0.25)


def test_the_table_has_every_system_and_names_both_scales() -> None:
    gold = from_row({**ROW, "lang": "other"}, "a:1")
    rows = compare_peers(fake_model(), iter([gold]), length="auto", peers=importlib.util.find_spec("sumy") is not None)
    assert list(rows) == ["en"], "a language that the data do not name is told from the text"
    text = table(rows["en"], resamples=10)
    assert text.startswith("| | R-1 | R-2 | R-L | published R-1")
    for name in rows["en"].by_system:
        assert f"| {name} |" in text
    assert OURS in rows["en"].by_system
    assert all(len(line.split("|")) == len(SHOWN) + 3 for line in text.splitlines())

"""The README quotes what the saved results say, and the bundled model is the one that was measured."""

from __future__ import annotations

import json

import pytest

from fakes import ROOT
from hoptac.model import BUNDLED
from hoptac_eval.gate import check_gate
from hoptac_eval.report import Report
from hoptac_eval.results import BY_HAND, card_with, results_table

NAMES = ("corpus-test", "real-dev", "russian")
REPORTS = {name: Report.load(ROOT / f"eval/results/{name}.json") for name in NAMES}


def test_the_readme_has_the_table_of_the_results() -> None:
    assert "\n".join(results_table(REPORTS)) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_card_of_the_bundled_model_has_every_figure() -> None:
    card = (BUNDLED / "README.md").read_text(encoding="utf-8")
    assert card == card_with(card, (ROOT / BY_HAND).read_text(encoding="utf-8"), REPORTS)
    assert card.count("## Licence") == 1


@pytest.mark.parametrize("name", NAMES)
def test_results_are_of_the_bundled_model(name: str) -> None:
    config = json.loads((BUNDLED / "config.json").read_text(encoding="utf-8"))
    assert REPORTS[name].stamp.model == config["hoptac"]["name"]


@pytest.mark.parametrize("name", NAMES)
def test_results_carry_no_text(name: str) -> None:
    assert not any(sentence.text for case in REPORTS[name].errors for sentence in case.sentences)


def test_the_saved_result_passes_its_own_gate() -> None:
    assert check_gate(REPORTS["corpus-test"], ROOT / "eval/floors.json") == []

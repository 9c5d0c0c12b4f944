from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fakes import ROOT
from hoptac.decide import decide, exclusive_probabilities, primary_theme
from hoptac.model import Calibration, Thresholds
from hoptac.taxonomy import load_taxonomy
from hoptac.values import Taxonomy

TAXONOMY = load_taxonomy(ROOT / "seeds" / "themes.toml")
CALIBRATION = {theme: {"*": Calibration(0.9, 0.2, -0.5), "vi": Calibration(1.0, 0.0, 0.5)} for theme in TAXONOMY.ids}
CUTS = {theme: Thresholds(yes=0.6, no=0.4, sentence=0.5) for theme in TAXONOMY.ids}


@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 12), st.just(5)), elements=st.floats(-30, 30, width=32)),
    st.sampled_from(["en", "vi", "other"]),
)
def test_labels_and_evidence_agree(logits: np.ndarray, language: str) -> None:
    verdict = decide(logits, TAXONOMY, CALIBRATION, CUTS, language)
    assert sorted(score.theme for score in verdict.themes) == sorted(TAXONOMY.ids)
    probabilities = [score.probability for score in verdict.themes]
    assert probabilities == sorted(probabilities, reverse=True)
    for score in verdict.themes:
        assert 0.0 <= score.probability <= 1.0
        assert (score.decision == "yes") == (score.theme in verdict.labels)
        if score.decision == "yes":
            assert score.sentences
        if score.decision == "no":
            assert not score.sentences
        for index, themes in enumerate(verdict.sentence_themes):
            assert (score.theme in themes) == (index in score.sentences)
    assert list(verdict.labels) == [theme for theme in TAXONOMY.ids if theme in verdict.labels]
    assert (verdict.primary in verdict.labels) if verdict.labels else verdict.primary is None


def test_each_language_has_its_own_calibration() -> None:
    logits = np.full((2, 5), 0.0, dtype=np.float32)
    assert decide(logits, TAXONOMY, CALIBRATION, CUTS, "vi").labels == TAXONOMY.ids
    assert decide(logits, TAXONOMY, CALIBRATION, CUTS, "ru").labels == ()


def test_a_yes_without_a_sure_sentence_shows_its_best_one() -> None:
    cuts = {theme: Thresholds(yes=0.3, no=0.2, sentence=0.9) for theme in TAXONOMY.ids}
    logits = np.array([[0.0] * 5, [1.0] * 5], dtype=np.float32)
    verdict = decide(logits, TAXONOMY, CALIBRATION, cuts, "vi")
    assert all(score.sentences == (1,) for score in verdict.themes)


def test_exclusive_themes_give_one_label_and_probabilities_that_sum_to_one() -> None:
    taxonomy = Taxonomy(TAXONOMY.themes, exclusive=True)
    logits = np.array([[-3.0, -2.0, -5.0, -1.0, -4.0]], dtype=np.float32)
    verdict = decide(logits, taxonomy, CALIBRATION, CUTS, "en")
    assert verdict.labels == ("vaccines",)
    assert abs(sum(score.probability for score in verdict.themes) - 1) < 1e-6


@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 12), st.just(5)), elements=st.floats(-300, 300, width=32)),
    st.sampled_from(["en", "vi", "other"]),
)
def test_exclusive_themes_give_exactly_one_label_with_evidence(logits: np.ndarray, language: str) -> None:
    verdict = decide(logits, Taxonomy(TAXONOMY.themes, exclusive=True), CALIBRATION, CUTS, language)
    assert [score.decision for score in verdict.themes].count("yes") == len(verdict.labels) == 1
    assert [score.decision for score in verdict.themes].count("no") == 4
    assert verdict.themes[0].theme == verdict.labels[0] == verdict.primary, "best first"
    assert verdict.themes[0].sentences
    assert abs(sum(score.probability for score in verdict.themes) - 1) < 1e-6


def test_exclusive_probabilities_are_a_softmax_of_calibrated_scores() -> None:
    # Scores log 3 and 0 after calibration: shares 3/4 and 1/4.
    logits = np.array([[np.log(3) / 2, -9.0], [-9.0, 0.0]], dtype=np.float32)
    found = exclusive_probabilities(logits, [Calibration(2.0, 0.0, 0.0)] * 2)
    assert np.allclose(found, [0.75, 0.25])


def test_ties_go_to_the_theme_that_comes_first_in_the_text_then_in_the_table() -> None:
    assert primary_theme(["defence", "energy"], {"defence": [3], "energy": [2]}) == "energy"
    assert primary_theme(["defence", "energy"], {"defence": [2], "energy": [2]}) == "defence"
    assert primary_theme([], {}) is None

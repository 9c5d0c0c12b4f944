"""The promise that comes with "yes": a cut is given where the data bear it out, and none where they do not."""

from __future__ import annotations

import numpy as np

from hoptac.decide import exclusive_probabilities
from hoptac.values import Taxonomy, Theme
from hoptac_training.calibrate import RIGHT, calibrate, sure_cut, temperature, thresholds
from hoptac_training.examples import Example


def test_a_cut_keeps_the_promise_on_what_it_was_found_on() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.random(4000).astype(np.float32)
    gold = rng.random(4000) < np.where(probabilities > 0.6, 0.98, 0.3)
    cut = sure_cut(gold, probabilities)
    assert cut is not None
    assert 0.5 <= cut <= 0.62, "just where sentences stop being right"
    assert gold[probabilities >= cut].mean() >= RIGHT


def test_no_cut_where_nothing_is_sure() -> None:
    rng = np.random.default_rng(0)
    assert sure_cut(rng.random(4000) < 0.5, rng.random(4000).astype(np.float32)) is None


def _one_of_two(theme: int) -> Example:
    nothing = np.full((1, 2), np.nan, np.float32)
    return Example("a", "en", ("A sentence.",), nothing, np.eye(2, dtype=np.float32)[theme], nothing[:, 0])


def test_exclusive_themes_get_one_temperature_that_makes_probabilities_true() -> None:
    # Four apart in logits, and right three times in four: the probability should be 3/4, so the slope log(3) / 4.
    dev = [_one_of_two(theme) for theme in (0, 0, 0, 1)] * 5
    logits = [np.array([[4.0, 0.0]], np.float32)] * 20
    slope = temperature(dev, logits)
    assert abs(slope.top - np.log(3) / 4) < 0.01
    assert abs(exclusive_probabilities(logits[0], [slope, slope])[0] - 0.75) < 0.01
    taxonomy = Taxonomy(tuple(Theme(name, {"en": name}, "") for name in ("sea", "fuel")), exclusive=True)
    found = calibrate(taxonomy, dev, logits)
    assert found == {"sea": {"*": slope}, "fuel": {"*": slope}}
    cuts, sure = thresholds(taxonomy, dev, logits, found)
    assert all(cut.sentence == 0.5 for cut in cuts.values())
    assert sure is None or all(cut.yes >= sure for cut in cuts.values())

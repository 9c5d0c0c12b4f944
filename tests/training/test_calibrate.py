"""The promise that comes with "yes": a cut is given where the data bear it out, and none where they do not."""

from __future__ import annotations

import numpy as np

from hoptac_training.calibrate import RIGHT, sure_cut


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

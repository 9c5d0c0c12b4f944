"""Names are labels in the pictures, whatever stands in them."""

from __future__ import annotations

import pytest

from hoptac_eval import plots
from hoptac_eval.report import Figure


@pytest.mark.parametrize("name", ["$\\frac$", "$x$ and $y$", "a$", "$", "\\$", "$$"])
def test_a_name_is_no_mathematics(name: str) -> None:
    assert plots.heatmap([name, "none"], [[1, 0], [0, 1]]).startswith("<?xml")
    assert plots.bars([name], {name: [Figure(0.5)]}).startswith("<?xml")


def test_a_name_with_dollars_is_drawn_with_them() -> None:
    with_dollars, without = (plots.heatmap([name, "none"], [[1, 0], [0, 1]]) for name in ("$x$", "x"))
    assert with_dollars.count("<use ") == without.count("<use ") + 4

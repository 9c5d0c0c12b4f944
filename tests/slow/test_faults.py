"""Whatever breaks around a run: nothing is lost or half-written under its final name, and a line says what it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from hoptac_eval.faults import FAULTS
from hoptac_eval.machine import Skipped
from hoptac_eval.soak import soak

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_costs_nothing(name: str, tmp_path: Path) -> None:
    try:
        FAULTS[name](tmp_path)
    except Skipped as reason:
        pytest.skip(str(reason))


def test_memory_is_flat_and_files_are_closed_over_four_hundred_articles() -> None:
    assert soak(400, 600, interval=0.05)[0] is None

"""Fixtures that many tests share."""

from __future__ import annotations

import pytest

from fakes import fake_model
from hoptac.predict import Predictor


@pytest.fixture
def predictor() -> Predictor:
    """A Predictor over the fake encoder."""
    return Predictor(fake_model())

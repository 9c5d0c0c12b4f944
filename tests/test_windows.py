from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoptac.windows import pack

_sentences = st.lists(st.lists(st.integers(10, 99), max_size=60), max_size=30)


@given(_sentences, st.integers(3, 40))
def test_every_token_stands_once_and_in_order(sentences: list[list[int]], size: int) -> None:
    windows = pack(sentences, size=size, bos=0, sep=2)
    found: list[list[int]] = [[] for _ in sentences]
    for window in windows:
        assert len(window.ids) <= size
        assert window.ids[0] == 0
        for piece in window.pieces:
            assert window.ids[piece.end - 1] == 2
            found[piece.sentence] += window.ids[piece.start : piece.end - 1]
    assert found == sentences


@given(_sentences, st.integers(3, 40))
def test_pooling_averages_each_piece(sentences: list[list[int]], size: int) -> None:
    for window in pack(sentences, size=size, bos=0, sep=2):
        weights = window.pooling()
        assert weights.shape == (len(window.pieces), len(window.ids))
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-5)
        assert not weights[:, 0].any()


def test_windows_are_as_few_and_as_equal_as_can_be() -> None:
    windows = pack([[9] * 9] * 3, size=25, bos=0, sep=2)
    assert [len(window.ids) for window in windows] == [21, 11]
    windows = pack([[9] * 4] * 5, size=22, bos=0, sep=2)
    assert [len(window.pieces) for window in windows] == [3, 2]


def test_a_window_must_hold_a_token() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        pack([[1]], size=2, bos=0, sep=2)

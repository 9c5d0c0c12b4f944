"""Sentence vectors: order, parts, and what is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hoptac.errors import DataError
from hoptac_training import vectors as module
from hoptac_training.base import Base, load_base
from hoptac_training.vectors import Vectors

ARTICLES = [["navy deal", "trade"], ["gas", "the ministers agreed on a deal", "festival"], ["navy deal", "trade"]]


@pytest.fixture
def vectors(tiny_base: Path) -> Vectors:
    return Vectors(lambda: load_base(tiny_base))


def test_every_sentence_has_a_vector_and_like_articles_are_alike(vectors: Vectors) -> None:
    found = vectors.of(ARTICLES)
    assert [part.shape for part in found] == [(2, 32), (3, 32), (2, 32)]
    np.testing.assert_array_equal(found[0], found[2])
    assert not np.allclose(found[0][0], found[0][1])


def test_one_by_one_is_as_together(vectors: Vectors) -> None:
    alone = [vectors.encode([article])[0] for article in ARTICLES]
    for one, together in zip(alone, vectors.encode(ARTICLES), strict=True):
        np.testing.assert_allclose(one.astype(float), together.astype(float), atol=2e-2)


def test_a_sentence_longer_than_a_window_is_read_whole(vectors: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW", 24)
    (found,) = vectors.of([["navy " * 90, "gas"]])
    assert found.shape == (2, 32)


def test_what_is_kept_needs_no_encoder(tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PER_FILE", 1)
    done: list[int] = []
    first = Vectors(lambda: load_base(tiny_base), tmp_path).of(ARTICLES, done.append)
    assert done == [1, 1]  # two articles differ
    assert len(list(tmp_path.iterdir())) == 2

    def absent() -> Base:
        raise AssertionError("the encoder was asked for")

    for one, other in zip(first, Vectors(absent, tmp_path).of(ARTICLES), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_changed_sentence_is_read_anew(tiny_base: Path, tmp_path: Path) -> None:
    kept = Vectors(lambda: load_base(tiny_base), tmp_path)
    before, after = kept.of([["navy deal", "trade"], ["navy deal", "gas"]])
    assert not np.allclose(before, after)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "vectors-0.npz").write_bytes(b"no")
    with pytest.raises(DataError, match=r"vectors-0\.npz.*delete it"):
        Vectors(lambda: load_base("absent"), tmp_path)

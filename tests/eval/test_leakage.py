"""Exact and near duplicates are found by hashes; what is merely alike is not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from hoptac.errors import ModelError
from hoptac.model import BUNDLED
from hoptac_eval.leakage import FILE_NAME, LeakCheck, has_hashes, hash_texts, load_hashes, save_hashes

GENERATOR = np.random.default_rng(0)
WORDS = [f"từ{i}" for i in range(500)]


def article(n: int = 12) -> list[str]:
    return [" ".join(GENERATOR.choice(WORDS, 20)).capitalize() + "." for _ in range(n)]


TRAINED = [article() for _ in range(30)]


def leaked(sentences: list[str]) -> str:
    check = LeakCheck(hash_texts(TRAINED))
    check.add("x", sentences)
    found = check.leaks()
    return "exact" if found.exact else "near" if found.near else "none"


def test_the_same_article_however_it_is_written() -> None:
    assert leaked(TRAINED[3]) == "exact"
    assert leaked([sentence.upper().replace(".", " !") for sentence in TRAINED[3]]) == "exact"


def test_half_of_it_among_other_sentences() -> None:
    assert leaked(TRAINED[3][:6] + article(5)) == "exact"
    assert leaked(TRAINED[3][:3] + article(9)) == "none"


def test_an_article_with_a_word_changed_in_each_sentence() -> None:
    changed = [sentence.replace(sentence.split()[1], "khác", 1) for sentence in TRAINED[5]]
    assert leaked(changed) == "near"


def test_another_article_of_the_same_words() -> None:
    assert leaked(article()) == "none"


def test_short_sentences_say_nothing() -> None:
    check = LeakCheck(hash_texts([["Both sides signed it."]]))
    check.add("x", ["Both sides signed it."])
    assert check.leaks().n_sentences == 0
    assert not check.leaks().articles


def test_sentences_are_counted() -> None:
    check = LeakCheck(hash_texts(TRAINED))
    check.add("x", TRAINED[0][:2] + article(10))
    assert (check.leaks().sentences, check.leaks().n_sentences) == (2, 12)


def seal(directory: Path) -> None:
    """The digest of what lies in the directory, as export writes it."""
    digest = hashlib.sha256((directory / FILE_NAME).read_bytes()).hexdigest()
    (directory / "SHA256SUMS").write_text(f"{digest}  {FILE_NAME}\n")


def test_to_a_file_and_back(tmp_path: Path) -> None:
    hashes = hash_texts(TRAINED)
    assert hashes.dtype == np.uint64
    assert (np.diff(hashes.astype(object)) > 0).all()
    save_hashes(tmp_path, hashes)
    seal(tmp_path)
    assert (load_hashes(tmp_path) == hashes).all()
    assert (load_hashes(tmp_path / FILE_NAME) == hashes).all()
    assert (tmp_path / FILE_NAME).stat().st_size == 128 + 8 * len(hashes)


HUGE = b"\x93NUMPY\x01\0\x76\0" + b"{'descr': '<u8', 'fortran_order': False, 'shape': (9999999999999,), }".ljust(118)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY", HUGE])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    seal(tmp_path)
    for path in (tmp_path, tmp_path / FILE_NAME):
        with pytest.raises(ModelError, match=r"training-hashes\.npy: cannot be read as training hashes"):
            load_hashes(path)


def test_other_numbers_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / FILE_NAME, np.zeros((2, 2)))
    seal(tmp_path)
    with pytest.raises(ModelError, match="not a row of 8-byte hashes"):
        load_hashes(tmp_path)
    for missing in (tmp_path / "missing", tmp_path / ("a" * 5000), "a\0b"):
        with pytest.raises(ModelError, match="cannot be read"):
            load_hashes(missing)
        assert has_hashes(missing)  # so that loading says so


@pytest.mark.parametrize("case", ["altered", "not listed", "no digests", "a link out"])
def test_hashes_of_a_model_are_what_its_digests_say(case: str, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    save_hashes(model, hash_texts(TRAINED))
    seal(model)
    if case == "altered":
        save_hashes(model, hash_texts(TRAINED[1:]))
    elif case == "not listed":
        (model / "SHA256SUMS").write_text("")
    elif case == "no digests":
        (model / "SHA256SUMS").unlink()
    else:
        (model / FILE_NAME).rename(tmp_path / "outside")
        (model / FILE_NAME).symlink_to(tmp_path / "outside")
    with pytest.raises(ModelError, match=r"digest in SHA256SUMS|SHA256SUMS: cannot be read|leads out"):
        load_hashes(model)


def test_the_bundled_models_hashes_are_what_its_digests_say() -> None:
    assert load_hashes(BUNDLED).size > 0

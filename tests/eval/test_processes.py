"""A process that is disturbed: what it must end with is held to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hoptac_eval.processes import KILLER, N_ROWS, assert_whole, end, start, undisturbed, write_rows


def test_a_run_ends_with_its_code_and_its_words_or_it_is_said(tmp_path: Path) -> None:
    write_rows(tmp_path, 3)
    written = end(start("classify", "rows.jsonl", "none.txt", "--format", "jsonl", folder=tmp_path), 1, "no such file")
    assert [json.loads(line)["error"] is None for line in written.splitlines()] == [True, True, True, False]
    with pytest.raises(AssertionError, match="exit code 0, not 1"):
        end(start("themes", folder=tmp_path), 1)
    with pytest.raises(AssertionError, match="'words' is not in"):
        end(start("themes", folder=tmp_path), 0, "words")


def test_an_undisturbed_run_has_every_row_and_leaves_nothing_beside(tmp_path: Path) -> None:
    assert undisturbed().count(b"\n") == N_ROWS
    (tmp_path / "out.jsonl").write_bytes(undisturbed())
    assert_whole(tmp_path)
    (tmp_path / "out.jsonl.partial").touch()
    with pytest.raises(AssertionError):
        assert_whole(tmp_path)


def test_a_word_that_kills_does_so_where_it_is_said_often(tmp_path: Path) -> None:
    for name, n, code in (("a.txt", 2, 0), ("b.txt", 40, -9)):
        (tmp_path / name).write_text(f"They spoke of {' '.join([KILLER] * n)}.", encoding="utf-8")
        process = start("classify", name, folder=tmp_path)
        process.communicate()
        assert process.returncode == code

"""Parts of an output: what they hold, what they lack, and one name when they are whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fakes import fake_model
from hoptac.arrow import numbered_table
from hoptac.batch import Outcome
from hoptac.errors import InputError, OutputError
from hoptac.parts import Source, done, finish, locked, missing
from hoptac.sources import stamp_of
from hoptac.values import Prediction

IDS = fake_model().taxonomy.ids


def write(part: Path, *numbers: int, error: str | None = None) -> None:
    part.parent.mkdir(exist_ok=True)
    rows = [Prediction(str(n), "a.jsonl", error=error).to_dict() for n in numbers]
    pq.write_table(numbered_table(numbers, rows, IDS), part)


@pytest.fixture
def sources(tmp_path: Path) -> list[Source]:
    """Three files of three, no and two rows."""
    result, first = [], 0
    for name, n_rows in (("a", 3), ("b", 0), ("c", 2)):
        path = tmp_path / name
        path.write_text(name)
        result.append(Source(str(path), first, n_rows, stamp_of(str(path))))
        first += n_rows
    return result


def test_what_is_missing_is_what_no_whole_part_holds(sources: list[Source], tmp_path: Path) -> None:
    folder = tmp_path / "out.parquet.parts"
    write(folder / "1.parquet", 3, 0)
    write(folder / "2.parquet", 1, error="a.jsonl: oops")
    (folder / "torn.parquet").write_bytes((folder / "1.parquet").read_bytes()[:-30])
    numbers, n_failed = done(folder)
    assert (numbers.tolist(), n_failed) == ([0, 1, 3], 1)
    assert [(source.first, wanted.tolist()) for source, wanted in missing(sources, folder)] == [
        (0, [False, False, True]),
        (3, [False, True]),
    ]
    assert sorted(path.name for path in folder.iterdir()) == ["1.parquet", "2.parquet"]


@pytest.mark.parametrize("before", ["nothing", "file", "folder"])
def test_whole_parts_take_the_place_of_what_was_there(before: str, sources: list[Source], tmp_path: Path) -> None:
    folder, output = tmp_path / "out.parquet.parts", tmp_path / "out.parquet"
    if before == "file":
        output.write_text("old")
    elif before == "folder":
        write(output / "old.parquet", 0)
    write(folder / "1.parquet", 4, 3, 2, error="a.jsonl: oops")
    write(folder / "2.parquet", 0, 1)
    assert finish(sources, folder, output) == Outcome(5, 3)
    assert sorted(path.name for path in output.iterdir()) == ["1.parquet", "2.parquet"]
    assert [path.name for path in tmp_path.glob("out.parquet?*")] == []


@pytest.mark.parametrize("numbers", [(0, 1, 2, 3), (0, 1, 2, 3, 4, 4), (0, 1, 2, 3, 5)])
def test_a_row_that_is_missing_or_there_twice_is_no_output(
    numbers: tuple[int, ...], sources: list[Source], tmp_path: Path
) -> None:
    write(tmp_path / "out.parquet.parts/1.parquet", *numbers)
    with pytest.raises(OutputError, match="5 were to be; try --resume, or --overwrite"):
        finish(sources, tmp_path / "out.parquet.parts", tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize("before", ["file", "folder"])
@pytest.mark.parametrize("broken_off_at", [1, 2, 3])
def test_a_run_broken_off_while_it_gives_the_name_leaves_nothing_and_loses_nothing(
    broken_off_at: int, before: str, sources: list[Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, output = tmp_path / "out.parquet.parts", tmp_path / "out.parquet"
    (tmp_path / "out.parquet.old").write_text("the user's own")
    output.write_text("old") if before == "file" else write(output / "old.parquet", 0)
    for number in range(2):
        write(folder / f"{number}.parquet", 4, 3, 2, 1, 0)
        with monkeypatch.context() as patch:
            _break_off(patch, broken_off_at)
            with pytest.raises(KeyboardInterrupt):
                finish(sources, folder, output)
        if not folder.exists():  # it has its name already, and the next run begins anew
            write(folder / f"{number}.parquet", 0, 1, 2, 3, 4)
        assert finish(sources, folder, output) == Outcome(5, 0)
        assert [path.name for path in output.iterdir()] == [f"{number}.parquet"]
        assert [path.name for path in tmp_path.glob("out.parquet?*")] == ["out.parquet.old"]
    assert (tmp_path / "out.parquet.old").read_text() == "the user's own"


def _break_off(patch: pytest.MonkeyPatch, call: int) -> None:
    """Break off at this one of: moving the old output away, giving the new one its name, removing the old one."""
    steps = iter(range(1, 9))
    for module, name in ((os, "replace"), (shutil, "rmtree"), (Path, "unlink")):
        patch.setattr(module, name, partial(_step, getattr(module, name), steps, call))


def _step(do: Callable[..., Any], steps: Iterator[int], call: int, *args: Any, **options: Any) -> Any:
    if next(steps) == call:
        raise KeyboardInterrupt
    return do(*args, **options)


def test_a_link_in_the_place_of_the_output_is_replaced_and_what_it_leads_to_is_kept(
    sources: list[Source], tmp_path: Path
) -> None:
    write(tmp_path / "elsewhere/old.parquet", 0)
    (tmp_path / "out.parquet").symlink_to(tmp_path / "elsewhere")
    write(tmp_path / "out.parquet.parts/1.parquet", 0, 1, 2, 3, 4)
    finish(sources, tmp_path / "out.parquet.parts", tmp_path / "out.parquet")
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["old.parquet"]
    assert [path.name for path in tmp_path.glob("out.parquet?*")] == []


def test_a_part_with_rows_that_another_has_is_done_again(sources: list[Source], tmp_path: Path) -> None:
    """As where a worker dies when its part is written, and before it says so: another writes the same rows."""
    folder = tmp_path / "out.parquet.parts"
    write(folder / "1.parquet", 0, 1)
    write(folder / "2.parquet", 1, 2, error="a.jsonl: oops")
    write(folder / "3.parquet", 3, 3)
    write(folder / "4.parquet", 4)
    assert [(source.first, wanted.tolist()) for source, wanted in missing(sources, folder)] == [
        (0, [False, False, True]),
        (3, [True, False]),
    ]
    assert sorted(path.name for path in folder.iterdir()) == ["1.parquet", "4.parquet"]
    write(folder / "5.parquet", 2, 3)
    assert finish(sources, folder, tmp_path / "out.parquet") == Outcome(5, 0)


def test_an_input_that_has_changed_is_named(sources: list[Source], tmp_path: Path) -> None:
    write(tmp_path / "out.parquet.parts/1.parquet", 0, 1, 2, 3, 4)
    (tmp_path / "c").write_text("more")
    with pytest.raises(InputError, match="c: has changed while it was read"):
        finish(sources, tmp_path / "out.parquet.parts", tmp_path / "out.parquet")


def test_a_second_run_is_refused_and_nothing_is_left_of_one_that_began_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "out.parquet.parts"
    with locked(folder):
        with pytest.raises(OutputError, match="another run is writing it"), locked(folder):
            pass
        assert folder.is_dir()
    assert not folder.exists()

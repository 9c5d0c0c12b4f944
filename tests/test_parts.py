"""Parts of an output: what they hold, what they lack, and one name when they are whole."""

from __future__ import annotations

from pathlib import Path

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
    with pytest.raises(OutputError, match="5 were to be; try --overwrite"):
        finish(sources, tmp_path / "out.parquet.parts", tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


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

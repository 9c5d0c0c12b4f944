"""What goes wrong around a run: a full disk, a file that vanishes, a signal, another locale. A case breaks one thing.

A case takes an empty folder, runs `hoptac` there, and raises AssertionError where something is lost, half-written under
its final name, or not said in one line. Not here: the processes (`processes`), what the machine is made to be like
(`machine`), large inputs (`sizes`), the record (`robustness`).
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hoptac_eval.machine import Skipped, mounted, no_privilege, turkish
from hoptac_eval.processes import (
    GREEDY,
    KILLER,
    N_ROWS,
    SECONDS,
    TEXT,
    assert_goes_on,
    assert_whole,
    end,
    start,
    undisturbed,
    wait_for_rows,
    write_rows,
)


def full_disk(suffix: str, room: int, folder: Path) -> None:
    """No room is left, of `room` KiB, while rows are written or, for Parquet, at the end; then there is."""
    with mounted(folder, "size=8m"):
        write_rows(folder)
        used = sum(path.stat().st_blocks for path in folder.iterdir()) // 2
        subprocess.run(["mount", "-o", f"remount,size={used + room}k", str(folder)], check=True)
        process = start("batch", "rows.jsonl", "-o", f"out{suffix}", folder=folder)
        end(process, 1, "No space left on device")
        n_done = (folder / f"out{suffix}.partial").read_bytes().count(b"\n")
        assert n_done == N_ROWS if suffix == ".parquet" else 0 < n_done < N_ROWS
        assert not (folder / f"out{suffix}.made").exists()
        subprocess.run(["mount", "-o", "remount,size=8m", str(folder)], check=True)
        assert_goes_on(folder, suffix)


def file_size_limit(folder: Path) -> None:
    """The system allows no file of more than 50 KB; stands in for a full disk where nobody may mount one."""
    write_rows(folder)
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (50_000, 50_000))
    end(start("batch", "rows.jsonl", "-o", "out.jsonl", folder=folder, prepare=limit), 1, "File too large")
    assert (folder / "out.jsonl.partial").stat().st_size == 50_000
    assert_goes_on(folder)


def full_standard_output(folder: Path) -> None:
    """Every command says that its output has no room (/dev/full)."""
    write_rows(folder)
    for command in (
        ["classify", "a.txt"],
        ["classify", "a.txt", "--format", "jsonl"],
        ["summarise", "a.txt"],
        ["themes"],
    ):
        with open("/dev/full", "w") as full:
            end(start(*command, folder=folder, stdout=full), 1, "No space left on device")


def closed_streams(folder: Path) -> None:
    """Standard input and output are not there at all."""
    write_rows(folder)
    without_output = start("classify", "a.txt", folder=folder, prepare=partial(os.close, 1))
    end(without_output, 1, "standard output is closed")
    end(start("classify", "-", folder=folder, prepare=partial(os.close, 0)), 1, "standard input is closed")


def read_only_folder(folder: Path) -> None:
    """Nothing may be written where the output is to be."""
    with mounted(folder, "size=1m"):
        write_rows(folder)
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        end(start("batch", "rows.jsonl", "-o", "out.jsonl", folder=folder), 1, "Read-only file system")
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
        assert_goes_on(folder)


def forbidden_folder(folder: Path) -> None:
    """Nobody may write into the output's folder."""
    write_rows(folder)
    folder.chmod(0o500)
    try:
        process = start("batch", "rows.jsonl", "-o", "out.jsonl", folder=folder, before=no_privilege())
        end(process, 1, "Permission denied")
    finally:
        folder.chmod(0o700)
    assert_goes_on(folder)


def unreadable_file(folder: Path) -> None:
    """One file of three may not be read: it is named, the others are done."""
    for name in "abc":
        (folder / f"{name}.txt").write_text(TEXT, encoding="utf-8")
    (folder / "b.txt").chmod(0)
    process = start("batch", ".", "-o", "out.jsonl", folder=folder, before=no_privilege())
    end(process, 1, "3 rows, 1 failed")
    assert "no permission" in _errors(folder)[1]
    written = end(start("classify", "b.txt", "a.txt", "--format", "jsonl", folder=folder, before=no_privilege()), 1)
    assert [json.loads(line)["error"] is None for line in written.splitlines()] == [False, True]


def _errors(folder: Path) -> list[str]:
    rows = [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row["error"] or "" for row in rows]


def vanished_file(folder: Path) -> None:
    """A file of a folder goes before its turn: its row says so, the others are done."""
    (folder / "in").mkdir()
    for number in range(40):
        (folder / f"in/{number:02}.txt").write_text(TEXT, encoding="utf-8")
    process = start("batch", "in", "-o", "out.jsonl", "--threads", "1", folder=folder, pause=0.05)
    wait_for_rows(folder, process, 2)
    (folder / "in/39.txt").unlink()
    end(process, 1, "40 rows, 1 failed")
    assert "no such file" in _errors(folder)[39]


def changed_file(change: Callable[[Path], object], folder: Path) -> None:
    """A corpus grows, shrinks or goes while it is read: no output, and it is said; with the old one back it goes on."""
    write_rows(folder)
    (folder / "rest.jsonl").write_text('{"text": "They met."}\n', encoding="utf-8")
    inputs = ["rows.jsonl", "rest.jsonl"]
    process = start("batch", *inputs, "-o", "out.jsonl", "--threads", "1", folder=folder, pause=0.05)
    wait_for_rows(folder, process, 2)
    content = (folder / "rest.jsonl").read_bytes()
    change(folder / "rest.jsonl")
    end(process, 1, "changed while it was read")
    assert not (folder / "out.jsonl").exists()
    (folder / "rest.jsonl").write_bytes(content)
    end(start("batch", *inputs, "-o", "out.jsonl", "--overwrite", folder=folder), 0, f"{N_ROWS + 1} rows, 0 failed")


def stopped(number: signal.Signals, folder: Path) -> None:
    """A signal: the exit code is the shell's for it, what is done is kept, and the rest follows."""
    write_rows(folder)
    process = start("batch", "rows.jsonl", "-o", "out.jsonl", "--threads", "1", folder=folder, pause=0.05)
    wait_for_rows(folder, process, 5)
    process.send_signal(number)
    if number == signal.SIGKILL:
        process.communicate(timeout=SECONDS)
    else:
        end(process, 128 + number, "--resume")
    kept = (folder / "out.jsonl.partial").read_bytes()
    assert kept.count(b"\n") >= 5
    if number != signal.SIGKILL:
        assert kept.endswith(b"}\n")
    assert_goes_on(folder)


def stopped_classify(number: signal.Signals, folder: Path) -> None:
    """A signal ends `classify` with the shell's exit code and no traceback; what it wrote is whole lines."""
    write_rows(folder)
    written = folder / "written"
    with written.open("wb") as file:
        process = start("classify", "rows.jsonl", "--format", "jsonl", folder=folder, pause=0.05, stdout=file)
    while process.poll() is None and not written.stat().st_size:
        time.sleep(0.005)
    process.send_signal(number)
    end(process, 128 + number)
    lines = written.read_text(encoding="utf-8").splitlines(keepends=True)
    assert 0 < len(lines) < N_ROWS
    assert all(line.endswith("}\n") for line in lines)


def two_runs(folder: Path) -> None:
    """A second run on the same output is refused, and the first is not disturbed."""
    write_rows(folder)
    first = start("batch", "rows.jsonl", "-o", "out.jsonl", "--threads", "1", folder=folder, pause=0.05)
    wait_for_rows(folder, first, 1)
    first.send_signal(signal.SIGSTOP)  # or it would be done too soon, on a busy machine
    for option in ("--resume", "--overwrite"):
        end(start("batch", "rows.jsonl", "-o", "out.jsonl", option, folder=folder), 1, "another run is writing it")
    first.send_signal(signal.SIGCONT)
    end(first, 0, f"{N_ROWS} rows, 0 failed")
    assert_whole(folder)


def lost_worker(folder: Path) -> None:
    """Under Ray there is no memory for an article: the system kills the worker that has it, or refuses what the worker
    asks for. The article's row says so, and the run goes on."""
    if importlib.util.find_spec("ray") is None:
        raise Skipped("Ray is not installed; try pip install 'hoptac[ray]'")
    write_rows(folder, 10)
    with (folder / "rows.jsonl").open("a", encoding="utf-8") as file:
        for word in (KILLER, GREEDY):
            file.write(json.dumps({"id": word, "text": f"They spoke of {' '.join([word] * 40)}."}) + "\n")
    arguments = ("batch", "rows.jsonl", "-o", "out.parquet", "--engine", "ray", "--actors", "2")
    process = start(*arguments, folder=folder)
    _, said = process.communicate(timeout=3 * SECONDS)  # Ray starts processes, and starts them again
    assert process.returncode == 1, said[-300:]
    assert said.endswith("hoptac: out.parquet: 12 rows, 2 failed (see `error`)\n"), said[-300:]
    assert "Traceback" not in said, said[-300:]
    assert sorted(path.name for path in folder.glob("out*")) == ["out.parquet"]
    rows = _numbered(folder / "out.parquet")
    assert rows[:10] == [json.loads(line) for line in undisturbed().splitlines()[:10]]
    assert [row["id"] for row in rows[10:]] == [KILLER, GREEDY]
    assert "lost with the worker" in rows[10]["error"]
    assert "MemoryError" in rows[11]["error"]


def _numbered(output: Path) -> list[dict[str, Any]]:
    """The rows of an output in parts, in the order of the input."""
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(output).sort_by("row").drop(["row"]).to_pylist()
    return rows


def reader_gone(folder: Path) -> None:
    """Who reads the output goes away, as `head` does: it ends, without a word."""
    write_rows(folder)
    process = start("classify", "rows.jsonl", "--format", "jsonl", folder=folder, pause=0.01)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=SECONDS) == 1


def environment(variables: Mapping[str, str], python: Sequence[str], folder: Path) -> None:
    """Other variables, other options of Python, other times of files: the same bytes, as JSON lines and as Parquet."""
    write_rows(folder)
    os.utime(folder / "rows.jsonl", (0, 2**32))
    variables = {**variables, "LOCPATH": str(turkish(folder))} if "TR" in variables.get("LC_ALL", "") else variables
    for suffix in (".jsonl", ".parquet"):
        process = start(
            "batch", "rows.jsonl", "-o", f"out{suffix}", folder=folder, python=python, variables=variables
        )  # fmt: skip
        end(process, 0, f"{N_ROWS} rows, 0 failed")
        assert (folder / f"out{suffix}").read_bytes() == undisturbed(suffix), suffix


def _grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() * 3)


PLAIN = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
FAULTS: dict[str, Callable[[Path], None]] = {
    "full disk": partial(full_disk, ".jsonl", 64),
    "full disk at the end, Parquet": partial(full_disk, ".parquet", 176),
    "limit on the size of files": file_size_limit,
    "full standard output": full_standard_output,
    "standard streams closed": closed_streams,
    "reader of the output gone": reader_gone,
    "read-only file system": read_only_folder,
    "folder without permission": forbidden_folder,
    "file without permission": unreadable_file,
    "file that vanishes": vanished_file,
    "corpus that grows": partial(changed_file, _grow),
    "corpus that is emptied": partial(changed_file, lambda path: path.write_bytes(b"\n")),
    "SIGINT": partial(stopped, signal.SIGINT),
    "SIGTERM": partial(stopped, signal.SIGTERM),
    "SIGKILL": partial(stopped, signal.SIGKILL),
    "SIGINT, classify": partial(stopped_classify, signal.SIGINT),
    "SIGTERM, classify": partial(stopped_classify, signal.SIGTERM),
    "two runs on one output": two_runs,
    "out of memory in a worker, Ray": lost_worker,
    "C locale": partial(environment, {"LC_ALL": "C", **PLAIN}, ()),
    "Turkish locale": partial(environment, {"LC_ALL": "tr_TR.UTF-8", **PLAIN}, ()),
    "hash seed 0": partial(environment, {"PYTHONHASHSEED": "0"}, ()),
    "hash seed 1": partial(environment, {"PYTHONHASHSEED": "1"}, ()),
    "hash seed random": partial(environment, {"PYTHONHASHSEED": "random"}, ()),
    "python -O": partial(environment, {}, ("-O",)),
    "clock of the first time zone": partial(environment, {"TZ": "Pacific/Kiritimati"}, ()),
    "clock of the last time zone": partial(environment, {"TZ": "Etc/GMT+12"}, ()),
}
"""Name -> what breaks."""


def run_case(name: str) -> tuple[str | None, bool, float]:
    """(what is wrong or why it was skipped, or None; whether it was skipped; seconds) of one case."""
    begin = time.monotonic()
    problem, skipped = None, False
    with tempfile.TemporaryDirectory() as folder:
        try:
            FAULTS[name](Path(folder))
        except Skipped as reason:
            problem, skipped = str(reason), True
        except (AssertionError, OSError, ValueError, subprocess.SubprocessError) as error:
            problem = f"{type(error).__name__}: {str(error)[:300]}"
    return problem, skipped, round(time.monotonic() - begin, 2)

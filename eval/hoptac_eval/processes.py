"""`hoptac` in processes of their own, on an engine without a model, so that they can be disturbed: starting one,
waiting for it, and what must be there afterwards.

    python -m hoptac_eval.processes SECONDS batch ...    each window takes SECONDS

Not here: what disturbs them (`faults`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from hoptac.cli import main
from hoptac.engine import Output
from hoptac.predict import Predictor
from hoptac.windows import Window
from hoptac_eval.checks import NumbersEngine, numbers_predictor

N_ROWS = 60
SECONDS = 300  # that a process may take, on a busy machine
KILLER, GREEDY = "gas", "oil"  # a token each; see DisturbedEngine
TEXT = "Bộ trưởng hai nước ký thoả thuận về năng lượng. The ministers met in Istanbul. Ông nói: “Chúng tôi rất vui.”"


class DisturbedEngine(NumbersEngine):
    """Takes its time over a window, so that it can be disturbed. For one that says KILLER time and again the system
    kills the process, as it does where memory is short; for one that says GREEDY it asks for more memory than there
    is."""

    def __init__(self, n_themes: int, pause: float) -> None:
        super().__init__(n_themes)
        self.pause = pause
        tokenizer = numbers_predictor().model.tokenizer
        self.killer, self.greedy = (tokenizer.encode(word, add_special_tokens=False).ids for word in (KILLER, GREEDY))

    def run(self, window: Window) -> Output:
        """See Engine."""
        time.sleep(self.pause)
        if window.ids.count(self.killer[0]) >= 30:
            os.kill(os.getpid(), signal.SIGKILL)
        if window.ids.count(self.greedy[0]) >= 30:
            bytearray(2**60)
        return super().run(window)


def start(
    *arguments: str, folder: Path, pause: float = 0.0, before: Sequence[str] = (), python: Sequence[str] = (),
    variables: Mapping[str, str] | None = None, stdout: Any = subprocess.PIPE, stdin: Any = subprocess.DEVNULL,
    prepare: Callable[[], object] | None = None,
) -> subprocess.Popen[str]:  # fmt: skip
    """`hoptac` in `folder`, started. pause: seconds a window takes. before: a command that runs it. python: options."""
    command = [*before, sys.executable, *python, "-m", "hoptac_eval.processes", str(pause), *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **(variables or {})}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=stdout, stdin=stdin, stderr=subprocess.PIPE, text=True,
        encoding="utf-8", preexec_fn=prepare,
    )  # fmt: skip


def end(process: subprocess.Popen[str], code: int, words: str = "") -> str:
    """Wait for a process: its exit code, and `words` in what it said, which is for people. Returns what it wrote."""
    written, said = process.communicate(timeout=SECONDS)
    assert process.returncode == code, f"exit code {process.returncode}, not {code}: {said[-300:]!r}"
    assert words in said, f"{words!r} is not in {said[-300:]!r}"
    assert "Traceback" not in said, said[-300:]
    assert all(line.startswith("hoptac: ") for line in said.splitlines()), said
    return written or ""


def write_rows(folder: Path, n: int = N_ROWS) -> None:
    """`rows.jsonl` in a folder, and `a.txt`; always the same."""
    rows = [{"id": str(number), "title": f"Hội nghị {number}", "text": TEXT * (1 + number % 3)} for number in range(n)]
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    (folder / "rows.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "a.txt").write_text(TEXT, encoding="utf-8")


@cache
def undisturbed(suffix: str = ".jsonl") -> bytes:
    """The bytes that a run writes to which nothing happens."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder)
        end(start("batch", "rows.jsonl", "-o", f"out{suffix}", folder=folder), 0)
        return (folder / f"out{suffix}").read_bytes()


def assert_goes_on(folder: Path, suffix: str = ".jsonl") -> None:
    """What is left goes on to the bytes of an undisturbed run, and leaves nothing else."""
    assert not (folder / f"out{suffix}").exists(), "an output that is not whole has its final name"
    end(start("batch", "rows.jsonl", "-o", f"out{suffix}", "--resume", folder=folder), 0, f"{N_ROWS} rows, 0 failed")
    assert_whole(folder, suffix)


def assert_whole(folder: Path, suffix: str = ".jsonl") -> None:
    """The output is that of an undisturbed run, and nothing lies beside it."""
    assert (folder / f"out{suffix}").read_bytes() == undisturbed(suffix), "other bytes than those of an undisturbed run"
    assert sorted(path.name for path in folder.glob("out*")) == [f"out{suffix}"]


def wait_for_rows(folder: Path, process: subprocess.Popen[str], n: int) -> None:
    """Until `n` rows are written."""
    written, begin = folder / "out.jsonl.partial", time.monotonic()
    while process.poll() is None and not (written.exists() and written.read_bytes().count(b"\n") >= n):
        assert time.monotonic() - begin < SECONDS
        time.sleep(0.005)
    assert process.poll() is None, "it ended before it could be disturbed"


def _load(pause: float, directory: str | None = None, *, engine: str = "onnx") -> Predictor:
    """In the place of `Predictor.load`, here and in workers."""
    disturbed = DisturbedEngine(len(numbers_predictor().taxonomy.ids), pause)
    return Predictor(replace(numbers_predictor().model, engine=disturbed))


if __name__ == "__main__":
    Predictor.load = partial(_load, float(sys.argv.pop(1)))  # type: ignore[method-assign]
    main()

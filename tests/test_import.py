"""Importing hoptac costs next to nothing: nothing is opened, started or loaded until a model is."""

from __future__ import annotations

import subprocess
import sys

from fakes import ROOT

PROGRAM = """
import sys, threading, time
sys.path.insert(0, {path!r})
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
started = time.process_time()
import hoptac
seconds = time.process_time() - started
foreign = [name for name in opened if not name.endswith((".py", ".pyc")) and ".pyc." not in name]
assert not foreign, foreign
assert threading.active_count() == 1
print(seconds)
"""


def _seconds() -> float:
    program = PROGRAM.format(path=str(ROOT / "inference"))
    result = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return float(result.stdout)


def test_importing_opens_no_file_starts_no_thread_and_takes_no_time() -> None:
    assert min(_seconds() for _ in range(5)) < 0.15

"""Another machine than this: with a file system of any size, without root's privilege, with a Turkish locale.

What this machine cannot be made to be like is `Skipped`. Not here: what is tried there (`faults`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Skipped(Exception):
    """This machine cannot break what a case breaks; the message says why."""


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A file system in memory at `folder`, which root can make."""
    mount = shutil.which("mount")
    done = mount and subprocess.run([mount, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True)
    if not done or done.returncode:
        raise Skipped("no file system can be mounted here; it takes root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def no_privilege() -> list[str]:
    """A command under which permissions hold, for root too."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    command = [str(setpriv), "--bounding-set=-dac_override,-dac_read_search"]
    if setpriv is None or subprocess.run([*command, "true"], capture_output=True).returncode:
        raise Skipped("root may read and write everything, and there is no setpriv to take that away")
    return command


def turkish(folder: Path) -> Path:
    """A folder with the Turkish locale, in which a small I has no dot."""
    localedef = shutil.which("localedef")
    place = folder / "locales"
    place.mkdir()
    command = [str(localedef), "-i", "tr_TR", "-f", "UTF-8", str(place / "tr_TR.UTF-8")]
    if localedef is None or subprocess.run(command, capture_output=True).returncode:
        raise Skipped("there is no Turkish locale here, nor what it is made of")
    return place

"""hoptac on the fake encoder, as a process of its own: `python fake_hoptac.py SECONDS batch ...`, each window taking
SECONDS, so that a test can stop it in the middle."""

from __future__ import annotations

import sys
import time

from fakes import FakeEngine, fake_model
from hoptac.cli import main
from hoptac.engine import Output
from hoptac.predict import Predictor
from hoptac.windows import Window

if __name__ == "__main__":
    pause = float(sys.argv.pop(1))
    run = FakeEngine.run

    def slow(self: FakeEngine, window: Window) -> Output:
        time.sleep(pause)
        return run(self, window)

    FakeEngine.run = slow  # type: ignore[method-assign]
    Predictor.load = classmethod(lambda cls, directory=None, **_: cls(fake_model()))  # type: ignore[assignment,method-assign]
    main()

"""`hoptac.cluster` on the fake encoder, as a process of its own: `python fake_ray.py CASE INPUT OUT`. In its workers an
article with five navies kills the process that encodes it, one with five festivals asks for more memory than there is;
one with five vaccines kills whoever reads it, the driver too, and one with five scholarships leaves it no memory.

CASE: `whole`, or `stopped`: everything but the last step, as if killed there.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import ray

from fakes import FakeEngine, fake_model, fake_tokenizer
from hoptac import Article, cluster, formats
from hoptac.engine import Output
from hoptac.predict import Predictor
from hoptac.windows import Window

NAVY, FESTIVAL = (fake_tokenizer().token_to_id(word) for word in ("navy", "festival"))


class DeadlyEngine(FakeEngine):
    """See the module."""

    def run(self, window: Window) -> Output:
        if window.ids.count(NAVY) == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        if window.ids.count(FESTIVAL) == 5:
            raise MemoryError
        return super().run(window)


def break_reading() -> None:
    """Reading is as the module says, from now on in this process."""
    whole = formats.article_from_row

    def read(row: dict[str, Any], *where: Any) -> Article:
        if row["text"].count("vaccine") == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        if row["text"].count("scholarship") == 5:
            raise MemoryError
        return whole(row, *where)

    formats.article_from_row = read


def load() -> Predictor:
    model = fake_model()
    object.__setattr__(model, "engine", DeadlyEngine())
    return Predictor(model)


if __name__ == "__main__":
    case, source, output = sys.argv[1:]
    if case == "stopped":
        cluster.finish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    break_reading()
    ray.init("local", num_cpus=3, log_to_driver=False, runtime_env={"worker_process_setup_hook": break_reading})
    print(cluster.batch([source], output, load, actors=2, resume=True))

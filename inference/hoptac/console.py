"""What the commands write: data on standard output, messages and bars on standard error; how errors and signals end."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NoReturn, TypeVar

import click

from hoptac.errors import HoptacError, OutputError, UsageError
from hoptac.render import clean_for_terminal
from hoptac.values import Prediction

F = TypeVar("F", bound=Callable[..., Any])


def say(message: str) -> None:
    """A line on standard error, without what a terminal would obey."""
    click.echo(f"hoptac: {clean_for_terminal(message)}", err=True)


def emit(data: str, for_terminal: Callable[[str], str] | None = None) -> None:
    """Data on standard output. for_terminal: what is done to it first where that is a terminal, and not where it goes
    to a file or another program.

    Raises OutputError where it cannot be written, but for a reader that has gone.
    """
    if sys.stdout is None:
        raise OutputError("standard output is closed; try to send it to a file")
    if for_terminal is not None and is_terminal():
        data = for_terminal(data)
    try:
        click.echo(data, nl=False, color=True)
    except OSError as error:
        if error.errno == errno.EPIPE:  # `head` has seen enough; click ends the command for it
            raise
        with open(os.devnull, "wb") as nowhere:  # or Python tries once more when it ends
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        raise OutputError(f"standard output cannot be written ({error.strerror}); try to send it elsewhere") from error


@contextmanager
def progress_bar(unit: str) -> Iterator[Callable[[int], object]]:
    """A count on standard error where that is a terminal."""
    from tqdm import tqdm

    with tqdm(unit=f" {unit}", leave=False, disable=None) as bar:
        yield bar.update


@contextmanager
def row_bar() -> Iterator[Callable[[int, int, int], None]]:
    """A bar on standard error where that is a terminal: rate, share done, time left, failed rows."""
    from tqdm import tqdm

    with tqdm(unit=" rows", leave=False, disable=None) as bar:

        def show(done: int, failed: int, total: int) -> None:
            if bar.total is None:  # the first call: what an earlier run did counts for the share, not for the rate
                bar.reset(total)
                bar.initial = bar.n = done
            bar.set_postfix(failed=failed, refresh=False)
            bar.update(done - bar.n)

        yield show


class Stopped(SystemExit):
    """A signal has asked to stop; the exit code is the shell's for it."""


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """SIGINT and SIGTERM become `Stopped`: what is open is closed in order, what is in work is not waited for."""

    def stop(number: int, _frame: object) -> NoReturn:
        raise Stopped(128 + number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Stopped as reason:
        # Python would wait for threads that have an article in work, a long one for minutes.
        if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
            os._exit(int(str(reason.code)))
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _fail(error: Exception, code: int) -> NoReturn:
    say(str(error))
    sys.exit(code)


def named_errors(command: F) -> F:
    """Turn the errors that people can act on, and signals, into one line and an exit code."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            with stopped_by_signals():
                return command(*args, **kwargs)
        except UsageError as error:
            _fail(error, 2)
        except HoptacError as error:
            _fail(error, 1)

    return run  # type: ignore[return-value]


class Watch:
    """Passes predictions on; tells standard error of failures and of languages the model was not measured on."""

    def __init__(self, languages: tuple[str, ...], *, skip_failed: bool) -> None:
        self.languages = languages
        self.skip_failed = skip_failed
        self.failed = 0

    def __call__(self, predictions: Iterator[Prediction]) -> Iterator[Prediction]:
        for prediction in predictions:
            if prediction.error is not None:
                self.failed += 1
                say(prediction.error)  # it starts with the source
                if self.skip_failed:
                    continue
            elif prediction.language not in self.languages:
                say(
                    f"{prediction.source}: warning: its language ({prediction.language}) is none that the model was "
                    f"measured on ({', '.join(self.languages)}); read the answer with care"
                )
            yield prediction


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def colour() -> bool:
    """Whether standard output is a terminal that shows colours and nobody has asked for none."""
    return is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

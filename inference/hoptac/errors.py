"""The errors that people meet. Each message says what, where, what was expected, and what to try.

HoptacError
├── InputError        an input that cannot be read: its name and the reason; the other inputs go on
│   └── DataError     a labelled file that breaks the contract: file:line and the rule
├── ModelError        a model directory that is missing, broken, or does not answer as it did when it was made
├── OutputError       an output that is there already, is being written by another run, or cannot be written
├── UsageError        a setting that cannot be: an unknown theme, a length that is no length
└── MissingExtra      a command that needs a part that is not installed
"""


class HoptacError(Exception):
    """Base of all errors with a message for people."""


class InputError(HoptacError):
    """An input that cannot be read as an article."""


class DataError(InputError):
    """Labelled data that breaks the contract."""


class ModelError(HoptacError):
    """A model directory that cannot be trusted or used."""


class OutputError(HoptacError):
    """An output that cannot be written, or that is there already."""


class UsageError(HoptacError):
    """A wrong setting."""


class MissingExtra(HoptacError):
    """A command whose libraries are not installed."""

    def __init__(self, command: str, extra: str, module: str) -> None:
        super().__init__(f"{command} needs {module}, which is not installed; try: pip install 'hoptac[{extra}]'")

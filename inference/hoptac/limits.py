"""The most that is read of one article. Whatever is over a limit is an error that names the limit and how to raise it,
before it costs memory or time out of proportion. Not here: looking (`formats`, `page`, `tables`)."""

from __future__ import annotations

from dataclasses import dataclass

from hoptac.errors import InputError


@dataclass(frozen=True, slots=True)
class Limits:
    """bytes: of an article, unpacked where it came packed; some five novels. Of a web page besides: `tags` on it, tags
    in one another (`depth`), `attributes` of one tag; what a page costs grows with these, and not in proportion."""

    bytes: int = 16 * 2**20
    tags: int = 20_000
    depth: int = 500
    attributes: int = 2_000


DEFAULT = Limits()


def too_long(source: str, limits: Limits) -> InputError:
    """The error for an article that is longer than the limit."""
    return InputError(f"{source}: an article of more than {limits.bytes} bytes; try to split it, or raise --max-bytes")


def too_much_markup(source: str, what: str, name: str, limits: Limits) -> InputError:
    """The error for a page with too much of something. name: the limit's."""
    return InputError(
        f"{source}: a page with {what}, more than {getattr(limits, name)}; "
        f"try to save the page's text, as .txt, or raise --max-{name}"
    )


def is_too_long(text: str, limits: Limits) -> bool:
    """Whether a text is over the limit in bytes of UTF-8; counts them only where it may be."""
    if 4 * len(text) <= limits.bytes:
        return False
    return len(text) > limits.bytes or len(text.encode("utf-8", "replace")) > limits.bytes

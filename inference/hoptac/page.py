"""A web page -> the headline and the text of the article on it. What is text is trafilatura's judgement.

Not here: what belongs to the article in that text (`clean`), which encoding the bytes are in (`decode`).
"""

from __future__ import annotations

import re
from typing import Any

from hoptac.decode import SAMPLE, decode, require_text
from hoptac.errors import InputError
from hoptac.limits import Limits, too_much_markup

_TAG = re.compile("<[a-zA-Z]")
# The parser compares every attribute of a tag with every other: 100,000 take it minutes. Long ones may be pictures.
_TAG_WITH_ATTRIBUTES = re.compile(r"""<[a-zA-Z](?:[^"'<>]++|"[^"]*+"|'[^']*+')*+""")
_LONG_TAG = 10_000
# lxml takes no text that names an encoding of its own.
_DECLARATION = re.compile(r"\A\s*(?:<\?xml[^>]*>\s*)?<!doctype[^>]*>|\A\s*<\?xml[^>]*>", re.IGNORECASE)
# Python knows codecs that no page is in, some of which take quadratic time or raise errors of their own.
_WEB_ENCODING = re.compile(
    rb"utf-?(?:8|16)|windows-|cp\d|iso-?8859|koi8|latin|gb|big5|euc|shift|tis|ascii", re.IGNORECASE
)


def read_page(data: bytes, source: str, limits: Limits) -> tuple[str | None, str]:
    """(headline or None, text) of the article on a page.

    Raises InputError where there is none, where the bytes are no text, and where the page is over a limit.
    """
    import trafilatura
    from trafilatura.settings import Document, set_date_params

    html = _decode(data, source)
    if not re.search(r"<html|<body", html, re.IGNORECASE):
        html = f"<html><body>{html}</body></html>"  # a fragment, as feeds have them
    _check_markup(html, source, limits)
    tree = _parse(html, source, limits)
    if tree is None:
        raise _no_article(source)
    try:
        # The date is not asked for; the long search for one takes seconds of loading where a text looks like a date.
        dates = set_date_params(extensive=False)
        page = trafilatura.bare_extraction(
            tree, include_comments=False, with_metadata=True, date_extraction_params=dates
        )
    except AssertionError:  # a page that is one element which the search for its date throws away
        page = trafilatura.bare_extraction(_parse(html, source, limits), include_comments=False)
    title, text = (page.title, page.text or "") if isinstance(page, Document) else (None, "")
    if not text.strip():  # too little for the extractor to judge
        text = trafilatura.baseline(_parse(html, source, limits))[1]
    if not text.strip():
        raise _no_article(source)
    return title, text


def _no_article(source: str) -> InputError:
    return InputError(f"{source}: no article text on this page; try to save the page's text, as .txt")


def _check_markup(html: str, source: str, limits: Limits) -> None:
    """Raise InputError where extracting would take time out of proportion to the page: it costs a tag, not a letter."""
    n_tags = sum(1 for _ in _TAG.finditer(html))
    if n_tags > limits.tags:
        raise too_much_markup(source, f"{n_tags} tags", "tags", limits)
    for tag in _TAG_WITH_ATTRIBUTES.finditer(html):
        n_attributes = len(tag[0].split()) if len(tag[0]) > _LONG_TAG else 0
        if n_attributes > limits.attributes:
            raise too_much_markup(source, f"a tag of {n_attributes} attributes", "attributes", limits)


def _parse(html: str, source: str, limits: Limits) -> Any:
    """The tree of a page, or None where there is nothing in it. Raises InputError where it is too deep."""
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
    from lxml.html import HTMLParser, document_fromstring

    # huge_tree: without it the parser stops at a depth of 256, and what follows is lost in silence.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True)
    try:
        tree = document_fromstring(_DECLARATION.sub("", html, count=1).encode(), parser=parser)
    except etree.ParserError:
        return None
    depth = deepest = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    if any("depth" in entry.message for entry in parser.error_log):
        raise InputError(
            f"{source}: a page with tags in one another more than {deepest} deep, which no parser reads; "
            "try to save the page's text, as .txt"
        )
    if deepest > limits.depth:
        raise too_much_markup(source, f"tags in one another {deepest} deep", "depth", limits)
    return tree


def _decode(data: bytes, source: str) -> str:
    """The page's text, by the encoding that the page names where it is not UTF-8 after all."""
    require_text(data[:SAMPLE], source)
    named = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w.:-]+)", data[:4096], re.IGNORECASE)
    if named is not None and _WEB_ENCODING.match(named[1]):
        for encoding in ("utf-8", named[1].decode()):
            try:
                data = data.decode(encoding).encode("utf-8", "ignore")
                break
            except (LookupError, UnicodeError):
                continue
    return decode(data, source)

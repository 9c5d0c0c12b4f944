"""A report as a page: whatever articles and models say, it is text there, and no element of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hoptac_eval import Report, evaluate, render

Write = Callable[..., str]
Row = Callable[..., dict[str, Any]]
HOSTILE = (
    "<script>document.title='owned'</script> energy",
    "\"'><img src=x onerror=\"document.title='owned'\"> energy",
    "</p></details></style></title><svg onload=document.title='owned'> energy",
    "<!-- <!doctype> ]]> &lt;b&gt; \u202e energy",
    "javascript:document.title='owned' {{7*7}} ${7*7} energy",
)
KNOWN = """
    html head meta title style body h1 h2 h3 p nav a div ul li b span small figure img figcaption
    table thead tbody tr th td details summary dl dt dd br
"""


class Page(HTMLParser):
    """The elements and attributes of a page, and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[str] = set()
        self.attributes: set[tuple[str, str, str]] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {(tag, name, value or "") for name, value in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def report(fake: Any, write: Write, row: Row) -> Report:
    """Hostile text wherever a report shows some: ids, languages, genres, sentences, errors, file names, the model."""
    fake.name = HOSTILE[0]
    rows = []
    for number, words in enumerate(HOSTILE):
        said = (words.replace("energy", "gas"), ["energy"])
        rows.append(row(f"{words}{number}", words, said, (words, []), lang=words, genre=words))
        rows.append(row(f"{words}{number} broken", words, (f"broken {words}", [])))
    return evaluate([write(*rows, name="<b>&.jsonl")], fake, by=("genre",), resamples=20)


def test_hostile_text_is_text(report: Report) -> None:
    page = Page()
    page.feed(render(report, "html"))
    assert page.elements <= set(KNOWN.split()), page.elements
    assert not [item for item in page.attributes if item[1].startswith("on")]
    for tag, name, value in page.attributes:
        if name in ("href", "src"):
            assert value.startswith(("#", "data:image/svg+xml;base64,")), (tag, name, value)
    for words in HOSTILE:
        assert words.replace("energy", "gas") in page.text


@pytest.mark.slow
def test_a_browser_runs_nothing_of_it(report: Report, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no Chromium is installed here")
    page = tmp_path / "report.html"
    page.write_text(render(report, "html"), encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=300, check=True
    )
    assert "<title>owned" not in done.stdout
    assert "how good is it?</title>" in done.stdout
    assert "&lt;script&gt;document.title='owned'&lt;/script&gt;" in done.stdout
    # The same browser does run a script that is one: the test can fail.
    page.write_text(f"<title>safe</title>{HOSTILE[0]}", encoding="utf-8")
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=300, check=True
    )
    assert "<title>owned" in done.stdout

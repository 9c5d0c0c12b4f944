"""One article whatever door it comes by; one line, and the rest goes on, for whatever cannot be read."""

from __future__ import annotations

import io
import json
import os
import time
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from hoptac.errors import InputError
from hoptac.limits import DEFAULT
from hoptac.read import (
    READERS,
    Unread,
    article_from_sentences,
    article_from_text,
    read_article,
    read_articles,
)
from hoptac.split import split
from hoptac.values import Article

SEEDS = sorted((Path(__file__).parents[1] / "seeds" / "articles").glob("*.txt"))

TITLE = "Việt Nam, Laos deepen energy ties"
LEAD = "The two governments signed a power purchase deal in Vientiane."
FACTS = "Under the agreement the first line across the border in Quảng Trị will be ready in 2026, officials said."
CLOSE = "Trade between the two countries reached US$1.6 billion last year, and both sides want more of it."
PAGE = f"""<!doctype html><html><head><meta charset="utf-8"><title>{TITLE} - Example News</title></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/p">Politics</a></li></ul></nav>
<article><h1>{TITLE}</h1><p>{LEAD}</p>
<figure><img src="a.jpg"><figcaption>Ministers sign. VNA/VNS Photo Lan Anh</figcaption></figure>
<p>{FACTS}</p><p>{CLOSE} — VNS</p></article>
<aside><h3>Related news</h3><ul><li><a href="1">Laos opens new dam with partner</a></li></ul></aside>
<footer><p>© Example News. All rights reserved.</p></footer></body></html>"""
MARKDOWN = f"""# {TITLE}

The two governments signed a *power purchase*
deal in [Vientiane](x).

{FACTS}

{CLOSE}
"""
TEXT = f"{TITLE}\n\n{LEAD}\n\n{FACTS}\n\n{CLOSE} — VNS\n"
WHOLE = f"{TITLE}\n{LEAD}\n{FACTS}\n{CLOSE}"

SAMPLES = {
    ".txt": TEXT,
    ".md": MARKDOWN,
    ".html": PAGE,
    ".htm": PAGE,
    ".jsonl": json.dumps({"text": TEXT}),
}


def windows_1258(text: str) -> bytes:
    """Bytes as Vietnamese Windows writes them: letters precomposed, tones behind them."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    pieces = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(part for part in parts if part in tones)
        base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        pieces.append((base + tone).encode("cp1258"))
    return b"".join(pieces)


def only(found: list[Article | Unread]) -> Article:
    assert len(found) == 1
    assert isinstance(found[0], Article)
    return found[0]


def failure(path: Path, data: bytes | None = None) -> str:
    if data is not None:
        path.write_bytes(data)
    found = list(read_articles([path]))
    assert len(found) == 1
    assert isinstance(found[0], Unread)
    message = str(found[0].error)
    assert message.startswith(f"{path}")
    assert "; try" in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("suffix", READERS)
def test_every_reader_gives_the_article(suffix: str, tmp_path: Path) -> None:
    """The contract of READERS: same article, by file and by pipe, by its suffix and by its content."""
    file = tmp_path / f"news{suffix}"
    file.write_text(SAMPLES[suffix], "utf-8")
    by_file = only(list(read_articles([str(file)])))
    assert (by_file.title, by_file.text, by_file.language) == (TITLE, WHOLE, "en")
    assert by_file.source == (f"{file}:1" if suffix == ".jsonl" else str(file))
    assert by_file.id == ("news:1" if suffix == ".jsonl" else "news")
    assert read_article(file) == by_file

    if suffix != ".md":  # Markdown does not tell itself from text
        by_pipe = only(list(read_articles(["-"], stdin=io.BytesIO(file.read_bytes()))))
        assert (by_pipe.title, by_pipe.text, by_pipe.language) == (TITLE, WHOLE, "en")
        assert by_pipe.source.startswith("-")


@pytest.mark.parametrize("suffix", READERS)
def test_every_reader_takes_every_unicode_encoding(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"news{suffix}"
    file.write_bytes(SAMPLES[suffix].encode())
    expected = read_article(file)
    for form in ("NFC", "NFD"):
        for encoding in ("utf-8", "utf-8-sig", "utf-16"):
            file.write_bytes(unicodedata.normalize(form, SAMPLES[suffix]).encode(encoding))
            assert read_article(file) == expected


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_seeds_are_the_same_in_every_encoding_and_by_every_door(seed: Path, tmp_path: Path) -> None:
    text = seed.read_text("utf-8")
    article = read_article(seed)
    assert article.language == seed.stem[:2]
    assert article.id == seed.stem
    assert article.text == unicodedata.normalize("NFC", article.text)
    assert (article.title is None) or article.text.startswith(article.title + "\n")

    versions = [text.encode("utf-16"), text.encode("utf-16-le"), unicodedata.normalize("NFD", text).encode()]
    versions += [text.replace("\n", "\r\n").encode("utf-8-sig"), windows_1258(text)]
    copy = tmp_path / seed.name
    for version in versions:
        copy.write_bytes(version)
        assert read_article(copy).text == article.text
        assert only(list(read_articles(["-"], stdin=io.BytesIO(version)))).text == article.text
    assert article_from_text(text).text == article.text

    row = json.dumps({"text": text, "id": "x", "lang": "ru"}).encode()
    from_row = only(list(read_articles(["-"], stdin=io.BytesIO(row))))
    assert (from_row.text, from_row.id, from_row.language) == (article.text, "x", "ru")


def test_sentences_are_kept_one_for_one(tmp_path: Path) -> None:
    given = ["Head. Line", "MOSCOW — One. Two\nthree.", "Photo: Lan", "Vie\u0323\u0302t Nam"]
    kept = ["Head. Line", "MOSCOW — One. Two three.", "Photo: Lan", "Việt Nam"]
    file = tmp_path / "rows.jsonl"
    rows = [{"sentences": given}, {"sentences": given, "title": "Given", "id": 7, "lang": "vi-VN"}]
    file.write_text("\n\n".join(json.dumps(row) for row in rows), "utf-8")
    first, second = read_articles([file])
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert [sentence.text for sentence in split(first)] == kept
    assert all(first.text[s.start : s.end] == s.text for s in split(first))
    assert (first.title, first.id, first.source) == (kept[0], "rows:1", f"{file}:1")
    assert (second.title, second.id, second.source, second.language) == ("Given", "7", f"{file}:3", "vi")
    assert second.sentences == first.sentences


def test_a_bad_line_does_not_stop_the_others(tmp_path: Path) -> None:
    bad = {
        b"[1]": "not a JSON object",
        b"nonsense": "not JSON",
        b'{"a": 1}': "neither",
        b'{"text": 5}': '"text" is a number; expected a string',
        b'{"sentences": "A."}': '"sentences" is a string',
        b'{"sentences": ["A.", 1]}': "has a number in it",
        b'{"sentences": []}': "no sentences",
        b'{"sentences": ["A.", " "]}': "sentence 1 is empty",
        b'{"text": "  "}': "no text",
        b'{"text": "\xc4\x90\xff"}': "broken UTF-8 at byte 12",
        b'{"text": "A.", "lang": 1}': '"lang" is a number',
        b'{"text": "A.", "id": []}': '"id" is a list',
        b"[" * 100_000: "JSON that no program can hold",
    }
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b"\n".join([b'{"text": "First."}', *bad, b'{"text": "Last\xe2\x80\xa8one."}']))
    found = list(read_articles([file]))
    assert len(found) == len(bad) + 2
    assert isinstance(found[0], Article)
    assert isinstance(found[-1], Article)
    for number, (item, expected) in enumerate(zip(found[1:-1], bad.values(), strict=True), start=2):
        assert isinstance(item, Unread)
        assert (item.source, item.id) == (f"{file}:{number}", f"rows:{number}")
        assert str(item.error).startswith(f"{file}:{number}: ")
        assert expected in str(item.error)


def test_json_lines_are_read_one_at_a_time() -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
            line = b'{"text": "One."}\n'
            buffer[: len(line)] = line
            return len(line)

    articles = read_articles(["-"], stdin=io.BufferedReader(Endless()))
    assert [next(articles).id for _ in range(3)] == ["stdin:1", "stdin:2", "stdin:3"]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert "empty" in failure(tmp_path / "a.txt", b"")
    assert "no text" in failure(tmp_path / "a.txt", b" \n\t\n")
    assert "no text" in failure(tmp_path / "a.txt", "Thủ tướng tiếp khách. (Ảnh: TTXVN)".encode())
    assert "no article text" in failure(tmp_path / "a.html", b"<html><body><script>1</script></body></html>")
    assert "tags in one another" in failure(tmp_path / "a.html", b"<div>" * 15_000)
    assert "broken UTF-8 at byte 15 (line 2)" in failure(tmp_path / "a.txt", "Việt Nam\nlà ".encode() + b"\xff")
    assert "PDF" in failure(tmp_path / "a.txt", b"%PDF-1.4")
    assert "JSON document" in failure(tmp_path / "a.json", b'[\n{"text": "A."}\n]')
    assert "no such file" in failure(tmp_path / "missing.txt")
    assert "a directory" in failure(tmp_path)


@pytest.mark.parametrize("name", ["a" * 5000, "a/" * 5000 + "a", "a\0b"])
def test_a_name_that_no_system_has(name: str) -> None:
    failure(Path(name))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch(mode=0)
    assert "no permission" in failure(tmp_path / "a.txt")


def test_random_bytes_fail_at_once_and_the_others_are_read(tmp_path: Path) -> None:
    noise, good = tmp_path / "noise.jsonl", tmp_path / "good"
    noise.write_bytes(os.urandom(50_000_000))
    good.write_text(TEXT, "utf-8")
    start = time.perf_counter()
    first, second = read_articles([noise, good])
    assert time.perf_counter() - start < 2
    assert isinstance(first, Unread)
    assert "binary" in str(first.error)
    assert isinstance(second, Article)
    assert second.text == WHOLE


def test_read_article_wants_one(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "A."}\n{"text": "B."}', "utf-8")
    with pytest.raises(InputError, match="more than one"):
        read_article(file)
    with pytest.raises(InputError, match="no such file"):
        read_article(tmp_path / "missing")


def test_html_in_the_encoding_it_names(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    page = f'<html><head><meta charset="iso-8859-2"></head><body><p>{LEAD} Łódź, Říčany.</p></body></html>'
    file.write_bytes(page.encode("iso-8859-2"))
    assert read_article(file).text == f"{LEAD} Łódź, Říčany."


@pytest.mark.parametrize(
    ("limit", "page"),
    [
        ("tags", "<p>A.</p>" * 40_000),
        ("depth", "<div>" * 600 + "<p>A.</p>"),
        ("attributes", "<p " + " ".join(f"a{number}=1" for number in range(3000)) + ">A.</p>"),
    ],
)
def test_a_page_over_a_limit_is_refused_and_the_limit_can_be_raised(limit: str, page: str, tmp_path: Path) -> None:
    assert f"raise --max-{limit}" in failure(tmp_path / "a.html", f"<body>{page}<p>{FACTS}</p>".encode())
    (found,) = read_articles([tmp_path / "a.html"], limits=replace(DEFAULT, **{limit: 100_000}))
    assert isinstance(found, Article)
    assert FACTS in found.text


def test_text_far_down_in_a_page_is_not_lost(tmp_path: Path) -> None:
    """Tags that nobody closes, as old pages have them."""
    (tmp_path / "a.html").write_text("<body>" + "<font>" * 400 + f"<p>{FACTS}</p><p>{CLOSE}</p>", "utf-8")
    assert read_article(tmp_path / "a.html").text == f"{FACTS}\n{CLOSE}"


def test_a_fragment_of_html(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(f"<p>{LEAD}</p>", "utf-8")
    assert read_article(tmp_path / "a.html").text == LEAD


def test_markdown_keeps_all_that_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(
        "---\ndate: 1\n---\nIntro.\n\n# Late\n\n- One\n- `Two`\n\n> Three\n\n<b>Four</b>\n\n    Five\n",
        "utf-8",
    )
    text = read_article(file).text
    assert text == "Intro.\nLate\nOne\nTwo\nThree\nFour\nFive"


def test_articles_of_library_users() -> None:
    article = article_from_text(f"{LEAD}\n{CLOSE}", title="  A\nheadline ", language="fr", id="1", source="mail")
    assert article == Article(f"A headline\n{LEAD}\n{CLOSE}", "A headline", "other", "mail", "1")
    assert article_from_text("Xin chào Việt Nam.").language == "vi"
    with pytest.raises(InputError, match="no text"):
        article_from_text(" ")
    with pytest.raises(InputError, match="no sentences"):
        article_from_sentences([])

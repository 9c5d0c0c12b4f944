"""What belongs to an article stays, to the letter; what a page or an agency put around it goes."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoptac.clean import clean
from hoptac.decode import normalise

ROOT = Path(__file__).parents[1]
BODY = "The two ministers met in Hanoi on Monday and signed a plan for five years."
MORE = "They will meet again in Moscow in spring, officials of both sides said."
THAN = "Hai bên nhất trí tăng cường hợp tác trong lĩnh vực năng lượng và giáo dục."

TITLES = {
    "en-minister-meets-community-in-moscow": None,
    "en-people-to-people-diplomacy-with-russia": ("Vietnam seeks to accelerate people-to-people diplomacy with Russia"),
    "en-president-meets-medvedev": None,
    "en-prime-minister-receives-russian-minister": None,
    "vi-dai-su-nga-chao-xa-giao": "Đại sứ Liên bang Nga nỗ lực thúc đẩy quan hệ hợp tác với Việt Nam",
}


def lines(*parts: str) -> str:
    return "\n".join(parts)


@pytest.mark.parametrize("name", TITLES)
def test_seeds(name: str) -> None:
    """The paragraphs are those that were marked by hand: no body sentence less, no caption or teaser more."""
    text = normalise((ROOT / "seeds" / "articles" / f"{name}.txt").read_text("utf-8"))
    marks = map(json.loads, (ROOT / "tests" / "cases" / "boundaries.jsonl").read_text("utf-8").splitlines())
    expected = [" ".join(mark["sentences"]) for mark in marks if mark["id"].startswith(f"{name}:")]
    title, paragraphs = clean(text)
    assert title == TITLES[name]
    assert list(paragraphs) == expected


@pytest.mark.parametrize(
    "line",
    [
        "Nhỏ Bình thường Lớn",
        "Share | Tweet | Print",
        "Minister Lan greets her guest. — VNA/VNS Photo Hoàng Hiếu",
        "Minister Lan greets her guest. VNA/VNS Photo Thống Nhất",
        "Minister Lan greets her guest (Photo: VNA)",
        "Thủ tướng tiếp Đại sứ. (Ảnh: TTXVN)",
        "Quang cảnh hội nghị. Ảnh: Nguyễn Hồng",
        "Soldiers march in Moscow on Sunday. (AFP/Anna Ivanova)",
        "Tin/ảnh: Tuấn Anh",
        "Bài và ảnh: Lê Thu",
        "By Nguyen Hong",
        "(Theo VOV)",
        "Nguồn: TTXVN",
        "October 31, 2023",
        "Thứ Năm, 8/7/2021, 10:30 (GMT+7)",
        "Xem thêm: Nga chuyển giao công nghệ vaccine",
        "Read more: Russia, Vietnam sign gas deal",
        ">> Nga chuyển giao công nghệ vaccine",
        "***",
        "(VNA)",
    ],
)
def test_lines_that_are_no_part_of_an_article(line: str) -> None:
    assert clean(lines("Ministers sign a plan", "", BODY, "", line, "", MORE)) == (
        "Ministers sign a plan",
        (BODY, MORE),
    )


@pytest.mark.parametrize(
    "line",
    [
        "By Monday the ministers had signed.",
        "Theo Bộ Ngoại giao, hai bên đã ký.",
        "Photo exhibitions will open in both capitals.",
        "The ambassador opened the Lan Photo House.",
        "He was told so by a reporter of VNS.",
        "Nguồn lực của hai nước còn lớn.",
        "Vietnamese, Russian defence ministers hold talks",
        "Read the plan: it has five parts.",
        "On October 31 - a Sunday - they signed.",
        "“Home,” she said.",
        "Ảnh hưởng của dịch bệnh còn kéo dài.",
        "- We are glad.",
    ],
)
def test_lines_that_look_like_it_and_are_part_of_it(line: str) -> None:
    assert clean(lines("Ministers sign a plan", BODY, line, MORE))[1] == (BODY, line, MORE)


@pytest.mark.parametrize(
    "dateline",
    [
        "HÀ NỘI, VIETNAM, October 31 - ",
        "HANOI — ",
        "HANOI ",
        "HANOI (Reuters) - ",
        "Hanoi (VNA) – ",
        "Hà Nội (TTXVN 15/6) - ",
        "(TTXVN) ",
        "HANOI, Oct. 3 (Xinhua) -- ",
        "PALM BEACH, Florida — ",
        "Abu Dhabi, ngày 27/1 – ",
        "TTO - ",
        "(Dân trí) - ",
    ],
)
def test_datelines(dateline: str) -> None:
    assert clean(lines("Ministers sign a plan", dateline + BODY, MORE))[1] == (BODY, MORE)


@pytest.mark.parametrize(
    "beginning",
    [
        "ASEAN – Russia ties are old.",
        "NATO Secretary General Mark Rutte came to Hanoi.",
        "COVID-19 — and what it left behind — was the topic.",
        "UNESCO Director Audrey Azoulay spoke.",
        "President To Lam - who came by train - spoke.",
        "GAZPROM — the seller — said no. GAZPROM will wait.",
        "Việt Nam - Nga: hai nước ký thoả thuận.",
    ],
)
def test_names_in_capitals_that_are_no_datelines(beginning: str) -> None:
    assert clean(lines("Ministers sign a plan", beginning, MORE))[1] == (beginning, MORE)


@pytest.mark.parametrize("sign", [" — VNS", " VNS", " VNA/VNS", "/.", " (VNA)", "/. VNA/VNS", " – TTXVN"])
def test_agency_signs(sign: str) -> None:
    assert clean(lines("Ministers sign a plan", BODY, MORE + sign))[1] == (BODY, MORE)


@pytest.mark.parametrize("name", ["Vũ Dũng/VOV", "Thu Hà (tổng hợp)", "Đức Dũng (TTXVN)", "LÊ PHONG - MINH THANH"])
def test_a_signature_on_the_last_line(name: str) -> None:
    assert clean(lines("Ministers sign a plan", BODY, MORE, name))[1] == (BODY, MORE)
    assert name in clean(lines("Ministers sign a plan", BODY, name, MORE))[1]


@pytest.mark.parametrize(
    "tail",
    [
        ("RELATED NEWS", "Laos opens a dam", "Gas price falls"),
        ("Tin liên quan", "Nga chuyển giao công nghệ vaccine"),
        ("Laos opens a dam", "", "Laos opens a dam", "", "The new dam in the north of the country is ..."),
        ("Laos opens a dam", "Laos opens a dam"),
    ],
)
def test_related_links(tail: tuple[str, ...]) -> None:
    assert clean(lines("Ministers sign a plan", BODY, MORE, *tail))[1] == (BODY, MORE)


def test_an_article_goes_on_after_a_related_label() -> None:
    assert clean(lines("Ministers sign a plan", BODY, "RELATED", "Laos opens a dam", MORE))[1] == (
        BODY,
        "Laos opens a dam",
        MORE,
    )


def test_a_repeated_headline_and_the_caption_under_it() -> None:
    headline = "Hai bộ trưởng ký thoả thuận"
    caption = "Hai bên tăng cường hợp tác trong lĩnh vực năng lượng."
    assert clean(lines(headline, "", THAN, headline, caption, "", BODY)) == (headline, (THAN, BODY))
    assert clean(lines(headline, "", THAN, headline, MORE, "", BODY)) == (headline, (THAN, MORE, BODY))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (lines("Ministers sign a plan", BODY), "Ministers sign a plan"),
        (lines("Will they sign?", "", BODY), "Will they sign?"),
        (lines("date 2021-09-01 Ministers sign a plan", BODY), "Ministers sign a plan"),
        (lines("A picture. (Photo: VNA)", "", "Ministers sign a plan", "", BODY), "Ministers sign a plan"),
        (lines("New sanctions in the U.S.", BODY), "New sanctions in the U.S."),
        (lines(BODY, MORE), None),
        ("Ministers sign a plan", None),
        ("", None),
    ],
)
def test_is_there_a_headline(text: str, title: str | None) -> None:
    found, paragraphs = clean(text)
    assert found == title
    assert title not in paragraphs


def test_a_known_headline_is_taken_out_of_the_text() -> None:
    assert clean(lines("A plan", BODY, MORE), title="A plan") == ("A plan", (BODY, MORE))
    assert clean(lines(BODY, MORE), title="A plan") == ("A plan", (BODY, MORE))


def test_lines_broken_at_a_fixed_width_are_joined() -> None:
    wrapped = lines(
        "Ministers sign a plan",
        "",
        "The two ministers met in Hanoi on Monday and",
        "signed a plan for five years.",
        "",
        "They will meet again in Moscow in spring,",
        "officials of both sides said.",
    )
    assert clean(wrapped) == ("Ministers sign a plan", (BODY, MORE))


@given(st.lists(st.sampled_from([BODY, MORE, THAN, "Training", "", "- One: 1,200 MW", "VNA", "(", "/."]), max_size=9))
def test_no_sentence_is_lost_and_order_is_kept(parts: list[str]) -> None:
    """A sentence may go where it is said again under a repeated headline, as a caption is; never for good."""
    title, paragraphs = clean("\n".join(parts))
    prose = dict.fromkeys(part for part in parts if part in (BODY, MORE, THAN))
    assert list(dict.fromkeys(line for line in paragraphs if line in prose)) == list(prose)
    assert all(line == " ".join(line.split()) != "" for line in paragraphs)
    assert title is None or title in parts


@pytest.mark.parametrize("unit", ["MOSCOW The\n", "/.", "a - ", ". Photo: A", "Hà Nội\n", "(", "Prose.\n"])
def test_a_megabyte_of_anything_takes_seconds(unit: str) -> None:
    start = time.perf_counter()
    clean((unit * (1_000_000 // len(unit) + 1))[:1_000_000])
    assert time.perf_counter() - start < 5

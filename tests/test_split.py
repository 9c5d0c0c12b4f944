"""Sentences: true offsets, nothing lost, and boundaries where people see them."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoptac.split import split
from hoptac.values import Article, Sentence

CASES = Path(__file__).parent / "cases"
VIETNEWS = Path(__file__).parents[2] / "shared" / "data" / "vietnews" / "val.jsonl"


def texts(text: str, title: str | None = None) -> list[str]:
    return [sentence.text for sentence in split(Article(text, title=title))]


def marked_here(language: str) -> Iterator[tuple[str, set[int]]]:
    """Our own paragraphs and those of the seeds: (text, where its sentences end)."""
    for line in (CASES / "boundaries.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["lang"] == language:
            ends, position = set(), -1
            for sentence in row["sentences"]:
                position += len(sentence) + 1
                ends.add(position)
            yield " ".join(row["sentences"]), ends


def marked_vietnews() -> Iterator[tuple[str, set[int]]]:
    """Paragraphs of vietnews: the marks are here, the text is not."""
    articles = {row["id"]: row for row in map(json.loads, VIETNEWS.read_text("utf-8").splitlines())}
    for mark in json.loads((CASES / "boundaries-vietnews.json").read_text("utf-8")):
        first, last = mark["entries"]
        text = unicodedata.normalize("NFC", " ".join(articles[mark["id"]]["body"][first:last]))
        yield text, set(mark["ends"])


def boundary_f1(paragraphs: list[tuple[str, set[int]]]) -> float:
    """F1 of the boundaries inside paragraphs; the end of a paragraph is given away and does not count."""
    hits = n_found = n_marked = 0
    for text, ends in paragraphs:
        found = {sentence.end for sentence in split(Article(text))} - {len(text)}
        marked = ends - {len(text)}
        hits += len(found & marked)
        n_found += len(found)
        n_marked += len(marked)
    return 2 * hits / (n_found + n_marked)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_boundaries_of_our_own_paragraphs_and_the_seeds(language: str) -> None:
    assert boundary_f1(list(marked_here(language))) >= 0.98


@pytest.mark.skipif(not VIETNEWS.exists(), reason="../shared/data is not here")
def test_boundaries_of_vietnews() -> None:
    assert boundary_f1(list(marked_vietnews())) >= 0.98
    assert boundary_f1([*marked_here("vi"), *marked_vietnews()]) >= 0.98


@pytest.mark.parametrize(
    "sentence",
    [
        "Sen. Lieut. Gen. Nguyễn Chí Vịnh met him.",
        "Phái đoàn đến TP.HCM và TP. Hà Nội hôm qua.",
        "PGS.TS. Nguyễn Văn Minh giảng bài.",
        "Sáng 8/7, Bộ trưởng tiếp khách.",
        "Nga tặng 1.000 liều vaccine.",
        "The U.S. Navy came.",
        "Trường ở Q. 1, TP. HCM đã mở cửa.",
        "“Bao giờ?”, ông hỏi.",
        '"Is it true?" she asked.',
        "Vice President J.D. Vance met J. R. R. Tolkien at 5 p.m. Moscow time.",
        "Hai bên nhất trí./.",
        "Headline without a stop",
        "No. 5 is closed.",
        "Trade in oil, gas, etc. grew.",
        "Trong đó, giáo dục, quốc phòng… vẫn được duy trì.",
    ],
)
def test_one_sentence(sentence: str) -> None:
    assert texts(sentence) == [sentence]


@pytest.mark.parametrize(
    "sentences",
    [
        ["It is big in the U.S.", "The rest follows."],
        ["“Chúng tôi vui.”", "Ông cười."],
        ["Hai bên nhất trí./.", "Lễ ký diễn ra sau đó."],
        ["Bao giờ?", "Chưa rõ!", "Nhưng họ sẵn sàng…", "Và chờ."],
        ["tony blair has left.", "he said so."],
        ["1. Quốc phòng.", "2. Năng lượng."],
        ["В. В. Путин посетил г. Ханой в 2018 г.", "Он вернулся."],
        ["The answer was no.", "Then came 5 more."],
        ["They bought Sputnik V.", "Two million doses came."],
    ],
)
def test_several_sentences(sentences: list[str]) -> None:
    assert texts(" ".join(sentences)) == sentences


def test_a_line_end_always_ends_a_sentence() -> None:
    assert texts("A headline\nThe body goes on\nand on. It ends.") == [
        "A headline",
        "The body goes on",
        "and on.",
        "It ends.",
    ]


def test_a_headline_is_one_sentence_whatever_stops_it_has() -> None:
    assert texts("What next? A plan. And more\nThe body. It is here.", "What next? A plan. And more") == [
        "What next? A plan. And more",
        "The body.",
        "It is here.",
    ]


def test_given_sentences_are_given_back() -> None:
    given_sentences = (Sentence("A. B", 0, 4), Sentence("c", 5, 6))
    assert split(Article("A. B\nc", sentences=given_sentences)) is given_sentences


@given(st.text(alphabet=st.sampled_from("aAđĐ.!?…\"'”“ ,;:()1*-\n\u00a0/ệВ"), max_size=200))
def test_offsets_are_true_and_only_white_space_is_left_out(text: str) -> None:
    end = 0
    for sentence in split(Article(text)):
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text == sentence.text.strip() != ""
        assert "\n" not in sentence.text
        assert not text[end : sentence.start].strip()
        end = sentence.end
    assert not text[end:].strip()


@pytest.mark.parametrize("unit", ["Việt Nam và Nga ký thoả thuận ngày 8/7. ", "a", "A. ", '" Tôi. ', "! "])
def test_a_line_of_a_megabyte_takes_linear_time(unit: str) -> None:
    def seconds(n_characters: int) -> float:
        text = (unit * (n_characters // len(unit) + 1))[:n_characters]
        start = time.perf_counter()
        sentences = split(Article(text))
        assert "".join(s.text for s in sentences).replace(" ", "") == text.replace(" ", "")
        return time.perf_counter() - start

    seconds(1000)
    assert seconds(1_000_000) < 20 * seconds(100_000) + 0.5

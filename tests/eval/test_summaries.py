"""The measures of a summary on an article worked out by hand, its peers, and sentences that lean on another."""

from __future__ import annotations

import pytest

from hoptac.labelled import from_row
from hoptac_eval.dangling import dangles, n_dangling
from hoptac_eval.rouge import Reference, rouge
from hoptac_eval.summaries import COLUMNS, PEERS, Source, at_random, lead, measure, oracle, source

ROW = {
    "id": "a",
    "lang": "en",
    "sentences": ["Gas deal", "A gas deal was signed.", "It helps.", "Students go abroad.", "It ended."],
    "labels": [["energy"], ["energy"], ["energy"], ["education"], []],
    "key": [1, 3],
    "summary": "A gas deal was signed and students go abroad.",
}


def about(**changes: object) -> Source:
    gold = from_row({**ROW, **changes}, "a:1")
    assert gold.article.sentences is not None
    return source(gold, gold.article.sentences)


def row(*chosen: int, **changes: object) -> dict[str, float]:
    return dict(zip(COLUMNS, measure(about(**changes), chosen), strict=True))


def test_a_summary_by_hand() -> None:
    figures = row(1, 4)
    # Reference 9 words, summary 7; 5 of them shared, 4 of the 8 and 6 pairs.
    assert figures["rouge1"] == pytest.approx(2 * 5 / 16)
    assert figures["rouge2"] == pytest.approx(2 * 4 / 14)
    assert figures["rougeL"] == pytest.approx(2 * 5 / 16)
    assert figures["published_rouge1"] == figures["rouge1"]
    assert (figures["key_tp"], figures["key_fp"], figures["key_fn"]) == (1, 1, 1)
    assert (figures["n_covered"], figures["n_themes"]) == (1, 2)
    assert (figures["n_dangling"], figures["n_chosen"]) == (1, 2)
    assert (figures["summary_words"], figures["summary_share"]) == (7, 7 / 12)


def test_a_predecessor_beside_it_props_a_sentence_up() -> None:
    assert row(1, 2)["n_dangling"] == 0
    assert row(2)["n_dangling"] == 1


def test_what_the_data_do_not_tell_is_nan() -> None:
    figures = row(1, summary=None, key=None, labels=None, themes=["energy"])
    unknown = {name for name, value in figures.items() if value != value}
    assert unknown == {*COLUMNS[:6], "key_tp", "key_fp", "key_fn", "n_covered", "n_themes"}


def test_an_empty_summary_is_measured() -> None:
    figures = row()
    assert figures["rouge1"] == figures["summary_words"] == figures["redundancy"] == 0


def test_words_said_twice() -> None:
    twice = about(sentences=["x y", "a b c.", "a b c.", "z", "z"])
    assert dict(zip(COLUMNS, measure(twice, (1, 2)), strict=True))["redundancy"] == pytest.approx(2 / 5)


def test_no_peer_takes_the_headline() -> None:
    for name, choose in PEERS.items():
        chosen = choose(about(), 2)
        assert 0 not in chosen, name
        assert list(chosen) == sorted(set(chosen))


def test_an_article_of_one_sentence_is_its_own_body() -> None:
    single = about(sentences=["Gas deal"], labels=[["energy"]], key=[0])
    assert lead(single, 2) == at_random(single, 2) == oracle(single, 2) == (0,)


def test_random_is_the_same_every_time() -> None:
    assert at_random(about(), 2) == at_random(about(), 2)


def test_the_oracle_is_the_greedy_choice() -> None:
    found = about()
    reference = Reference(found.reference_tokens)

    def worth(chosen: tuple[int, ...]) -> float:
        # Pairs across sentences do not count for the oracle, so sentences are parted by a word of their own.
        spoken = " ".join(found.sentences[i] for i in chosen).lower().replace(".", " ").split()
        return sum(rouge(reference, spoken)[:2])

    best = max(found.body, key=lambda i: worth((i,)))
    assert best in oracle(found, 3)
    assert oracle(found, 3) == (1, 3)


def test_a_headline_of_two_sentences_is_no_body() -> None:
    gold = from_row({**ROW, "title": "Gas deal A gas deal was signed."}, "a:1")
    assert gold.article.sentences is not None
    assert source(gold, gold.article.sentences).body == (2, 3, 4)


@pytest.mark.parametrize(
    ("sentence", "language", "expected"),
    [
        ("He also thanked the embassy.", "en", True),
        ("“It is timely,” the minister said.", "en", True),
        ("However, Vietnam agreed.", "en", True),
        ("Both sides agreed.", "en", True),
        ("Both Vietnam and Laos agreed.", "en", False),
        ("During the meeting, Lan spoke.", "en", True),
        ("During the meeting in Hanoi Lan spoke.", "en", True),
        ("Theodore Lan spoke.", "en", False),
        ("Item one was signed.", "en", False),
        ("Theo đó, hai bên ký.", "vi", True),
        ("Theo TTXVN, hai bên ký.", "vi", False),
        ("Ông cho biết thêm.", "vi", True),
        ("Ông Nguyễn Văn A cho biết thêm.", "vi", False),
        ("Bà con kiều bào đón Tết.", "vi", False),
        ("Anh rời Liên minh châu Âu.", "vi", False),
        ("Hai bên nhất trí.", "vi", True),
        ("Hai mươi sinh viên nhận học bổng.", "vi", False),
        ("Đây là dự án lớn.", "vi", True),
        ("Он также поблагодарил.", "ru", True),
        ("Она поблагодарила.", "xx", False),
    ],
)
def test_openings(sentence: str, language: str, expected: bool) -> None:
    assert dangles(sentence, language) is expected


def test_the_first_sentence_of_an_article_leans_on_nothing() -> None:
    assert n_dangling(("He spoke.",), (0,), "en") == 0

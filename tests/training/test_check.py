"""Each rule of the checker finds what breaks it, names the line, and lets the rest pass."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from fakes import ROOT
from hoptac import DataError, load_taxonomy
from hoptac_training.__main__ import main
from hoptac_training.agreement import kappa
from hoptac_training.check import check
from hoptac_training.corpus import read_corpus
from hoptac_training.datacard import fill
from hoptac_training.duplicates import near_duplicates, repeated_skeletons, skeleton
from hoptac_training.reference import digest

Row = dict[str, Any]
ENGLISH = [
    "Minister receives guest",
    "Minister Ada Brandt met her guest from Seoul on 5 May.",
    "They agreed on a joint naval exercise in autumn.",
    "Trade between both grew by a tenth.",
    "A lunch followed at the town hall.",
    "Nobody mentioned the weather that day.",
]
VIETNAMESE = [
    "Bộ trưởng tiếp khách",
    "Ngày 5/5, bà Ada Brandt tiếp đoàn khách đến từ thủ đô Seoul.",
    "Hai bên nhất trí diễn tập hải quân chung vào mùa thu tới.",
    "Kim ngạch thương mại giữa đôi bên tăng một phần mười.",
    "Sau đó là bữa trưa tại tòa thị chính.",
    "Không ai nhắc tới thời tiết ngày hôm ấy.",
]


def article(number: int = 1, **changes: Any) -> Row:
    lang = changes.get("lang", "en")
    row: Row = {
        "id": f"{lang}-b01-{number:02d}",
        "lang": lang,
        "sentences": ENGLISH if lang == "en" else VIETNAMESE,
        "labels": [[], [], ["defence"], [], [], []],
        "key": [1, 2],
        "summary": "Ada Brandt met a guest. An exercise was agreed."
        if lang == "en"
        else "Ngày 5/5, bà Ada Brandt tiếp khách. Hai bên diễn tập chung.",
        "genre": "brief",
        "parties": ["DE", "KR"],
        "date": "2019-05-05",
        "batch": "b01",
        "split": "train",
        "evidence": "usual",
        "traps": ["R8"],
    }
    return row | changes


def real(name: str = "x/1", **changes: Any) -> Row:
    row: Row = {
        "id": name,
        "lang": "en",
        "source": "paper",
        "split": "train",
        "digests": [digest(f"{name} {i}") for i in range(4)],
        "labels": [[], ["energy"], [], []],
        "key": [1],
    }
    return row | changes


def problems(folder: Path, *rows: Row, references: tuple[Row, ...] = (), dev: tuple[Row, ...] = ()) -> list[str]:
    """The faults in what is given, but for the quotas and the files that are not there."""
    for name in ("corpus", "by-reference"):
        (folder / name).mkdir()
    shutil.copy(ROOT / "seeds/themes.toml", folder)
    for name, part in (("corpus/train", rows), ("corpus/dev", dev), ("by-reference/en", references)):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in part)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    found = [problem.removeprefix(f"{folder}/") for problem in check(folder).problems]
    return [
        p for p in found if not p.startswith(str(folder)) and "cannot be opened" not in p and "no articles" not in p
    ]


def test_a_good_article_passes(tmp_path: Path) -> None:
    assert problems(tmp_path, article(), article(2, lang="vi"), references=(real(),)) == []


def replaced(index: int, text: str) -> list[str]:
    return [text if i == index else sentence for i, sentence in enumerate(ENGLISH)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"labels": [[], [], ["navy"], [], [], []]}, "unknown theme 'navy'"),
        ({"labels": [[]]}, "1 labels for 6 sentences"),
        ({"key": []}, "no sentence labels, key sentences or summary"),
        ({"title": "Minister receives guest"}, "a title beside the sentences"),
        ({"genre": "poem"}, "genre is 'poem'"),
        ({"parties": ["Germany"]}, "parties is ['Germany']"),
        ({"parties": ["DE"]}, "parties are ['DE']"),
        ({"date": "2019-13-01"}, "date is '2019-13-01'"),
        ({"pair": "7"}, "pair is '7'"),
        ({"labels2": [[], [], [], [], [], []]}, "one of labels1 and labels2"),
        ({"split": "test"}, "split 'test'"),
        ({"split": "dev", "id": "ru-b01-01", "lang": "ru"}, "split 'dev', lang 'ru'"),
        ({"sentences": replaced(3, "Cafe\u0301s traded.")}, "sentence 3 is not in Unicode NFC"),
        ({"sentences": replaced(3, "Trade  grew.")}, "sentence 3 has a control character or stray white space"),
        ({"sentences": replaced(3, "Trade\u200b grew.")}, "sentence 3 has a control character or stray white space"),
        ({"sentences": ENGLISH[:5], "labels": [[]] * 5}, "5 sentences; expected 6 to 40"),
        ({"key": [0, 1]}, "the headline is a key sentence"),
        ({"key": [1, 2, 3, 4]}, "4 key sentences"),
        ({"summary": "Ada Brandt met a guest from Seoul on 5 May."}, "the summary has 1 sentences"),
        ({"summary": "They met. Good."}, "the summary has 7% of the article's 43 words"),
        ({"summary": "Ada Brandt met a guest. 12 ships were there."}, "number 12 of the summary"),
        ({"summary": "Ada Brandt met a guest. A ship from Busan was there."}, "name 'Busan' of the summary"),
    ],
)
def test_a_fault_is_found(changes: Row, expected: str, tmp_path: Path) -> None:
    found = problems(tmp_path, article(2, lang="vi", batch="b02"), article(**changes))
    assert all(problem.startswith("corpus/train.jsonl:2: ") for problem in found)
    [problem] = (problem for problem in found if expected in problem)
    assert ";" in problem  # what to do about it


def test_vietnamese_without_diacritics_is_found(tmp_path: Path) -> None:
    bare = "Hai ben nhat tri dien tap hai quan chung vao mua thu."
    sentences = [bare if i == 2 else text for i, text in enumerate(VIETNAMESE)]
    [found] = problems(tmp_path, article(lang="vi", sentences=sentences))
    assert "sentence 2 has none of the letters of its language (vi)" in found


@pytest.mark.parametrize("name", ["Koreans", "Sep", "Korean"])
def test_a_name_may_have_another_ending(name: str, tmp_path: Path) -> None:
    sentences = [*ENGLISH[:3], "Trade with Korea grew in September.", *ENGLISH[4:]]
    summary = f"Ada Brandt met a guest. What the {name} said is open."
    assert problems(tmp_path, article(sentences=sentences, summary=summary)) == []


def test_a_part_of_a_date_is_no_new_number(tmp_path: Path) -> None:
    summary = "Tháng 5, bà Ada Brandt tiếp khách. Hai bên diễn tập chung."
    assert problems(tmp_path, article(lang="vi", summary=summary)) == []


def test_an_id_that_comes_twice_is_found_across_files(tmp_path: Path) -> None:
    found = problems(tmp_path, article(), references=(real("en-b01-01"),))
    assert ["stands in" in problem for problem in found] == [True]


OTHER = [
    "Envoy opens an office",
    "The envoy cut a ribbon at the harbour of Bergen last week.",
    "A gas pipe will come ashore nearby, the two capitals decided.",
    "He likes the rain there.",
    "Herring is sold by the barrel.",
    "The mayor owns a yellow boat.",
]
OTHER_SUMMARY = {"summary": "The envoy cut a ribbon. A gas pipe will come."}


def test_near_duplicates_are_found_within_and_across_splits(tmp_path: Path) -> None:
    copied = [*OTHER[:3], "Trade between both grew by a tenth again.", *OTHER[4:]]
    twin = article(3, sentences=[*ENGLISH[:4], "A dinner followed at the town hall."], labels=[[]] * 5, batch="b03")
    twin |= {"split": "dev", "sentences": [*twin["sentences"], ENGLISH[5]], "labels": [[]] * 6}
    found = problems(tmp_path, article(), article(2, sentences=copied, **OTHER_SUMMARY), dev=(twin,))
    assert any("en-b01-02: sentence 3 is 86% sentence 3 of en-b01-01" in problem for problem in found)
    assert any("en-b01-03: sentence 1 is 100% sentence 1 of en-b01-01" in problem for problem in found)
    assert any("splits train and dev" in problem for problem in found)


def test_sentences_of_one_pattern_are_found() -> None:
    texts = {i: f"Deputy minister {name} arrived in {town} on {i} May." for i, (name, town) in enumerate(
        [("Ada", "Bonn"), ("Bo Lind", "Oslo"), ("Carl", "Riga"), ("Dina", "Graz")]
    )}  # fmt: skip
    assert repeated_skeletons(texts, most=3, n_words=5) == [(skeleton(texts[0]), [0, 1, 2, 3])]
    assert repeated_skeletons(texts, most=4, n_words=5) == []


def test_near_duplicates_are_the_same_every_time() -> None:
    generator = np.random.default_rng(0)
    texts = {i: " ".join(generator.choice(list("abcdefgh"), 12)) for i in range(200)}
    first = near_duplicates(texts, run=2, least=0.4, n_words=6)
    assert first
    assert near_duplicates(texts, run=2, least=0.4, n_words=6) == first


def test_pairs_and_batches_must_not_straddle(tmp_path: Path) -> None:
    one = article(pair="p001")
    other = article(2, lang="vi", pair="p001", split="dev", labels=[["energy"], [], [], [], [], []])
    found = problems(tmp_path, one, dev=(other,))
    assert sum("batch b01 is in train and dev" in problem for problem in found) == 1
    assert sum("pair p001 straddles splits" in problem for problem in found) == 1
    assert sum("pair p001 has the themes ['defence'] and ['energy']" in problem for problem in found) == 1
    assert len(found) == 3


def test_a_pair_is_one_article_in_each_language(tmp_path: Path) -> None:
    [found] = problems(tmp_path, article(pair="p001"), article(2, lang="vi"))
    assert "pair p001 has en-b01-01; expected one English and one Vietnamese" in found


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sentences": ["A text."]}, "field 'sentences'"),
        ({"title": "A headline"}, "field 'title'"),
        ({"digests": ["A text that is no digest"]}, "digests is"),
        ({"split": "test"}, "split is 'test'"),
        ({"labels": [[]]}, "1 labels for 4 sentences"),
        ({"key": [9]}, "key 9 out of range"),
    ],
)
def test_labels_by_reference_carry_no_text(changes: Row, expected: str, tmp_path: Path) -> None:
    [found] = problems(tmp_path, article(), references=(real(**changes),))
    assert found.startswith("by-reference/en.jsonl:1: ")
    assert expected in found


def test_real_articles_that_share_text_stay_in_one_split(tmp_path: Path) -> None:
    shared = [*real()["digests"][:3], "00000000"]
    [found] = problems(tmp_path, article(), references=(real(), real("x/2", split="dev", digests=shared)))
    assert "x/2: 3 sentences stand in" in found


def test_a_sentence_of_a_real_article_is_found_in_the_corpus(tmp_path: Path) -> None:
    digests = [digest(ENGLISH[1]), *real()["digests"][1:]]
    [found] = problems(tmp_path, article(), references=(real(digests=digests),))
    assert "a sentence stands in the real article x/1" in found


def test_what_is_wrong_does_not_hide_what_is_right(tmp_path: Path) -> None:
    problems(tmp_path, article(genre="poem"), article(2))
    corpus = read_corpus(tmp_path, load_taxonomy(tmp_path / "themes.toml"))
    assert [entry.id for entry in corpus.entries] == ["en-b01-02"]


def test_the_command_prints_the_table_and_fails(tmp_path: Path) -> None:
    problems(tmp_path, article())
    result = CliRunner().invoke(main, ["check", str(tmp_path)])
    assert result.exit_code == 1
    assert "| articles | at least 1,000 | 1 | **no** |" in result.stdout
    assert f"{tmp_path}: articles: 1, planned at least 1,000; 999 more are needed" in result.stderr


def test_the_card_is_not_written_from_a_faulty_corpus(tmp_path: Path) -> None:
    problems(tmp_path, article())
    (tmp_path / "README.md").write_text("as it was")
    result = CliRunner().invoke(main, ["card", str(tmp_path)])
    assert result.exit_code == 1
    assert "hoptac_training check" in result.stderr
    assert (tmp_path / "README.md").read_text() == "as it was"


def test_a_card_without_marks_is_refused() -> None:
    with pytest.raises(DataError, match="no block 'counts'"):
        fill("# A card", {"counts": "1"})


def test_kappa_by_hand() -> None:
    one = np.array([True, True, False, False, False, False, False, False, False, False])
    two = np.array([True, False, True, False, False, False, False, False, False, False])
    # Observed .8; by chance .2 * .2 + .8 * .8 = .68.
    assert kappa(one, two) == pytest.approx((0.8 - 0.68) / (1 - 0.68))

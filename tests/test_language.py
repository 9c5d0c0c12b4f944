"""The language of headlines and articles, with and without diacritics; fast, and always the same."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest

from hoptac.language import detect_language

CASES = [
    ("vi", "Việt Nam và Nga tăng cường hợp tác năng lượng"),
    ("vi", "VIỆT NAM VÀ NGA TĂNG CƯỜNG HỢP TÁC NĂNG LƯỢNG"),
    ("vi", "Viet Nam va Nga tang cuong hop tac trong linh vuc nang luong va giao duc"),
    ("vi", "Đại sứ Liên bang Nga nỗ lực thúc đẩy quan hệ hợp tác với Việt Nam"),
    ("en", "Russia and Vietnam step up cooperation in energy"),
    ("en", "RUSSIA AND VIETNAM STEP UP COOPERATION IN ENERGY"),
    ("en", "Việt Nam, Russia boost ties"),
    ("en", "Bùi Thanh Sơn meets Nguyễn Xuân Phúc in Hà Nội"),
    ("ru", "Россия и Вьетнам укрепляют сотрудничество в энергетике"),
    ("ru", "На середине поля судья показал «жёлтую» карточку."),
    ("ru", "Слова «Việt Nam» он произнёс дважды, и зал встал."),
    ("other", "Міністр закордонних справ України прибув до Києва у понеділок."),
    ("other", "Le ministre des Affaires étrangères a été reçu par son homologue."),
    ("other", "Menteri Luar Negeri bertemu dengan mitranya di Jakarta."),
    ("other", "外交部长星期一在北京会见了客人。"),
    ("other", "8/7 1.000 – 2.000"),
    ("other", ""),
]


@pytest.mark.parametrize(("language", "text"), CASES)
def test_headlines(language: str, text: str) -> None:
    assert detect_language(text) == language


def test_it_never_answers_differently() -> None:
    assert {detect_language(CASES[2][1]) for _ in range(20)} == {"vi"}


def test_a_character_that_unicode_does_not_assign() -> None:
    assert detect_language("The ministers met on Monday \ufffe in Hanoi.") in ("en", "other")


def test_russian_words_in_an_english_text() -> None:
    text = "The film “Мы” opened in Hanoi on Monday before an audience of students and veterans."
    assert detect_language(unicodedata.normalize("NFC", text)) == "en"


def test_the_library_is_loaded_when_it_is_needed() -> None:
    code = "import sys, hoptac.language; sys.exit('pycld2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}).returncode == 0

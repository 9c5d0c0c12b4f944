"""Alters articles as text is altered on its way to a reader; what they are about stays.

Training alters with the first two functions too. Not here: what the changes cost (`transforms`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias

from hoptac.read import article_from_sentences
from hoptac.values import LabelledArticle
from hoptac_eval.countries import swap_countries

Line: TypeAlias = tuple[str, tuple[str, ...]]
"""A sentence and its themes."""
Change: TypeAlias = Callable[[Sequence[Line], str, Random], Sequence[Line]]
"""(lines of an article, its language, a generator) -> lines, at least one; the headline is the first."""

N_LEFTOVERS = 3
# None of those that training puts between sentences (hoptac_training.augment), or it would be learnt by heart.
LEFTOVERS = {
    "en": (
        "Share this article on Facebook, X or WhatsApp",
        "Sign up for our free daily briefing and never miss a story.",
        "We use cookies to improve your experience; by continuing you accept our privacy policy.",
        "A file picture shows the venue. (AFP)",
        "By Staff Writer | 3 min read",
        "Copyright 2021. No part of this page may be reproduced without permission.",
        "Most read",
        "Leave a comment",
    ),
    "vi": (
        "Chia sẻ bài viết qua Facebook, Zalo hoặc Email",
        "Đăng ký nhận bản tin miễn phí mỗi sáng qua hộp thư của bạn.",
        "Trang này sử dụng cookie; tiếp tục truy cập nghĩa là bạn đồng ý với chính sách bảo mật.",
        "Ảnh tư liệu: AFP/TTXVN",
        "PV | 06:30 | Cỡ chữ: A- A A+",
        "Bản quyền thuộc về toà soạn, cấm sao chép dưới mọi hình thức.",
        "Đọc nhiều nhất",
        "Ý kiến bạn đọc",
    ),
}


def strip_marks(text: str) -> str:
    """The text without diacritics.

    >>> strip_marks("Đại sứ Việt Nam")
    'Dai su Viet Nam'
    """
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", plain.replace("đ", "d").replace("Đ", "D"))


def add_noise(text: str, rng: Random, rate: float = 0.02) -> str:
    """Letters dropped, doubled or mistaken as a scanner does, at `rate` per character."""
    mistakes = {"l": "1", "o": "0", "e": "c", "m": "rn", "i": "l", "h": "b", "a": "o", "n": "u", "t": "f"}
    out = []
    for char in text:
        if char.isalpha() and rng.random() < rate:
            out.append(rng.choice(["", char * 2, mistakes.get(char, char)]))
        else:
            out.append(char)
    return "".join(out).strip() or text


def _each(change: Callable[[str, str, Random], str]) -> Change:
    return lambda lines, language, rng: [(change(text, language, rng), themes) for text, themes in lines]


def _with_leftovers(lines: Sequence[Line], language: str, rng: Random) -> Sequence[Line]:
    altered = list(lines)
    for text in rng.sample(LEFTOVERS.get(language, LEFTOVERS["en"]), N_LEFTOVERS):
        altered.insert(rng.randint(1, len(altered)), (text, ()))
    return altered


CHANGES: dict[str, Change] = {
    "untouched": lambda lines, language, rng: lines,
    "NFD": _each(lambda text, language, rng: unicodedata.normalize("NFD", text)),
    "without diacritics": _each(lambda text, language, rng: strip_marks(text)),
    "upper case": _each(lambda text, language, rng: text.upper()),
    "OCR-like noise": _each(lambda text, language, rng: add_noise(text, rng)),
    "boilerplate left in": _with_leftovers,
    "first half": lambda lines, language, rng: lines[: (len(lines) + 1) // 2],
    "headline removed": lambda lines, language, rng: lines[1:] or lines,
    "other countries": _each(lambda text, language, rng: swap_countries(text, language)),
}


def altered(gold: LabelledArticle, name: str) -> LabelledArticle:
    """A labelled article after the change of that name in CHANGES, read as the program reads sentences; its themes
    are those of the sentences that it now has. The same article is always altered in the same way.

    gold: labelled by sentence.
    """
    article = gold.article
    assert article.sentences is not None
    assert gold.labels is not None
    lines = [(sentence.text, themes) for sentence, themes in zip(article.sentences, gold.labels, strict=True)]
    lines = list(CHANGES[name](lines, article.language, Random(f"{name} {article.id}")))
    labels = tuple(themes for _, themes in lines)
    return replace(
        gold,
        article=article_from_sentences([text for text, _ in lines], source=article.source, id=article.id),
        labels=labels,
        themes=tuple(theme for theme in gold.themes if any(theme in themes for themes in labels)),
        key=None,
        summary=None,
    )

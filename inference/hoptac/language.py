"""Text -> the language it is in, by CLD2.

CLD2 starts at once, never answers differently, and knows Vietnamese without its diacritics; the comparison is
in training/LOG.md. Two things are mended: Vietnamese names in an English text, and short Russian, which it
takes for Serbian. Not here: what to do about a language that is not supported (the command line warns).
"""

from __future__ import annotations

import re

_ENOUGH = 20_000  # characters
_LATIN_WORD = re.compile("[A-Za-zÀ-ɏḀ-ỿ]+")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_RUSSIAN_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_RUSSIAN = re.compile("[ыэ]")  # in no other language that makes do with the letters of the Russian alphabet


def detect_language(text: str) -> str:
    """ "en", "vi", "ru", or "other": any other language, several, or nothing that is language at all.

    text: any length, Unicode NFC; a headline is enough in most cases. The same text always gives the same
    answer.

    >>> detect_language("Việt Nam, Russia boost ties"), detect_language("Viet Nam va Nga tang cuong hop tac")
    ('en', 'vi')
    """
    import pycld2  # here, not above: 14 MB that an article with `lang` never needs

    text = text[:_ENOUGH]
    small = text.lower()
    cyrillic = _CYRILLIC.findall(small)
    if len(cyrillic) * 2 > len(small) and _RUSSIAN.search(small) and "".join(cyrillic).strip(_RUSSIAN_LETTERS) == "":
        return "ru"
    without_names = _LATIN_WORD.sub(_unless_name, text)
    if len(without_names.split()) >= 3:
        text = without_names
    try:
        language: str = pycld2.detect(text.encode("utf-8", "ignore"), bestEffort=True)[2][0][1]
    except pycld2.error:  # a character that Unicode does not assign
        return "other"
    return language if language in ("en", "vi", "ru") else "other"


def _unless_name(match: re.Match[str]) -> str:
    """The word, or nothing where it may be a Vietnamese name: a capital, and letters that English lacks.

    In a Vietnamese text plenty of other words have such letters. What is all in capitals is left as it is.
    """
    word = match[0]
    return "" if word[0].isupper() and not word.isupper() and not word.isascii() else word

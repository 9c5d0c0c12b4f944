"""Keyword rules in both languages (`keywords.toml`): the baseline to beat, and no part of the model."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from hoptac.values import Taxonomy


@dataclass(frozen=True)
class Word:
    """A keyword as it is looked for: quickly as a substring, then at the borders of words."""

    text: str
    pattern: re.Pattern[str]

    def is_in(self, sentence: str) -> bool:
        """Whether it stands in a sentence in lower case."""
        return self.text in sentence and self.pattern.search(sentence) is not None


@dataclass(frozen=True)
class Rules:
    """cues: language -> words of cooperation. words: language -> theme -> keywords. never: blotted out."""

    cues: Mapping[str, Sequence[Word]]
    words: Mapping[str, Mapping[str, Sequence[Word]]]
    never: Sequence[Word]

    def sentences(self, texts: Sequence[str], language: str) -> list[tuple[str, ...]]:
        """The themes of each sentence; none in a language without rules."""
        lowered = [text.lower() for text in texts]
        for word in self.never:
            lowered = [word.pattern.sub(" ", text) if word.text in text else text for text in lowered]
        # Few of the words stand in an article, so the rest is put aside before sentences are looked at.
        whole = "\n".join(lowered)
        cues = [word for word in self.cues.get(language, ()) if word.is_in(whole)]
        words = {
            theme: [word for word in words if word.is_in(whole)]
            for theme, words in self.words.get(language, {}).items()
        }
        return [
            tuple(theme for theme, found in words.items() if any(word.is_in(text) for word in found))
            if any(word.is_in(text) for word in cues)
            else ()
            for text in lowered
        ]


def load_rules(taxonomy: Taxonomy) -> Rules | None:
    """The rules for the themes of a taxonomy, in its order, or None where they know none of them."""
    data = tomllib.loads(files("hoptac_eval").joinpath("keywords.toml").read_text(encoding="utf-8"))
    known = [theme for theme in taxonomy.ids if theme in data]
    if not known:
        return None
    cues = {language: [_word(text) for text in texts] for language, texts in data["cues"].items()}
    return Rules(
        cues,
        {language: {theme: [_word(text) for text in data[theme][language]] for theme in known} for language in cues},
        [_word(text) for theme in known for text in data[theme].get("never", ())],
    )


def _word(text: str) -> Word:
    """A word of the file.

    >>> _word("vaccin*").is_in("vaccines"), _word("oil").is_in("soil"), _word("oil").is_in("oil, gas")
    (True, False, True)
    """
    stem = text.removesuffix("*")
    end = r"\w*" if text.endswith("*") else r"(?!\w)"
    return Word(stem, re.compile(rf"(?<!\w){re.escape(stem)}{end}"))


def label(sentences: Sequence[Sequence[str]], ids: Sequence[str]) -> tuple[str, ...]:
    """The themes of the article: those of its sentences, in the order of `ids`."""
    return tuple(theme for theme in ids if any(theme in themes for themes in sentences))

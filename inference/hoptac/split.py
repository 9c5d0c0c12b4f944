"""Article -> sentences with offsets.

The boundaries are found by nupunkt, a Punkt without a trained model here: its own was trained on American law
and takes "kg." and "cent." for abbreviations. Instead it gets the table below, and a few rules mend what news
has and Punkt does not know. Not here: words, and sentences that came with the input, which are given back as
they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from hoptac.values import Article, Sentence

if TYPE_CHECKING:
    from nupunkt import PunktSentenceTokenizer

# Words whose full stop ends no sentence although a capital or a number follows, in lower case.
_ABBREVIATIONS = """
    adm assoc asst brig capt cmdr col cpl dep det dr gen gov hon lieut lt maj messrs mr mrs ms mt
    prof rear rep reps ret rev sen sens sgt sr st supt jan feb mar apr jun jul aug sep sept oct nov
    dec approx avg est mln bln min sec vs
    bs bs.ckii gs gs.ts gs.tskh gs.vs ks nsnd nsưt pgs pgs.ts pgs.ts.bs ths th.s ts ts.bs tskh tp
    t.p tt tx
    гг им млн млрд тыс руб ул др пр проф акад ген
"""
# Words that open a sentence even after an abbreviation or an initial: "... in the U.S. The ship ...".
_STARTER_WORDS = """
    after although and another at before both but despite during for from he her his however if in
    it its many most on our she since some that the their there these they this those under we what
    when where while with you
    bà bên cả các cùng cũng đây đó được hiện khi không mỗi một ngoài nhiều nhưng những ông phía sau
    tại tất theo trên trong trước tuy từ vì việc với để đến điều
    в во на но он она они это этот после по при также однако для как мы
"""
_STARTERS = frozenset(_STARTER_WORDS.split())
# Words that are abbreviations in front of a number only: "No. 5", but "The answer was no."
_NUMBERED = re.compile(r"\b(?:nos?|arts?|pp?|par|fig|vol|ch|số|đ|ст|с|рис)\.$", re.IGNORECASE)

_INITIALS = re.compile(r"(?:^|[\s(\"“-])(?:[^\W\d_]\.\s?)+$")
_DOTTED = re.compile(r"[^\W\d_]\.[^\W\d_]\.$")  # "U.S.", "a.m.", "J.D."
# A straight quotation mark, and what around it tells whether it is the first or the last of a pair.
_QUOTE = re.compile(r'(?P<opens>(?<!\S)"(?=\w))|(?P<closes>(?<=\S)"|"(?=[.,;:!?)]))|"')
_ITEM = re.compile(r"\s*\d{1,3}\.$")
_NEXT_WORD = re.compile(r"\W*(\w+)")
_GOES_ON = re.compile(r"[\"'”’»)\]\s]*[,;:]")  # "”, he said"
_LONGEST_PIECE = 4000  # Punkt is handed this much of a line at a time: runs of "!!!" take it quadratic time
_WINDOW = 24  # characters looked at on either side of a boundary


def split(article: Article) -> tuple[Sentence, ...]:
    """The sentences of an article in order: `article.text[s.start:s.end] == s.text`, none empty.

    A line end always ends a sentence, and a headline on the first line is one sentence whatever stops it has.
    White space around a sentence is not part of it. Where the article brought its own sentences, they are the
    answer.

    >>> [s.text for s in split(Article("Dr. Lan came at 9 a.m. on Monday. She left."))]
    ['Dr. Lan came at 9 a.m. on Monday.', 'She left.']
    """
    if article.sentences is not None:
        return article.sentences
    has_capitals = article.text != article.text.lower()
    sentences: list[Sentence] = []
    offset = 0
    for line in article.text.split("\n"):
        whole = offset == 0 and line == article.title
        for start, end in [(0, len(line))] if whole else _spans(line, has_capitals):
            text = line[start:end].strip()
            if text:
                start = offset + line.index(text, start)
                sentences.append(Sentence(text, start, start + len(text)))
        offset += len(line) + 1
    return tuple(sentences)


def _spans(line: str, has_capitals: bool) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence of a line, white space at either end included."""
    start = seen = 0
    quoted = False
    for end in _candidates(line):
        for mark in _QUOTE.finditer(line, seen, end):
            quoted = bool(mark["opens"]) or not (quoted or mark["closes"])
        seen = end
        tail = line[end - 2 : end]
        if tail == " *" or (tail == ' "' and quoted):
            end -= 2  # a bullet, or a quotation mark between spaces: it opens the next sentence
        if _ends_sentence(line, end, has_capitals) and not _ITEM.fullmatch(line, start, end):
            yield start, end
            start = end
    yield start, len(line)


def _candidates(line: str) -> Iterator[int]:
    """Where Punkt sees sentences end, ascending, the line's end apart; a piece with none ends at a space."""
    line = line.replace("Sputnik V", "Sputnik_V")  # the vaccine: its letter is no initial of a name
    start = 0
    while len(line) - start > _LONGEST_PIECE:
        piece = line[start : start + _LONGEST_PIECE]
        ends = [end for _, end in _punkt().span_tokenize(piece)][:-1]  # the last may go on in the next piece
        ends = ends or [piece.rfind(" ") if " " in piece.strip() else len(piece)]
        yield from (start + end for end in ends)
        start += ends[-1]
    yield from (start + end for _, end in _punkt().span_tokenize(line[start:]) if start + end < len(line))


def _ends_sentence(line: str, end: int, has_capitals: bool) -> bool:
    """Whether a boundary that Punkt saw at `end` is one. has_capitals: the text is not all in lower case."""
    before = line[max(0, end - _WINDOW) : end].rstrip()
    after = line[end : end + _WINDOW].lstrip()
    word = _NEXT_WORD.match(after)
    if word is None or _GOES_ON.match(after):
        return False
    if has_capitals and word[1].islower():
        return False
    if _INITIALS.search(before) and (after[0] == "(" or len(word[1]) == 1):  # "N.T. L, 41", "T. (41)"
        return False
    if _DOTTED.search(before) and word[1].lower() not in _STARTERS:
        return False
    return not (_NUMBERED.search(before) and word[1].isdigit())


@cache
def _punkt() -> PunktSentenceTokenizer:
    # Here, not above: 40 ms that an article with sentences of its own does not need.
    from nupunkt import PunktParameters, PunktSentenceTokenizer
    from nupunkt.core.constants import ORTHO_LC

    parameters = PunktParameters(
        abbrev_types=set(_ABBREVIATIONS.split()),
        collocations={("co", "ltd")},
        ortho_context=dict.fromkeys(_STARTERS, ORTHO_LC),  # seen in lower case: a capital opens a sentence
    )
    return PunktSentenceTokenizer(parameters, include_common_abbrevs=False)

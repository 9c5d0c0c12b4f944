"""Chooses the sentences of an article that say most of it. Never writes a word of its own.

A summary is a subset of the sentences, in document order, without the headline. `SUMMARISERS` maps a name to a
function that says what each sentence is worth to a summary; choosing, length and order are the same for all. What
the sentences' worth is made of is in `selector`, what is dropped from a sentence pulled out in `alone`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from hoptac.alone import GAP, refers, stand_alone
from hoptac.errors import UsageError
from hoptac.model import Reading, sigmoid
from hoptac.selector import OF_SENTENCE, Draft, Selector, draft
from hoptac.values import Article, Sentence, Summary
from hoptac.windows import Floats

AUTO = "auto"
DEFAULT_LENGTH = AUTO
# What "auto" comes to: of a method that cannot say when to stop; of a theme; at most, of the trained selector.
FEW, BY_THEME, MOST = 2, 3, 5
# Sentences are compared in pairs; of an article of more than these, the most salient are looked at.
MANY = 1500
# How much a sentence loses for saying what a chosen one says, where no selector was trained.
NOVELTY = 0.3

_SALIENCE, _CENTRAL, _REFERS = (OF_SENTENCE.index(name) for name in ("salience", "central", "refers"))


@dataclass(frozen=True, slots=True)
class Length:
    """How long a summary may be: a number of sentences, a share of the article's words, or a number of words; none of
    them where the method is to say."""

    sentences: int | None = None
    share: float | None = None
    words: int | None = None


def parse_length(text: str) -> Length:
    """`2` sentences, `20%` of the words, `60w` words, or `auto`: as long as the method sees a gain. Raises UsageError
    for anything else.

    >>> parse_length("20%")
    Length(sentences=None, share=0.2, words=None)
    """
    if text.strip() == AUTO:
        return Length()
    match = re.fullmatch(r"\s*(\d{1,6})\s*(%|w)?\s*", text)
    number = int(match[1]) if match else 0
    if not match or number < 1 or (match[2] == "%" and number > 100):
        wanted = "expected sentences (2), a share (20%), words (60w) or auto"
        raise UsageError(f"length {text!r} is no length; {wanted}")
    if match[2] == "%":
        return Length(share=number / 100)
    return Length(words=number) if match[2] == "w" else Length(sentences=number)


Worth = Callable[[Draft, Selector | None, Sequence[int]], Floats]
"""(article, the model's selector, indices chosen so far) -> (n,): what each sentence would add."""


def by_gain(article: Draft, selector: Selector | None, chosen: Sequence[int]) -> Floats:
    """What the trained selector says a summary gains; less for a sentence that leans on one left out, and for one whose
    themes have their places already. Without a selector: salience, a quarter more for evidence, less what is said."""
    if selector is None:
        salience: Floats = sigmoid(article.fixed[:, _SALIENCE]) + 0.25 * article.about.max(axis=1)
        return salience - _said(article, chosen)
    claim = article.theme_claim(chosen)
    claim[list(chosen)] = 0
    leans = article.fixed[:, _REFERS].copy()
    leans[[index + 1 for index in chosen if index + 1 < len(leans)]] = 0
    # A claim moves sentences past one another; it must not make the next one look worth having, so it never adds.
    worth: Floats = (
        selector.gains(article.figures(chosen)) + selector.cover * (claim - claim.max()) - selector.refers * leans
    )
    return worth


def by_position(article: Draft, selector: Selector | None, chosen: Sequence[int]) -> Floats:
    """The first sentences first: the LEAD baseline."""
    first: Floats = -article.fixed[:, OF_SENTENCE.index("place_share")]
    return first


def by_centrality(article: Draft, selector: Selector | None, chosen: Sequence[int]) -> Floats:
    """Likeness to the article as a whole: cosine with the average sentence vector (Radev et al. 2004), less likeness
    to what is chosen."""
    central: Floats = article.fixed[:, _CENTRAL] - _said(article, chosen)
    return central


def _said(article: Draft, chosen: Sequence[int]) -> Floats:
    """Likeness to what is chosen, weighed (maximal marginal relevance, Carbonell and Goldstein 1998)."""
    likeness: Floats = (article.unit @ article.unit[list(chosen)].T).max(axis=1, initial=0)
    return NOVELTY * likeness


SUMMARISERS: dict[str, Worth] = {
    "extractive": by_gain,
    "lead": by_position,
    "centroid": by_centrality,
}


def summarise(
    article: Article,
    sentences: Sequence[Sentence],
    reading: Reading,
    *,
    evidence: Sequence[Collection[int]],
    length: str = DEFAULT_LENGTH,
    method: str = "extractive",
    only: Collection[int] | None = None,
    selector: Selector | None = None,
) -> Summary:
    """A summary of `sentences`; `evidence`: for each theme found, the indices of its sentences.

    only: choose among these indices alone (a theme's evidence); where it is empty, so is the summary. Without `only`
    the summary of an article with two sentences or more is never empty: where not even its shortest sentence is as
    short as was asked, it is that one, and nothing else makes a summary longer than asked. `text` has GAP where words
    of a sentence were dropped, or where it leans on a sentence that is left out; `sentences` are the whole ones.
    Raises UsageError for a length that is none.
    """
    limit = parse_length(length)
    if len(sentences) > MANY:
        ranked = sorted(range(1, len(sentences)), key=lambda index: (-reading.salience[index], index))
        kept = [0, *sorted(ranked[: MANY - 1])]
        place = {index: number for number, index in enumerate(kept)}
        short = summarise(
            article,
            [sentences[index] for index in kept],
            Reading(reading.vectors[kept], reading.themes[kept], reading.salience[kept]),
            evidence=[[place[index] for index in found if index in place] for found in evidence],
            length=length,
            method=method,
            only=None if only is None else [place[index] for index in only if index in place],
            selector=selector,
        )
        return replace(short, sentences=tuple(kept[index] for index in short.sentences))
    texts = [sentence.text for sentence in sentences]
    headline = article.title is not None and len(texts) > 1 and texts[0] == article.title
    body = range(1 if headline else 0, len(texts))
    allowed = [index for index in body if only is None or index in only]
    seen = draft(texts, reading, evidence, headline=headline, language=article.language)
    # A sentence that leans on one left out gets a mark, which counts as a word.
    words = [int(number) for number in seen.n_words + seen.fixed[:, _REFERS]]
    budget = limit.words
    if limit.share is not None:
        budget = int(limit.share * int(seen.n_words[body.start :].sum()))
    most, stop = limit.sentences or len(allowed), None
    if limit == Length():
        trained = method == "extractive" and selector is not None and only is None
        most = MOST if trained else FEW if only is None else BY_THEME
        stop = selector.threshold if trained and selector is not None else None

    def worth(chosen: Sequence[int]) -> Floats:
        return SUMMARISERS[method](seen, selector, chosen)

    chosen = choose(worth, allowed, words, most=most, budget=budget, stop=stop)
    said = [_pulled_out(texts[index], article.language, index - 1 in chosen) for index in chosen]
    return Summary(" ".join(said), tuple(chosen), method)


def choose(
    worth: Callable[[Sequence[int]], Floats],
    allowed: Sequence[int],
    words: Sequence[int],
    *,
    most: int,
    budget: int | None = None,
    stop: float | None = None,
) -> list[int]:
    """Greedy choice, ascending: again and again the sentence of most worth that still fits; at least one of `allowed`.

    most: sentences. budget: words; where none fits, the shortest is taken. stop: a further sentence of less worth is
    not taken. Of equals the first one is.
    """
    chosen: list[int] = []
    left = list(allowed)
    while left and len(chosen) < most:
        if budget is not None:
            room = budget - sum(words[index] for index in chosen)
            left = [index for index in left if words[index] <= room]
            if not left:
                break
        scores = worth(chosen)
        best = max(left, key=lambda index: scores[index])
        if stop is not None and chosen and scores[best] < stop:
            break
        chosen.append(best)
        left.remove(best)
    if not chosen and allowed:
        return [min(allowed, key=lambda index: words[index])]
    return sorted(chosen)


def _pulled_out(text: str, language: str, follows: bool) -> str:
    kept = stand_alone(text, language, follows=follows)
    leans = not follows and not kept.startswith(GAP) and refers(text, language)
    return f"{GAP} {kept}" if leans else kept

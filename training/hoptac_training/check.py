"""Is the corpus what it says it is? Every fault as "file:line: what; what to do", and the plan beside its counts.

The rules for one article, then those between articles: duplicates, repeated patterns, splits, pairs. Not here: what a
row must have (`corpus`), the quotas (`quotas`), how well annotators agree (`agreement`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hoptac.split import split
from hoptac.taxonomy import load_taxonomy
from hoptac.values import Article
from hoptac_training.agreement import Agreement, agreement
from hoptac_training.corpus import Corpus, Entry, Reference, read_corpus
from hoptac_training.duplicates import near_duplicates, repeated_skeletons
from hoptac_training.quotas import Count, count
from hoptac_training.reference import digest

N_SENTENCES = (6, 40)
N_KEY = (1, 3)
N_SUMMARY_SENTENCES = (2, 3)
# The codebook asks for 15 to 25 % of the words, and less of long articles; two points either way are no fault.
SUMMARY_SHARE = (0.13, 0.27)
LONG = 700
LONG_SUMMARY_SHARE = (0.05, 0.27)
NEAR_SENTENCES = 0.65  # share of two-word runs in common
NEAR_ARTICLES = 0.3  # share of four-word runs in common
SAME_SKELETON = 3
STEM = {"en": 3, "ru": 3}  # letters of a name that must agree; Vietnamese words have no endings
_ODD = re.compile("[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202f\u2060\ufeff\ufffd]|  |^ | $")
_VIETNAMESE = re.compile("[ăâđêôơư\u0300-\u0303\u0309\u0323]")
_CYRILLIC = re.compile("[а-яё]")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Findings:
    """problems: "file:line: what; what to do". counts: the plan, quota by quota. agreements: see `agreement`."""

    corpus: Corpus
    problems: tuple[str, ...]
    counts: tuple[Count, ...]
    agreements: tuple[Agreement, ...]


def check(seeds: str | Path) -> Findings:
    """Check all that lies under `seeds`. A quota that is not met is a problem too."""
    taxonomy = load_taxonomy(Path(seeds, "themes.toml"))
    corpus = read_corpus(seeds, taxonomy)
    problems = list(corpus.problems)
    for entry in corpus.entries:
        for rule in (_spelling, _lengths, _summary):
            problems += (f"{entry.where}: {entry.id}: {problem}" for problem in rule(entry))
    for between in (_repeated, _straddling, _twins):
        problems += between(corpus)
    agreements = agreement(corpus, taxonomy.ids)
    counts = count(corpus, agreements)
    problems += (
        f"{seeds}: {item.name}: {item.found}, planned {item.plan}; {item.hint}" for item in counts if item.met is False
    )
    return Findings(corpus, tuple(problems), counts, agreements)


def _spelling(entry: Entry) -> Iterator[str]:
    names = [*(f"sentence {i}" for i in range(len(entry.sentences))), "the summary"]
    for name, text in zip(names, (*entry.sentences, entry.summary), strict=True):
        if text != unicodedata.normalize("NFC", text):
            yield f"{name} is not in Unicode NFC; normalise it"
        if _ODD.search(text):
            yield f"{name} has a control character or stray white space; take it out"
        # Decomposed, a tone is a character of its own: one small set finds every letter that only Vietnamese has.
        letters = unicodedata.normalize("NFD", text.lower())
        wanted = {"vi": _VIETNAMESE, "ru": _CYRILLIC}.get(entry.lang)
        if wanted is not None and len(text.split()) >= 8 and not wanted.search(letters):
            yield f"{name} has none of the letters of its language ({entry.lang}); write it with all diacritics"


def _lengths(entry: Entry) -> Iterator[str]:
    if not N_SENTENCES[0] <= len(entry.sentences) <= N_SENTENCES[1]:
        yield f"{len(entry.sentences)} sentences; expected {N_SENTENCES[0]} to {N_SENTENCES[1]} with the headline"
    if not N_KEY[0] <= len(entry.key) <= N_KEY[1]:
        yield f"{len(entry.key)} key sentences; expected {N_KEY[0]} to {N_KEY[1]}"
    if 0 in entry.key:
        yield "the headline is a key sentence; mark a sentence of the text"


def _summary(entry: Entry) -> Iterator[str]:
    n_sentences = len(split(Article(entry.summary, language=entry.lang)))
    if not N_SUMMARY_SENTENCES[0] <= n_sentences <= N_SUMMARY_SENTENCES[1]:
        yield f"the summary has {n_sentences} sentences; expected two or three"
    share = len(entry.summary.split()) / entry.n_words
    low, high = SUMMARY_SHARE if entry.n_words <= LONG else LONG_SUMMARY_SHARE
    if not low <= share <= high:
        yield f"the summary has {share:.0%} of the article's {entry.n_words} words; expected {low:.0%} to {high:.0%}"
    for number in _foreign_numbers(entry):
        yield f"number {number} of the summary is not in the article; put it right"
    for name in _foreign_names(entry):
        yield f"name {name!r} of the summary is not in the article; spell it as there, or leave it out"


def _foreign_numbers(entry: Entry) -> list[str]:
    """Numbers that the article lacks; of a date or a time in it, the parts count as well ("tháng 6" for "26/6")."""
    known = {number for sentence in entry.sentences for number in _NUMBER.findall(sentence)}
    known |= {part for number in known for part in re.split("[/:-]", number)}
    return [number for number in _NUMBER.findall(entry.summary) if number not in known]


def _foreign_names(entry: Entry) -> list[str]:
    """Capitalised words that the article lacks. The first word of a sentence may be an ordinary one and is let pass.

    Where words have endings, a name may have another one than in the article ("Vietnamese" for "Vietnam", "Oct" for
    "October"), so there it is enough that the first letters agree.
    """
    known = {word for sentence in entry.sentences for word in _WORD.findall(sentence.casefold())}
    n_letters = STEM.get(entry.lang)
    stems = {word[:n_letters] for word in known}
    return [
        word
        for sentence in split(Article(entry.summary, language=entry.lang))
        for word in _WORD.findall(sentence.text)[1:]
        if word[0].isupper() and word.casefold()[:n_letters] not in stems
    ]


def _repeated(corpus: Corpus) -> Iterator[str]:
    entries = {entry.id: entry for entry in corpus.entries}
    sentences = {(e.id, i): text for e in corpus.entries for i, text in enumerate(e.sentences)}
    for (one, i), (other, j), share in near_duplicates(sentences, run=2, least=NEAR_SENTENCES, n_words=6):
        where = f"{entries[other].where}: {other}: sentence {j}"
        yield f"{where} is {share:.0%} sentence {i} of {one} ({entries[one].where}); rewrite one"
    articles = {entry.id: " ".join(entry.sentences) for entry in corpus.entries}
    for one, other, share in near_duplicates(articles, run=4, least=NEAR_ARTICLES, n_words=20):
        splits = f"{entries[one].split} and {entries[other].split}"
        where = f"{entries[other].where}: {other}"
        yield f"{where} is {share:.0%} {one} ({entries[one].where}; splits {splits}); rewrite one"
    for name, keys in repeated_skeletons(sentences, most=SAME_SKELETON, n_words=5):
        first, *_, last = (f"{one} sentence {i}" for one, i in keys)
        where = entries[keys[-1][0]].where
        yield f"{where}: {len(keys)} sentences are of one pattern, {name!r} ({first} … {last}); vary them"


def _straddling(corpus: Corpus) -> Iterator[str]:
    """Batches that are in two splits, and pairs that are not two tellings of one story with the same themes."""
    batches: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
    pairs: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in corpus.entries:
        batches[entry.batch].setdefault(entry.split, entry)
        if entry.pair is not None:
            pairs[entry.pair].append(entry)
    for batch, by_split in batches.items():
        if len(by_split) > 1:
            where = list(by_split.values())[-1].where
            yield f"{where}: batch {batch} is in {' and '.join(by_split)}; expected all of a batch in one split"
    for pair, members in pairs.items():
        where = f"{members[-1].where}: pair {pair}"
        if sorted(entry.lang for entry in members) != ["en", "vi"]:
            yield f"{where} has {', '.join(entry.id for entry in members)}; expected one English and one Vietnamese"
        if len({entry.split for entry in members}) > 1:
            yield f"{where} straddles splits; expected both versions in one"
        if len({entry.themes for entry in members}) > 1:
            sets = " and ".join(str(list(entry.themes)) for entry in members)
            yield f"{where} has the themes {sets}; expected the same ones in both versions"


def _twins(corpus: Corpus) -> Iterator[str]:
    """Real articles that stand twice across splits, and real sentences that stand in the corpus."""
    home: dict[str, Entry] = {
        digest(sentence): entry
        for entry in corpus.entries
        for sentence in entry.sentences
        if len(sentence.split()) >= 8
    }
    seen: defaultdict[str, list[Reference]] = defaultdict(list)
    for reference in corpus.references:
        common: defaultdict[str, int] = defaultdict(int)
        own = set(reference.digests)
        for value in own:
            if value in home:
                entry = home[value]
                yield f"{entry.where}: {entry.id}: a sentence stands in the real article {reference.id}; rewrite it"
            for other in seen[value]:
                common[other.where] += other.split != reference.split
            seen[value].append(reference)
        for where, n in common.items():
            if n >= 3 and n * 3 >= len(own):
                yield f"{reference.where}: {reference.id}: {n} sentences stand in {where} too; put both in one split"

"""The plan of the corpus, quota by quota, and what there is. The table of the card and of `check`.

What the plan says in words ("about half") has bounds here, and the table shows them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hoptac_training.agreement import GOAL, LEAST, Agreement
from hoptac_training.compact import CODES
from hoptac_training.corpus import DRY, Corpus, Entry, Reference

THEMES = tuple(CODES.values())
N_RULES, N_CASES = 19, 15
TRAPS = (
    *(f"R{i}" for i in range(1, N_RULES + 1)),
    *(f"H{i}" for i in range(1, N_CASES + 1)),
    *(f"not-{code}" for code in CODES),
)
LONG_ARTICLE = 1000
BROAD = 3
CONTINENTS = {
    "Africa": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW "
    "MZ NA NE NG RW SC SD SL SN SO SS ST SZ TD TG TN TZ UG ZA ZM ZW",
    "Asia": "AE AF AM AZ BD BH BN BT CN CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM "
    "PH PK PS QA SA SG SY TH TJ TL TM TR TW UZ VN YE",
    "Europe": "AD AL AT BA BE BG BY CH CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL "
    "PT RO RS RU SE SI SK SM UA VA XK",
    "North America": "AG BB BS BZ CA CR CU DM DO GD GL GT HN HT JM KN LC MX NI PA SV TT US VC",
    "South America": "AR BO BR CL CO EC GY PE PY SR UY VE",
    "Oceania": "AU FJ FM KI MH NR NZ PG PW SB TO TV VU WS",
}
SPELLINGS = {  # what is looked for: (language, pattern)
    "Việt Nam": ("en", "Việt Nam"),
    "Viet Nam": ("en", "Viet Nam"),
    "Vietnam": ("en", "Vietnam"),
    "vắc-xin": ("vi", "(?i:vắc-xin)"),
    "vắc xin": ("vi", "(?i:vắc xin)"),
    "vaccine": ("vi", "(?i:vaccine)"),
    "hoà, toà, uỷ …": ("vi", r"(?i:\w(oà|oá|oả|uỷ)\b)"),
    "hòa, tòa, ủy …": ("vi", r"(?i:(òa|óa|ỏa|ủy)\b)"),
    "British": ("en", r"(?i:\b(programmes?|defence|centres?|labour|honour|\w{4,}is(e|ed|ing|ation))\b)"),
    "American": ("en", r"(?i:\b(programs?|defense|centers?|labor|honor|\w{4,}iz(e|ed|ing|ation))\b)"),
}
FEW = 10


@dataclass(frozen=True, slots=True)
class Count:
    """A line of the table. met: None where nothing is planned and the line only tells. hint: what to do if not met."""

    name: str
    plan: str
    found: str
    met: bool | None
    hint: str = ""


def count(corpus: Corpus, agreements: Sequence[Agreement]) -> tuple[Count, ...]:
    """The whole table; Russian counts in a line of its own and nowhere else."""
    own = [entry for entry in corpus.entries if entry.lang != "ru"]
    if not own:
        return ()
    return (
        *_sizes(own, n_russian=len(corpus.entries) - len(own)),
        *_mixture(own),
        *_labels(own),
        *_style(own),
        *_references(corpus.references),
        *_twice(corpus, agreements),
    )


def continents(entries: Sequence[Entry]) -> Counter[str]:
    """In how many articles each continent has a part; a code that is on none counts as "unknown"."""
    of = {code: name for name, codes in CONTINENTS.items() for code in codes.split()}
    return Counter(name for entry in entries for name in {of.get(code, "unknown") for code in entry.parties})


def side_themes(entries: Sequence[Entry]) -> Counter[str]:
    """In how many articles each theme is there without being the primary one."""
    return Counter(theme for entry in entries for theme in entry.themes if theme != entry.primary)


def evidence_is_late(entry: Entry) -> bool:
    """Whether the first themed sentence is in the last third."""
    first = next((i for i, themes in enumerate(entry.labels) if themes), 0)
    return first * 3 >= len(entry.labels) * 2


def _least(name: str, least: int, found: int) -> Count:
    return Count(name, f"at least {least:,}", f"{found:,}", found >= least, f"{least - found:,} more are needed")


def _share(name: str, items: Sequence[bool], low: float, high: float = 1.0, plan: str = "") -> Count:
    """How many of the items are so; plan: what the plan says in words, where the bounds are ours."""
    share = sum(items) / len(items) if items else 0.0
    bounds = f"{low:.0%} to {high:.0%}"
    if low == 0 or high == 1:
        bounds = f"at most {high:.0%}" if low == 0 else f"at least {low:.0%}"
    hint = f"about {max(low - share, share - high) * len(items):.0f} of {len(items):,} must change"
    found = f"{share:.1%} ({sum(items):,} of {len(items):,})"
    return Count(name, f"{plan} ({bounds})" if plan else bounds, found, low <= share <= high, hint)


def _sizes(own: Sequence[Entry], n_russian: int) -> Iterator[Count]:
    languages = Counter(entry.lang for entry in own)
    splits = Counter(entry.split for entry in own)
    yield _least("articles", 1000, len(own))
    yield _least("articles in English", 500, languages["en"])
    yield _least("articles in Vietnamese", 500, languages["vi"])
    yield _least("articles in Russian, for testing", 50, n_russian)
    yield _least("articles in the split test", 160, splits["test"])
    yield _least("articles in the split dev", 120, splits["dev"])
    pairs = Counter(entry.pair for entry in own if entry.pair is not None)
    yield _least("stories in both languages", 120, sum(n == 2 for n in pairs.values()))
    yield _least("articles of more than 1,000 words", 50, sum(entry.n_words > LONG_ARTICLE for entry in own))
    lengths = [len(entry.sentences) for entry in own]
    inside = all(6 <= n <= 40 for n in lengths)
    yield Count("sentences an article", "6 to 40", f"{min(lengths)} to {max(lengths)}", inside)


def _mixture(own: Sequence[Entry]) -> Iterator[Count]:
    english, vietnamese = ([entry for entry in own if entry.lang == lang] for lang in ("en", "vi"))
    yield _share("dry genres (readout, brief)", [entry.genre in DRY for entry in own], 0.6, 0.7)
    yield _share("English articles with Viet Nam", ["VN" in entry.parties for entry in english], 0, 0.4)
    yield _share("Vietnamese articles without Viet Nam", ["VN" not in entry.parties for entry in vietnamese], 0.3)
    found = continents(own)
    named = ", ".join(f"{name} {found[name]}" for name in (*CONTINENTS, "unknown") if found[name])
    yield Count("continents", "all", named, set(found) == set(CONTINENTS), "mend unknown codes, add what is missing")
    yield _share("articles with no theme", [not entry.themes for entry in own], 0.18, 0.22, "20 %")
    yield _share("articles with three themes or more", [len(entry.themes) >= BROAD for entry in own], 0.3)


def _labels(own: Sequence[Entry]) -> Iterator[Count]:
    labels = [themes for entry in own for themes in entry.labels]
    yield _share("sentences without a theme", [not themes for themes in labels], 0.45, 0.65, "about half")
    themed = [entry for entry in own if entry.themes]
    inner = [not themes for entry in themed for themes in entry.labels]
    told = f"{sum(inner) / max(1, len(inner)):.1%} ({sum(inner):,} of {len(inner):,})"
    yield Count("… in articles that have one", "–", told, None)
    yield _least("sentences with two themes or more", 500, sum(len(themes) > 1 for themes in labels))
    main, side = Counter(entry.primary for entry in own), side_themes(own)
    for theme in THEMES:
        n = sum(theme in themes for themes in labels)
        yield Count(f"{theme}: sentences, articles as the main theme", "–", f"{n:,}, {main[theme]}", None)
        yield _least(f"{theme}: articles as a side theme", 100, side[theme])
    yield _share("headlines of themed articles without a theme", [not e.labels[0] for e in themed], 1 / 3)
    yield Count("first themed sentence in the last third", "–", str(sum(map(evidence_is_late, themed))), None)


def _style(own: Sequence[Entry]) -> Iterator[Count]:
    traps = Counter(trap for entry in own for trap in entry.traps)
    rare = {trap: traps[trap] for trap in TRAPS if traps[trap] < FEW}
    told = f"{min((traps[trap], trap) for trap in TRAPS)[0]} to {max(traps.values(), default=0)}"
    missing = ", ".join(f"{trap} {n}" for trap, n in rare.items())
    yield Count(f"articles for each of {len(TRAPS)} kinds of near-miss", f"at least {FEW}", told, not rare, missing)
    yield _least("headlines in capitals", FEW, sum(entry.sentences[0].isupper() for entry in own))
    for name, (lang, pattern) in SPELLINGS.items():
        found = sum(entry.lang == lang and bool(re.search(pattern, " ".join(entry.sentences))) for entry in own)
        yield _least(f"articles ({lang}) with the spelling: {name}", FEW, found)


def _references(references: Sequence[Reference]) -> Iterator[Count]:
    yield _least("real articles by reference", 1200, len(references))
    for lang, name in (("en", "English"), ("vi", "Vietnamese")):
        yield _least(f"… in {name}", 600, sum(item.lang == lang for item in references))
    labels = [themes for item in references for themes in item.labels]
    blank = sum(not themes for themes in labels)
    told = f"{blank / max(1, len(labels)):.1%} ({blank:,} of {len(labels):,})"
    yield Count("… their sentences without a theme", "–", told, None)
    articles = Counter(theme for item in references for theme in item.themes)
    articles["none"] = sum(not item.themes for item in references)
    told = ", ".join(f"{theme} {articles[theme]}" for theme in (*THEMES, "none"))
    yield Count("… articles with each theme", "–", told, None)
    yield _share("… in the split dev", [item.split == "dev" for item in references], 0.1, 0.14, "about 12 %")


def _twice(corpus: Corpus, agreements: Sequence[Agreement]) -> Iterator[Count]:
    groups: dict[str, Sequence[Entry | Reference]] = {
        "of the split test": [entry for entry in corpus.entries if entry.split == "test" and entry.lang != "ru"],
        "of the split train": [entry for entry in corpus.entries if entry.split == "train"],
        "by reference": corpus.references,
    }
    for name, items in groups.items():
        low = 1.0 if name.endswith("test") else 0.1
        yield _share(f"labelled twice, {name}", [item.labels2 is not None for item in items], low, 1.0)
    for row in agreements:
        if row.group == "all":
            lowest = min((value for value in row.kappas if not math.isnan(value)), default=math.nan)
            hint = "mend the rule or the labels, and list the case in the card"
            name = f"kappa of the theme that is hardest to agree on: {row.part}"
            # Real articles are chosen because a model doubts them, so that annotators do too.
            least = LEAST if row.part == "by reference" else GOAL
            plan = f"at least {least:.2f}" + f", goal {GOAL:.2f}" * (least < GOAL)
            yield Count(name, plan, f"{lowest:.3f}", lowest >= least, hint)

"""What a reader must know before believing the figures: named warnings, in plain sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from hoptac_eval.outcomes import Gold, Outcomes
from hoptac_eval.report import Leaks
from hoptac_eval.scoring import MAX_VALUES

FEW_ARTICLES = 50
FEW_OF_A_THEME = 10


def cautions(
    gold: Gold,
    outcomes: Outcomes,
    failures: Mapping[str, str],
    languages: Sequence[str],
    leaks: Leaks | None,
) -> tuple[str, ...]:
    """Warnings about the data, the answers, and what cannot be computed from them."""
    return (
        *_failed(len(gold), failures),
        *_few(gold),
        *_unknown_languages(gold, languages),
        *_odd_fields(gold),
        *_one_sided(gold),
        *_nothing_said(gold, outcomes),
        *_no_width(gold, outcomes),
        *_leaked(len(gold), leaks),
    )


def _failed(n: int, failures: Mapping[str, str]) -> Iterator[str]:
    if failures:
        name, reason = next(iter(failures.items()))
        example = f"the first is {name}: {reason}"
        yield f"{len(failures)} of {n} articles got no answer and count in no figure ({example})"


def _few(gold: Gold) -> Iterator[str]:
    if len(gold) < FEW_ARTICLES:
        yield (
            f"{len(gold)} articles are few: expect wide intervals, and do not choose between systems by "
            f"them; {FEW_ARTICLES} or more tell something, some hundreds tell most"
        )
    present = gold.labels[gold.themed].sum(0)
    rare = [f"{theme} ({n})" for theme, n in zip(gold.themes, present.tolist(), strict=True) if 0 < n < FEW_OF_A_THEME]
    if rare and len(gold) >= FEW_ARTICLES:
        yield f"few articles have these themes, so their own figures say little: {', '.join(rare)}"


def _unknown_languages(gold: Gold, known: Sequence[str]) -> Iterator[str]:
    counts = Counter(value for values in gold.fields.get("lang", ()) for value in values)
    for language, n in sorted(counts.items()):
        if language not in known:
            names = ", ".join(known) or "none"
            told = "of an unknown language" if language == "other" else f"in {language!r}"
            yield f"{n} articles are {told}, which the model was not made for (it knows {names})"


def _odd_fields(gold: Gold) -> Iterator[str]:
    for name, column in gold.fields.items():
        values = {value for values in column for value in values}
        if values == {"(none)"}:
            yield f"no article has a field {name!r} to slice by"
        elif len(values) > MAX_VALUES:
            yield f"{name} has {len(values)} values, of which the {MAX_VALUES} biggest are shown"


def _one_sided(gold: Gold) -> Iterator[str]:
    labels = gold.labels[gold.themed]
    if not len(labels):
        yield "no article has labels or themes: only summaries are measured"
        return
    if len(np.unique(labels, axis=0)) == 1:
        names = ", ".join(theme for theme, has in zip(gold.themes, labels[0], strict=True) if has) or "no theme"
        yield f"every article has the same themes ({names}): the data cannot tell a good model from a guess"
        return
    shares = dict(zip(gold.themes, labels.mean(0).tolist(), strict=True))
    absent = [theme for theme, share in shares.items() if share == 0]
    always = [theme for theme, share in shares.items() if share == 1]
    if absent:
        yield (
            f"no article has {', '.join(absent)}: recall and average precision cannot be computed and are "
            f"left out of macro figures; F1 is left out too, or 0 where the theme was found by mistake"
        )
    if always:
        yield f"every article has {', '.join(always)}: average precision is 1 whatever the model says"


def _nothing_said(gold: Gold, outcomes: Outcomes) -> Iterator[str]:
    if outcomes.labels is None:
        return
    asked = gold.themed & outcomes.answered
    silent = outcomes.labels[asked].sum(0) == 0
    present = gold.labels[asked].any(0)
    names = [theme for theme, is_silent in zip(gold.themes, silent & present, strict=True) if is_silent]
    if names:
        yield f"the model never says {', '.join(names)}: its precision is left out of macro precision"


def _no_width(gold: Gold, outcomes: Outcomes) -> Iterator[str]:
    asked = gold.themed & outcomes.answered
    n = int(asked.sum())
    if outcomes.labels is not None and n and (outcomes.labels[asked] == gold.labels[asked]).all():
        yield (
            f"every answer is right, so the resampled intervals have no width; with {n} articles the share "
            f"of wrong ones may still be up to {min(1.0, 3 / n):.3f} (rule of three)"
        )


def _leaked(n: int, leaks: Leaks | None) -> Iterator[str]:
    if leaks is not None and leaks.articles:
        names = ", ".join((*leaks.exact, *leaks.near)[:5])
        yield (
            f"{len(leaks.articles)} of {n} articles are in the data the model was trained on "
            f"({len(leaks.exact)} word for word, {len(leaks.near)} nearly; "
            f"{names}{' …' if len(leaks.articles) > 5 else ''}): "
            f"see the figures of the rest, “unseen”"
        )

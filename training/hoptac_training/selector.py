"""Trains the selector of summaries for a model that is there, and writes it into the model's config.json.

`python -m hoptac_training selector MODEL_DIR --texts ARTICLES.jsonl` reads every article once with the model and fits
boosted trees (scikit-learn) to what a summary gains by one more sentence: in ROUGE where there is an editor's abstract
(mean of the F-measures of ROUGE-1, 2 and L), in F1 where there are key sentences. Summaries of none, one and two
sentences to add to are drawn by the same gain, the best or one of the next. The figures are `hoptac.selector`'s. Not
here: training of the encoder, and of the salience that is one of the figures (`train`).
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from hoptac.decide import decide
from hoptac.errors import DataError
from hoptac.model import Model, load_model
from hoptac.selector import OF_SENTENCE, Draft, Selector, draft
from hoptac.split import split
from hoptac.summarise import MOST, by_gain, choose
from hoptac.values import LabelledArticle
from hoptac.windows import Floats
from hoptac_eval.loading import load_examples
from hoptac_eval.rouge import Reference, rouge, syllables

KEY_WEIGHT = 0.5  # of key-sentence F1 beside ROUGE
KEY_ROWS = 4.0  # how often an article with key sentences counts: there are fewer of them
NO_HEADLINE = 0.1  # share of the articles read without their headline
REFERS, COVER = 0.1, 0.05
STOPS = (-0.04, -0.03, -0.02, -0.01, -0.005, 0.0, 0.005, 0.01, 0.02)
SEED = 0
N_TREES, DEPTH, RATE, LEAF = 160, 3, 0.08, 40
N_STATES, N_LIKED = 3, 4
_LIKED = [OF_SENTENCE.index(name) for name in ("salience_rank", "headline_rank", "common_rank")]


@dataclass(frozen=True)
class Case:
    """An article to learn from. body: indices of what may be chosen. key: the key sentences, or None: then reference
    and tokens say what a summary is worth."""

    draft: Draft
    body: tuple[int, ...]
    tokens: tuple[tuple[str, ...], ...]
    reference: Reference
    key: frozenset[int] | None

    def worth(self, chosen: Sequence[int]) -> float:
        """How good a summary of these sentences is, 0 to 1."""
        if not chosen:
            return 0.0
        if self.key is not None:
            return KEY_WEIGHT * 2 * len(self.key & set(chosen)) / (len(chosen) + len(self.key))
        return sum(rouge(self.reference, [token for i in sorted(chosen) for token in self.tokens[i]])) / 3


def to_case(model: Model, gold: LabelledArticle, *, headline: bool = True) -> Case | None:
    """An article as read by the model; None where it has too few sentences or says nothing of a good summary.

    headline: False hides it, so that the selector learns to do without.
    """
    article = gold.article
    sentences = split(article)
    is_headline = article.title is not None and len(sentences) > 1 and sentences[0].text == article.title
    if is_headline and not headline:
        sentences, is_headline = sentences[1:], False
    shift = len(split(article)) - len(sentences)
    texts = [sentence.text for sentence in sentences]
    body = tuple(range(1 if is_headline else 0, len(texts)))
    if len(body) < 2 or (gold.key is None and gold.summary is None):
        return None
    reading = model.read(texts)
    verdict = decide(reading.themes, model.taxonomy, model.calibration, model.thresholds, article.language)
    evidence = [score.sentences for score in verdict.themes]
    return Case(
        draft(texts, reading, evidence, headline=is_headline, language=article.language),
        body,
        tuple(tuple(syllables(text)) for text in texts),
        Reference(syllables(gold.summary or "")),
        None if gold.key is None else frozenset(index - shift for index in gold.key),
    )


def rows_of(case: Case, rng: random.Random, *, n_states: int = N_STATES) -> tuple[Floats, Floats]:
    """(rows, len(FIGURES)) and (rows,) gains, for summaries of 0, 1, ... n_states - 1 sentences.

    What is chosen already is drawn from what a plain rule likes best, not from what is best: a selector that has only
    seen perfect beginnings stops too early, since it thinks that all is said.
    """
    figures, gains = [], []
    chosen: list[int] = []
    liking = case.draft.fixed[:, _LIKED].sum(axis=1)
    for _ in range(n_states):
        left = [index for index in case.body if index not in chosen]
        if not left:
            break
        before = case.worth(chosen)
        figures.append(case.draft.figures(chosen)[left])
        gains.append(np.array([case.worth([*chosen, index]) - before for index in left], dtype=np.float32))
        chosen.append(rng.choice(sorted(left, key=lambda index: liking[index])[:N_LIKED]))
    return np.concatenate(figures), np.concatenate(gains)


def boost(figures: Floats, gains: Floats, weights: Floats) -> Any:
    """Fit scikit-learn's boosted trees: figures (rows, len(FIGURES)), gains (rows,), weights (rows,)."""
    from sklearn.ensemble import GradientBoostingRegressor

    return GradientBoostingRegressor(
        n_estimators=N_TREES,
        max_depth=DEPTH,
        learning_rate=RATE,
        min_samples_leaf=LEAF,
        subsample=0.5,
        max_features=0.5,
        random_state=SEED,
    ).fit(figures, gains, sample_weight=weights)


def to_table(found: Any) -> Selector:
    """Fitted trees as the program reads them; `gains` are what they predict. threshold, refers and cover are 0."""
    index, cut, leaf = zip(*(_complete(stage[0].tree_, found.max_depth) for stage in found.estimators_), strict=True)
    return Selector(
        np.array(index, dtype=np.int64),
        np.array(cut, dtype=np.float32),
        (found.learning_rate * np.array(leaf)).astype(np.float32),
        base=float(found.init_.constant_.item()),
        threshold=0.0,
        refers=0.0,
        cover=0.0,
    )


def _complete(tree: Any, depth: int) -> tuple[list[int], list[float], list[float]]:
    """Branches (root first) and leaves of a tree; a leaf above the last level is put there as often as it takes."""
    nodes = [0]
    index: list[int] = []
    cut: list[float] = []
    for _ in range(depth):
        below: list[int] = []
        for node in nodes:
            is_leaf = tree.children_left[node] < 0
            index.append(0 if is_leaf else int(tree.feature[node]))
            cut.append(0.0 if is_leaf else float(tree.threshold[node]))
            below += [node, node] if is_leaf else [int(tree.children_left[node]), int(tree.children_right[node])]
        nodes = below
    return index, cut, [float(tree.value[node].item()) for node in nodes]


def train_selector(
    directory: Path,
    *,
    texts: Sequence[str],
    keys: Sequence[str],
    limit: int = 1500,
    report: Callable[[str], None] = lambda line: None,
    track: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> Selector:
    """Train a selector for the model in `directory` and write it into its config.json and SHA256SUMS.

    texts: files of articles with an abstract (`title`, `body` and `summary`, or the contract's names), of which the
    first `limit` are read. keys: labelled files with key sentences. They should be articles that the model has not
    learnt from: it knows the key sentences of those by heart, and a selector would trust its salience too much. A
    tenth of all articles is kept for choosing the threshold. Raises DataError, ModelError.
    """
    model = load_model(directory)
    rng = random.Random(SEED)
    found: list[LabelledArticle] = []
    for paths, most in ((texts, limit), (keys, None)):
        if paths:
            found += [example.gold for example in islice(load_examples(paths, model.taxonomy), most)]
    cases = [
        case
        for gold in track(found)
        if (case := to_case(model, gold, headline=rng.random() >= NO_HEADLINE)) is not None
    ]
    selector = fit(cases, rng, report)
    write_selector(directory, selector)
    report(f"wrote {directory}/config.json")
    return selector


def fit(cases: Sequence[Case], rng: random.Random, report: Callable[[str], None] = lambda line: None) -> Selector:
    """A selector for these cases, its settings chosen on every tenth of them. Raises DataError for too few."""
    held_out, learnt = list(cases[::10]), [case for number, case in enumerate(cases) if number % 10]
    if not learnt:
        raise DataError(f"{len(cases)} articles with an abstract or key sentences; expected more; name more files")
    rows = [rows_of(case, rng) for case in learnt]
    weights = [
        np.full(len(gains), 1.0 if case.key is None else KEY_ROWS, dtype=np.float32)
        for case, (_, gains) in zip(learnt, rows, strict=True)
    ]
    figures, gains = (np.concatenate([row[part] for row in rows]) for part in (0, 1))
    selector = replace(to_table(boost(figures, gains, np.concatenate(weights))), refers=REFERS, cover=COVER)
    worth = {stop: quality(selector, held_out, stop) for stop in STOPS}
    best = max(STOPS, key=lambda stop: worth[stop])
    report(f"{len(learnt)} articles to learn from, {len(held_out)} to choose by; stop below {best}: {worth[best]:.4f}")
    return replace(selector, threshold=best)


def quality(selector: Selector, cases: Sequence[Case], stop: float) -> float:
    """Mean worth of the summaries that the selector makes of `cases`, articles with an abstract and articles with key
    sentences alike."""
    worth: dict[bool, list[float]] = {}
    for case in cases:
        words = [int(number) for number in case.draft.n_words]
        chosen = choose(partial(by_gain, case.draft, selector), case.body, words, most=MOST, stop=stop)
        worth.setdefault(case.key is None, []).append(case.worth(chosen))
    return float(np.mean([np.mean(values) for values in worth.values()]))


def write_selector(directory: Path, selector: Selector) -> None:
    """Put the selector into a model's config.json, and the new digest into SHA256SUMS; all else stays as it is."""
    path, sums = directory / "config.json", directory / "SHA256SUMS"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["hoptac"]["selector"] = selector.to_json()
    path.write_text(json.dumps(config, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    lines = [line.partition("  ") for line in sums.read_text(encoding="utf-8").splitlines()]
    sums.write_text(
        "".join(f"{digest if name == path.name else old}  {name}\n" for old, _, name in lines), encoding="utf-8"
    )

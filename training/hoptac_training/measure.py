"""Scores of a network on labelled examples while it is being trained.

The figures that people are shown come from hoptac_eval, on the exported model; these are for choosing an epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from hoptac.windows import Floats
from hoptac_training.examples import Example, batches, windows_of
from hoptac_training.network import SentenceNetwork, autocast
from hoptac_training.recipe import Recipe


@dataclass(frozen=True)
class Scores:
    """Figures on dev at a cut of one half: macro-F1 over themes by sentence and by article, exact match of label
    sets, and average precision of salience. 0 to 1; NaN where nothing is labelled so."""

    sentence_f1: float
    article_f1: float
    exact: float
    salience: float

    @property
    def goal(self) -> float:
        """What early stopping looks at: sentences and articles alike."""
        return float(np.nanmean([self.sentence_f1, self.article_f1, self.exact]))


@torch.no_grad()
def infer(
    network: SentenceNetwork, tokenizer: Tokenizer, examples: Sequence[Example], *, window: int, batch_tokens: int
) -> list[tuple[Floats, Floats]]:
    """Theme logits (n_sentences, n_themes) and salience logits (n_sentences,) of each article, in order."""
    device = next(network.parameters()).device
    network.eval()
    found: list[tuple[Floats, Floats]] = []
    for batch in batches(examples, tokenizer, size=window, batch_tokens=batch_tokens):
        moved = batch.to(device)
        with autocast(device.type):
            _, themes, salience = network(moved.ids, moved.mask, moved.pool)
        there = (batch.pool.sum(-1) > 0).numpy()
        theme_rows, salience_rows = themes.float().cpu().numpy(), salience.float().cpu().numpy()
        for article in range(len(batch.article)):
            rows = np.flatnonzero(batch.owner.numpy() == article)
            found.append(
                (
                    np.concatenate([theme_rows[row][there[row]] for row in rows]),
                    np.concatenate([salience_rows[row][there[row]] for row in rows]),
                )
            )
    return [_whole(example, pair, tokenizer, window) for example, pair in zip(examples, found, strict=True)]


def _whole(example: Example, pair: tuple[Floats, Floats], tokenizer: Tokenizer, window: int) -> tuple[Floats, Floats]:
    """Scores of sentences from scores of pieces: of a sentence that was cut, the strongest, as the program has it."""
    if len(pair[0]) == len(example.sentences):
        return pair
    owners = [piece.sentence for part in windows_of(example.sentences, tokenizer, window) for piece in part.pieces]
    first = np.flatnonzero(np.diff(owners, prepend=-1))
    return np.maximum.reduceat(pair[0], first), np.maximum.reduceat(pair[1], first)


def evaluate(
    network: SentenceNetwork,
    tokenizer: Tokenizer,
    dev: Sequence[Example],
    recipe: Recipe,
    *,
    exclusive: bool = False,
) -> Scores:
    """Scores on labelled examples, sentence probabilities cut at one half; with `exclusive` themes, an article has the
    one with the highest sentence, so that `exact` is the accuracy."""
    from sklearn.metrics import average_precision_score, f1_score

    found = infer(network, tokenizer, dev, window=recipe.window, batch_tokens=recipe.batch_tokens)
    pairs = [(example, logits) for example, (logits, _) in zip(dev, found, strict=True)]
    labelled = [(e.themes, logits > 0) for e, logits in pairs if not np.isnan(e.themes).any()]
    articles = [(e.article, themes_of(logits, exclusive)) for e, logits in pairs if not np.isnan(e.article).any()]
    keyed = [(e.salience, s) for e, (_, s) in zip(dev, found, strict=True) if not np.isnan(e.salience).any()]
    nothing = float("nan")
    sentence_f1 = article_f1 = exact = salience = nothing
    if labelled:
        gold, guess = (np.concatenate([pair[i] for pair in labelled]) for i in (0, 1))
        sentence_f1 = float(f1_score(gold, guess, average="macro", zero_division=0))  # pyright: ignore[reportArgumentType]
    if articles:
        gold, guess = (np.stack([pair[i] for pair in articles]) for i in (0, 1))
        article_f1 = float(f1_score(gold, guess, average="macro", zero_division=0))  # pyright: ignore[reportArgumentType]
        exact = float((gold == guess).all(axis=1).mean())
    if keyed:
        salience = float(np.mean([average_precision_score(g, s) for g, s in keyed if g.any()]))
    return Scores(sentence_f1, article_f1, exact, salience)


def themes_of(logits: Floats, exclusive: bool) -> npt.NDArray[np.bool_]:
    """(n_themes,): what an article has by its sentence logits (n_sentences, n_themes), sure or not."""
    top = logits.max(axis=0)
    found: npt.NDArray[np.bool_] = np.arange(len(top)) == top.argmax() if exclusive else top > 0
    return found

"""Learning curves: what more articles bring, written ones, ones by reference, and both.

Every point learns from a random draw of articles, by heads on a frozen encoder or by fine-tuning it, is calibrated on
the same dev articles as the others, and is tested on whole test sets. All articles where there is nothing to draw from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hoptac.values import Taxonomy
from hoptac.windows import Floats
from hoptac_training.examples import to_example
from hoptac_training.fit import fit
from hoptac_training.heads import fit_heads
from hoptac_training.measure import infer
from hoptac_training.network import SentenceNetwork
from hoptac_training.peer import Items, Score, Sets, figures, judged, sentence_targets
from hoptac_training.recipe import Recipe
from hoptac_training.train import begin
from hoptac_training.vectors import Vectors, texts_of

CORPUS_SIZES = (100, 200, 400, 700)
REFERENCE_SIZES = (100, 300, 600)
DRAWS = 3
# Articles that fine-tuning reads in a run, at the least: a few articles for a few epochs would show how short the run
# was and not what they can teach.
READ = 1_600
FIGURES = {"macro_f1": "article macro-F1", "exact_match": "exact match", "evidence_macro_f1": "sentence macro-F1"}
CURVES = ("corpus", "by reference", "by reference, on top of the corpus")
Learn = Callable[[Items], Score]
"""From articles to what scores others."""


@dataclass(frozen=True)
class Point:
    """curve: one of CURVES. n: articles drawn. scores: test set -> figure -> a value per draw, 0 to 1."""

    curve: str
    n: int
    scores: dict[str, dict[str, list[float]]]


def draws(items: Items, sizes: Sequence[int], n_draws: int = DRAWS) -> Iterator[tuple[int, list[Items]]]:
    """(size, draws of so many articles) for each size under the number there are, then all of them once."""
    for size in (size for size in sizes if size < len(items)):
        orders = [np.random.default_rng(seed).permutation(len(items))[:size] for seed in range(n_draws)]
        yield size, [[items[i] for i in sorted(order)] for order in orders]
    if items:
        yield len(items), [items]


def measure(
    sets: Sets, taxonomy: Taxonomy, learn: Learn, *, n_draws: int = DRAWS, done: Sequence[Point] = ()
) -> Iterator[Point]:
    """The points of the three curves, one after the other. done: those that were measured before, and are not again."""
    plan = [
        (CURVES[0], draws(sets.corpus, CORPUS_SIZES, n_draws), []),
        (CURVES[1], draws(sets.reference, REFERENCE_SIZES, n_draws), []),
        (CURVES[2], draws(sets.reference, REFERENCE_SIZES, n_draws), list(sets.corpus)),
    ]
    known = {(point.curve, point.n): point for point in done}
    for curve, stream, below in plan:
        for n, parts in stream:
            if (curve, n) in known:
                yield known[curve, n]
                continue
            found = [_test(learn([*below, *part]), sets, taxonomy) for part in parts]
            scores = {name: {key: [run[name][key] for run in found] for key in FIGURES} for name in sets.tests}
            yield Point(curve, n, scores)


def _test(score: Score, sets: Sets, taxonomy: Taxonomy) -> dict[str, dict[str, float]]:
    say = judged(score, taxonomy, sets.dev)
    return {name: figures(taxonomy, items, say(items)) for name, items in sets.tests.items()}


def frozen(taxonomy: Taxonomy, vectors: Vectors) -> Learn:
    """Heads of logistic regression on the vectors of a frozen encoder."""

    def learn(train: Items) -> Score:
        heads = fit_heads(vectors.of([texts_of(item) for item in train]), sentence_targets(train, taxonomy))
        return lambda items: heads(vectors.of([texts_of(item) for item in items]))

    return learn


class Recalling(SentenceNetwork):
    """A network that runs its frozen layers once a window for all points of a curve. known: hidden states
    (tokens, width) in half precision by the window's token ids."""

    def __init__(self, encoder: Any, n_themes: int, dropout: float, n_frozen: int, known: dict[bytes, Tensor]) -> None:
        super().__init__(encoder, n_themes, dropout)
        self.n_frozen = n_frozen
        self.known = known

    def forward(
        self, ids: Tensor, mask: Tensor, pool: Tensor, lower: Tensor | None = None, n_lower: int = 0
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As `SentenceNetwork.forward`, with the lower layers from memory where they are not given."""
        if lower is None and self.n_frozen:
            lower, n_lower = self.run_lower(ids, mask, self.n_frozen).float(), self.n_frozen
        return super().forward(ids, mask, pool, lower, n_lower)

    @torch.no_grad()
    def run_lower(self, ids: Tensor, mask: Tensor, n_layers: int) -> Tensor:
        """As `SentenceNetwork.run_lower`, for the windows that are new."""
        lengths = mask.sum(1).tolist()
        keys = [row[:length].numpy().tobytes() for row, length in zip(ids.cpu(), lengths, strict=True)]
        if any(key not in self.known for key in keys):
            for key, row, length in zip(keys, super().run_lower(ids, mask, n_layers), lengths, strict=True):
                self.known[key] = row[:length].half().cpu()
        rows = [self.known[key] for key in keys]
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True).to(ids.device)


def tuned(
    taxonomy: Taxonomy, recipe: Recipe, everything: Items, report: Callable[[str], None] = lambda line: None
) -> Learn:
    """Fine-tuning by a recipe, as `hoptac train` does, to its last epoch (READ articles at the least): dev is for
    calibration alone. everything: all that is ever learnt from; the vocabulary is trimmed to it, so that the points
    share what frozen layers say."""
    known: dict[bytes, Tensor] = {}
    words = [to_example(item, taxonomy) for item in everything]

    def learn(train: Items) -> Score:
        examples = [to_example(item, taxonomy) for item in train]
        run = replace(recipe, epochs=max(recipe.epochs, -(-READ // len(train))))
        base, _ = begin(run, taxonomy, words)
        network = Recalling(base.encoder, len(taxonomy), recipe.dropout, recipe.frozen_layers, known)
        fit(network, base.tokenizer, examples, (), run, exclusive=taxonomy.exclusive, report=report)

        def score(items: Items) -> list[Floats]:
            asked = [to_example(item, taxonomy) for item in items]
            sizes = {"window": recipe.window, "batch_tokens": recipe.batch_tokens}
            return [themes for themes, _ in infer(network, base.tokenizer, asked, **sizes)]

        return score

    return learn


def save(points: Sequence[Point], path: Path) -> None:
    """Keep the points: figures, and no text."""
    rows = [asdict(point) for point in points]
    for row in rows:
        for figures_of in row["scores"].values():
            figures_of.update({key: [round(value, 4) for value in values] for key, values in figures_of.items()})
    path.write_text(json.dumps({"points": rows}, indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> list[Point]:
    """The points kept, none where there is no file."""
    return [Point(**row) for row in json.loads(path.read_text(encoding="utf-8"))["points"]] if path.exists() else []


def table(points: Sequence[Point]) -> list[str]:
    """Markdown: a row a point, three figures a test set, mean and standard deviation over draws."""
    tests = list(points[0].scores)
    head = " | ".join(f"{name}: {label}" for name in tests for label in FIGURES.values())
    lines = [f"| learnt from | articles | {head} |", "| --- | --- |" + " --- |" * (len(tests) * len(FIGURES))]
    for point in points:
        cells = " | ".join(_cell(point.scores[name][key]) for name in tests for key in FIGURES)
        lines.append(f"| {point.curve} | {point.n:,} | {cells} |")
    return lines


def _cell(values: Sequence[float]) -> str:
    """
    >>> _cell([0.8, 0.9]), _cell([0.8])
    ('.850 ± .071', '.800')
    """
    numbers = [np.mean(values), *([np.std(values, ddof=1)] if len(values) > 1 else [])]
    return " ± ".join(f"{number:.3f}".removeprefix("0") for number in numbers)


def draw(points: Sequence[Point], path: Path) -> None:
    """A panel a figure: articles against the figure, a line a curve and test set."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(FIGURES), figsize=(11, 3.6), layout="constrained", sharey=True)
    colours = dict(zip(CURVES, ("#1b6ca8", "#c2571a", "#3a7d44"), strict=True))
    for axis, (key, label) in zip(axes, FIGURES.items(), strict=True):
        for name, style in zip(points[0].scores, ("--", "-", ":"), strict=False):
            for curve in CURVES:
                here = [point for point in points if point.curve == curve]
                values = [point.scores[name][key] for point in here]
                sizes, means = [point.n for point in here], [float(np.mean(part)) for part in values]
                axis.plot(sizes, means, style, color=colours[curve], marker=".", label=f"{curve}: {name}")
                low, high = [min(part) for part in values], [max(part) for part in values]
                axis.fill_between(sizes, low, high, color=colours[curve], alpha=0.12, linewidth=0)
        axis.set(title=label, xlabel="articles", xscale="log", ylim=(0, 1))
        axis.grid(alpha=0.3)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8)
    figure.savefig(path, dpi=90)
    pyplot.close(figure)

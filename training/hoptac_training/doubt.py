"""Labels to look at again: sentences where a model that has not seen the article is sure of the opposite.

Confident learning by cross-validation (Northcutt et al. 2021): the heads of `heads` over the frozen encoder learn from
four fifths of the stories and read the fifth. It finds slips of labelling and sentences that the codebook leaves open;
which of the two, only a reader can say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import GroupKFold

from hoptac.model import sigmoid
from hoptac.values import LabelledArticle, Taxonomy
from hoptac.windows import Floats
from hoptac_training.heads import fit_heads
from hoptac_training.peer import Items, by_article, sentence_targets
from hoptac_training.reference import read_texts
from hoptac_training.train import load_labelled
from hoptac_training.vectors import Vectors, texts_of

N_FOLDS = 5
SURE = 0.03
"""A label is doubted where its probability is less than this, or that of a theme not given more than 1 minus this."""


@dataclass(frozen=True)
class Doubt:
    """Sentence `index` of article `id`. given: its labels. model: the doubted themes and what the model gives them, 0
    to 1. strength: the distance of label and probability, the largest of the doubted themes, .97 to 1."""

    id: str
    index: int
    given: tuple[str, ...]
    model: dict[str, float]
    strength: float
    text: str

    def line(self) -> str:
        """One line for people: where, what is given, what the model thinks, the sentence."""
        thought = ",".join(f"{theme}({probability:.3f})" for theme, probability in self.model.items())
        return f"{self.id}:{self.index} given={','.join(self.given) or '-'} model={thought}  {self.text}"


def find(
    seeds: Path,
    taxonomy: Taxonomy,
    vectors: Vectors,
    *,
    texts: Sequence[str],
    sure: float = SURE,
    report: Callable[[str], None] = lambda line: None,
) -> tuple[list[Doubt], list[Doubt]]:
    """The doubts of the whole corpus, and of the articles by reference whose texts are at hand. Raises DataError."""
    known = read_texts(texts)
    names = [str(seeds / "corpus" / f"{name}.jsonl") for name in ("train", "dev", "test")]
    corpus = load_labelled(names, taxonomy, known, report)
    rest = load_labelled(
        [str(path) for path in sorted((seeds / "by-reference").glob("*.jsonl"))], taxonomy, known, report
    )
    items = [*corpus, *rest]
    found = doubts(items, cross_validated(items, taxonomy, vectors), taxonomy, sure)
    written = {item.article.id for item in corpus}
    return [doubt for doubt in found if doubt.id in written], [doubt for doubt in found if doubt.id not in written]


def cross_validated(items: Items, taxonomy: Taxonomy, vectors: Vectors, n_folds: int = N_FOLDS) -> list[Floats]:
    """Probabilities (n_sentences, n_themes) of each article by heads that have seen no article of its story."""
    known = vectors.of([texts_of(item) for item in items])
    targets = by_article(sentence_targets(items, taxonomy), items)
    stories = [_story(item) for item in items]
    found: list[Floats] = [np.empty(0, np.float32)] * len(items)
    for learnt, read in GroupKFold(n_folds, shuffle=True, random_state=0).split(stories, groups=stories):
        heads = fit_heads([known[i] for i in learnt], np.concatenate([targets[i] for i in learnt]))
        for i, logits in zip(read.tolist(), heads([known[i] for i in read]), strict=True):
            found[i] = sigmoid(logits)
    return found


def _story(item: LabelledArticle) -> str:
    return str(item.meta.get("pair") or item.article.id)


def doubts(items: Items, probabilities: Sequence[Floats], taxonomy: Taxonomy, sure: float = SURE) -> list[Doubt]:
    """Sentences of `items` whose labels the probabilities contradict, the strongest first."""
    found = []
    targets = by_article(sentence_targets(items, taxonomy), items)
    for item, given, said in zip(items, targets, probabilities, strict=True):
        distance = np.abs(given - said)
        texts = texts_of(item)
        for index in np.flatnonzero((distance > 1 - sure).any(axis=1)).tolist():
            doubted = np.flatnonzero(distance[index] > 1 - sure).tolist()
            found.append(
                Doubt(
                    item.article.id,
                    index,
                    tuple(theme for theme, has in zip(taxonomy.ids, given[index], strict=True) if has),
                    {taxonomy.ids[column]: float(said[index, column]) for column in doubted},
                    float(distance[index].max()),
                    texts[index],
                )
            )
    return sorted(found, key=lambda doubt: (-doubt.strength, doubt.id, doubt.index))

"""Peers that know words and letters only: keyword rules, TF-IDF with a linear SVM, fastText."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.svm import LinearSVC

from hoptac.errors import HoptacError
from hoptac.windows import Floats
from hoptac_eval.baselines import keyword_rules, tfidf
from hoptac_training.peer import Fitted, Items, Task, article_targets, by_article, judged, sentence_targets
from hoptac_training.vectors import texts_of


def package(module: str, name: str) -> Any:
    """A module that one peer needs. Raises HoptacError that names the package on the registry."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise HoptacError(f"{error.name or module} is not installed; try: pip install {name}") from error


def keywords(task: Task) -> Fitted:
    """The rules of `hoptac_eval.keywords`, which learn nothing."""
    rules = keyword_rules(task.taxonomy)
    if rules is None:
        raise HoptacError(f"the rules know none of the themes {', '.join(task.taxonomy.ids)}")
    return Fitted(lambda items: rules.say(items, [texts_of(item) for item in items]), note="no probabilities")


def svm_by_sentence(task: Task) -> Fitted:
    """TF-IDF of words, pairs of words and runs of letters of each sentence; a linear SVM per theme."""
    return _svm(task, by_sentence=True)


def svm_by_article(task: Task) -> Fitted:
    """The same of the article as one text; it shows no evidence."""
    return _svm(task, by_sentence=False)


def _svm(task: Task, *, by_sentence: bool) -> Fitted:
    def texts(items: Items) -> list[str]:
        return [text for item in items for text in texts_of(item)] if by_sentence else list(map(_as_one, items))

    targets = (sentence_targets if by_sentence else article_targets)(task.train, task.taxonomy)
    learnt = texts(task.train)
    vectorizer = tfidf(len(learnt))
    matrix = vectorizer.fit_transform(learnt)
    machines = [
        LinearSVC(class_weight="balanced", random_state=0).fit(matrix, column > 0.5) if 0 < column.mean() < 1 else None
        for column in targets.T
    ]

    def score(items: Items) -> list[Floats]:
        found = vectorizer.transform(texts(items))
        rows = np.stack(
            [np.full(found.shape[0], -1.0) if m is None else m.decision_function(found) for m in machines], axis=1
        ).astype(np.float32)
        return by_article(rows, items) if by_sentence else [row[None] for row in rows]

    # A weight per theme and a weight of its own per feature, and the features spelt out.
    n_bytes = matrix.shape[1] * 8 * (len(machines) + 1) + sum(map(len, vectorizer.get_feature_names_out()))
    return Fitted(judged(score, task.taxonomy, task.dev, by_sentence=by_sentence), n_bytes)


def _as_one(item: Any) -> str:
    return "\n".join(texts_of(item))


FASTTEXT = {"epoch": 15, "lr": 0.3, "dim": 100, "wordNgrams": 2, "minn": 2, "maxn": 5, "bucket": 200_000, "thread": 1}
NOTHING = "none"


def fasttext(task: Task) -> Fitted:
    """Sentences with words, pairs and runs of letters (Joulin et al. 2017), one yes-or-no question per theme."""
    library = package("fasttext", "fasttext-wheel")
    ids = task.taxonomy.ids
    targets = sentence_targets(task.train, task.taxonomy) > 0.5
    texts = [text for item in task.train for text in texts_of(item)]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "sentences.txt")
        with path.open("w", encoding="utf-8") as out:
            for text, row in zip(texts, targets, strict=True):
                names = [theme for theme, has in zip(ids, row, strict=True) if has] or [NOTHING]
                out.write(" ".join(f"__label__{name}" for name in names) + f" {_words(text)}\n")
        model = library.train_supervised(str(path), loss="ova", seed=task.seed, verbose=0, **FASTTEXT)
        model.save_model(str(Path(directory, "model.bin")))
        n_bytes = Path(directory, "model.bin").stat().st_size

    def score(items: Items) -> list[Floats]:
        rows = [_logits(model, text, ids) for item in items for text in texts_of(item)]
        return by_article(np.array(rows, np.float32), items)

    return Fitted(judged(score, task.taxonomy, task.dev), n_bytes, random=True)


def _words(text: str) -> str:
    """Lower case, marks set apart: fastText splits at spaces only.

    >>> _words("Hai nước, 2024.")
    'hai nước , 2024 .'
    """
    return " ".join("".join(c if c.isalnum() or c.isspace() else f" {c} " for c in text.lower()).split())


def _logits(model: Any, text: str, ids: Sequence[str]) -> list[float]:
    # Model.predict of 0.9.2 asks numpy for what numpy 2 no longer gives; what it wraps does not.
    found = {name: p for p, name in model.f.predict(_words(text) + "\n", -1, 0.0, "strict")}
    ps = np.clip([found.get(f"__label__{theme}", 0.0) for theme in ids], 1e-5, 1 - 1e-5)
    logits: list[float] = np.log(ps / (1 - ps)).tolist()
    return logits

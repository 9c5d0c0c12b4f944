"""What the same data give for less: majority, keyword rules, TF-IDF and a linear SVM, two annotators.

Each says of an article what a model would (`record.Said`), sentence by sentence where it can; an article
has the themes of its sentences. The cheap summaries stand in `summaries.PEERS`.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from hoptac.errors import DataError
from hoptac.values import LabelledArticle, Taxonomy
from hoptac_eval.keywords import Rules, label, load_rules
from hoptac_eval.loading import load_examples, need
from hoptac_eval.outcomes import NO_THEME, Gold, Outcomes
from hoptac_eval.record import Said, primary_theme

MAJORITY, KEYWORDS, SVM, ANNOTATORS = "majority", "keyword rules", "TF-IDF + SVM", "annotators"


class Baseline(Protocol):
    """Says something of a batch of articles, each with its sentences."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def say(self, articles: Sequence[LabelledArticle], sentences: Sequence[Sequence[str]]) -> list[Said]:
        """One answer per article, in order."""
        ...


@dataclass(frozen=True)
class KeywordRules:
    """`keywords.Rules` as a baseline."""

    rules: Rules
    taxonomy: Taxonomy
    name: str = KEYWORDS

    def say(self, articles: Sequence[LabelledArticle], sentences: Sequence[Sequence[str]]) -> list[Said]:
        """One answer per article, in order."""
        return [
            _from_sentences(self.rules.sentences(texts, gold.article.language), self.taxonomy)
            for gold, texts in zip(articles, sentences, strict=True)
        ]


@dataclass(frozen=True)
class TfidfSvm:
    """Words and pairs, and runs of 2 to 5 letters within words, weighted by TF-IDF; a linear SVM per theme.

    Trained on sentences where the training data labels them, on whole articles otherwise. n: training
    articles.
    """

    taxonomy: Taxonomy
    vectorizer: Any
    classifiers: dict[str, Any]
    by_sentence: bool
    n: int
    majority: tuple[str, ...]
    name: str = SVM

    def say(self, articles: Sequence[LabelledArticle], sentences: Sequence[Sequence[str]]) -> list[Said]:
        """One answer per article, in order."""
        if not self.by_sentence:
            found = self._themes(["\n".join(texts) for texts in sentences])
            return [Said(labels, primary=labels[0] if labels else None) for labels in found]
        flat = self._themes([text for texts in sentences for text in texts])
        ends = np.cumsum([len(texts) for texts in sentences]).tolist()
        starts = [0, *ends]
        return [_from_sentences(flat[start:end], self.taxonomy) for start, end in zip(starts, ends, strict=False)]

    def _themes(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        if not texts:
            return []
        matrix = self.vectorizer.transform(texts)
        known = [theme for theme in self.taxonomy.ids if theme in self.classifiers]
        scores = np.stack([self.classifiers[theme].decision_function(matrix) for theme in known], axis=1)
        if self.taxonomy.exclusive:
            return [(known[best],) for best in scores.argmax(1).tolist()]
        return [tuple(known[i] for i in np.flatnonzero(row > 0)) for row in scores]


def train_svm(paths: Sequence[str], taxonomy: Taxonomy) -> TfidfSvm:
    """Train on labelled files. Raises DataError where they cannot be read, or cannot teach a difference."""
    svm = need("sklearn.svm")
    articles = [example.gold for example in load_examples(paths, taxonomy) if example.themed]
    by_sentence = not taxonomy.exclusive and all(gold.labels is not None for gold in articles)
    texts, labels = [], []
    for gold in articles:
        if by_sentence and gold.labels is not None and gold.article.sentences is not None:
            texts += [sentence.text for sentence in gold.article.sentences]
            labels += list(gold.labels)
        else:
            texts.append(gold.article.text)
            labels.append(gold.themes)
    vectorizer = tfidf(len(texts))
    matrix = vectorizer.fit_transform(texts)
    classifiers = {}
    for theme in taxonomy.ids:
        has_theme = np.array([theme in themes for themes in labels], bool)
        if has_theme.any() and not has_theme.all():
            classifiers[theme] = svm.LinearSVC(class_weight="balanced", random_state=0).fit(matrix, has_theme)
    if not classifiers:
        raise DataError(f"{', '.join(paths)}: every article has the same themes; expected some with and some without")
    majority = Counter(gold.themes for gold in articles).most_common(1)[0][0]
    return TfidfSvm(taxonomy, vectorizer, classifiers, by_sentence, len(articles), majority)


def tfidf(n_texts: int) -> Any:
    """Words and pairs, and runs of 2 to 5 letters within words, weighted by TF-IDF, for some number of texts."""
    texts_of, pipeline = need("sklearn.feature_extraction.text"), need("sklearn.pipeline")
    return pipeline.make_union(
        texts_of.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\w+"),
        texts_of.TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=min(2, n_texts)),
    )


def keyword_rules(taxonomy: Taxonomy) -> KeywordRules | None:
    """The keyword rules, or None where they know none of the themes."""
    rules = load_rules(taxonomy)
    return None if rules is None else KeywordRules(rules, taxonomy)


def majority(gold: Gold, labels: Sequence[str] | None = None) -> Outcomes:
    """The same label set for every article: `labels`, or the most frequent one of the data under test."""
    if labels is None:
        sets, counts = np.unique(gold.labels[gold.themed], axis=0, return_counts=True)
        row = sets[counts.argmax()] if len(sets) else np.zeros(len(gold.themes), bool)
    else:
        row = np.array([theme in labels for theme in gold.themes], bool)
    first = int(row.argmax()) if row.any() else NO_THEME
    n = len(gold)
    return Outcomes(MAJORITY, np.ones(n, bool), np.tile(row, (n, 1)), primary=np.full(n, first, np.int64))


def annotators(gold: LabelledArticle, taxonomy: Taxonomy) -> tuple[LabelledArticle, Said]:
    """The first labelling as gold and the second as an answer; no answer where there is no second.

    The second is in the field `labels2`; the first in `labels1`, where the two were given blind and settled
    afterwards, or else it is the article's own. Raises DataError where one does not fit the sentences.
    """
    second = _labelling(gold, "labels2", taxonomy)
    if second is None:
        return gold, Said(error="labelled once")
    first = _labelling(gold, "labels1", taxonomy)
    if first is not None:
        themes = label(first, taxonomy.ids)
        gold = dataclasses.replace(gold, labels=tuple(first), themes=themes)
    return gold, _from_sentences(second, taxonomy)


def _labelling(gold: LabelledArticle, field: str, taxonomy: Taxonomy) -> list[tuple[str, ...]] | None:
    labels = gold.meta.get(field)
    if labels is None:
        return None
    where, known = gold.article.source, set(taxonomy.ids)
    is_list = isinstance(labels, list) and all(isinstance(themes, list) for themes in labels)
    if gold.labels is None or not is_list or len(labels) != len(gold.labels):
        raise DataError(f"{where}: {field} does not fit the sentences; expected a list of theme ids per sentence")
    for theme in (theme for themes in labels for theme in themes):
        if theme not in known:
            ids = ", ".join(taxonomy.ids)
            raise DataError(f"{where}: {field} has unknown theme {theme!r}; expected one of {ids}")
    return [tuple(themes) for themes in labels]


def _from_sentences(sentences: Sequence[Sequence[str]], taxonomy: Taxonomy) -> Said:
    return Said(label(sentences, taxonomy.ids), sentences, primary_theme(sentences, taxonomy.ids))

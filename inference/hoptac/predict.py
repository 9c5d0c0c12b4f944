"""The Predictor: from an article to all that is said of it, one straight path.

    split -> read (one pass of the encoder) -> decide -> summarise

Reading files is in `read.py`, output in `render.py`.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hoptac.decide import Verdict, decide
from hoptac.errors import HoptacError, InputError, UsageError
from hoptac.model import Map, Model, Reading, load_model, sigmoid
from hoptac.read import Unread, article_from_text
from hoptac.split import split
from hoptac.summarise import DEFAULT_LENGTH, SUMMARISERS, parse_length, summarise
from hoptac.values import Article, Evidence, Prediction, Sentence, Summary, Taxonomy


@dataclass(frozen=True)
class Predictor:
    """Classifies and summarises articles with a model.

    Threads may share one: nothing in it changes, and all its methods may be called at once. Processes may not: a model
    does not live through a fork, nor can it be sent to another process. Let every process load its own after it has
    started, in the initializer of its pool, and give each `threads` so that together they are no more than the cores.
    """

    model: Model

    @classmethod
    def load(cls, directory: str | Path | None = None, *, engine: str = "onnx") -> Predictor:
        """Load a model directory; without one, the bundled model. Raises ModelError."""
        return cls(load_model(directory, engine))

    @property
    def name(self) -> str:
        """The model's name, as it stands in every prediction."""
        return self.model.name

    @property
    def taxonomy(self) -> Taxonomy:
        """The themes the model knows."""
        return self.model.taxonomy

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it was trained and measured on."""
        return self.model.languages

    def predict(
        self, article: Article | str, *, length: str = DEFAULT_LENGTH, method: str = "extractive"
    ) -> Prediction:
        """Classify one article, or text that is read as one, on one core: `predict_many` uses all, for one long article
        too. Raises InputError where the text has no sentence."""
        return self._predict(_as_article(article), length, method, None)

    def predict_many(
        self,
        articles: Iterable[Article | Unread],
        *,
        length: str = DEFAULT_LENGTH,
        method: str = "extractive",
        theme: str | None = None,
        threads: int | None = None,
    ) -> Iterator[Prediction]:
        """Classify a stream of articles: one prediction each, in order, with bounded look-ahead. What could not be
        read comes out as a prediction with an `error`, in its place.

        theme: the summaries say only what the articles say of it. threads: how many windows are encoded at once (None:
        one per core), of one long article or of several; the answers do not depend on it. Raises UsageError for an
        unknown theme, length or method.
        """
        self._check(theme, length, method)
        threads = threads or n_cores()
        # Two pools: while one encodes, the other splits and tokenises what comes next, so that no core waits.
        encoders, readers = ThreadPoolExecutor(threads), ThreadPoolExecutor(2 * threads)
        waiting: deque[Future[Prediction]] = deque()
        wait = True
        try:
            for article in articles:
                waiting.append(readers.submit(self._attempt, article, length, method, theme, encoders.map))
                if len(waiting) > 4 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except (KeyboardInterrupt, SystemExit):  # the program is to end, and an article may be in work for minutes yet
            wait = False
            raise
        finally:  # where the caller wants no more, what has not begun is not begun
            encoders.shutdown(wait=False, cancel_futures=True)
            readers.shutdown(wait=wait, cancel_futures=True)
            encoders.shutdown(wait=wait)

    def summarise(
        self,
        article: Article | str,
        *,
        length: str = DEFAULT_LENGTH,
        theme: str | None = None,
        method: str = "extractive",
    ) -> Summary:
        """A summary by itself; with a theme id, of what the article says about that theme, empty if nothing.

        Raises UsageError for an unknown theme, length or method.
        """
        self._check(theme, length, method)
        article = _as_article(article)
        sentences, reading, verdict = self._judge(article)
        return _summary(self.model, article, sentences, reading, verdict, length, method, theme)

    def _check(self, theme: str | None, length: str, method: str) -> None:
        parse_length(length)
        if method not in SUMMARISERS:
            raise UsageError(f"method {method!r} is unknown; expected one of: {', '.join(SUMMARISERS)}")
        if theme is not None and theme not in self.taxonomy.ids:
            raise UsageError(f"theme {theme!r} is unknown; expected one of: {', '.join(self.taxonomy.ids)}")

    def _attempt(self, article: Article | Unread, length: str, method: str, theme: str | None, run: Map) -> Prediction:
        if isinstance(article, Unread):
            return Prediction(article.id, article.source, error=str(article.error))
        try:
            return self._predict(article, length, method, theme, run)
        except HoptacError as error:
            return Prediction(article.id, article.source, error=str(error))
        except Exception as error:  # whatever it is, MemoryError too, it must cost no more than the article it is about
            message = f"{article.source}: {' '.join(repr(error).split())[:200]}; try it with hoptac classify"
            return Prediction(article.id, article.source, error=message)

    def _judge(self, article: Article, run: Map = map) -> tuple[Sequence[Sentence], Reading, Verdict]:
        sentences = split(article)
        if not sentences:
            raise InputError(f"{article.source}: no sentence in it; try a file with an article")
        reading = self.model.read([sentence.text for sentence in sentences], run)
        model = self.model
        verdict = decide(reading.themes, model.taxonomy, model.calibration, model.thresholds, article.language)
        return sentences, reading, verdict

    def _predict(self, article: Article, length: str, method: str, theme: str | None, run: Map = map) -> Prediction:
        sentences, reading, verdict = self._judge(article, run)
        probabilities = sigmoid(reading.themes)
        ids = self.taxonomy.ids
        return Prediction(
            id=article.id,
            source=article.source,
            language=article.language,
            title=article.title,
            themes=verdict.themes,
            labels=verdict.labels,
            primary=verdict.primary,
            sentences=tuple(
                Evidence(sentence, themes, dict(zip(ids, map(float, row), strict=True)))
                for sentence, themes, row in zip(sentences, verdict.sentence_themes, probabilities, strict=True)
            ),
            summary=_summary(self.model, article, sentences, reading, verdict, length, method, theme),
            model=self.name,
        )


def _summary(
    model: Model,
    article: Article,
    sentences: Sequence[Sentence],
    reading: Reading,
    verdict: Verdict,
    length: str,
    method: str,
    theme: str | None,
) -> Summary:
    evidence = {score.theme: score.sentences for score in verdict.themes}
    return summarise(
        article,
        sentences,
        reading,
        evidence=list(evidence.values()),
        length=length,
        method=method,
        only=None if theme is None else evidence[theme],
        selector=model.selector,
    )


def n_cores() -> int:
    """Cores that this process may use; a container or `taskset` may allow fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _as_article(article: Article | str) -> Article:
    return article_from_text(article) if isinstance(article, str) else article

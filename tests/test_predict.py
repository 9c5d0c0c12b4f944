"""One Predictor for all threads, and a stream that starts no more than it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from fakes import FakeEngine
from hoptac import Article, article_from_text
from hoptac.engine import Output
from hoptac.predict import Predictor
from hoptac.windows import Window

ARTICLES = [
    article_from_text(f"Talks {i}\n\n" + "The navy came. They spoke of gas. " * (i % 7 + 1), id=str(i))
    for i in range(60)
]


def test_threads_that_share_a_predictor_get_the_answers_of_one(predictor: Predictor) -> None:
    expected = [predictor.predict(article).to_dict() for article in ARTICLES]

    def streamed(_: int) -> list[dict[str, object]]:
        return [item.to_dict() for item in predictor.predict_many(ARTICLES, threads=2)]

    with ThreadPoolExecutor(8) as pool:
        assert [item.to_dict() for item in pool.map(predictor.predict, ARTICLES)] == expected
        for found in pool.map(streamed, range(4)):
            assert found == expected


def test_look_ahead_is_bounded_and_ends_with_the_stream(predictor: Predictor) -> None:
    taken: list[str] = []

    def source() -> Iterator[Article]:
        for article in ARTICLES:
            taken.append(article.id)
            yield article

    before = threading.active_count()
    stream = predictor.predict_many(source(), threads=2)
    assert next(iter(stream)).id == "0"
    assert len(taken) <= 10
    stream.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
    assert len(taken) <= 10


def test_an_error_that_nobody_foresaw_costs_its_own_article(predictor: Predictor) -> None:
    class Failing(FakeEngine):
        def run(self, window: Window) -> Output:
            if len(window.ids) > 40:
                raise MemoryError("no room\nfor this")
            return super().run(window)

    failing = Predictor(replace(predictor.model, engine=Failing()))
    short, long = (article_from_text("Talks\n\n" + "The navy came. " * n, source=f"{n}.txt") for n in (2, 20))
    first, second, third = failing.predict_many([short, long, short])
    assert first.error is None
    assert first == third
    assert second.error == "20.txt: MemoryError('no room\\nfor this'); try it with hoptac classify"

"""What must hold of anything that comes in: a check takes one input and raises AssertionError where it does not.

Any other exception counts as well, but for the errors that say what is wrong with the input. The encoder is left out:
its engine here makes numbers of token ids, and all around it is the program's own. Not here: the inputs (`nasty`),
counting and the record (`robustness`).
"""

from __future__ import annotations

import json
import tempfile
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, partial
from io import BufferedReader, BytesIO
from random import Random
from typing import Any

import numpy as np

from hoptac.clean import clean
from hoptac.decode import decode, normalise
from hoptac.engine import Output
from hoptac.errors import DataError, InputError
from hoptac.formats import READERS, Unread
from hoptac.labelled import from_row, read_labelled, to_row
from hoptac.limits import DEFAULT
from hoptac.model import load_model
from hoptac.predict import Predictor
from hoptac.read import article_from_sentences, article_from_text
from hoptac.render import FORMATS, Style
from hoptac.split import split
from hoptac.values import Article, Prediction
from hoptac.windows import Window, pack
from hoptac_eval import nasty

_HIDDEN = {"Cc", "Cf", "Cs"}


class NumbersEngine:
    """An engine without a model: an array of numbers that follow from the token ids. See hoptac.engine.Engine."""

    def __init__(self, n_themes: int) -> None:
        self.n_themes = n_themes

    def run(self, window: Window) -> Output:
        """See Engine."""
        sums = np.array([sum(window.ids[p.start : p.end]) for p in window.pieces], dtype=np.float32)
        themes = 6 * np.sin(np.outer(sums, np.arange(1, self.n_themes + 1))) - 2
        vectors = np.cos(np.outer(sums, np.arange(1, 17)))
        return Output(vectors.astype(np.float32), themes.astype(np.float32), np.sin(sums))


@cache
def numbers_predictor() -> Predictor:
    """The bundled model with its tokenizer and settings, and an engine that costs nothing."""
    model = load_model()
    return Predictor(replace(model, engine=NumbersEngine(len(model.taxonomy.ids))))


def check_decode(data: bytes) -> None:
    """Bytes are text that nothing hides in, or an error of one line."""
    try:
        _assert_clean(decode(data, "a.txt"))
    except InputError as error:
        _assert_message(error, "a.txt")


def check_clean(text: str) -> None:
    """A headline and paragraphs, one line each, every character of which stood in the text."""
    text = normalise(text)
    title, paragraphs = clean(text)
    for part in [*([title] if title is not None else []), *paragraphs]:
        assert part.strip(), part
        assert "\n" not in part, part
    kept = "".join(((title or "") + "".join(paragraphs)).split())
    assert len(kept) <= len("".join(text.split()))
    assert set(kept) <= set(text)


def check_split(text: str) -> None:
    """Offsets are true, sentences in order, and nothing but white space between them."""
    _assert_article(Article(text))


def check_windows(text: str) -> None:
    """Every token of every sentence once, in order, in windows that are not too long."""
    tokenizer = numbers_predictor().model.tokenizer
    texts = normalise(text).split(".")
    sentences = [item.ids for item in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    size = 3 + len(text) % 60
    found: list[list[int]] = [[] for _ in sentences]
    for window in pack(sentences, size=size, bos=0, sep=2):
        assert len(window.ids) <= size
        for piece in window.pieces:
            found[piece.sentence] += window.ids[piece.start : piece.end - 1]
    assert found == sentences


def check_answer(text: str) -> None:
    """An answer in every format: JSON that reads back, UTF-8, and on a terminal nothing that moves or hides."""
    predictor = numbers_predictor()
    lines = text.split("\n")
    try:
        articles = [article_from_text(text, title=lines[0] if len(lines) % 2 else None, source=text, id=text)]
        articles.append(article_from_sentences([line for line in lines if normalise(line).split()], source=text))
    except InputError as error:
        _assert_message(error, text.encode("utf-8", "replace").decode())
        return
    predictions = list(predictor.predict_many(articles, threads=1))
    for article, prediction in zip(articles, predictions, strict=True):
        _assert_article(article)
        assert prediction.error is None
        assert len(prediction.sentences) == len(split(article))
    _assert_output(predictions, predictor)


def check_reader(suffix: str, data: bytes) -> None:
    """Articles as they should be, or an error of one line; never both for a row."""
    try:
        for item in READERS[suffix](BufferedReader(BytesIO(data)), "a", "a", DEFAULT):
            if isinstance(item, Unread):
                _assert_message(item.error, "a")
            else:
                _assert_clean(item.text)
                _assert_article(item)
    except InputError as error:
        _assert_message(error, "a")


def check_labelled(data: bytes) -> None:
    """A labelled file is articles that read back as they are, or an error of one line that names file and line."""
    taxonomy = numbers_predictor().taxonomy
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(data)
        file.flush()
        try:
            for labelled in read_labelled(file.name, taxonomy):
                _assert_article(labelled.article)
                row = to_row(labelled)
                again = from_row(row, labelled.article.source, taxonomy)
                assert json.dumps(to_row(again), sort_keys=True) == json.dumps(row, sort_keys=True)
                json.dumps(row, ensure_ascii=False).encode()
        except DataError as error:
            _assert_message(error, file.name)


def _assert_article(article: Article) -> None:
    end = 0
    for sentence in split(article):
        assert article.text[sentence.start : sentence.end] == sentence.text
        assert sentence.text
        assert article.sentences is not None or sentence.text == sentence.text.strip()
        assert not article.text[end : sentence.start].strip()
        assert sentence.start >= end
        end = sentence.end
    assert not article.text[end:].strip()


def _assert_clean(text: str) -> None:
    assert unicodedata.is_normalized("NFC", text)
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in text if c not in "\n\t")
    text.encode()


def _assert_message(error: InputError, source: str) -> None:
    message = str(error)
    message.encode()
    assert message.startswith(source), message
    assert "\n" not in message[len(source) :], message
    assert len(message) - len(source) < 600, message


def _assert_output(predictions: Iterable[Prediction], predictor: Predictor) -> None:
    predictions = list(predictions)
    rows = [prediction.to_dict() for prediction in predictions]
    out = {name: "".join(form(predictions, predictor.taxonomy, Style(60))) for name, form in FORMATS.items()}
    assert json.loads(out["json"].encode()) == rows
    assert [json.loads(line) for line in out["jsonl"].encode().splitlines()] == rows
    assert not [c for c in out["text"] if c != "\n" and unicodedata.category(c) in _HIDDEN]


def _lines(rng: Random) -> bytes:
    return b"\n".join(nasty.line(rng) for _ in range(rng.randint(0, 3)))


CHECKS: dict[str, tuple[int, Callable[[Random], str | bytes], Callable[[Any], None]]] = {
    "decode": (5, lambda rng: nasty.data(rng, nasty.text(rng)), check_decode),
    "clean": (5, nasty.text, check_clean),
    "split": (5, nasty.text, check_split),
    "windows": (3, nasty.text, check_windows),
    "answer": (2, lambda rng: nasty.text(rng, 20), check_answer),
    "labelled data": (5, _lines, check_labelled),
    "text": (5, lambda rng: nasty.data(rng, nasty.text(rng)), partial(check_reader, ".txt")),
    "JSON lines": (5, _lines, partial(check_reader, ".jsonl")),
    "Markdown": (3, lambda rng: nasty.data(rng, nasty.text(rng)), partial(check_reader, ".md")),
    "HTML": (2, lambda rng: nasty.data(rng, nasty.page(rng)), partial(check_reader, ".html")),
}
"""Name -> (share of the inputs, how one is made, what must hold for it)."""

"""What must hold of anything that comes in: a check takes one input and raises AssertionError where it does not.

Any other exception counts as well, but for the errors that say what is wrong with the input. The encoder is left out:
its engine here makes numbers of token ids, and all around it is the program's own. Not here: the inputs (`nasty`),
counting and the record (`robustness`).
"""

from __future__ import annotations

import json
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache, partial
from io import BufferedReader, BytesIO
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, AnyStr

import numpy as np

from hoptac.clean import clean
from hoptac.decode import decode, normalise
from hoptac.engine import Output
from hoptac.errors import DataError, HoptacError, InputError, UsageError
from hoptac.formats import READERS, Unread
from hoptac.labelled import from_row, read_labelled, to_row
from hoptac.limits import DEFAULT, Limits
from hoptac.model import load_model
from hoptac.predict import Predictor
from hoptac.read import article_from_sentences, article_from_text
from hoptac.render import FORMATS, Style
from hoptac.sources import rows, survey
from hoptac.split import split
from hoptac.tables import Columns
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


def check_files(contents: Mapping[str, bytes]) -> None:
    """A folder of files is as many rows as were counted, each an article or an error of one line, whichever are read.

    Where it is no corpus at all, that is an error of one line. contents: name -> bytes.
    """
    size = sum(map(len, contents.values()))
    columns = Columns(limits=Limits(bytes=200) if size % 3 == 0 else DEFAULT)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in contents.items():
            Path(folder, name).write_bytes(content)
        names = [folder] if size % 2 else [f"{folder}/{name}" for name in contents]
        nowhere = Path(folder, "out.jsonl")
        try:
            n_rows = sum(survey(name, columns, nowhere).n_rows for name in names)
        except (InputError, UsageError) as error:
            _assert_message(error, folder, names=contents)
            return
        found = [row() for row in rows(names, columns, nowhere)]
        assert len(found) == n_rows
        rest = [row() for row in islice(rows(names, columns, nowhere), n_rows // 2, None)]
        assert [_shown(item) for item in rest] == [_shown(item) for item in found[n_rows // 2 :]]
    for item in found:
        assert item.source.startswith(folder)
        item.source.encode()
        if isinstance(item, Unread):
            _assert_message(item.error, item.source)
        else:
            assert len(item.text.encode()) <= 2 * columns.limits.bytes  # a headline besides
            _assert_clean(item.text)
            _assert_article(item)


def _shown(item: Article | Unread) -> object:
    return (item.id, item.source, str(item.error)) if isinstance(item, Unread) else item


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


def _assert_message(error: HoptacError, source: str, names: Iterable[str] = ()) -> None:
    message = str(error)
    message.encode()
    assert message.startswith(source), message
    rest = message[len(source) :]
    for name in names:  # a file may be called what it likes
        rest = rest.replace(name, "name")
    assert "\n" not in rest, message
    assert len(rest) < 600, message


def _assert_output(predictions: Iterable[Prediction], predictor: Predictor) -> None:
    predictions = list(predictions)
    rows = [prediction.to_dict() for prediction in predictions]
    out = {name: "".join(form(predictions, predictor.taxonomy, Style(60))) for name, form in FORMATS.items()}
    assert json.loads(out["json"].encode()) == rows
    assert [json.loads(line) for line in out["jsonl"].encode().splitlines()] == rows
    assert not [c for c in set(out["text"]) if c != "\n" and unicodedata.category(c) in _HIDDEN]


def _lines(rng: Random) -> bytes:
    return b"\n".join(nasty.line(rng) for _ in range(rng.randint(0, 3)))


def _now_and_then_long(make: Callable[[Random], AnyStr]) -> Callable[[Random], AnyStr]:
    """What `make` makes; of one in LONG_ONE_IN a line has 1 MB."""

    def made(rng: Random) -> AnyStr:
        content = make(rng)
        return nasty.with_long_line(rng, content) if rng.randrange(nasty.LONG_ONE_IN) == 0 else content

    return made


_text = _now_and_then_long(nasty.text)
_data = _now_and_then_long(lambda rng: nasty.data(rng, nasty.text(rng)))
_json = _now_and_then_long(_lines)

CHECKS: dict[str, tuple[int, Callable[[Random], str | bytes | Mapping[str, bytes]], Callable[[Any], None]]] = {
    "decode": (5, _data, check_decode),
    "clean": (5, _text, check_clean),
    "split": (5, _text, check_split),
    "windows": (3, _text, check_windows),
    "answer": (2, lambda rng: nasty.text(rng, 20), check_answer),  # never long: a terminal gets a sentence many times
    "labelled data": (5, _json, check_labelled),
    "text": (5, _data, partial(check_reader, ".txt")),
    "JSON lines": (5, _json, partial(check_reader, ".jsonl")),
    "Markdown": (3, _data, partial(check_reader, ".md")),
    "HTML": (2, _now_and_then_long(lambda rng: nasty.data(rng, nasty.page(rng))), partial(check_reader, ".html")),
    "CSV": (3, lambda rng: {"a.csv": nasty.table(rng)}, check_files),
    "Parquet": (2, lambda rng: {"a.parquet": nasty.parquet(rng)}, check_files),
    "files": (2, nasty.files, check_files),
}
"""Name -> (share of the inputs, how one is made, what must hold for it)."""

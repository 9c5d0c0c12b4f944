"""The selector: what it learns, that the program reads it as scikit-learn would, and that it gets into a model."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path

import numpy as np
import pytest

from fakes import fake_model
from hoptac.errors import DataError
from hoptac.labelled import from_row
from hoptac.selector import FIGURES, Selector
from hoptac.summarise import summarise
from hoptac_training.selector import Case, boost, fit, rows_of, to_case, to_table, write_selector

pytest.importorskip("sklearn")


def article(number: int, **changes: object) -> dict[str, object]:
    """The sentence about gas is the key, wherever it stands, and the abstract says the same."""
    rng = random.Random(number)
    sentences = ["A day in the ministry", *(f"the minister spoke of trade and of item {i}" for i in range(6))]
    key = rng.randint(1, 6)
    sentences[key] = f"a deal on gas was signed on day {number}"
    row = {"id": str(number), "lang": "en", "sentences": sentences, "labels": [[]] * 7, "key": [key]}
    return {**row, **changes}


def case(number: int, **changes: object) -> Case:
    found = to_case(fake_model(), from_row(article(number, **changes), "x:1"))
    assert found is not None
    return found


def test_worth_is_f1_of_key_sentences_or_rouge() -> None:
    with_key, key = case(0), article(0)["key"]
    assert isinstance(key, list)
    assert with_key.worth([]) == 0
    assert with_key.worth(key) == pytest.approx(0.5)
    assert with_key.worth([*key, key[0] % 6 + 1]) == pytest.approx(0.5 * 2 / 3)
    with_abstract = case(0, key=None, summary="a deal on gas was signed on day 0")
    assert with_abstract.worth(key) == pytest.approx(1.0)


def test_an_article_that_teaches_nothing_is_left_out() -> None:
    assert to_case(fake_model(), from_row(article(0, key=None), "x:1")) is None
    short = {"sentences": ["One", "Two"], "labels": [[], []], "key": [1]}
    assert to_case(fake_model(), from_row(article(0, **short), "x:1")) is None


def test_without_its_headline_an_article_keeps_its_key_sentences() -> None:
    hidden = to_case(fake_model(), from_row(article(0), "x:1"), headline=False)
    assert hidden is not None
    assert hidden.body == tuple(range(6))
    assert hidden.key == {index - 1 for index in case(0).key or ()}


def test_rows_are_gains() -> None:
    found = case(3)
    figures, gains = rows_of(found, random.Random(0), n_states=1)
    assert figures.shape == (6, len(FIGURES))
    assert gains.tolist() == pytest.approx([found.worth([index]) for index in found.body])


def test_the_table_says_what_scikit_learn_says() -> None:
    generator = np.random.default_rng(0)
    figures = generator.normal(size=(500, len(FIGURES))).astype(np.float32)
    gains = figures[:, 0] * (figures[:, 3] > 0)
    found = boost(figures, gains, np.ones(500, dtype=np.float32))
    assert to_table(found).gains(figures) == pytest.approx(found.predict(figures), abs=1e-4)


@pytest.fixture(scope="module")
def selector() -> Selector:
    return fit([case(number) for number in range(60)], random.Random(0))


def test_it_learns_which_sentence_is_the_key_and_when_to_stop(selector: Selector) -> None:
    for number in range(100, 110):
        gold = from_row(article(number), "x:1")
        sentences = gold.article.sentences
        assert sentences is not None
        reading = fake_model().read([sentence.text for sentence in sentences])
        found = summarise(gold.article, sentences, reading, evidence=[], selector=selector)
        assert found.sentences == gold.key


def test_the_same_articles_give_the_same_selector(selector: Selector) -> None:
    again = fit([case(number) for number in range(60)], random.Random(0))
    assert again.to_json() == selector.to_json()


def test_too_few_articles_are_named() -> None:
    with pytest.raises(DataError, match="expected more"):
        fit([case(0)], random.Random(0))


def test_a_model_gets_it_and_keeps_the_rest(selector: Selector, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"hidden_size": 3, "hoptac": {"name": "Đà Nẵng"}}))
    (tmp_path / "SHA256SUMS").write_text("00  config.json\n11  model.onnx\n")
    write_selector(tmp_path, selector)
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert config["hidden_size"] == 3
    assert config["hoptac"]["name"] == "Đà Nẵng"
    assert Selector.from_json(config["hoptac"]["selector"]).to_json() == selector.to_json()
    digest = hashlib.sha256((tmp_path / "config.json").read_bytes()).hexdigest()
    assert (tmp_path / "SHA256SUMS").read_text() == f"{digest}  config.json\n11  model.onnx\n"

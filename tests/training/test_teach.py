"""What an earlier model says is learnt beside the labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch

from fakes import ROOT
from hoptac import UsageError, read_labelled
from hoptac.model import Model, Reading, load_model, sigmoid
from hoptac.predict import Predictor
from hoptac.taxonomy import load_taxonomy
from hoptac_training.augment import CHANGES
from hoptac_training.examples import Example, batches, keep
from hoptac_training.fit import cosine_loss, drawn
from hoptac_training.teach import taught
from hoptac_training.train import train

THEMES = str(ROOT / "seeds/themes.toml")
TAXONOMY = load_taxonomy(THEMES)


@pytest.fixture(scope="module")
def teacher(tiny_model: Path) -> Model:
    return load_model(tiny_model)


def example(themes: list[list[float]], sentences: tuple[str, ...]) -> Example:
    targets = np.array(themes, np.float32)
    return Example("a", "en", sentences, targets, targets.max(axis=0), np.zeros(len(sentences), np.float32))


def test_targets_are_labels_and_the_teacher_by_share_or_the_teacher_alone(
    teacher: Model,
) -> None:
    texts = ("the ministers agreed on a gas deal", "the vaccine " * 40, "trade")  # the second is longer than a window
    reading = teacher.read(texts)
    said = sigmoid(reading.themes)
    labelled = example([[0, 1, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]], texts)
    (found,) = taught([labelled], [teacher], TAXONOMY, share=0.25, width=32)
    np.testing.assert_allclose(found.themes, 0.75 * labelled.themes + 0.25 * said, atol=1e-6)
    assert found.vectors is not None
    np.testing.assert_array_equal(found.vectors, reading.vectors)
    assert (found.article == labelled.article).all()
    (found,) = taught([example([[np.nan] * 5] * 3, texts)], [teacher], TAXONOMY, share=0.25, width=99)
    np.testing.assert_allclose(found.themes, said, atol=1e-6)
    assert found.vectors is None  # of another width than the student's


def test_of_several_teachers_the_mean_is_learnt_and_the_vectors_of_the_first(teacher: Model) -> None:
    class Undecided:
        taxonomy = TAXONOMY

        def read(self, sentences: tuple[str, ...]) -> Reading:
            return Reading(np.ones((1, 32), np.float32), np.zeros((1, 5), np.float32), np.zeros(1, np.float32))

    labelled = example([[0, 1.0, 0, 0, 0]], ("the ministers agreed on a gas deal",))
    reading = teacher.read(labelled.sentences)
    both = [teacher, cast("Model", Undecided())]
    (found,) = taught([labelled], both, TAXONOMY, share=1.0, width=32)
    np.testing.assert_allclose(found.themes, (sigmoid(reading.themes) + 0.5) / 2, atol=1e-6)
    assert found.vectors is not None
    np.testing.assert_array_equal(found.vectors, reading.vectors)


def test_articles_without_a_theme_are_still_known_as_such(teacher: Model) -> None:
    plain, themed = ([[0.0] * 5], [[0, 1.0, 0, 0, 0]])
    found = taught(
        [example(part, ("trade",)) for part in (plain, plain, themed)], [teacher], TAXONOMY, share=0.5, width=32
    )
    assert len(drawn(found, 0.5, 0)) == 2


def test_a_teacher_of_other_themes_is_refused(teacher: Model) -> None:
    other = load_taxonomy(ROOT / "training/themes/sib200.toml")
    with pytest.raises(UsageError, match=r"must know those that are learnt: entertainment"):
        taught([], [teacher], other, share=0.5, width=32)


def test_vectors_stay_with_their_sentences(teacher: Model) -> None:
    from random import Random

    texts = tuple(f"the {word} deal" for word in ("gas", "navy", "vaccine", "trade"))
    (found,) = taught([example([[0.0] * 5] * 4, texts)], [teacher], TAXONOMY, share=0.5, width=32)
    assert found.vectors is not None
    kept = keep(found, [3, 1])
    assert kept.vectors is not None
    np.testing.assert_array_equal(kept.vectors, found.vectors[[3, 1]])
    more = CHANGES["leftovers"][1](found, Random(1))
    assert more.vectors is not None
    place = next(i for i, sentence in enumerate(more.sentences) if sentence not in texts)
    assert np.isnan(more.vectors[place]).all()
    np.testing.assert_array_equal(np.delete(more.vectors, place, axis=0), found.vectors)
    (batch,) = batches([found, more], teacher.tokenizer, size=48, batch_tokens=1000)
    assert batch.vectors is not None
    np.testing.assert_array_equal(batch.vectors[0, :4].numpy(), found.vectors)


def test_the_loss_of_vectors_is_their_angle_and_leaves_out_what_is_not_known() -> None:
    nan = float("nan")
    vectors = torch.tensor([[1.0, 0.0], [0.0, 2.0], [5.0, 5.0]])
    targets = torch.tensor([[3.0, 0.0], [1.0, 0.0], [nan, nan]])
    assert cosine_loss(vectors, targets).item() == pytest.approx(0.5)
    assert cosine_loss(vectors, torch.full((3, 2), nan)).item() == 0


def test_a_student_with_half_the_layers_comes_near_its_teacher(
    tiny_model: Path, tiny_data: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "r.toml"
    recipe.write_text("layers = 1\nepochs = 8\nwindow = 48\nbatch_tokens = 1024\nrate = 3e-3\naugment = 0.0\n")
    out, lines = tmp_path / "student", list[str]()
    model = train(
        [str(tiny_data)], THEMES, out, recipe=str(recipe), base=str(tiny_model), teachers=[str(tiny_model)],
        report=lines.append,
    )  # fmt: skip
    assert f"{tiny_model} reads what is to be learnt" in lines
    assert json.loads((out / "config.json").read_text())["num_hidden_layers"] == 1
    gold = list(read_labelled(tiny_data, TAXONOMY))
    found = Predictor(model).predict_many(item.article for item in gold)
    assert sum(p.labels == item.themes for p, item in zip(found, gold, strict=True)) > 0.9 * len(gold)
    texts = ["the ministers agreed on a gas deal", "the navy deal"]
    a, b = model.read(texts).vectors, load_model(tiny_model).read(texts).vectors
    cosines = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    assert (cosines > 0.9).all()

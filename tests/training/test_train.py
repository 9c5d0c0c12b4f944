from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from fakes import ROOT
from hoptac import DataError, HoptacError, OutputError, UsageError, read_labelled
from hoptac.cli import main
from hoptac.predict import Predictor
from hoptac_eval.evaluate import evaluate
from hoptac_training.checkpoint import Checkpoint
from hoptac_training.fit import exclusive_loss
from hoptac_training.measure import themes_of
from hoptac_training.recipe import Recipe, load_recipe
from hoptac_training.train import CHECKPOINT, train

THEMES = str(ROOT / "seeds/themes.toml")


def test_a_model_learns_words_and_answers_from_its_directory(tiny_model: Path, tiny_data: Path) -> None:
    predictor = Predictor.load(tiny_model)
    gold = list(read_labelled(tiny_data, predictor.taxonomy))
    found = list(predictor.predict_many(item.article for item in gold))
    exact = sum(prediction.labels == item.themes for prediction, item in zip(found, gold, strict=True))
    assert exact / len(gold) > 0.95


def test_the_directory_is_what_the_contract_says(tiny_model: Path) -> None:
    names = {
        "config.json",
        "model.onnx",
        "tokenizer.json",
        "themes.toml",
        "parity.json",
        "README.md",
        "SHA256SUMS",
        "model.safetensors",
    }
    assert names <= {path.name for path in tiny_model.iterdir()}
    config = json.loads((tiny_model / "config.json").read_text())["hoptac"]
    assert config["training"]["recipe"]["epochs"] == 16
    assert config["languages"] == ["en"]
    assert load_file(tiny_model / "model.safetensors")
    card = (tiny_model / "README.md").read_text(encoding="utf-8")
    sure = config["training"]["sure"]
    assert ("No cut can promise" if sure is None else f"holds from a probability of {sure} on") in card
    assert not (tiny_model / CHECKPOINT).exists()


def test_the_saved_weights_load_with_transformers(tiny_model: Path) -> None:
    from transformers import AutoModel

    encoder = AutoModel.from_pretrained(tiny_model)
    assert encoder.config.hidden_size == 32


def test_the_same_seed_gives_the_same_model(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "r.toml"
    recipe.write_text("epochs = 1\nwindow = 48\nbatch_tokens = 1024\n")
    digests = []
    for name in ("a", "b"):
        train([str(tiny_data)], THEMES, tmp_path / name, recipe=str(recipe), base=str(tiny_base))
        digests.append(json.loads((tmp_path / name / "config.json").read_text())["hoptac"]["training"]["weights"])
    assert digests[0] == digests[1]


def test_training_goes_on_from_a_model(tiny_model: Path, tiny_data: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "r.toml"
    recipe.write_text("epochs = 1\nwindow = 48\nbatch_tokens = 1024\nrate = 1e-9\nhead_rate = 1e-9\naugment = 0.0\n")
    lines: list[str] = []
    train([str(tiny_data)], THEMES, tmp_path / "on", recipe=str(recipe), base=str(tiny_model), report=lines.append)
    assert any("the heads go on" in line for line in lines)
    before, after = (load_file(path / "model.safetensors") for path in (tiny_model, tmp_path / "on"))
    assert before.keys() == after.keys()
    assert all((before[name] - after[name]).abs().max() < 1e-4 for name in before)


def test_frozen_layers_are_run_once_and_stay_as_they_are(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "r.toml"
    recipe.write_text("epochs = 1\nwindow = 48\nfrozen_layers = 1\n")
    train([str(tiny_data)], THEMES, tmp_path / "m", recipe=str(recipe), base=str(tiny_base))
    before = load_file(tiny_base / "model.safetensors")
    after = load_file(tmp_path / "m" / "model.safetensors")
    key = "encoder.layer.{}.output.dense.weight"
    assert (before[key.format(0)] == after[key.format(0)]).all()
    assert not (before[key.format(1)] == after[key.format(1)]).all()


def test_resume_goes_on_after_the_last_epoch(
    tiny_base: Path, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, checkpoint = tmp_path / "r.toml", tmp_path / "m" / CHECKPOINT
    recipe.write_text("epochs = 2\nwindow = 48\n")
    lines: list[str] = []

    def run(data: Path = tiny_data, **others: Any) -> None:
        train([str(data)], THEMES, tmp_path / "m", recipe=str(recipe), base=str(tiny_base), report=lines.append,
              **others)  # fmt: skip

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    save = Checkpoint.save
    with monkeypatch.context() as patched:
        patched.setattr(Checkpoint, "save", lambda self, path: (save(self, path), kill()))
        with pytest.raises(KeyboardInterrupt):
            run()
    assert sum(line.startswith("epoch") for line in lines) == 1
    kept = checkpoint.read_bytes()

    other = tmp_path / "other.jsonl"
    other.write_text("".join(tiny_data.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(UsageError, match=f"{CHECKPOINT}: was made with another data"):
        run(other, resume=True)
    recipe.write_text("epochs = 3\nwindow = 48\n")
    with pytest.raises(UsageError, match="another recipe; go on with the same"):
        run(resume=True)
    recipe.write_text("epochs = 2\nwindow = 48\n")
    checkpoint.write_bytes(kept[:1000])
    with pytest.raises(DataError, match=r"no checkpoint .*; delete it"):
        run(resume=True)

    checkpoint.write_bytes(kept)
    lines.clear()
    run(resume=True)
    assert [line[:9] for line in lines if line.startswith("epoch")] == ["epoch 2/2"]
    assert not checkpoint.exists(), "it has done its work"
    assert Predictor.load(tmp_path / "m").languages == ("en",)


def test_a_model_is_not_replaced_unasked(tiny_model: Path, tiny_data: Path) -> None:
    before = (tiny_model / "config.json").read_bytes()
    with pytest.raises(OutputError, match="is a model already; choose another name, or --overwrite it"):
        train([str(tiny_data)], THEMES, tiny_model)
    assert (tiny_model / "config.json").read_bytes() == before


def test_an_output_that_cannot_be_written_is_named_before_training(tiny_data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file: cannot be written .*; try another place"):
        train([str(tiny_data)], THEMES, tmp_path / "file")


def test_the_command_trains(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "r.toml"
    recipe.write_text("epochs = 1\nwindow = 48\n")
    result = CliRunner().invoke(
        main, ["train", str(tiny_data), "--themes", THEMES, "--base", str(tiny_base), "--recipe", str(recipe),
               "-o", str(tmp_path / "m")]
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert Predictor.load(tmp_path / "m").languages == ("en",)


def test_labels_for_whole_articles_are_enough(tiny_base: Path, tmp_path: Path, recipe: Path) -> None:
    themes = tmp_path / "themes.toml"
    themes.write_text("exclusive = true\n[[theme]]\nid = 'sea'\n[[theme]]\nid = 'fuel'\n")
    data = tmp_path / "d.jsonl"
    rows = [
        {
            "id": str(i),
            "lang": "en",
            "text": f"the ministers agreed on a {'navy' if i % 2 else 'gas'} deal .",
            "themes": ["sea" if i % 2 else "fuel"],
        }
        for i in range(120)
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    train([str(data)], str(themes), tmp_path / "m", recipe=str(recipe), base=str(tiny_base))
    predictor = Predictor.load(tmp_path / "m")
    assert predictor.predict("the ministers agreed on a gas deal .").labels == ("fuel",)
    assert predictor.predict("the ministers agreed on a navy deal .").labels == ("sea",)
    report = evaluate(str(data), predictor, baselines=False, resamples=10)
    accuracy = report.figure("exact_match")
    assert accuracy is not None
    assert accuracy.value == 1.0
    # One label whatever is said: neither word, or both.
    for text in ("trade on the deal", "the navy agreed on gas. The gas deal. The navy deal."):
        prediction = predictor.predict(text)
        assert len(prediction.labels) == 1
        assert abs(sum(score.probability for score in prediction.themes) - 1) < 1e-6
    assert "exactly one theme" in (tmp_path / "m" / "README.md").read_text(encoding="utf-8")


def test_exclusive_loss_is_the_cross_entropy_of_what_is_known() -> None:
    logits = torch.log(torch.tensor([[3.0, 1.0], [1.0, 1.0]]))
    targets = torch.tensor([[1.0, 0.0], [float("nan"), float("nan")]])
    assert torch.isclose(exclusive_loss(logits, targets), -torch.log(torch.tensor(0.75)))
    assert exclusive_loss(logits[1:], targets[1:]) == 0.0


def test_an_article_has_its_highest_theme_where_themes_exclude_one_another() -> None:
    logits = np.array([[-2.0, -1.0], [-0.5, -3.0]], np.float32)
    assert themes_of(logits, exclusive=True).tolist() == [True, False]
    assert themes_of(logits, exclusive=False).tolist() == [False, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epoch = 3", "unknown key 'epoch'"),
        ("epochs = 'three'", "expected a value like 8"),
        ("rate = true", "rate"),
        ("epochs =", "not a recipe"),
    ],
)
def test_a_bad_recipe_is_refused(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=words):
        load_recipe(path)


def test_whole_numbers_do_for_rates(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text("weight_decay = 0\n")
    assert load_recipe(path) == Recipe(weight_decay=0)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("window = 1024", "8 to 512"),
        ("epochs = -1", "at least 0"),
        ("augment = 1.5", "0 to 1"),
        ("batch_tokens = 0", "at least 1"),
    ],
)
def test_a_setting_out_of_range_is_refused(line: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text(line + "\n")
    with pytest.raises(UsageError, match=f"r.toml: {line}; expected {expected}"):
        load_recipe(path)


@pytest.mark.parametrize("path", sorted((ROOT / "training/recipes").glob("*.toml")), ids=lambda path: path.name)
def test_the_recipes_in_the_house_can_be_read(path: Path) -> None:
    load_recipe(path)


def test_an_unknown_base_is_named(tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(HoptacError, match="e5-small"):
        train([str(tiny_data)], THEMES, tmp_path / "m", base=str(tmp_path / "nowhere"))


def test_two_articles_with_one_id_are_refused(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="more than one place"):
        train([str(tiny_data), str(tiny_data)], THEMES, tmp_path / "m", base=str(tiny_base))

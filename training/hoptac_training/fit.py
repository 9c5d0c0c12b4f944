"""Fine-tunes the network: the same code on a GPU and on a CPU, in bf16 where the machine has it, else in float32.

Early stopping on dev, a checkpoint after every epoch, `resume`. Knows nothing of files of articles or of export.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from hoptac_training.augment import augment
from hoptac_training.checkpoint import Checkpoint, load
from hoptac_training.examples import Batch, Example, batches
from hoptac_training.measure import Scores, evaluate
from hoptac_training.network import SentenceNetwork, autocast
from hoptac_training.recipe import Recipe

Report = Callable[[str], None]
# Two drawings of the altered articles in turn: more would cost memory and time, one would be learnt by heart.
N_DRAWINGS = 2


def masked_bce(logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean binary cross-entropy over targets that are not NaN; 0 where all are."""
    known = ~torch.isnan(targets)
    wanted = torch.nan_to_num(targets) * (1 - smoothing) + 0.5 * smoothing
    losses = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    return (losses * known).sum() / known.sum().clamp(min=1)


def cosine_loss(vectors: Tensor, targets: Tensor) -> Tensor:
    """Mean of one less the cosine to targets (…, width) that are not NaN; 0 where all are."""
    known = ~torch.isnan(targets).any(dim=-1)
    losses = 1 - functional.cosine_similarity(vectors, torch.nan_to_num(targets), dim=-1)
    return (losses * known).sum() / known.sum().clamp(min=1)


def article_logits(themes: Tensor, pool: Tensor, owner: Tensor, n_articles: int) -> Tensor:
    """(articles, n_themes): soft maximum (log-sum-exp less .3, so that one sure sentence counts as about itself
    among unsure ones) of the sentence logits (windows, pieces, n_themes) of each article."""
    there = pool.sum(-1, keepdim=True) > 0
    masked = themes.float().masked_fill(~there, -30.0)
    by_window = torch.logsumexp(masked, dim=1)
    top = torch.full((n_articles, themes.shape[-1]), -30.0, device=themes.device)
    return top.scatter_reduce(0, owner[:, None].expand_as(by_window), by_window, "amax") - 0.3


def exclusive_loss(logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    """Softmax cross-entropy of articles (articles, n_themes) whose themes exclude one another; 0 where no target is
    known. It lets themes compete, which the binary losses do not; those keep the scores of sentences on their scale."""
    known = ~torch.isnan(targets).any(dim=1)
    if not known.any():
        return logits.sum() * 0.0
    return functional.cross_entropy(logits[known], targets[known], label_smoothing=smoothing)


def set_layers(encoder: Any, n_layers: int) -> None:
    """Keep `n_layers` of a BERT-like encoder's layers, evenly spread, the last one among them."""
    layers = encoder.encoder.layer
    if not 0 < n_layers < len(layers):
        return
    chosen = np.linspace(0, len(layers) - 1, n_layers).round().astype(int)
    encoder.encoder.layer = nn.ModuleList(layers[int(index)] for index in chosen)
    encoder.config.num_hidden_layers = n_layers


def parameter_groups(network: SentenceNetwork, recipe: Recipe) -> list[dict[str, Any]]:
    """Learning rate by depth: heads `head_rate`, the top layer `rate`, each below it `layer_decay` of the next."""
    encoder: Any = network.encoder
    for parameter in encoder.parameters():
        parameter.requires_grad_(True)
    n_layers = int(encoder.config.num_hidden_layers)
    if not recipe.train_embeddings:
        for parameter in encoder.embeddings.parameters():
            parameter.requires_grad_(False)
    for layer in encoder.encoder.layer[: recipe.frozen_layers]:
        for parameter in layer.parameters():
            parameter.requires_grad_(False)
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        if ".encoder.layer." in f".{name}":
            depth = int(name.split("layer.")[1].split(".")[0])
            rate = recipe.rate * recipe.layer_decay ** (n_layers - 1 - depth)
        elif name.startswith("encoder."):
            rate = recipe.rate * recipe.layer_decay**n_layers
        else:
            rate = recipe.head_rate
        groups.setdefault((rate, parameter.ndim > 1), []).append(parameter)
    return [
        {"params": parameters, "lr": rate, "weight_decay": recipe.weight_decay if decays else 0.0}
        for (rate, decays), parameters in groups.items()
    ]


def fit(
    network: SentenceNetwork,
    tokenizer: Tokenizer,
    train: Sequence[Example],
    dev: Sequence[Example],
    recipe: Recipe,
    *,
    checkpoint: Path | None = None,
    made_of: Mapping[str, Any] | None = None,
    exclusive: bool = False,
    resume: bool = False,
    report: Report = lambda line: None,
    track: Callable[[Iterable[Batch], int], Iterable[Batch]] = lambda stream, total: stream,
) -> Scores:
    """Train in place; the network ends with the weights of its best epoch on dev (the last, where there is no dev).

    exclusive: every article has exactly one theme. checkpoint: a file that says after every epoch where the run stands,
    and from which `resume` goes on. made_of: what beside the recipe must be the same then. report: gets a line an
    epoch. track: wraps the batches of an epoch, for a progress bar. Raises UsageError, DataError (`checkpoint.load`).
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not recipe.epochs:
        return Scores(0, 0, 0, 0)
    torch.manual_seed(recipe.seed)
    network.to(device)
    optimiser = torch.optim.AdamW(parameter_groups(network, recipe), betas=(0.9, 0.98), fused=device.type == "cuda")
    change = augment(recipe.augment) if recipe.augment else None

    kept: dict[int, list[Batch]] = {}

    def draw(version: int) -> list[Batch]:
        rng = random.Random(recipe.seed * 1000 + version)
        return list(
            batches(
                drawn(train, recipe.plain_share, version),
                tokenizer,
                size=recipe.window,
                batch_tokens=recipe.batch_tokens,
                rng=rng,
                augment=change,
            )
        )

    def stream(epoch: int) -> list[Batch]:
        if not recipe.frozen_layers:
            return draw(epoch)
        # Frozen layers say the same every time, so they are run once for each of a few drawings of the data.
        version = epoch % N_DRAWINGS
        if version not in kept:
            report(f"running the {recipe.frozen_layers} frozen layers, drawing {version + 1} of {N_DRAWINGS}")
            drawn = draw(version)
            kept[version] = [_with_lower(network, batch, recipe, device) for batch in track(drawn, len(drawn))]
        items = list(kept[version])
        random.Random(recipe.seed + epoch).shuffle(items)
        return items

    n_batches = len(draw(0))
    n_steps = n_batches * recipe.epochs
    best, best_state, start, waited = Scores(0, 0, 0, 0), None, 0, 0
    run = {"recipe": asdict(recipe), **(made_of or {})}
    if resume and checkpoint is not None and checkpoint.exists():
        kept_run = load(checkpoint, run)
        network.load_state_dict(kept_run.last)
        best_state, state = dict(kept_run.best), kept_run.state
        best, start, waited = Scores(**state["best"]), state["epoch"] + 1, state["waited"]
    done = n_batches * start
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate_at(step + done, n_steps, recipe.warmup))
    for epoch in range(start, recipe.epochs):
        network.train()
        losses = []
        items = stream(epoch)
        for batch in track(items, len(items)):
            loss = _loss(network, batch.to(device), recipe, exclusive)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            losses.append(loss.detach())
        average = float(torch.stack(losses).mean())
        scores = evaluate(network, tokenizer, dev, recipe, exclusive=exclusive) if dev else best
        report(
            f"epoch {epoch + 1}/{recipe.epochs}: loss {average:.4f}, dev sentence F1 {scores.sentence_f1:.3f}, "
            f"article F1 {scores.article_f1:.3f}, exact {scores.exact:.3f}, salience AP {scores.salience:.3f}"
        )
        waited = 0 if scores.goal > best.goal or not dev else waited + 1
        if waited == 0:
            best = scores
            best_state = {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
        if checkpoint is not None:
            state = {"best": asdict(best), "epoch": epoch, "waited": waited}
            Checkpoint(run, state, network.state_dict(), best_state or {}).save(checkpoint)
        if waited > recipe.patience:
            break
    if best_state is not None:
        network.load_state_dict(best_state)
    return best


def drawn(train: Sequence[Example], share: float, version: int) -> list[Example]:
    """All articles but those labelled with no theme at all, of which `share` are drawn, in turn from one version to
    the next."""
    plain = [index for index, example in enumerate(train) if not example.article.any()]
    size = round(share * len(plain))
    start = version * size
    chosen = {plain[(start + step) % len(plain)] for step in range(size)}
    return [example for index, example in enumerate(train) if index in chosen or example.article.any()]


def _rate_at(step: int, n_steps: int, warmup: float) -> float:
    """Share of the full learning rate at a step: up over `warmup` of the run, then down to nothing."""
    return min((step + 1) / max(1.0, warmup * n_steps), max(0.0, 1 - step / (n_steps + 1)))


@torch.no_grad()
def _with_lower(network: SentenceNetwork, batch: Batch, recipe: Recipe, device: torch.device) -> Batch:
    network.eval()
    moved = batch.to(device)
    with autocast(device.type):
        lower = network.run_lower(moved.ids, moved.mask, recipe.frozen_layers)
    return replace(batch, lower=lower.half().cpu())


def _loss(network: SentenceNetwork, batch: Batch, recipe: Recipe, exclusive: bool) -> Tensor:
    with autocast(batch.ids.device.type):
        lower = None if batch.lower is None else batch.lower.float()
        vectors, themes, salience = network(batch.ids, batch.mask, batch.pool, lower, recipe.frozen_layers)
    loss = masked_bce(themes.float(), batch.themes, recipe.smoothing)
    if batch.vectors is not None:
        loss = loss + recipe.vector_loss * cosine_loss(vectors.float(), batch.vectors)
    loss = loss + recipe.salience_loss * masked_bce(salience.float(), batch.salience)
    whole = article_logits(themes, batch.pool, batch.owner, len(batch.article))
    by_article = masked_bce(whole, batch.article, recipe.smoothing)
    if exclusive:
        by_article = by_article + exclusive_loss(whole, batch.article, recipe.smoothing)
    return loss + recipe.article_loss * by_article

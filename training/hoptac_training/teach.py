"""A teacher's say: what an earlier model makes of the training articles, as targets beside the labels (Hinton, Vinyals
and Dean 2015; the vectors as in TinyBERT, Jiao et al. 2020).

The teacher reads the articles as they are, and the student also altered ones (`augment.py`), of which it is taught what
the teacher says of them unaltered.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from hoptac.errors import UsageError
from hoptac.model import Model, sigmoid
from hoptac.values import Taxonomy
from hoptac_training.examples import Example


def taught(
    examples: Iterable[Example], teacher: Model, taxonomy: Taxonomy, *, share: float, width: int
) -> list[Example]:
    """The examples with the teacher's vectors (where they are as wide as the student's, `width`), and with sentence
    targets of which `share` (0 to 1) is the teacher's probability and the rest the label; where there is no label, all
    of it. Raises UsageError for other themes."""
    if teacher.taxonomy.ids != taxonomy.ids:
        raise UsageError(
            f"{teacher.directory}: knows the themes {', '.join(teacher.taxonomy.ids)}; "
            f"a teacher must know those that are learnt: {', '.join(taxonomy.ids)}"
        )
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the teacher's graph runs on one thread
        return list(pool.map(lambda example: _mixed(example, teacher, share, width), examples))


def _mixed(example: Example, teacher: Model, share: float, width: int) -> Example:
    reading = teacher.read(example.sentences)
    said = sigmoid(reading.themes)
    mixed = np.where(np.isnan(example.themes), said, (1 - share) * example.themes + share * said)
    vectors = reading.vectors if reading.vectors.shape[1] == width else None
    return replace(example, themes=mixed.astype(np.float32), vectors=vectors)

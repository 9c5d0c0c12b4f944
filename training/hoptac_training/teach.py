"""Teachers' say: what earlier models make of the training articles, as targets beside the labels (Hinton, Vinyals and
Dean 2015; the vectors as in TinyBERT, Jiao et al. 2020). Several say what they say on average.

Teachers read the articles as they are, and the student also altered ones (`augment.py`), of which it is taught what
the teachers say of them unaltered.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from hoptac.errors import UsageError
from hoptac.model import Model, sigmoid
from hoptac.values import Taxonomy
from hoptac_training.examples import Example


def taught(
    examples: Iterable[Example], teachers: Sequence[Model], taxonomy: Taxonomy, *, share: float, width: int
) -> list[Example]:
    """The examples with the first teacher's vectors (where they are as wide as the student's, `width`), and with
    sentence targets of which `share` (0 to 1) is the mean of the teachers' probabilities and the rest the label; where
    there is no label, all of it. Raises UsageError for other themes."""
    for teacher in teachers:
        if teacher.taxonomy.ids != taxonomy.ids:
            raise UsageError(
                f"{teacher.directory}: knows the themes {', '.join(teacher.taxonomy.ids)}; "
                f"a teacher must know those that are learnt: {', '.join(taxonomy.ids)}"
            )
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # a teacher's graph runs on one thread
        return list(pool.map(lambda example: _mixed(example, teachers, share, width), examples))


def _mixed(example: Example, teachers: Sequence[Model], share: float, width: int) -> Example:
    readings = [teacher.read(example.sentences) for teacher in teachers]
    said = np.mean([sigmoid(reading.themes) for reading in readings], axis=0)
    mixed = np.where(np.isnan(example.themes), said, (1 - share) * example.themes + share * said)
    vectors = readings[0].vectors if readings[0].vectors.shape[1] == width else None
    return replace(example, themes=mixed.astype(np.float32), vectors=vectors)

"""Parquet and Zstandard, in and out. The one file that names pyarrow, which costs more to load than all else: import
this where such a file is met. Not here: what is in the rows (`sources`, `batch`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 500  # predictions in memory at once, and in a row group


def open_zst(file: str) -> Any:
    """The bytes of a Zstandard file, unpacked, as a raw stream. Raises OSError, also while it is read, where it is
    damaged."""
    return pa.CompressedInputStream(pa.OSFile(file), "zstd")


def read_parquet(file: str, pick: Callable[[Sequence[str]], Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file, one at a time: `pick` takes the names of its columns and gives name -> column.

    Raises ValueError or OSError where the file is damaged.
    """
    # Pages are read as they are needed: a row group may be larger than memory.
    with pq.ParquetFile(file, buffer_size=1 << 20) as table:
        columns = pick(table.schema_arrow.names)
        for batch in table.iter_batches(batch_size=64, columns=list(columns.values()), use_threads=False):
            for row in batch.to_pylist():
                yield {name: row[column] for name, column in columns.items()}


def write_parquet(lines: Path, output: Path, theme_ids: Sequence[str]) -> None:
    """Turn JSON lines of predictions into a Parquet file with nested columns of the same schema."""
    schema = prediction_schema(theme_ids)
    with open(lines, "rb") as stream, pq.ParquetWriter(output, schema, compression="zstd") as writer:
        while rows := [json.loads(line) for line in islice(stream, ROWS)]:
            writer.write_table(pa.Table.from_pylist(rows, schema))


def prediction_schema(theme_ids: Sequence[str]) -> pa.Schema:
    """The columns of a prediction, as `Prediction.to_dict` has them."""
    text, number, numbers = pa.string(), pa.int64(), pa.list_(pa.int64())
    theme = {"id": text, "probability": pa.float64(), "decision": text, "sentences": numbers}
    sentence = {
        "start": number,
        "end": number,
        "text": text,
        "themes": pa.list_(text),
        "probabilities": pa.struct({theme_id: pa.float64() for theme_id in theme_ids}),
    }
    return pa.schema(
        {
            "id": text,
            "source": text,
            "language": text,
            "title": text,
            "themes": pa.list_(pa.struct(theme)),
            "labels": pa.list_(text),
            "primary": text,
            "sentences": pa.list_(pa.struct(sentence)),
            "summary": pa.struct({"text": text, "sentences": numbers, "method": text}),
            "model": text,
            "error": text,
        }
    )

"""Parquet and Zstandard, in and out. The one file that names pyarrow, which costs more to load than all else: import
this where such a file is met. Not here: what is in the rows (`tables`, `batch`)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 500  # predictions in memory at once, and in a row group
GROUP_BYTES = 2**23  # of their lines; a group that has as many takes no more rows


def open_zst(file: str) -> Any:
    """The bytes of a Zstandard file, unpacked, as a raw stream. Raises OSError, also while it is read, where it is
    damaged."""
    return pa.CompressedInputStream(_opened(file), "zstd")


def _opened(file: str | Path, mode: str = "rb") -> Any:
    return pa.OSFile(os.fsencode(file), mode)  # in bytes: a name need not be UTF-8


AT_ONCE = 2**26  # bytes of a column that are in memory at once, unless a single value has more


def read_parquet(
    file: str, pick: Callable[[Sequence[str]], Mapping[str, str]], max_bytes: int
) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file, one at a time: `pick` takes the names of its columns and gives name -> column. Of a
    text of more than `max_bytes`, in whatever column, no more comes out than shows that it has more.

    Raises ValueError or OSError where the file is damaged or cannot be made out.
    """
    try:
        yield from _parquet_rows(file, pick, max_bytes)
    except (pa.ArrowException, KeyError) as error:  # types that Arrow does not read, two columns of one name
        raise ValueError(str(error)) from error


def _parquet_rows(
    file: str, pick: Callable[[Sequence[str]], Mapping[str, str]], max_bytes: int
) -> Iterator[dict[str, Any]]:
    # Pages are read as they are needed: a row group may be larger than memory.
    with _opened(file) as stream, pq.ParquetFile(stream, buffer_size=1 << 20) as table:
        columns = pick(table.schema_arrow.names)
        wanted = list(dict.fromkeys(columns.values()))
        for group in range(table.num_row_groups):
            n_rows = max(1, min(64, AT_ONCE // _longest_value(table.metadata.row_group(group), wanted)))
            batches = table.iter_batches(batch_size=n_rows, row_groups=[group], columns=wanted, use_threads=False)
            for batch in batches:
                for place in range(batch.num_rows):
                    yield {name: _value(batch.column(column)[place], max_bytes) for name, column in columns.items()}


def _longest_value(group: Any, columns: Sequence[str]) -> int:
    """What no value of these columns has more bytes than: each is written at least once, however many rows have it."""
    chunks = [group.column(number) for number in range(group.num_columns)]
    return max([1, *(int(chunk.total_uncompressed_size) for chunk in chunks if chunk.path_in_schema in columns)])


def _value(value: Any, max_bytes: int) -> Any:
    """A value as Python has it, cut where it is a long text; None where Python has none, as of a date in 20,000 AD."""
    if isinstance(value, pa.DictionaryScalar) and value.is_valid:
        value = value.value
    if not isinstance(value, pa.StringScalar | pa.LargeStringScalar | pa.StringViewScalar) or not value.is_valid:
        try:
            return value.as_py()
        except (ValueError, OverflowError):
            return None
    content = value.as_buffer()[: max_bytes + 4]  # 4: the last letter may be cut
    return content.to_pybytes().decode("utf-8", "surrogateescape")  # what is not UTF-8 is the row's affair


def _groups(stream: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Lines by row group: so many, or fewer of long ones."""
    lines: list[bytes] = []
    n_bytes = 0
    for line in stream:
        lines.append(line)
        n_bytes += len(line)
        if len(lines) == ROWS or n_bytes >= GROUP_BYTES:
            yield lines
            lines, n_bytes = [], 0
    if lines:
        yield lines


def write_parquet(lines: Path, output: Path, theme_ids: Sequence[str]) -> None:
    """Turn JSON lines of predictions into a Parquet file with nested columns of the same schema."""
    schema = prediction_schema(theme_ids)
    with (
        open(lines, "rb") as stream,
        _opened(output, "wb") as sink,
        pq.ParquetWriter(sink, schema, compression="zstd") as writer,
    ):
        for group in _groups(stream):
            writer.write_table(pa.Table.from_pylist([json.loads(line) for line in group], schema))


def numbered_table(numbers: Sequence[int], rows: Sequence[Mapping[str, Any]], theme_ids: Sequence[str]) -> pa.Table:
    """Predictions as a table, with a column `row` in front: each one's place in the input, from 0."""
    table = pa.Table.from_pylist(list(rows), prediction_schema(theme_ids))
    return table.add_column(0, "row", pa.array(numbers, pa.int64()))


def numbers_in(part: Path) -> tuple[Any, int]:
    """The column `row` of a part of an output, as an array (n,) of int64, and how many of its rows failed.

    Raises ValueError or OSError for a file that is not whole.
    """
    with _opened(part) as stream, pq.ParquetFile(stream) as file:
        table = file.read(columns=["row", "error"])
    return table["row"].to_numpy(), table.num_rows - table["error"].null_count


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

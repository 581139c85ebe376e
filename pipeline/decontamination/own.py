"""A user's own evaluation set, as items to compare with.

A JSONL, CSV or parquet file comes in, table `ReferenceTexts` goes out.
"""

import io
from pathlib import Path

import polars as pl

from pipeline.errors import InputError
from pipeline.io import read_parquet

TEXTS = ("text", "question", "problem", "prompt", "query", "turns", "messages")
NAMES = ("item", "id", "task_id", "question_id", "key", "problem_id")


def own_texts(name: str, path: Path) -> pl.DataFrame:
    """Items of one file; the row's number names an item where no column does.

    Raises:
        InputError: The file is missing, of another kind, or has no column of texts.
    """
    frame = _read(path)
    column = next((column for column in TEXTS if column in frame.columns), None)
    if column is None:
        raise InputError(
            f"{path}: no column of texts among {', '.join(frame.columns)}; name one of them "
            f"{', '.join(TEXTS)}"
        )
    key = next((name for name in NAMES if name in frame.columns), None)
    items = frame[key].cast(pl.String) if key else pl.Series(range(frame.height)).cast(pl.String)
    texts = pl.DataFrame({"item": items, "text": _as_text(frame[column], path)})
    kept = texts.drop_nulls().filter(pl.col("text").str.strip_chars() != "")
    if kept.is_empty():
        raise InputError(f"{path}: no text in column {column!r}; the set would check nothing")
    return kept.select(pl.lit(name).alias("suite"), "item", "text")


def _read(path: Path) -> pl.DataFrame:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return read_parquet(path)
    if suffix not in (".jsonl", ".csv"):
        raise InputError(f"{path}: is {suffix or 'no known kind'}; use .jsonl, .csv or .parquet")
    try:
        content = io.BytesIO(path.read_bytes())
        if suffix == ".csv":
            return pl.read_csv(content, infer_schema=False)
        return pl.read_ndjson(content, infer_schema_length=None)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from error


def _as_text(column: pl.Series, path: Path) -> pl.Series:
    """Texts, the turns of a list in a row, or what the messages of a list say."""
    if column.dtype == pl.String:
        return column
    if column.dtype == pl.List(pl.String):
        return column.list.join("\n")
    inner = column.dtype.inner if isinstance(column.dtype, pl.List) else None
    if isinstance(inner, pl.Struct) and "content" in {field.name for field in inner.fields}:
        content = pl.element().struct.field("content")
        return column.list.eval(content).list.join("\n")
    raise InputError(f"{path}: column {column.name!r} is {column.dtype}; texts are needed")

"""Ids as numbers and reading in fixed tables."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.columns import identifiers_of, keys_of, stream
from pipeline.errors import InputError, IntegrityError

SCHEMA = pa.schema([("a", pa.int64()), ("b", pa.string())])


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_ids_and_numbers_are_inverse(numbers: list[int]) -> None:
    keys = np.array(numbers, np.uint64)
    texts = identifiers_of(keys)
    assert texts.to_pylist() == [f"{n:016x}" for n in numbers]
    assert np.array_equal(keys_of(texts), keys)
    assert np.array_equal(keys_of(texts.slice(1)), keys[1:])


@pytest.mark.parametrize("bad", ["12", "g" * 16, "é" * 8, None])
def test_other_ids_are_refused(bad: str | None) -> None:
    with pytest.raises(IntegrityError, match="id"):
        keys_of(pa.array(["0" * 16, bad]))


@pytest.mark.parametrize("group", [7, 100, 10_000])
def test_tables_have_one_length_whatever_the_row_groups(tmp_path: Path, group: int) -> None:
    table = pa.table({"a": range(250), "c": [0.0] * 250, "b": [str(i) for i in range(250)]})
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=group)
    parts = list(stream(tmp_path / "x.parquet", SCHEMA, 100))
    assert [len(part) for part in parts] == [100, 100, 50]
    assert pa.concat_tables(parts).equals(table.select(["a", "b"]))


def test_missing_column_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "x.parquet")
    with pytest.raises(InputError, match=r"lacks the columns \['b'\]"):
        list(stream(tmp_path / "x.parquet", SCHEMA))


def test_wrong_type_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": ["x"], "b": ["y"]}), tmp_path / "x.parquet")
    with pytest.raises(InputError, match=r"x\.parquet"):
        list(stream(tmp_path / "x.parquet", SCHEMA))


@pytest.mark.parametrize("content", [b"", b"PAR1 and then nothing", None])
def test_truncated_and_missing_files(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.parquet"):
        list(stream(path, SCHEMA))

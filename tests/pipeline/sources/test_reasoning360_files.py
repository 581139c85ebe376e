import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.accounting import Reject
from pipeline.errors import InputError
from pipeline.sources import parquet_columns, reasoning360

Row = Callable[..., dict[str, Any]]
Guru = Callable[..., Path]


def read(path: Path) -> list[Any]:
    return list(reasoning360.read(str(path)))


def without(path: Path, column: str) -> None:
    pq.write_table(pq.read_table(path).drop_columns([column]), path)


def test_directories_are_read_recursively_in_order_of_names(guru: Guru, row: Row) -> None:
    guru(row(question="2"), name="b.parquet")
    guru(row(question="1", extra_info={"idx": 1}), name="a/z.parquet")
    root = guru(row(question="3", extra_info={"id": "x"}), name="c.parquet").parent
    items = read(root)
    assert [i.messages[0]["content"] for i in items] == ["1", "2", "3"]
    assert [i.file for i in items] == ["a/z.parquet", "b.parquet", "c.parquet"]
    assert reasoning360.count(str(root)) == 3


def test_other_files_beside_parquet_are_named_and_dotfiles_are_not_data(
    guru: Guru, row: Row
) -> None:
    root = guru(row()).parent
    (root / "README.md").write_text("hello")
    (root / ".cache").mkdir()
    (root / ".cache" / "x.parquet").write_text("not data")
    first, second = read(root)
    assert (first.key, first.reason) == ("README.md", "not_parquet")
    assert second.file == "train.parquet"


def test_no_such_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: no such file or directory.*'sample'"):
        read(tmp_path / "nowhere")


def test_empty_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no file"):
        read(tmp_path)


def test_directory_without_parquet(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InputError, match=r"no \.parquet file in it \(found notes\.txt\)"):
        read(tmp_path)


@pytest.mark.parametrize("column", ["data_source", "prompt", "reward_model"])
def test_missing_column(guru: Guru, row: Row, column: str) -> None:
    path = guru(row())
    without(path, column)
    with pytest.raises(InputError, match=rf"train\.parquet: no column '{column}'; found .*ability"):
        read(path)


@pytest.mark.parametrize("column", ["ability", "extra_info", "apply_chat_template"])
def test_columns_that_may_be_absent(guru: Guru, row: Row, column: str) -> None:
    path = guru(row())
    without(path, column)
    assert read(path)[0].ground_truth == "42"


@pytest.mark.parametrize(
    ("column", "value", "seen"),
    [
        ("data_source", 5, "int64"),
        ("prompt", "What is 6 * 7?", "string"),
        ("prompt", ["What is 6 * 7?"], "list"),
        ("prompt", [{"role": "user", "text": "x"}], "text"),
        ("reward_model", "42", "string"),
        ("reward_model", {"style": "rule"}, "struct<style"),
        ("qwen3_30b_pass_rate", "0.5", "string"),
    ],
)
def test_wrong_type(guru: Guru, row: Row, column: str, value: Any, seen: str) -> None:
    path = guru(row(**{column: value}))
    with pytest.raises(
        InputError, match=rf"train\.parquet: column '{column}' is .*{seen}.*must be"
    ):
        read(path)


def test_odd_types_that_still_work(guru: Guru, row: Row) -> None:
    path = guru(row(extra_info="not a struct"), row(question="b", extra_info="x"))
    table = pq.read_table(path)
    coded = table.column("data_source").combine_chunks().dictionary_encode()
    pq.write_table(table.set_column(0, "data_source", coded), path)
    assert [i.data_source for i in read(path)] == ["math__gsm8k"] * 2


@pytest.mark.parametrize("cut", [0, 4, 100, -8, -1])
def test_truncated_file(guru: Guru, row: Row, cut: int) -> None:
    path = guru(*(row(question=str(i)) for i in range(100)))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match=r"train\.parquet: not a readable parquet file"):
        read(path)


def test_damaged_page(guru: Guru, row: Row) -> None:
    path = guru(*(row(question=os.urandom(40).hex()) for _ in range(3000)))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle - 20_000 : middle + 20_000] = b"\xff" * 40_000
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"train\.parquet, after row \d+: not a readable parquet"):
        read(path)


def test_text_that_is_no_parquet(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_text('{"prompt": "x"}\n' * 100)
    with pytest.raises(InputError, match="not a readable parquet file"):
        read(path)


def test_file_without_rows(guru: Guru, row: Row) -> None:
    path = guru(row())
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    assert read(path) == []


def test_any_batch_size_gives_the_same_rows(
    guru: Guru, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = guru(*(row(question=f"{i}", truth=None if i % 7 == 0 else "1") for i in range(100)))
    whole = read(path)
    monkeypatch.setattr(parquet_columns, "BATCH_ROWS", 3)
    assert read(path) == whole
    assert sum(isinstance(item, Reject) for item in whole) == 15
    assert [item.row for item in whole if not isinstance(item, Reject)][:7] == [1, 2, 3, 4, 5, 6, 8]


def test_wide_rows_come_in_small_batches(guru: Guru, row: Row) -> None:
    path = guru(*(row(truth=os.urandom(500_000).hex()) for _ in range(20)))
    with pq.ParquetFile(path) as parquet:
        batches = parquet_columns.read_columns(parquet, "x", {"t": "reward_model.ground_truth"})
        assert max(batch.rows for batch in batches) <= parquet_columns.BATCH_BYTES // 1_000_000 + 1


def test_text_that_is_not_utf8(tmp_path: Path, guru: Guru, row: Row) -> None:
    path = guru(row())
    table = pq.read_table(path)
    broken = pa.array([b"math__\xff"]).view(pa.string())
    pq.write_table(table.set_column(0, "data_source", broken), path)
    with pytest.raises(InputError, match="after row 0: not a readable parquet file"):
        read(path)


def test_real_files(shared: Path) -> None:
    items = read(shared / "guru")
    counts: dict[str, int] = {}
    for item in items:
        counts[item.data_source] = counts.get(item.data_source, 0) + 1
    assert counts == {"math__gsm8k": 7473 + 1319, "codegen__mbpp": 974, "codegen__humaneval": 164}
    assert not [item for item in items if isinstance(item, Reject)]
    assert sum(item.solution is not None for item in items) == 974 + 164
    assert reasoning360.count(str(shared / "guru")) == len(items)

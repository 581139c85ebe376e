"""Rows on disk: appended, read, sorted and cut, in memory that does not grow with them."""

import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.columns import joined
from pipeline.dataset.cuts import Ranked, first_beyond
from pipeline.dataset.scratch import Scratch, Spool, kind_of
from pipeline.dataset.sorting import by_key


class Row(NamedTuple):
    key: Any
    number: Any
    pair: Any


KIND = kind_of(Row, "u8", "i4", ("u2", (2,)))


def rows_of(keys: Any) -> Row:
    numbers = np.arange(len(keys))
    return Row(np.array(keys, np.uint64), numbers, np.stack([numbers % 7, numbers % 5], axis=1))


def spooled(scratch: Scratch, keys: Any, step: int = 1_000) -> Spool[Row]:
    spool, rows = scratch.spool(Row, KIND), rows_of(keys)
    for start in range(0, len(rows.key), step):
        spool.append(Row._make(column[start : start + step] for column in rows))
    return spool


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    keys = np.arange(100, dtype=np.uint64) + np.uint64(2**63)
    with Scratch(tmp_path) as scratch:
        spool = spooled(scratch, keys, 7)
        assert len(spool) == 100
        assert spool.read(90, 1_000).key.tolist() == keys[90:].tolist()
        again = joined(list(spool.blocks(9)))
        spool.append(rows_of([1]))
        assert spool.read(100, 101).key.tolist() == [1]
        assert not list(tmp_path.iterdir()), "the file has a name"
    assert all(np.array_equal(a, b) for a, b in zip(again, rows_of(keys), strict=True))


def test_an_empty_spool_has_one_empty_block(tmp_path: Path) -> None:
    with Scratch(tmp_path / "nobody made it") as scratch:
        (block,) = scratch.spool(Row, KIND).blocks()
    assert block.key.shape == (0,)
    assert block.pair.shape == (0, 2)


SHORT_RUNS = {"RUN_ROWS": 16, "STEP_ROWS": 3, "RANGE_STEPS": 2}


@given(keys=st.lists(st.integers(0, 40) | st.integers(0, 2**64 - 1), max_size=150))
def test_many_runs_give_what_one_sort_gives(keys: list[int]) -> None:
    rows = rows_of(keys)
    stable = np.argsort(rows.key, kind="stable")
    firsts = np.unique(rows.key, return_index=True)[1]
    with Scratch(Path(tempfile.gettempdir())) as scratch, pytest.MonkeyPatch.context() as patch:
        for name, value in SHORT_RUNS.items():
            patch.setattr(f"pipeline.dataset.sorting.{name}", value)
        for distinct, order in ((False, stable), (True, firsts)):
            made = joined(list(by_key(spooled(scratch, keys), distinct).blocks()))
            for column, wanted in zip(made, rows, strict=True):
                assert np.array_equal(column, wanted[order])


@given(
    ranks=st.sets(st.integers(0, 2**64 - 1) | st.integers(2**50, 2**50 + 60), max_size=40),
    room=st.integers(0, 90),
    data=st.data(),
)
def test_a_cut_is_where_the_ordered_members_pass_the_room(
    ranks: set[int], room: int, data: st.DataObject
) -> None:
    members = [(rank, data.draw(st.integers(1, 4))) for rank in ranks]

    def blocks() -> Any:
        for start in range(0, len(members) + 1, 7):
            part = np.array(members[start : start + 7], np.uint64).reshape(-1, 2)
            yield Ranked(part[:, 0], part[:, 1].astype(np.int64))

    taken, wanted = 0, None
    for rank, weight in sorted(members):
        taken += weight
        if taken > room:
            wanted = rank
            break
    assert first_beyond(blocks, room) == wanted


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_of_a_sort_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def sort(rows: int) -> None:
        with Scratch(tmp_path) as scratch:
            spool = scratch.spool(Row, KIND)
            for start in range(0, rows, 4_096):
                keys = np.random.default_rng(start).integers(0, 2**64, 4_096, dtype=np.uint64)
                spool.append(rows_of(keys))
            assert sum(len(block.key) for block in by_key(spool).blocks()) == rows

    small, large = (peak(lambda rows=rows: sort(rows)) for rows in (2**17, 2**19))
    assert large < 1.2 * small

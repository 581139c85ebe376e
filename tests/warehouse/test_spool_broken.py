"""Ledger files that cannot be loaded: named, out of the way, and no other kept back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stubs.decisions import decisions, write

from pipeline.router.record import Episode
from warehouse.spool import load_spool
from warehouse.store import query

COUNT = 42


@pytest.fixture(scope="module")
def made() -> list[Episode]:
    return decisions(COUNT)


@pytest.fixture
def at(tmp_path: Path) -> tuple[Path, Path]:
    """A store that is not there yet, and a spool."""
    (tmp_path / "spool").mkdir()
    return tmp_path / "w.duckdb", tmp_path / "spool"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _scribble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4:2000] = bytes(1996)
    path.write_bytes(content)


def _rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows[0])
    pq.write_table(pa.Table.from_pylist(rows, table.schema), path)


def _twice(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), path)


def _no_id(path: Path) -> None:
    _rewrite(path, lambda row: row.update(episode_id=None))


def _not_a_number(path: Path) -> None:
    _rewrite(path, lambda row: row.update(total_cost_usd=float("nan")))


def _too_dear(path: Path) -> None:
    _rewrite(path, lambda row: row.update(router_cost_usd=1e12))


def _call_twice(path: Path) -> None:
    _rewrite(path, lambda row: row.update(calls=row["calls"] * 2))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_cut, "not a whole parquet file"),
        (_empty, "not a whole parquet file"),
        (_scribble, "cannot be read"),
        (_twice, "stands in it twice"),
        (_no_id, "NOT NULL"),
        (_not_a_number, "cannot be read"),
        (_too_dear, "cannot be read"),
        (_call_twice, "call 0 of episode"),
    ],
)
def test_a_broken_file_is_set_aside_and_keeps_no_other_back(
    at: tuple[Path, Path], made: list[Episode], spoil: Callable[[Path], None], words: str
) -> None:
    store, spool = at
    write(spool, made[:20], "good")
    bad = write(spool, made[21:], "bad")[1]
    spoil(bad)
    report = load_spool(store, spool)
    ((path, reason),) = report.set_aside
    assert (path, report.episodes, report.refused) == (bad, 20, [])
    assert words in reason
    assert names(spool / "rejected") == [bad.name, bad.name + ".reason.txt"]
    assert words in (spool / "rejected" / (bad.name + ".reason.txt")).read_text()
    sql = "SELECT file_name, rows, reason FROM loaded_files WHERE status = 'set_aside'"
    assert query(store, sql).rows() == [(bad.name, 0, reason)]
    assert load_spool(store, spool).set_aside == []
    # Put back, it is set aside again, and stands in the record once.
    (spool / "rejected" / bad.name).rename(bad)
    assert len(load_spool(store, spool).set_aside) == 1
    assert query(store, sql).height == 1
    assert (
        query(store, "SELECT count(*) FROM calls ANTI JOIN episodes USING (episode_id)").item() == 0
    )


def test_an_episode_that_the_store_has_otherwise_is_not_lost_silently(
    at: tuple[Path, Path], made: list[Episode]
) -> None:
    store, spool = at
    write(spool, made[:4])
    load_spool(store, spool)
    changed = write(spool, made[:6], "x")[1]
    _rewrite(changed, lambda row: row.update(total_cost_usd=9.0))
    ((path, reason),) = load_spool(store, spool).set_aside
    assert path == changed
    assert made[0].row["episode_id"] in reason
    assert query(store, "SELECT count(*) FROM episodes").item() == 4
    # The same within one batch: the first file by name is believed.
    first, second = (write(spool, made[10:12], run)[1] for run in "ab")
    _rewrite(second, lambda row: row.update(mode="direct"))
    report = load_spool(store, spool)
    assert [left.path for left in report.set_aside] == [second]
    assert (report.episodes, first.exists()) == (2, False)


def _without(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["seconds"]), path)


def _with(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.append_column("mood", pa.array(["fine"] * table.num_rows)), path)


def _other_type(path: Path) -> None:
    table = pq.read_table(path)
    index = table.schema.get_field_index("turns")
    pq.write_table(table.set_column(index, "turns", table["turns"].cast(pa.float32())), path)


def _older_calls(path: Path) -> None:
    table = pq.read_table(path)
    rows = table.to_pylist()
    fields = [f for f in table.schema.field("calls").type.value_type if f.name != "turn"]
    index = table.schema.get_field_index("calls")
    schema = table.schema.set(index, pa.field("calls", pa.list_(pa.struct(fields))))
    pq.write_table(pa.Table.from_pylist(rows, schema), path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_without, "it lacks seconds"),
        (_with, "it has the unknown mood"),
        (_other_type, "turns is float, not int32"),
        (_older_calls, "in calls: it lacks turn"),
    ],
)
def test_a_file_of_another_version_stays_where_it_is(
    at: tuple[Path, Path], made: list[Episode], change: Callable[[Path], None], words: str
) -> None:
    store, spool = at
    write(spool, made[:5], "good")
    other = write(spool, made[5:], "other")[1]
    change(other)
    for expected in (5, 0):
        report = load_spool(store, spool)
        ((path, reason),) = report.refused
        assert (path, report.episodes) == (other, expected)
        assert words in reason
        assert "another version of xrouter" in reason
        assert other.exists()


def test_an_unreadable_file_waits(at: tuple[Path, Path], made: list[Episode]) -> None:
    store, spool = at
    write(spool, made[:3])
    (spool / "episodes-loop.parquet").symlink_to("episodes-loop.parquet")
    report = load_spool(store, spool)
    assert report.episodes == 3
    assert [left.path.name for left in report.refused] == ["episodes-loop.parquet"]

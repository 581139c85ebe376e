"""The ledger: files are whole, a failed flush keeps its rows, a kill loses what was not flushed."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from stubs.routing import STAMP, menu

from pipeline.errors import MachineError
from pipeline.router import spool as spool_module
from pipeline.router.engine import Router
from pipeline.router.limits import Limits
from pipeline.router.record import Episode
from pipeline.router.rules import rule_named
from pipeline.router.simulated import SimulatedSource
from pipeline.router.spool import MOST_ROWS, SPOOLED, Spool
from pipeline.router.turns import Query

ROOT = Path(__file__).resolve().parents[3]


def episodes(count: int, text: str = "Why?") -> list[Episode]:
    made: list[Episode] = []
    router = Router(rule_named("cheapest"), SimulatedSource(), Limits(), made.append)
    query = Query([{"role": "user", "content": text}])

    async def main() -> None:
        for _ in range(count):
            await router.run(query, menu(), STAMP._replace(store_text=True))

    asyncio.run(main())
    return made


def rows(folder: Path, table: str = "episodes") -> list[dict[str, Any]]:
    return [
        row
        for path in sorted(folder.glob(f"{table}-*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]


def test_episodes_come_back_as_they_went_in(tmp_path: Path) -> None:
    made = episodes(7)
    spool = Spool(tmp_path / "new", "run")
    for episode in made[:5]:
        spool.add(episode)
    assert (spool.waiting, spool.full) == (5, False)
    assert spool.flush() == 5
    for episode in made[5:]:
        spool.add(episode)
    assert (spool.flush(), spool.flush(), spool.waiting) == (2, 0, 0)
    assert list((tmp_path / "new").glob("*.partial")) == []
    read = rows(tmp_path / "new")
    assert [r["episode_id"] for r in read] == [e.row["episode_id"] for e in made]
    for row, episode in zip(read, made, strict=True):
        (call,) = row.pop("calls")
        wanted = episode.row
        assert {name: row[name] for name in row if name in wanted} == {
            name: wanted[name] for name in row if name in wanted
        }
        assert call["cost_usd"] == wanted["total_cost_usd"]
        assert call["started_at"] == episode.calls[0]["started_at"]
    (shown,) = rows(tmp_path / "new", "menus")
    assert shown["catalog_id"] == made[0].row["catalog_id"]
    assert [e["model_id"] for e in shown["entries"]] == ["a", "b", "c"]
    schema = pq.read_schema(next((tmp_path / "new").glob("episodes-*")))
    assert schema.names == SPOOLED.names


def test_two_writers_of_one_run_do_not_take_each_others_names(tmp_path: Path) -> None:
    for _ in range(2):
        spool = Spool(tmp_path, "run")
        spool.add(episodes(1)[0])
        spool.flush()
    assert len(rows(tmp_path)) == 2


@pytest.mark.parametrize("text", ["half a pair \ud83d", "\x00", "\U0001f600" * 3])
def test_every_text_can_be_stored(tmp_path: Path, text: str) -> None:
    spool = Spool(tmp_path, "run")
    for episode in episodes(1, text):
        episode.calls[0]["tool_name"] = text
        spool.add(episode)
    assert spool.flush() == 1
    (row,) = rows(tmp_path)
    assert len(row["calls"][0]["tool_name"]) == len(text)


def limit_file_size(bytes_: int) -> tuple[int, int]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, before[1]))
    return before


def test_a_full_disk_keeps_the_rows_until_there_is_room(tmp_path: Path) -> None:
    made = episodes(50)
    spool = Spool(tmp_path, "run")
    for episode in made[:30]:
        spool.add(episode)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = limit_file_size(2048)
    try:
        with pytest.raises(MachineError, match="the ledger cannot be written"):
            spool.flush()
        asyncio.run(spool.flush_aside())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (spool.waiting, spool.fault is None) == (30, False)
    assert list(tmp_path.glob("episodes-*")) == []
    for episode in made[30:]:
        spool.add(episode)
    assert (spool.flush(), spool.fault) == (50, None)
    assert [r["episode_id"] for r in rows(tmp_path)] == [e.row["episode_id"] for e in made]
    assert len(rows(tmp_path, "menus")) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spool = Spool(tmp_path / "file" / "spool", "run")
    spool.add(episodes(1)[0])
    with pytest.raises(MachineError, match="spool"):
        spool.flush()
    assert spool.waiting == 1


def test_rows_are_flushed_after_a_while_when_there_are_many_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = episodes(25)
    monkeypatch.setattr(spool_module, "FLUSH_ROWS", 10)

    async def until(spool: Spool, seconds: float) -> bool:
        began = time.monotonic()
        while spool.waiting and time.monotonic() - began < seconds:
            await asyncio.sleep(0.02)
        return not spool.waiting

    async def main(spool: Spool) -> None:
        async with spool.flushing(0.3):
            spool.add(made[0])
            assert await until(spool, 10)
        async with spool.flushing(60.0):
            for episode in made[1:20]:
                spool.add(episode)
            assert await until(spool, 10)
            for episode in made[20:]:
                spool.add(episode)
        assert spool.waiting == 0

    asyncio.run(main(Spool(tmp_path, "run")))
    assert [r["episode_id"] for r in rows(tmp_path)] == [e.row["episode_id"] for e in made]


def test_memory_is_bounded() -> None:
    spool = Spool(Path("nowhere"), "run")
    spool._rows = [{}] * MOST_ROWS
    assert spool.full


WRITER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, "tests")
from stubs.routing import STAMP, menu
from pipeline.router.engine import Router
from pipeline.router.rules import rule_named
from pipeline.router.simulated import SimulatedSource
from pipeline.router.spool import Spool
from pipeline.router.turns import Query

async def main():
    spool = Spool(Path(sys.argv[1]), "run")
    router = Router(rule_named("cheapest"), SimulatedSource(), log=spool.add)
    query, shown = Query([{"role": "user", "content": "Why?"}]), menu()
    async with spool.flushing(0.2):
        while True:
            episode = await router.run(query, shown, STAMP)
            print(episode.row["episode_id"], episode.row["started_at"].timestamp(), flush=True)
            await asyncio.sleep(0.001)

asyncio.run(main())
"""


def test_a_kill_loses_at_most_what_was_not_flushed(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert writer.stdout is not None
    began, told = time.monotonic(), []
    for line in writer.stdout:
        told.append(line.split())
        if len(list(tmp_path.glob("episodes-*.parquet"))) >= 3 or time.monotonic() - began > 60:
            writer.kill()
            break
    told += [line.split() for line in writer.stdout if line.endswith("\n")]
    writer.stdout.close()
    assert writer.wait() == -signal.SIGKILL
    kept = {row["episode_id"] for row in rows(tmp_path)}
    ids = [episode_id for episode_id, _ in told]
    lost = [float(moment) for episode_id, moment in told if episode_id not in kept]
    # All that is lost is the newest, and no older than a flush and what it takes.
    assert kept >= set(ids[: len(ids) - len(lost)])
    assert len(kept) > 0
    assert not lost or float(told[-1][1]) - lost[0] < 2.0

"""Episodes of a run reach the ledger once, wherever the run was killed."""

import asyncio
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from stubs.routing import STAMP, menu

from pipeline.router.engine import Router
from pipeline.router.limits import Limits
from pipeline.router.record import Episode
from pipeline.router.rules import rule_named
from pipeline.router.simulated import SimulatedSource
from pipeline.router.spool import SPOOLED, Spool
from pipeline.router.turns import Query
from pipeline.training.ledger import TRAIN, VALIDATE, RunLedger
from schemas.episodes import MENUS
from warehouse.spool import load_spool

RUN = "train-t-abc123"


def play(ledger: RunLedger, kind: str, step: int, count: int, files: int = 1) -> list[str]:
    """Play some episodes of a step; returns their ids."""
    made: list[Episode] = []
    router = Router(rule_named("cheapest"), SimulatedSource(), Limits(), made.append)

    async def main() -> None:
        for _ in range(count):
            query = Query([{"role": "user", "content": "Why?"}])
            await router.run(query, menu(), STAMP._replace(kind=kind, run_id=RUN))

    asyncio.run(main())
    for start in range(files):
        spool = Spool(ledger.folder_of(kind, step), RUN)
        for episode in made[start::files]:
            spool.add(episode)
        spool.flush()
    return [episode.row["episode_id"] for episode in made]


def published(spool: Path) -> list[str]:
    ids: list[str] = []
    for path in sorted(spool.glob("episodes-*.parquet")):
        ids += pq.read_table(path)["episode_id"].to_pylist()
    return ids


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def ledger(tmp_path: Path) -> RunLedger:
    return RunLedger(tmp_path / "run", RUN)


def test_what_a_checkpoint_covers_is_published_once(ledger: RunLedger, spool: Path) -> None:
    first = play(ledger, TRAIN, 1, 5, files=3) + play(ledger, TRAIN, 2, 4)
    play(ledger, TRAIN, 3, 3)
    assert ledger.publish(spool, 0) == 0
    assert ledger.publish(spool, 2) == 9
    assert ledger.publish(spool, 2) == 0
    assert sorted(published(spool)) == sorted(first)


def test_a_step_is_one_file_as_the_store_wants_it(ledger: RunLedger, spool: Path) -> None:
    play(ledger, TRAIN, 1, 5, files=3)
    ledger.publish(spool, 1)
    (episodes,) = spool.glob("episodes-*.parquet")
    (menus,) = spool.glob("menus-*.parquet")
    assert episodes.name == f"episodes-{RUN}-000001-train.parquet"
    assert pq.read_schema(episodes).names == SPOOLED.names
    table = pq.read_table(menus)
    assert (table.schema.names, table.num_rows) == (MENUS.names, 1)


def test_validation_waits_for_the_next_checkpoint_or_the_end(
    ledger: RunLedger, spool: Path
) -> None:
    play(ledger, VALIDATE, 0, 2)
    play(ledger, VALIDATE, 2, 2)
    assert ledger.publish(spool, 2) == 2
    assert ledger.publish(spool, 2, last=True) == 2


def test_what_came_after_the_checkpoint_is_played_again(ledger: RunLedger, spool: Path) -> None:
    kept = play(ledger, TRAIN, 2, 4)
    play(ledger, TRAIN, 3, 3)
    ledger.publish(spool, 2)
    assert not ledger.go_back(2, validation_rows=9)
    again = play(ledger, TRAIN, 3, 3)
    ledger.publish(spool, 4)
    assert sorted(published(spool)) == sorted(kept + again)


def test_a_whole_validation_is_not_repeated(ledger: RunLedger, spool: Path) -> None:
    play(ledger, VALIDATE, 2, 5)
    assert ledger.go_back(2, validation_rows=5)
    ledger.publish(spool, 2, last=True)
    assert ledger.go_back(2, validation_rows=5)
    assert len(published(spool)) == 5


def test_half_a_validation_is(ledger: RunLedger, spool: Path, tmp_path: Path) -> None:
    play(ledger, VALIDATE, 2, 3)
    assert not ledger.go_back(2, validation_rows=5)
    play(ledger, VALIDATE, 2, 5)
    ledger.publish(spool, 2, last=True)
    assert len(published(spool)) == 5
    assert len(list((tmp_path / "run" / "set-aside").iterdir())) == 1


def test_the_store_takes_each_episode_once_though_a_kill_published_it_twice(
    ledger: RunLedger, spool: Path, tmp_path: Path
) -> None:
    play(ledger, TRAIN, 1, 5)
    ledger.publish(spool, 1)
    (path,) = spool.glob("episodes-*.parquet")
    copy = path.read_bytes()
    store = tmp_path / "warehouse.duckdb"
    assert load_spool(store, spool).episodes == 5
    path.write_bytes(copy)
    assert load_spool(store, spool).episodes == 0

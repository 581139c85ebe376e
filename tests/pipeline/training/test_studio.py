"""Episodes of a rollout process: played over a bank, scored, in a file before anybody learns."""

import asyncio
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from stubs.token_server import SELECT, Tokens, call

from pipeline.catalog.tariff import Tariff
from pipeline.reward.scoring import Scored, truth_of
from pipeline.router.menu import Menu
from pipeline.router.turns import Query
from pipeline.settings import Settings
from pipeline.training.ledger import TRAIN
from pipeline.training.plan import plan
from pipeline.training.purse import SpentError
from pipeline.training.run_file import VARIABLE, RunFile, this_run
from pipeline.training.studio import Moment, Studio, open_studio
from pipeline.training.tiny.world import world_settings
from pipeline.training.token_policy import Bounds, TokenPolicy

BOUNDS = Bounds(100_000, 100_000, 400)


def run_of(out: Path, world: Path, **more: Any) -> RunFile:
    training = {"preset": "tiny", "model": "weights", "examples": world}
    given: dict[str, Any] = {"out": out, "workers": 1, "training": training} | more
    return plan(world_settings(world, Settings.model_validate(given)), resume=False).run


def rows(world: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(world / "examples" / "train.parquet").to_pylist()
    return found


async def one(studio: Studio, row: dict[str, Any], step: int, *said: str) -> Scored:
    policy = TokenPolicy(Tokens(*said), "tiny", Tariff(0, 0, 0), BOUNDS, {}, row["prompt"])
    extra = row["extra_info"]
    query = Query(row["prompt"][1:], extra["problem_id"], extra["example_id"], extra["tier"])
    moment = Moment(TRAIN, step)
    episode = await studio.play(policy, query, Menu.of_rows(extra["catalog"]), moment)
    return await studio.score(episode, truth_of(row), moment)


def written(run: RunFile, step: int) -> list[dict[str, Any]]:
    folder = run.folder / "episodes" / f"{step:06d}-train"
    files = sorted(folder.glob("episodes-*.parquet"))
    return [row for path in files for row in pq.read_table(path).to_pylist()]


def test_episodes_are_scored_and_in_the_file_of_their_step(tmp_path: Path, world: Path) -> None:
    run, some = run_of(tmp_path, world), rows(world)[:6]

    async def main() -> list[Scored]:
        plays = []
        async with open_studio(run) as studio:
            for number, row in enumerate(some):
                name = row["extra_info"]["catalog"][0]["tool_name"]
                plays.append(one(studio, row, 1 + number % 2, call(name), SELECT))
            return await asyncio.gather(*plays)

    scores = asyncio.run(main())
    for step in (1, 2):
        found = written(run, step)
        assert len(found) == 3
        assert {row["kind"] for row in found} == {"train"}
        assert {row["policy_revision"] for row in found} == {"7"}
        assert {row["run_id"] for row in found} == {run.run_id}
        assert {row["cost_weight"] for row in found} == {2.0}
    rewards = sorted(row["reward"] for step in (1, 2) for row in written(run, step))
    assert rewards == sorted(scored.reward for scored in scores)
    assert all(scored.cost_usd > 0 for scored in scores)


def test_a_model_that_the_bank_does_not_know_is_a_failed_call(tmp_path: Path, world: Path) -> None:
    run, row = run_of(tmp_path, world), rows(world)[0]
    name = row["extra_info"]["catalog"][0]["tool_name"]
    row["extra_info"]["catalog"][0]["model_id"] = "nobody"

    async def main() -> Scored:
        async with open_studio(run) as studio:
            return await one(studio, row, 1, call(name), "an answer")

    scored = asyncio.run(main())
    assert (scored.mode, scored.calls, scored.failed_calls) == ("direct", 1, 1)
    (call_row,) = written(run, 1)[0]["calls"]
    assert (call_row["status"], call_row["error_type"]) == ("error", "no_record")


def test_without_money_no_episode_begins(tmp_path: Path, world: Path) -> None:
    training = {"preset": "tiny", "model": "w", "examples": world, "spend_usd": 0.0}
    router = {"pool": "live"}
    given = {"out": tmp_path, "workers": 1, "training": training, "router": router}
    run = plan(Settings.model_validate(given), resume=False).run
    run = run.model_copy(update={"folder": tmp_path})
    row = rows(world)[0]
    name = row["extra_info"]["catalog"][0]["tool_name"]

    async def main() -> None:
        async with open_studio(run) as studio:
            with pytest.raises(ExceptionGroup) as caught:
                await one(studio, row, 1, call(name) * 2, SELECT)
            assert caught.group_contains(SpentError)
            with pytest.raises(SpentError):
                await one(studio, row, 1, "direct")

    asyncio.run(main())
    (found,) = written(run, 1)
    assert (found["mode"], found["error"]) == ("failed", "internal: ExceptionGroup")


def test_processes_find_their_run(
    tmp_path: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of(tmp_path, world)
    run.write(tmp_path / "run.json")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "run.json"))
    assert this_run() == run

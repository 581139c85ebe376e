"""Stands in for verl's interpreter: real episodes in our studio, no learning, dies when told to.

`install(folder)` makes a program that answers what `python -c ...`, `-m verl.trainer.main_ppo` and
`-m verl.model_merger` are asked. Each step plays episodes, writes its metrics and a checkpoint.
"""

import asyncio
import itertools
import json
import os
import signal
import stat
import sys
from pathlib import Path
from typing import Any

EPISODES = 4
DIE = "STUB_TRAINER_DIES_IN_STEP"
FAIL = "STUB_TRAINER_FAILS_WITH"


def install(folder: Path) -> Path:
    """A program to be named as the interpreter of verl's environment."""
    path = folder / "verl-python"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).resolve()} "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def main(arguments: list[str]) -> None:
    if arguments[0] == "-c":
        print(json.dumps([[], "0.9.1"]))
    elif arguments[1] == "verl.model_merger":
        given = dict(itertools.pairwise(arguments))
        assert Path(given["--local_dir"]).is_dir()
        target = Path(given["--target_dir"])
        target.mkdir()
        (target / "model.safetensors").write_text("weights")
    else:
        values = dict(text.split("=", 1) for text in arguments[2:])
        asyncio.run(train(values))


async def train(values: dict[str, str]) -> None:
    """As verl's trainer: validation, then steps with checkpoints."""
    from pipeline.training.plan import TRACKER, newest_checkpoint
    from pipeline.training.run_file import this_run
    from pipeline.training.studio import open_studio

    run = this_run()
    folder = Path(json.loads(values["trainer.default_local_dir"]))
    resumes = values["trainer.resume_mode"] == "auto"
    begin = newest_checkpoint(folder) if resumes else 0
    if said := os.environ.get(FAIL):
        print(said)
        raise SystemExit(1)
    async with open_studio(run) as studio:
        if values["trainer.val_before_train"] == "True":
            await play(studio, run.validation, "validate", begin)
            log({"step": begin, "data": {"val-aux/a/score/mean@1": 0.5}})
        for step in range(begin + 1, int(values["trainer.total_training_steps"]) + 1):
            await play(studio, run.train, "train", step)
            if os.environ.get(DIE) == str(step):
                os.kill(os.getpid(), signal.SIGKILL)
            log({"step": step, "data": {"critic/score/mean": 0.1 * step, "timing_s/step": 1.0}})
            if step % int(values["trainer.save_freq"]) == 0:
                (folder / f"global_step_{step}" / "actor").mkdir(parents=True)
                (folder / TRACKER).write_text(str(step))


async def play(studio: Any, path: Path, kind: str, step: int) -> None:
    """Some episodes by a rule, scored and written down."""
    import pyarrow.parquet as pq

    from pipeline.reward.scoring import truth_of
    from pipeline.router.menu import Menu
    from pipeline.router.rules import rule_named
    from pipeline.router.turns import Query
    from pipeline.training.studio import Moment

    async def one(row: dict[str, Any]) -> None:
        extra, moment = row["extra_info"], Moment(kind, step)
        query = Query(row["prompt"][1:], extra["problem_id"], extra["example_id"])
        menu = Menu.of_rows(extra["catalog"])
        episode = await studio.play(rule_named("cheapest"), query, menu, moment)
        await studio.score(episode, truth_of(row), moment)

    rows = pq.read_table(path).to_pylist()
    chosen = rows if kind == "validate" else rows[:EPISODES]
    await asyncio.gather(*map(one, chosen))


def log(line: dict[str, Any]) -> None:
    with Path(os.environ["VERL_FILE_LOGGER_PATH"]).open("a") as file:
        file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

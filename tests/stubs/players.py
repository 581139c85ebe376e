"""A scripted model for measurements: how often it is right stands in the problem.

As a process of its own, `python tests/stubs/players.py SETTINGS.json [SEED KILLS]` runs the tiering
stage and prints the error that it ends with, or kills it again and again at random moments.
"""

import hashlib
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.accounting import Silent, StageReport
from pipeline.errors import XRouterError
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.tiering.stage import tier_problems
from stubs.provider import Reply

RIGHT, WRONG = "\\boxed{7}", "\\boxed{8}"
Answer = Callable[[dict[str, Any]], Reply]


def prompt(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


class Player:
    """Answers the k-th request for a problem always alike, and no two requests alike."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.asked: Counter[str] = Counter()

    def __call__(self, body: dict[str, Any]) -> Reply:
        text = prompt(body)
        if body["max_tokens"] == 1:  # only asks whether the server lives
            return Reply("pong")
        self.asked[text] += 1
        number = self.asked[text]
        digest = hashlib.sha256(f"{text}/{number}".encode()).digest()
        right = digest[0] / 256 < float(text.split()[-1])
        thought = f"try {number} of {text}: "
        return Reply(thought + (RIGHT if right else WRONG), delay=self.delay)


def settings_for(layout: Layout, *urls: str, **measure: Any) -> Settings:
    """Settings of a measurement at some servers; `references` and `grading` are not `measure`'s."""
    references = measure.pop("references", (f"endpoint:{','.join(urls)}?model=stub",))
    grading = measure.pop("grading", {})
    tiering = {"references": references, "measure": {"in_flight": 8, "tries": 2} | measure}
    return Settings.model_validate(
        {"out": layout.root, "workers": 1, "tiering": tiering, "grading": grading}
    )


def measure(layout: Layout, *urls: str, progress: Any = None, **options: Any) -> StageReport:
    """Run the stage."""
    settings = settings_for(layout, *urls, **options)
    return tier_problems(settings, layout, progress or Silent())


def content(layout: Layout) -> dict[str, bytes]:
    """Bytes of every table of the stage."""
    paths = (layout.attempts, layout.pass_rates, layout.disagreements, layout.rejects("tiering"))
    return {path.name: path.read_bytes() for path in paths}


def rates(layout: Layout) -> pl.DataFrame:
    return pl.read_parquet(layout.pass_rates)


def _killed(settings: Settings) -> bool:
    """Run the stage in a fork and kill it at a random moment; returns whether it was in time."""
    pid = os.fork()
    if not pid:
        tier_problems(settings, Layout(settings.out), Silent())
        os._exit(0)
    time.sleep(random.uniform(0.05, 0.9))
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def main() -> None:
    """Prints how many runs were killed before their end, or the error of one that was not."""
    settings = Settings.model_validate_json(Path(sys.argv[1]).read_text())
    if len(sys.argv) > 2:
        random.seed(int(sys.argv[2]))
        print(sum(_killed(settings) for _ in range(int(sys.argv[3]))))
        return
    try:
        tier_problems(settings, Layout(settings.out), Silent())
    except XRouterError as error:
        print(type(error).__name__, error)


if __name__ == "__main__":
    main()

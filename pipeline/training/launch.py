"""Trains a router: settings come in; a checkpoint, its merged weights and a ledger go out.

Stock verl does the work, as a program of its own environment. What is here starts it, follows it,
and sees to it that each episode is counted once.
"""

from pathlib import Path
from typing import NamedTuple

from pipeline.accounting import Progress, Stopwatch
from pipeline.interpreters import find_interpreter
from pipeline.io import exclusive, write_text
from pipeline.settings import Settings
from pipeline.training.beginnings import completed, make_rows, make_weights
from pipeline.training.environment import HOW, PACKAGE, check_python, environment_of
from pipeline.training.ledger import RunLedger
from pipeline.training.metrics import Metrics, Step
from pipeline.training.plan import Plan, newest_checkpoint, plan, rows_of
from pipeline.training.process import run as run_program

SPOOL = "spool"
ROUTER = "router"
WARM_LOG = "warm-start.txt"


class TrainResult(NamedTuple):
    """What a training run came to.

    Attributes:
        folder: Of the run.
        run_id: In the ledger.
        step: Of the checkpoint.
        router: Its weights in the format of Hugging Face.
        episodes: Put into the ledger by this start.
        steps: Measured by this start.
        seconds: Of this start.
    """

    folder: Path
    run_id: str
    step: int
    router: Path
    episodes: int
    steps: list[Step]
    seconds: float


def train(settings: Settings, progress: Progress, resume: bool = False) -> TrainResult:
    """Train a router, or go on training it.

    Args:
        settings: Of training, the router, the reward and grading.
        progress: Where to say how far it is.
        resume: Go on with the run of that name, where there is one.

    Raises:
        XRouterError: It cannot be trained; what the newest checkpoint covers is in the ledger.
    """
    watch = Stopwatch()
    settings = completed(settings)
    python = find_interpreter(settings.training.python, PACKAGE, HOW)
    make_rows(settings)
    start = plan(settings, resume)
    environment = environment_of(start.run.preset, start.record, start.metrics)
    check_python(python, environment, start.run.preset)
    with exclusive(start.run.folder):
        make_weights(settings, start.log.with_name(WARM_LOG), python, environment, progress)
        start.run.write(start.record)
        session = _Session(start, progress)
        session.go(python, environment)
        step = newest_checkpoint(start.checkpoints)
        router = merge(start, step, python, environment)
    return TrainResult(
        start.run.folder, start.run.run_id, step, router, session.published, session.steps,
        watch.seconds(),
    )  # fmt: skip


class _Session:
    """One start of verl's trainer."""

    def __init__(self, start: Plan, progress: Progress) -> None:
        self.published = 0
        self.steps: list[Step] = []
        self._plan, self._progress = start, progress
        self._ledger = RunLedger(start.run.folder, start.run.run_id)
        self._spool = start.run.settings.out / SPOOL
        self._metrics = Metrics(start.metrics)
        self._checkpoint = start.checkpoint

    def go(self, python: str, environment: dict[str, str]) -> None:
        """Train to the last step."""
        start, preset = self._plan, self._plan.run.preset
        self._publish()
        validated = self._ledger.go_back(start.checkpoint, rows_of(start.run.validation))
        # verl validates after a checkpoint, and a kill in between leaves that out.
        due = start.checkpoint % preset.test_every == 0
        left = preset.steps - start.checkpoint
        self._progress.start(f"training {start.run.folder.name}", max(0, left))
        if left > 0:
            command = start.command(python, validate_first=due and not validated)
            write_text(start.log.with_suffix(".command"), "\n".join(command) + "\n")
            stop = start.run.settings.training.stop_seconds
            run_program(command, environment, start.log, stop, self._look)
            self._checkpoint = newest_checkpoint(start.checkpoints)
        self._publish(last=True)

    def _look(self) -> None:
        for step in self._metrics.new():
            self.steps.append(step)
            if step.trained:
                self._progress.advance()
            self._progress.say(step.line())
        checkpoint = newest_checkpoint(self._plan.checkpoints)
        if checkpoint != self._checkpoint:
            self._checkpoint = checkpoint
            self._publish()

    def _publish(self, last: bool = False) -> None:
        self.published += self._ledger.publish(self._spool, self._checkpoint, last)


def merge(start: Plan, step: int, python: str, environment: dict[str, str]) -> Path:
    """Weights of a checkpoint in the format of Hugging Face; those that are there already stay.

    Raises:
        MachineError: They cannot be merged.
    """
    folder = start.run.folder / f"{ROUTER}-{step:06d}"
    if folder.is_dir():
        return folder
    partial = folder.with_name(f"{folder.name}.partial")
    actor = start.checkpoints / f"global_step_{step}" / "actor"
    command = [
        python, "-m", "verl.model_merger", "merge", "--backend", "fsdp",
        "--local_dir", str(actor), "--target_dir", str(partial),
    ]  # fmt: skip
    log = start.log.with_name(f"merge-{step:06d}.txt")
    run_program(command, environment, log, start.run.settings.training.stop_seconds)
    return partial.rename(folder)

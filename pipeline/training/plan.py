"""What one start of a training run will do: settings come in, all is decided, nothing is begun."""

import hashlib
import os
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputError, SettingsError
from pipeline.layout import Layout
from pipeline.router.assemble import LIVE
from pipeline.router.record import new_id
from pipeline.settings import Settings
from pipeline.tiering.vllm.gpus import usable_gpus
from pipeline.training.environment import own_variables
from pipeline.training.overrides import Start, overrides
from pipeline.training.presets import TINY, Preset, preset_of
from pipeline.training.run_file import RunFile, read_run
from pipeline.training_settings import AUTO
from schemas.examples import EXAMPLES

RUNS = "training"
# What may be another at a later start of the same run.
FREE = frozenset({"steps", "save_every", "test_every", "keep", "workers", "memory", "seconds"})
# What only a build reads, too: its result is compared by its hash.
FREE_SETTINGS = frozenset(
    {"out", "workers", "shard_size", "executor", "ray_address", "training", "serve", "tiering",
     "sources", "catalog", "dataset"}
)  # fmt: skip
TRACKER = "latest_checkpointed_iteration.txt"


class Plan(NamedTuple):
    """One start.

    Attributes:
        run: What verl's processes are told.
        record: File that tells them.
        preset_name: Of `PRESETS`.
        resume: There is a run of that name to go on with.
        checkpoint: Step of its newest checkpoint; 0 without one.
        log: What verl's processes say.
        metrics: One line of JSON a step.
    """

    run: RunFile
    record: Path
    preset_name: str
    resume: bool
    checkpoint: int
    log: Path
    metrics: Path

    @property
    def checkpoints(self) -> Path:
        """Folder of checkpoints."""
        return self.run.folder / "checkpoints"

    def command(self, python: str, validate_first: bool = True) -> list[str]:
        """The command of verl."""
        run = self.run
        start = Start(
            run.folder.name, (run.train,), (run.validation,), self.checkpoints,
            run.settings.seed, self.checkpoint > 0, validate_first,
        )  # fmt: skip
        given = overrides(run.preset, start, run.settings.training.verl)
        return [python, "-m", "verl.trainer.main_ppo", *given]

    def shell(self, python: str) -> str:
        """The command as a shell takes it, with its variables and its folder."""
        own = own_variables(self.run.preset, self.record, self.metrics)
        variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in own.items())
        command = shlex.join(self.command(python))
        return f"cd {shlex.quote(str(self.run.folder))} && {variables} {command}"


def plan(settings: Settings, resume: bool) -> Plan:
    """Decide everything.

    Args:
        settings: With the model to begin with in `training.model`, or in the preset.
        resume: Go on with the run of that name, where there is one.

    Raises:
        SettingsError: Settings contradict each other, or those of the run that is to go on.
        InputError: The examples cannot be read.
    """
    chosen = settings.training
    name = preset_name(chosen.preset)
    preset = preset_of(name, chosen.values, chosen.model)
    if settings.router.pool == LIVE and chosen.spend_usd is None:
        raise SettingsError(
            "training on live models costs money at every step: say with --spend-usd how much the "
            "run may cost, or train on a bank (--pool bank:DIR)"
        )
    root, train, validation = _examples(settings)
    folder = settings.out.absolute() / RUNS / (chosen.name or run_name(settings, name))
    record = folder / "run.json"
    limits = settings.router.limits.model_copy(
        update={"turns": preset.turns, "seconds": preset.seconds}
    )
    router = settings.router.model_copy(update={"limits": limits})
    run = RunFile(
        settings=settings.model_copy(update={"router": router}),
        preset=preset, build=root, train=train, validation=validation,
        digests=(_digest(train, preset.batch), _digest(validation, 1)),
        run_id=f"train-{folder.name}-{new_id()[:6]}", policy=name, folder=folder,
    )  # fmt: skip
    known = record.exists()
    if known:
        run = run.model_copy(update={"run_id": _same(read_run(record), run, record, resume)})
    log = _next_log(folder / "log")
    checkpoint = newest_checkpoint(folder / "checkpoints")
    return Plan(run, record, name, known, checkpoint, log, log.with_suffix(".jsonl"))


def preset_name(chosen: str) -> str:
    """A preset by name, or the largest that fits the GPUs here."""
    if chosen != AUTO:
        return chosen
    gpus = len(usable_gpus(os.environ))
    return "qwen2.5-7b" if gpus >= 8 else "qwen2.5-0.5b" if gpus else TINY


def run_name(settings: Settings, preset: str) -> str:
    """Of a run that is given none: runs of other cost weights and seeds are other runs."""
    return f"{preset}-w{settings.reward.cost_weight:g}-s{settings.seed}"


def newest_checkpoint(folder: Path) -> int:
    """Its step; 0 where there is none."""
    try:
        step = int((folder / TRACKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0
    return step if (folder / f"global_step_{step}").is_dir() else 0


def rows_of(path: Path) -> int:
    """Rows of a file of examples.

    Raises:
        InputError: It is none.
    """
    try:
        found = pq.read_schema(path)
        rows = pq.read_metadata(path).num_rows
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"{path}: no examples there ({error}); `xrouter build --out DIR` writes some: name its "
            "directory with --examples"
        ) from error
    if found.names[: len(EXAMPLES.names)] != EXAMPLES.names:
        raise InputError(f"{path}: not a table of examples; build it with `xrouter build`")
    return int(rows)


def _examples(settings: Settings) -> tuple[Path, Path, Path]:
    """Root of the build, and its files of examples."""
    given = (settings.training.examples or settings.out).absolute()
    root = given.parent if given.name == "examples" else given
    return root, Layout(root).examples("train"), Layout(root).examples("validation")


def _digest(path: Path, least: int) -> str:
    """Hash of the examples.

    Raises:
        InputError: There are too few.
    """
    rows = rows_of(path)
    if rows < least:
        raise InputError(f"{path}: {rows} rows, and a step needs {least} (batch)")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _same(old: RunFile, new: RunFile, record: Path, resume: bool) -> str:
    """The id of the run that goes on.

    Raises:
        SettingsError: It is not to, or it would be another run.
    """
    if not resume:
        raise SettingsError(
            f"{record.parent}: there is a run of that name; go on with it (--resume), or choose "
            "another --name"
        )
    changed = [
        f"{field} ({getattr(old.preset, field)} to {getattr(new.preset, field)})"
        for field in Preset.model_fields
        if field not in FREE and getattr(old.preset, field) != getattr(new.preset, field)
    ]
    changed += [
        field
        for field in Settings.model_fields
        if field not in FREE_SETTINGS
        and getattr(old.settings, field) != getattr(new.settings, field)
    ]
    changed += ["the examples"] * (old.digests != new.digests)
    if changed:
        raise SettingsError(
            f"{record.parent} cannot go on with other settings: {', '.join(changed)}; put them "
            "back, or start another run with --name"
        )
    return old.run_id


def _next_log(folder: Path) -> Path:
    return folder / f"{len(list(folder.glob('*.log'))) + 1:03d}.log"


def interpreter_shown(settings: Settings) -> str:
    """The interpreter as far as it is known, for a command that is only shown."""
    return str(settings.training.python or sys.executable)

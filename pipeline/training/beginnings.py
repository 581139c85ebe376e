"""What a run of preset `tiny` begins with where it is given nothing: a world of rows, and weights.

Both are made once for each seed and kept for other runs. Other presets bring their weights, and
need rows.
"""

from pathlib import Path

from pipeline.accounting import Progress
from pipeline.router.simulated import SOURCE as SIMULATED
from pipeline.settings import Settings
from pipeline.training.plan import preset_name
from pipeline.training.presets import TINY, preset_of
from pipeline.training.process import run as run_program

FOLDER, WORLD, WEIGHTS = "tiny", "world", "warm"
# Of the lines of `pipeline.training.first_weights` that say how it goes.
EXAM = "warm start, "


def home(settings: Settings) -> Path:
    """Folder of world and weights."""
    return settings.out.absolute() / f"{FOLDER}-{settings.seed}"


def completed(settings: Settings) -> Settings:
    """Settings of a run with rows to train on and a model to begin with.

    Preset `tiny` reads a world of its own where no examples are named: what `xrouter build` writes
    is beyond it.
    """
    chosen, root = settings.training, home(settings)
    name = preset_name(chosen.preset)
    if name != TINY:
        return settings
    if not preset_of(name, chosen.values, chosen.model).model:
        chosen = chosen.model_copy(update={"model": str(root / WEIGHTS)})
    if chosen.examples is None:
        chosen = chosen.model_copy(update={"examples": root / WORLD})
        settings = _in_world(settings, root / WORLD)
    return settings.model_copy(update={"training": chosen})


def _in_world(settings: Settings, root: Path) -> Settings:
    """Settings under which a run plays in a world; a pool that was chosen stays."""
    from pipeline.training.tiny.world import world_settings

    return world_settings(root, settings) if settings.router.pool == SIMULATED else settings


def make_rows(settings: Settings) -> None:
    """Write the world of completed settings, where it is that and not there."""
    root = home(settings) / WORLD
    # The bank is written last.
    if settings.training.examples == root and not (root / "outcomes.parquet").exists():
        from pipeline.training.tiny.world import write_world

        write_world(root, settings.seed)


def make_weights(
    settings: Settings, log: Path, python: str, environment: dict[str, str], progress: Progress
) -> None:
    """Warm up the model of completed settings, where it is ours to make and not there.

    Raises:
        MachineError: The warm start fails.
    """
    root = home(settings)
    if settings.training.model != str(root / WEIGHTS) or (root / WEIGHTS).is_dir():
        return
    progress.start("warm start", 1)
    command = [
        python, "-m", "pipeline.training.first_weights", str(root / WEIGHTS), str(settings.seed)
    ]  # fmt: skip
    stop = settings.training.stop_seconds
    run_program(command, environment, log, stop, lambda: progress.say(_newest(log)))
    progress.advance()


def _newest(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((x.removeprefix(EXAM) for x in reversed(lines) if x.startswith(EXAM)), "")

"""What a training run tells the processes that verl starts: one JSON file, named by a variable.

verl's own configuration knows nothing of banks, ledgers and rewards, and its processes are not ours
to call.
"""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import InputError, SettingsError
from pipeline.io import write_text
from pipeline.settings import Settings
from pipeline.training.presets import Preset

VARIABLE = "XROUTER_TRAINING_RUN"


class RunFile(BaseModel):
    """One training run.

    Attributes:
        settings: Of the router, the reward and grading.
        preset: What is trained, and how.
        build: Directory of the build whose rows are trained on.
        train: File of examples.
        validation: Likewise.
        digests: Of both.
        run_id: In the ledger.
        policy: Name of what is trained, in the ledger.
        folder: Of the run.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: Settings
    preset: Preset
    build: Path
    train: Path
    validation: Path
    digests: tuple[str, str] = ("", "")
    run_id: str = Field(min_length=1)
    policy: str = Field(min_length=1)
    folder: Path

    def write(self, path: Path) -> None:
        """Keep it for the processes of the run, and for a later start."""
        write_text(path, self.model_dump_json(indent=1))


def read_run(path: Path) -> RunFile:
    """The run of a file.

    Raises:
        InputError: The file is broken or of another version.
    """
    try:
        return RunFile.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise InputError(
            f"{path}: not the record of a training run ({error}); name another run with --name"
        ) from error


def this_run() -> RunFile:
    """The run that this process belongs to.

    Raises:
        SettingsError: The process was not started by a training run.
        InputError: What `read_run` says.
    """
    name = os.environ.get(VARIABLE)
    if not name:
        raise SettingsError(f"{VARIABLE} is not set: start training with `xrouter train`")
    return read_run(Path(name))

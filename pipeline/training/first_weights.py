"""Weights that preset `tiny` begins with: `python -m pipeline.training.first_weights FOLDER SEED`.

A program of verl's environment: a random network learns the form of decisions and to read prices,
not which decision to take.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import MachineError
from pipeline.training.tiny.network import make_network

if TYPE_CHECKING:
    from pipeline.training.tiny.warm_start import Exam

RECORD = "warm-start.json"
# Reading appears suddenly and not with certainty; other weights are another chance.
TRIES = 3


def make(folder: Path, seed: int) -> None:
    """Make them; the folder takes its name when it is whole.

    Raises:
        MachineError: No try at the warm start was good enough.
    """
    from pipeline.training.tiny.warm_start import Course, warm_start

    raw, warm = (folder.with_name(f"{folder.name}.{part}") for part in ("random", "partial"))
    for number in range(TRIES):
        drawn = seed * TRIES + number
        make_network(raw, drawn)
        done = warm_start(raw, warm, Course(seed=drawn), _tell)
        if done.enough:
            record = {"seed": drawn, "seconds": done.seconds} | done.exams[-1]._asdict()
            (warm / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
            shutil.rmtree(raw)
            warm.rename(folder)
            return
    raise MachineError(
        f"the warm start did not come to enough, {TRIES} times (the last exam: {done.exams[-1]}); "
        "choose another --seed, or bring weights with --model"
    )


def _tell(exam: "Exam") -> None:
    sys.stdout.write(
        f"warm start, step {exam.step}: loss {exam.loss:.3f}, valid {exam.valid:.3f}, "
        f"closes {exam.closes:.3f}, reading {exam.reading or 0:.3f}\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))

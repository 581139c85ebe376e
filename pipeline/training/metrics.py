"""What verl says of each step, one JSON object a line, and what of it is worth showing."""

import json
from pathlib import Path
from typing import Any, NamedTuple

# Ours by verl's name.
SHOWN = {
    "critic/score/mean": "score",
    "response_length/mean": "tokens",
    "actor/entropy": "entropy",
}
_SECONDS = "timing_s/step"
_VALIDATION = "val-aux/"


class Step(NamedTuple):
    """What was measured in one step.

    Attributes:
        step: Its number; 0 before the first.
        values: By verl's names.
    """

    step: int
    values: dict[str, float]

    @property
    def trained(self) -> bool:
        """Whether it is a step of training, not a validation alone."""
        return "critic/score/mean" in self.values

    def validation(self, name: str) -> float | None:
        """Mean of one of our facts over the sources of validation; None where there was none."""
        end = f"/{name}/mean@1"
        found = [
            value
            for key, value in self.values.items()
            if key.endswith(end) and key.startswith(("val-core/", _VALIDATION))
        ]
        return sum(found) / len(found) if found else None

    def line(self) -> str:
        """For a progress bar."""
        texts = [f"{SHOWN[k]} {self.values[k]:.3g}" for k in SHOWN if k in self.values]
        if _SECONDS in self.values:
            texts.append(f"{self.values[_SECONDS]:.3g} s a step")
        return ", ".join(texts)


class Metrics:
    """Reads a file that grows."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0

    def new(self) -> list[Step]:
        """What has been written since the last look, whole lines only."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                text = file.read()
        except FileNotFoundError:
            return []
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        return [_step(json.loads(line)) for line in whole.splitlines()]


def _step(row: dict[str, Any]) -> Step:
    values = {k: float(v) for k, v in row["data"].items() if isinstance(v, int | float)}
    return Step(int(row["step"]), values)

"""What a stage did: rows in, out and dropped with reasons, and progress while it does it."""

import time
from collections.abc import Iterable
from typing import NamedTuple, Protocol

import polars as pl
from pydantic import BaseModel, ConfigDict

from schemas.rejects import Rejects


class StageReport(BaseModel):
    """Outcome of one stage; `complete` is false where running it again may add to it."""

    model_config = ConfigDict(frozen=True)

    stage: str
    rows_in: int
    rows_out: int
    rejected: dict[str, int] = {}
    seconds: float = 0.0
    bytes: int = 0
    notes: dict[str, str | int | float] = {}
    reused: bool = False
    complete: bool = True


class Progress(Protocol):
    """Where a stage says how far it is."""

    def start(self, label: str, total: int) -> None:
        """Begin a bar of `total` steps."""

    def advance(self, steps: int = 1) -> None:
        """Move the current bar on."""

    def say(self, text: str) -> None:
        """Show a line about the current bar: speed, what is left, what it costs."""


class Silent:
    """Progress nobody watches."""

    def start(self, label: str, total: int) -> None:
        """Do nothing."""

    def advance(self, steps: int = 1) -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Do nothing."""


class Reject(NamedTuple):
    """One dropped row: see `schemas.rejects`."""

    stage: str
    key: str
    data_source: str | None
    reason: str
    detail: str | None = None


def rejects_frame(rejects: Iterable[Reject]) -> pl.DataFrame:
    """Rejects as a table, sorted, so that equal rejects give equal bytes."""
    schema = Rejects.create_empty().schema
    frame = pl.DataFrame([r._asdict() for r in rejects], schema=schema)
    return Rejects.validate(frame.sort(frame.columns, nulls_last=True), cast=True)


def count_reasons(rejects: pl.DataFrame) -> dict[str, int]:
    """Rows per reason, in order of the reason's name."""
    counts = rejects.group_by("reason").len().sort("reason")
    return dict(counts.iter_rows())


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Elapsed time, to the millisecond."""
        return round(time.perf_counter() - self._start, 3)

"""Graded shards on disk: finished work that a killed build does not repeat.

One parquet file per reference and shard; its name holds everything that decides its content.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipeline.errors import InputError
from pipeline.io import read_parquet, write_parquet
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.stages import code_hash
from pipeline.tiering.answers import Engine
from pipeline.tiering.graded import graded_schema, grader_version, has_passing_faults
from pipeline.tiering.questions import Question
from schemas.problems import to_json

_ROOM = Path(__file__).parent
_DIGITS = 16


class ShardStore:
    """Where the finished shards of one build stand."""

    def __init__(self, settings: Settings, layout: Layout) -> None:
        parts = {
            "grading": settings.grading.judging(),
            "code": [code_hash(_ROOM), code_hash(_ROOM.parent / "grading")],
        }
        self.root = layout.work("tiering") / _hash(to_json(parts))

    def path(self, engine: Engine, shard: Sequence[Question]) -> Path:
        """File of a shard: any other engine, problem, grader or shard size has another name."""
        graders = sorted({question.grader for question in shard})
        content = to_json([[*map(list, shard)], {name: grader_version(name) for name in graders}])
        names = (_hash(engine.identity), shard[0].problem_id, _hash(content))
        return self.root / f"{'-'.join(names)}.parquet"

    def read(self, path: Path) -> pl.DataFrame | None:
        """A finished shard; None where it must be made, or made again because it is damaged."""
        if not path.exists():
            return None
        try:
            frame = read_parquet(path)
        except InputError:
            return None
        return frame if dict(frame.schema) == graded_schema() else None

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Keep a finished shard; one with a fault that may pass is not finished."""
        if not has_passing_faults(frame):
            write_parquet(frame, path)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]

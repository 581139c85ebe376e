"""Runs engines shard by shard: an engine answers the next shards while earlier ones are graded."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.accounting import Progress
from pipeline.settings import Settings
from pipeline.tiering.answers import Answer, Engine
from pipeline.tiering.graded import Answered, grade_answers
from pipeline.tiering.questions import Shard
from pipeline.tiering.shards import ShardStore

LOOKAHEAD = 4
"""Shards answered ahead of grading. Grading starts processes, so several shards share a start."""


class GradedShard(NamedTuple):
    """A shard and its graded attempts, one frame per engine in order of precedence."""

    questions: Shard
    frames: list[pl.DataFrame]


class _Part(NamedTuple):
    """One engine's part of a shard: its answers to come, or its finished file."""

    path: Path
    answers: Future[list[Answer]] | None
    finished: pl.DataFrame | None


class _Job(NamedTuple):
    questions: Shard
    parts: list[_Part]

    def is_answered(self) -> bool:
        return all(part.answers is None or part.answers.done() for part in self.parts)


def graded_shards(
    shards: Iterable[Shard],
    engines: Sequence[Engine],
    store: ShardStore,
    settings: Settings,
    progress: Progress,
) -> Iterator[GradedShard]:
    """Yield every shard with the graded attempts of all engines, in order of the shards."""
    # One thread: it waits for the network or writes texts, while grading has its own processes.
    with ThreadPoolExecutor(1, "engine") as thread:
        try:
            jobs = (_job(shard, engines, store, thread) for shard in shards)
            for batch in _batches(jobs):
                for graded in _graded(batch, store, settings):
                    progress.advance(len(graded.questions) * len(engines))
                    yield graded
        finally:
            thread.shutdown(cancel_futures=True)


def _job(
    shard: Shard, engines: Sequence[Engine], store: ShardStore, thread: ThreadPoolExecutor
) -> _Job:
    parts = []
    for engine in engines:
        path = store.path(engine, shard)
        finished = store.read(path)
        answers = thread.submit(engine.answer, shard) if finished is None else None
        parts.append(_Part(path, answers, finished))
    return _Job(shard, parts)


def _batches(jobs: Iterable[_Job]) -> Iterator[list[_Job]]:
    """All jobs that are answered when the first of them is, again and again."""
    waiting: deque[_Job] = deque()
    for job in jobs:
        waiting.append(job)
        if len(waiting) > LOOKAHEAD:
            yield _answered(waiting)
    while waiting:
        yield _answered(waiting)


def _answered(waiting: deque[_Job]) -> list[_Job]:
    for part in waiting[0].parts:
        if part.answers is not None:
            part.answers.result()
    batch = [waiting.popleft()]
    while waiting and waiting[0].is_answered():
        batch.append(waiting.popleft())
    return batch


def _graded(batch: list[_Job], store: ShardStore, settings: Settings) -> Iterator[GradedShard]:
    answered = [
        Answered(part.answers.result(), job.questions)
        for job in batch
        for part in job.parts
        if part.answers is not None
    ]
    made = iter(grade_answers(answered, settings))
    for job in batch:
        frames = []
        for part in job.parts:
            frame = next(made) if part.finished is None else part.finished
            if part.finished is None:
                store.write(frame, part.path)
            frames.append(frame)
        yield GradedShard(job.questions, frames)

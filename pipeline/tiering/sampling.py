"""Runs engines shard by shard: an engine answers the next shards while earlier ones are graded."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.accounting import Progress
from pipeline.executors import Executor
from pipeline.settings import Settings
from pipeline.tiering.answers import Answer, Engine
from pipeline.tiering.graded import Answered, grade_answers
from pipeline.tiering.questions import Shard
from pipeline.tiering.shards import ShardStore

LOOKAHEAD = 4
"""Shards answered ahead of grading. Grading starts processes, so several shards share a start."""
REMOTE_LOOKAHEAD = 2
"""The same per place of an executor that grades each shard by itself."""


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
    executor: Executor,
    progress: Progress,
) -> Iterator[GradedShard]:
    """Yield every shard with the graded attempts of all engines, in order of the shards."""
    # One thread: it waits for the network or writes texts, while grading has its own processes.
    with ThreadPoolExecutor(1, "engine") as thread:
        try:
            jobs = (_job(shard, engines, store, thread) for shard in shards)
            ahead = REMOTE_LOOKAHEAD * executor.slots if executor.remote else LOOKAHEAD
            for batch in _batches(jobs, ahead):
                for graded in _graded(batch, store, settings, executor):
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


def _batches(jobs: Iterable[_Job], ahead: int) -> Iterator[list[_Job]]:
    """All jobs that are answered when the first of them is, again and again."""
    waiting: deque[_Job] = deque()
    for job in jobs:
        waiting.append(job)
        if len(waiting) > ahead:
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


def _graded(
    batch: list[_Job], store: ShardStore, settings: Settings, executor: Executor
) -> Iterator[GradedShard]:
    answered = [
        Answered(part.answers.result(), job.questions)
        for job in batch
        for part in job.parts
        if part.answers is not None
    ]
    made = _frames(answered, settings, executor)
    for job in batch:
        frames = []
        for part in job.parts:
            frame = next(made) if part.finished is None else part.finished
            if part.finished is None:
                store.write(frame, part.path)
            frames.append(frame)
        yield GradedShard(job.questions, frames)


def _frames(
    answered: list[Answered], settings: Settings, executor: Executor
) -> Iterator[pl.DataFrame]:
    """Graded answers, in order: all in one go here, or part by part somewhere else."""
    if not executor.remote:
        return iter(grade_answers(answered, settings))
    # A task has one core: its grading processes must not take those of other tasks.
    alone = settings.model_copy(update={"workers": 1})
    return executor.in_order(partial(_grade_one, alone), answered, len(answered) or 1)


def _grade_one(settings: Settings, answered: Answered) -> pl.DataFrame:
    return grade_answers([answered], settings)[0]

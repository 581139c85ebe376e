"""Drives a pool of replicas over real HTTP, without problems, ledger and grading."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from pipeline.providers.completion import Completion
from pipeline.providers.faults import ProviderError
from pipeline.providers.openai_http import OpenAIEndpoint, open_session
from pipeline.tiering.measured.replica import Replica
from pipeline.tiering.measured.replicas import Handlers, Limits, ReplicaPool

MODEL = "stub"


class Job:
    """One request of the queue."""

    def __init__(self, text: str) -> None:
        self.text, self.tries, self.wanted = text, 0, True

    def body(self) -> dict[str, Any]:
        return {"model": MODEL, "messages": [{"role": "user", "content": self.text}]}


class Drive(NamedTuple):
    """What came of all requests.

    Attributes:
        done: (request, answer, replica), as they came.
        failed: (request, kind of fault).
        faults: As the pool counts them.
        tries: Of each request.
        seconds: In all.
    """

    done: list[tuple[str, str, str]]
    failed: list[tuple[str, str]]
    faults: dict[str, int]
    tries: dict[str, int]
    seconds: float


def drive(urls: Sequence[str], texts: Sequence[str], **options: Any) -> Drive:
    """See `drive_all`, for one pool."""
    return asyncio.run(drive_all([(urls, texts)], **options))[0]


async def drive_all(
    jobs: Sequence[tuple[Sequence[str], Sequence[str]]], **options: Any
) -> list[Drive]:
    """Drive a pool for each (URLs, requests), all at the same time, until nothing is left."""
    return list(await asyncio.gather(*(_drive(urls, texts, **options) for urls, texts in jobs)))


async def _drive(
    urls: Sequence[str],
    texts: Sequence[str],
    in_flight: int = 4,
    seconds: float = 5.0,
    tries: int = 3,
    patience: float = 20.0,
    proven: bool = False,
    wanted: Callable[[str], bool] = lambda text: True,
) -> Drive:
    found = Drive([], [], {}, {}, 0.0)
    left, empty, start = len(texts), asyncio.Event(), time.monotonic()

    def count(job: Job) -> None:
        nonlocal left
        left -= 1
        found.tries[job.text] = job.tries
        if not left:
            empty.set()

    def done(job: Job, answer: Completion, replica: Replica) -> None:
        found.done.append((job.text, answer.text, replica.name))
        count(job)

    def failed(job: Job, fault: ProviderError) -> None:
        found.failed.append((job.text, fault.kind))
        count(job)

    async with open_session() as session:
        endpoints = [OpenAIEndpoint(url, session) for url in urls]
        replicas = [Replica(e.base_url, e, partial(e.alive, MODEL), e.version) for e in endpoints]
        limits = Limits(in_flight, seconds, tries, patience)
        pool = ReplicaPool(replicas, limits, Handlers(done, failed), proven)
        for text in texts:
            job = Job(text)
            job.wanted = wanted(text)
            left -= not job.wanted
            pool.put(job)
        serving = asyncio.create_task(pool.serve())
        waiting = asyncio.create_task(empty.wait())
        try:
            await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
        finally:
            for task in (serving, waiting):
                task.cancel()
            await asyncio.gather(serving, waiting, return_exceptions=True)
    return found._replace(faults=pool.faults, seconds=time.monotonic() - start)

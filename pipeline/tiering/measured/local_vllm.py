"""vLLM on this machine as a place to sample: servers start for the first sample that is missing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from pipeline.providers.openai_http import OpenAIEndpoint, open_session
from pipeline.settings import Settings, VllmSettings
from pipeline.tiering.measured.meter import Price
from pipeline.tiering.measured.places import Cost, Named, connected, gpu_cost
from pipeline.tiering.measured.replica import Replica
from pipeline.tiering.vllm.command import served_name
from pipeline.tiering.vllm.plan import plan, profile_of
from pipeline.tiering.vllm.revision import loaded_revision
from pipeline.tiering.vllm.serve import Served, serve


class VllmPlace:
    """Servers of this run, see `Place`."""

    def __init__(self, settings: Settings) -> None:
        self._measure = settings.tiering.measure
        self._vllm = settings.tiering.vllm
        self._profile = profile_of(self._vllm)
        self.dtype = self._profile.precision
        self._running: contextlib.ExitStack | None = None
        self._served: Served | None = None

    @property
    def price(self) -> Price:
        """What the GPUs in use cost an hour."""
        gpus = sum(max(1, len(group)) for group in plan(self._vllm).groups)
        return Price(gpus * self._measure.gpu_hour_usd)

    def named(self, model: str, revision: str | None) -> Named:
        """See `Place.named`; a folder goes by its own name and a hash of its files."""
        if Path(model).expanduser().is_dir():
            return Named(served_name(model), loaded_revision(model, revision, {}))
        return Named(model, revision)

    def cost(self, model: str) -> Cost:
        """See `Place.cost`; the speed is that of the profile, if it is about this model."""
        own, expected = self._measure.gpu_tokens_per_second, self._profile.expected
        if own is None and expected is not None and expected.model == model:
            source = f"profile {self._profile.name}: {expected.source}"
            return gpu_cost(self._measure, expected.tokens_per_second_per_gpu, source)
        return gpu_cost(self._measure, own, "settings")

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """See `Place.hold`."""
        with contextlib.ExitStack() as self._running:
            yield
        self._running = self._served = None

    @contextlib.asynccontextmanager
    async def replicas(self, source: str, model: str, logs: Path) -> AsyncIterator[list[Replica]]:
        """See `Place.replicas`; servers that are held already are used again."""
        with contextlib.ExitStack() as own:
            running = self._running or own
            served = self._served
            if served is None:
                served = await asyncio.to_thread(self._start, running, source, logs)
            if self._running is not None:
                self._served = served
            async with open_session() as session:
                endpoints = [OpenAIEndpoint(url, session) for url in served.urls]
                replicas = await connected(endpoints, model)
                for replica, endpoint in zip(replicas, endpoints, strict=True):
                    replica.alive = _Watch(endpoint, model, served)
                yield replicas

    def _start(self, running: contextlib.ExitStack, source: str, logs: Path) -> Served:
        return running.enter_context(serve(self._wanted(source), logs))

    def _wanted(self, source: str) -> VllmSettings:
        update = {"model": source, "revision": self._measure.revision}
        return self._vllm.model_copy(update=update)


class _Watch:
    """Says whether a replica lives, and ends the run where all have been given up."""

    def __init__(self, endpoint: OpenAIEndpoint, model: str, served: Served) -> None:
        self._endpoint, self._model, self._served = endpoint, model, served

    async def __call__(self) -> bool:
        self._served.supervisor.check()
        return await self._endpoint.alive(self._model)

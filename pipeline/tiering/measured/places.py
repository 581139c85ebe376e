"""Where a reference can be sampled: running servers, a hosted provider, vLLM on this machine.

A spec and settings come in; replicas that answer go out, for as long as they are needed.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from pipeline.errors import InputError, MachineError
from pipeline.providers.faults import ProviderError
from pipeline.providers.litellm_api import LiteLLMEndpoint
from pipeline.providers.openai_http import OpenAIEndpoint, open_session
from pipeline.providers.price_map import bundled_map
from pipeline.settings import MeasureSettings, Settings
from pipeline.tiering.measured.meter import Price
from pipeline.tiering.measured.replica import Replica
from pipeline.tiering.specs import Sampled


class Named(NamedTuple):
    """A model and the revision of its weights, where that is known."""

    model: str
    revision: str | None


class Cost(NamedTuple):
    """Speed and price of what a model writes, for a forecast; None where unknown."""

    tokens_per_gpu_second: float | None
    gpu_hour_usd: float
    usd_per_token: float | None
    about: str


class Place(Protocol):
    """Somewhere to sample."""

    @property
    def dtype(self) -> str:
        """Weights and cache as served."""

    @property
    def price(self) -> Price:
        """What sampling costs here."""

    def cost(self, model: str) -> Cost:
        """What a forecast may reckon with."""

    def hold(self) -> contextlib.AbstractContextManager[None]:
        """Keep what is started inside the block until its end."""

    def named(self, model: str, revision: str | None) -> Named:
        """What a model of the settings goes by in tables and requests."""

    def replicas(
        self, source: str, model: str, logs: Path
    ) -> contextlib.AbstractAsyncContextManager[list[Replica]]:
        """Replicas that serve the model, until the block ends.

        Args:
            source: The model as the settings name it.
            model: The name it is served under.
            logs: Folder for logs of what is started.

        Raises:
            InputError: They do not serve it.
            MachineError: None can be reached or started.
        """


def place_of(spec: Sampled, settings: Settings) -> Place:
    """The place that a spec names."""
    measure = settings.tiering.measure
    if spec.engine == "vllm":
        from pipeline.tiering.measured.local_vllm import VllmPlace

        return VllmPlace(settings)
    if spec.engine == "litellm":
        return LiteLLMPlace(measure)
    return EndpointPlace(spec.urls, measure)


def key_of(measure: MeasureSettings) -> str | None:
    """The key for the reference, from the environment."""
    return os.environ.get(measure.api_key_env, "").strip() or None


class EndpointPlace:
    """OpenAI-compatible servers that are running already."""

    def __init__(self, urls: tuple[str, ...], measure: MeasureSettings) -> None:
        self._urls, self._measure = urls, measure
        self.dtype = measure.dtype
        self.price = Price((measure.gpus or len(urls)) * measure.gpu_hour_usd)

    def cost(self, model: str) -> Cost:
        """See `Place.cost`; the speed is the settings', for servers do not tell theirs."""
        return gpu_cost(self._measure, self._measure.gpu_tokens_per_second, "settings")

    def named(self, model: str, revision: str | None) -> Named:
        """See `Place.named`."""
        return Named(model, revision)

    def hold(self) -> contextlib.AbstractContextManager[None]:
        """See `Place.hold`; nothing is started here."""
        return contextlib.nullcontext()

    @contextlib.asynccontextmanager
    async def replicas(self, source: str, model: str, logs: Path) -> AsyncIterator[list[Replica]]:
        """See `Place.replicas`; servers that are down may join later, as long as one is up."""
        async with open_session() as session:
            endpoints = [OpenAIEndpoint(url, session, key_of(self._measure)) for url in self._urls]
            yield await connected(endpoints, model)


async def connected(endpoints: list[OpenAIEndpoint], model: str) -> list[Replica]:
    """Replicas of a model, after a look at what the servers serve.

    Raises:
        InputError: A server serves other models only, or refuses the key.
        MachineError: No server answers.
    """
    faults = await asyncio.gather(*(_looked_at(endpoint, model) for endpoint in endpoints))
    if all(faults):
        raise MachineError(
            f"no server to sample from answers ({faults[0]}); start one and run the same command "
            "again"
        )
    replicas = []
    for endpoint, fault in zip(endpoints, faults, strict=True):
        alive = partial(endpoint.alive, model)
        replica = Replica(endpoint.base_url, endpoint, alive, endpoint.version)
        if fault:
            replica.leave()
        replicas.append(replica)
    await asyncio.gather(*(replica.identify() for replica in replicas if replica.up.is_set()))
    return replicas


async def _looked_at(endpoint: OpenAIEndpoint, model: str) -> ProviderError | None:
    """What keeps a server from being used now; nothing where it only does not list its models."""
    try:
        served = await endpoint.models()
    except ProviderError as fault:
        if fault.kind in ("auth", "forbidden"):
            raise InputError(
                f"{endpoint.base_url} refuses the key: {fault}; set the variable that "
                "tiering.measure.api_key_env names"
            ) from fault
        return fault if fault.retryable else None
    if model not in served:
        raise InputError(
            f"{endpoint.base_url} serves {', '.join(served) or 'nothing'}, not {model!r}; "
            "name one of these with ?model=MODEL, or start another server"
        )
    return None


def gpu_cost(measure: MeasureSettings, speed: float | None, source: str) -> Cost:
    """Cost of GPUs that write `speed` tokens a second each."""
    known = f"{speed:,.0f} tokens/s per GPU ({source})" if speed else "speed unknown"
    about = f"{known}, {measure.gpu_hour_usd:g} USD per GPU hour"
    if not speed:
        about += "; set tiering.measure.gpu_tokens_per_second"
    return Cost(speed, measure.gpu_hour_usd, None, about)


class LiteLLMPlace:
    """A hosted model; it is billed by the token."""

    def __init__(self, measure: MeasureSettings) -> None:
        self._measure = measure
        self.dtype = measure.dtype
        self.price = Price(0.0, per_token=True)

    def cost(self, model: str) -> Cost:
        """See `Place.cost`; the price is that of LiteLLM's bundled map."""
        known, release = bundled_map()
        provider, _, bare = model.partition("/")
        entry = known.get(model) or known.get(bare, {})
        ours = model in known or entry.get("litellm_provider") == provider
        price = entry.get("output_cost_per_token") if ours else None
        if price is None:
            return Cost(None, 0.0, None, f"LiteLLM {release} has no price for {model}")
        about = f"{price * 1e6:g} USD per million tokens written (LiteLLM {release})"
        return Cost(None, 0.0, float(price), about)

    def named(self, model: str, revision: str | None) -> Named:
        """See `Place.named`."""
        return Named(model, revision)

    def hold(self) -> contextlib.AbstractContextManager[None]:
        """See `Place.hold`; nothing is started here."""
        return contextlib.nullcontext()

    @contextlib.asynccontextmanager
    async def replicas(self, source: str, model: str, logs: Path) -> AsyncIterator[list[Replica]]:
        """See `Place.replicas`; nothing is asked before the first sample."""
        yield [Replica(model, LiteLLMEndpoint(model, key_of(self._measure)), _always)]


async def _always() -> bool:
    return True

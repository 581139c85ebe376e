"""Where models answer: settings come in, the places that are asked for a model in turn go out."""

import asyncio
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from pipeline.errors import SettingsError
from pipeline.providers.completion import ChatEndpoint, Completion
from pipeline.providers.faults import Kind, ProviderError
from pipeline.providers.litellm_api import LiteLLMEndpoint
from pipeline.providers.openai_http import OpenAIEndpoint
from pipeline.router.breaker import Breaker, Outcome
from pipeline.router.menu import Entry
from pipeline.router_settings import BreakerSettings, ReachSettings, RouterSettings

FAULTS: frozenset[Kind] = frozenset({"unavailable", "timeout", "connection", "garbage"})
UNNAMED = "default"
NO_KEY = "none"
# Who has waited nearly all the time away is not sent any more: it could only be paid for.
LEAST_SHARE = 0.02


class Deployment:
    """One place where a model answers, with a breaker of its own and its provider's gate.

    Attributes:
        reach: Where it is.
        model: Its name there.
    """

    def __init__(
        self,
        reach: ReachSettings,
        model: str,
        endpoint: ChatEndpoint,
        gate: "Gate",
        breaker: BreakerSettings,
    ) -> None:
        self.reach, self.model = reach, model
        self._endpoint, self._gate = endpoint, gate
        self._breaker = Breaker(breaker.faults, breaker.pause_seconds)
        self._patience = breaker.patience_seconds

    async def ask(self, body: Mapping[str, Any], waiting: float, seconds: float) -> Completion:
        """Send one request once.

        Args:
            body: Of the request.
            waiting: Seconds for a place in the provider's queue and the answer together.
            seconds: Time limit of the answer alone.

        Raises:
            ProviderError: There is no completion; `circuit_open` or `busy` where nothing was sent.
        """
        if self._breaker.is_open:
            raise self._left_alone()
        loop = asyncio.get_running_loop()
        until = loop.time() + waiting
        await self._gate.enter(waiting)
        try:
            left = until - loop.time()
            if left < waiting * LEAST_SHARE:
                raise self._gate.taken()
            return await self._send(body, min(seconds, left))
        finally:
            self._gate.leave()

    async def _send(self, body: Mapping[str, Any], seconds: float) -> Completion:
        admission = self._breaker.admit()
        if admission is None:
            raise self._left_alone()
        outcome: Outcome = "neither"
        try:
            done = await self._endpoint.complete(body, seconds)
            outcome = "well"
            return done
        except ProviderError as fault:
            outcome = self._outcome(fault, seconds)
            # A place that refuses a request is there again.
            if admission.probe and fault.kind not in FAULTS:
                outcome = "well"
            raise
        finally:
            self._breaker.settle(admission, outcome)

    def _outcome(self, fault: ProviderError, seconds: float) -> Outcome:
        hurried = fault.kind == "timeout" and seconds < self._patience
        return "fault" if fault.kind in FAULTS and not hurried else "neither"

    def _left_alone(self) -> ProviderError:
        where = self.reach.url or "LiteLLM"
        message = f"{self.model} at {where} has failed too often and is left alone for a while"
        return ProviderError("circuit_open", message)


class Gate:
    """Room for so many calls at one provider at a time."""

    def __init__(self, provider: str, room: int) -> None:
        self._provider, self._room = provider, room
        self._free = asyncio.Semaphore(room)

    async def enter(self, seconds: float) -> None:
        """Wait for room.

        Raises:
            ProviderError: There is none in time; kind `busy`.
        """
        if not self._free.locked():
            await self._free.acquire()  # at once: a time limit would cost as much as the rest
            return
        try:
            async with asyncio.timeout(seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise self.taken() from error

    def taken(self) -> ProviderError:
        """Why a call was not sent."""
        message = (
            f"{self._provider}: all {self._room} calls at a time are taken; raise "
            "router.in_flight if it can bear more"
        )
        return ProviderError("busy", message)

    def leave(self) -> None:
        """Make room."""
        self._free.release()


class Deployments:
    """All places of all models; for one event loop."""

    def __init__(self, settings: RouterSettings, session: aiohttp.ClientSession) -> None:
        """Read keys from the environment.

        Raises:
            SettingsError: A variable that is to hold a key is not set.
        """
        self._settings, self._session = settings, session
        self._gates: dict[str, Gate] = {}
        self._places: dict[tuple[str, str], tuple[Deployment, ...]] = {}
        for model_id, found in settings.deployments.items():
            for reach in (found, *found.fallbacks):
                _key(reach, model_id)

    def of(self, entry: Entry) -> tuple[Deployment, ...]:
        """Places of a model, in the order in which they are asked."""
        known = (entry.model_id, str(entry.row["litellm_model"]))
        if known not in self._places:
            self._places[known] = self._chain(*known)
        return self._places[known]

    def _chain(self, model_id: str, litellm_model: str) -> tuple[Deployment, ...]:
        found = self._settings.deployments.get(model_id)
        chain = (found, *found.fallbacks) if found else (ReachSettings(),)
        return tuple(self._deployment(reach, model_id, litellm_model) for reach in chain)

    def _deployment(self, reach: ReachSettings, model_id: str, litellm_model: str) -> Deployment:
        model = reach.model or litellm_model
        endpoint = endpoint_of(reach, model, self._session, model_id)
        gate = self._gate(reach.provider or provider_of(reach, model))
        return Deployment(reach, model, endpoint, gate, self._settings.breaker)

    def _gate(self, provider: str) -> Gate:
        if provider not in self._gates:
            room = self._settings.provider_in_flight.get(provider, self._settings.in_flight)
            self._gates[provider] = Gate(provider, room)
        return self._gates[provider]


def endpoint_of(
    reach: ReachSettings, model: str, session: aiohttp.ClientSession, whose: str
) -> ChatEndpoint:
    """The client for a place.

    Raises:
        SettingsError: The variable that is to hold its key is not set.
    """
    key = _key(reach, whose)
    if reach.url is None:
        return LiteLLMEndpoint(model, key)
    if reach.via == "litellm":
        # Without one LiteLLM would send there whatever key of another provider it finds.
        return LiteLLMEndpoint(model, key or NO_KEY, reach.url)
    return OpenAIEndpoint(reach.url, session, key)


def provider_of(reach: ReachSettings, model: str) -> str:
    """Name of the provider, where settings give none: the host, or LiteLLM's prefix."""
    if reach.url is not None:
        return urlsplit(reach.url).netloc
    prefix, slash, _ = model.partition("/")
    return prefix if slash else UNNAMED


def _key(reach: ReachSettings, whose: str) -> str | None:
    if reach.key_env is None:
        return None
    key = os.environ.get(reach.key_env, "").strip()
    if not key:
        raise SettingsError(
            f"{whose}: the variable {reach.key_env} holds no key; export it, or take key_env out"
        )
    return key

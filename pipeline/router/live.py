"""Replies of real models: every call is sent to the places of its model until one answers.

Retries, fallbacks and the queue of a provider all happen within the time of the call. The only
place where a provider's failure becomes an outcome of the log.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from pipeline.providers.completion import Completion
from pipeline.providers.faults import Kind, ProviderError
from pipeline.providers.retry import backoff
from pipeline.router.chat import without_thoughts
from pipeline.router.deployments import Deployment, Deployments
from pipeline.router.turns import CallError, CallRequest, Reply
from pipeline.router.usage import usage_of

SOURCE = "live"
# A call ends a little before its time, so that what is known of it is not lost to a cancellation.
MARGIN_SECONDS = 0.05
NOT_SENT: frozenset[Kind] = frozenset({"circuit_open", "busy"})


class LiveSource:
    """Asks real models; see `CallSource`."""

    name = SOURCE

    def __init__(self, deployments: Deployments, tries: int) -> None:
        """Ask nothing yet.

        Args:
            deployments: Where models are.
            tries: Of one call at one place.
        """
        self._deployments, self._tries = deployments, tries

    async def call(self, request: CallRequest, seconds: float) -> Reply:
        """Answer one call, see `CallSource.call`.

        Raises:
            CallError: No place has answered.
        """
        trip = _Trip(request, time.monotonic() + _within(seconds), self._tries)
        done = await trip.finish(self._deployments.of(request.entry))
        usage = usage_of(done, request.messages)
        text = without_thoughts(done.text)
        return Reply(text, usage, done.finish_reason, SOURCE, trip.sent, done.cost_usd)


class _Trip:
    """One call on its way from place to place."""

    def __init__(self, request: CallRequest, until: float, tries: int) -> None:
        self._request, self._until, self._tries = request, until, tries
        self.sent = 0

    def _left(self) -> float:
        return self._until - time.monotonic()

    async def finish(self, places: tuple[Deployment, ...]) -> Completion:
        """Ask place after place."""
        last: ProviderError | None = None
        for number, place in enumerate(places):
            if last is not None and self._left() <= 0:
                break
            try:
                return await self._ask(place, standby=number + 1 < len(places))
            except ProviderError as fault:
                # That something was not sent explains less than what came back before.
                last = last if last is not None and fault.kind in NOT_SENT else fault
                if fault.kind == "bad_request":  # it would be one everywhere
                    break
        assert last is not None
        raise CallError(last.kind, str(last), self.sent) from last

    async def _ask(self, place: Deployment, standby: bool) -> Completion:
        """Ask one place until it answers, or cannot."""
        body = _body(self._request, place)
        tries, last = 0, None
        while True:
            tries += 1
            try:
                return await self._send(place, body, standby)
            except ProviderError as fault:
                if last is not None and fault.kind in NOT_SENT:
                    raise last from fault
                last = fault
            wait = backoff(tries, last.retry_after)
            elsewhere = standby and last.retry_after is not None
            if not last.retryable or tries >= self._tries or elsewhere or wait >= self._left():
                raise last
            await asyncio.sleep(wait)

    async def _send(self, place: Deployment, body: Mapping[str, Any], standby: bool) -> Completion:
        left = max(0.001, self._left())
        limit = place.reach.try_seconds or (left / 2 if standby else left)
        # A queue may not take the time that a fallback needs.
        waiting = max(limit, left / 2) if standby else left
        self.sent += 1
        try:
            return await place.ask(body, min(waiting, left), limit)
        except ProviderError as fault:
            self.sent -= fault.kind in NOT_SENT
            raise


def _within(seconds: float) -> float:
    return seconds - min(MARGIN_SECONDS, seconds / 10)


def _body(request: CallRequest, place: Deployment) -> dict[str, Any]:
    reach = place.reach
    body = {"model": place.model, "messages": request.messages, **reach.extra, **request.options}
    body[reach.length_field] = request.max_tokens
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return body

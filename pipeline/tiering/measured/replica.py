"""One replica of a model and what is known of its health. Knows nothing of queues."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from pipeline.providers.completion import ChatEndpoint
from pipeline.providers.faults import ProviderError
from pipeline.providers.retry import backoff

# Faults in a row after which a replica is taken for dead: more than a burst of bad luck, few enough
# that a dead one costs no more than its requests in flight.
STRIKES = 3
# The same for a key or a model that it does not know: these are never a fault of the prompt.
REFUSALS = 5
PROBE_SECONDS = (1.0, 30.0)


class Replica:
    """One server.

    Attributes:
        name: For people.
        endpoint: Completes chats.
        version: Of the server, once it was asked and told one.
        up: Set while it may be given work.
        in_flight: Requests on their way to it.
        turned_down_prompts: Prompts that it refused since it last answered one.
        silent_since: Moment of `time.monotonic` from which it gave nothing but faults that end
            with it: it left, or it asks to wait. None while it works.
    """

    def __init__(
        self,
        name: str,
        endpoint: ChatEndpoint,
        alive: Callable[[], Awaitable[bool]],
        ask_version: Callable[[], Awaitable[str | None]] | None = None,
    ) -> None:
        self.name = name
        self.endpoint = endpoint
        self.alive = alive
        self.version: str | None = None
        self._ask_version = ask_version
        self.up = asyncio.Event()
        self.up.set()
        self.in_flight = 0
        self.silent_since: float | None = None
        self.turned_down_prompts = 0
        self._strikes = self._refusals = self._waits = 0
        self._paused_until = 0.0
        self._wait = PROBE_SECONDS[0]

    async def identify(self) -> None:
        """Ask for the version, which may be another one after a restart."""
        if self._ask_version is not None:
            self.version = await self._ask_version()

    @property
    def ready(self) -> bool:
        """Whether it may be given a request now."""
        return self.up.is_set() and self._paused_until <= time.monotonic()

    async def until_ready(self) -> None:
        """Wait until it may be given a request."""
        while not self.ready:
            await self.up.wait()
            await asyncio.sleep(max(0.0, self._paused_until - time.monotonic()))

    def leave(self) -> None:
        """Give it no more work."""
        self.up.clear()
        self.silent_since = self.silent_since or time.monotonic()

    def succeeded(self) -> None:
        """It completed a request."""
        self.turned_down_prompts = 0
        self._strikes = self._refusals = self._waits = 0
        self._wait = PROBE_SECONDS[0]
        if self.up.is_set():
            self.silent_since = None

    def struck(self) -> None:
        """It failed; with too many failures in a row it leaves."""
        self._strikes += 1
        if self._strikes >= STRIKES:
            self.leave()

    def refused(self) -> bool:
        """It does not know the key or the model; returns whether that is all it says."""
        self._refusals += 1
        return self._refusals >= REFUSALS

    def turned_down(self) -> int:
        """It refuses a prompt; returns how many in a row."""
        self.turned_down_prompts += 1
        return self.turned_down_prompts

    def asked_to_wait(self, fault: ProviderError) -> None:
        """It has too much to do; many requests may hear that at once."""
        now = time.monotonic()
        self.silent_since = self.silent_since or now
        if self._paused_until <= now:
            self._waits += 1
        until = now + backoff(self._waits, fault.retry_after)
        self._paused_until = max(self._paused_until, until)

    async def watch(self) -> None:
        """Ask it now and then whether it is back, whenever it has left; never returns.

        The pauses grow until it has completed something, so that one that comes back only to fail
        again is asked ever less.
        """
        while True:
            await asyncio.sleep(PROBE_SECONDS[0] if self.up.is_set() else self._wait)
            if self.up.is_set():
                continue
            self._wait = min(2 * self._wait, PROBE_SECONDS[1])
            if await self.alive():
                await self.identify()
                self._strikes = self._refusals = 0
                self.silent_since = None
                self.up.set()

"""The server without HTTP: who may ask, what a request may take, and the books of it all."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from pipeline.errors import MachineError
from pipeline.router.assemble import open_router, secrets_of
from pipeline.router.engine import Router
from pipeline.router.limits import Limits
from pipeline.router.menu import Menu
from pipeline.router.record import Episode, Stamp, new_id
from pipeline.router.rules import FixedRule, always
from pipeline.router.spool import Spool
from pipeline.router.turns import Query
from pipeline.serving.errors import ApiError, refused, refused_as
from pipeline.serving.fields import SAMPLING
from pipeline.serving.keys import Key, KeyRing, load_keys
from pipeline.serving.menus import ROUTER, Menus
from pipeline.serving.metrics import Metrics
from pipeline.serving.protocol import Ask
from pipeline.serving.quotas import Quotas
from pipeline.serving.watched import Watched
from pipeline.settings import Settings

SPOOL, SPENDING = "spool", "serve-spending.json"
KIND = "serve"
RECORDED = "bank"
BUSY_SECONDS = 1.0
_LOG = logging.getLogger("xrouter.serving")


class Books:
    """Whatever is told of a finished episode: the ledger, the spending of keys, the metrics."""

    def __init__(self, settings: Settings, run_id: str) -> None:
        self.spool = Spool(settings.out / SPOOL, run_id)
        self.quotas = Quotas(settings.out / SPENDING)
        self.metrics = Metrics(self.spool)

    def log(self, episode: Episode) -> None:
        """Enter an episode."""
        self.spool.add(episode)
        self.quotas.charge(episode.row["api_key_id"], episode.row["total_cost_usd"])
        self.metrics.episode(episode)

    def save(self) -> None:
        """Write the spending down; a failure is said and tried again."""
        try:
            self.quotas.save()
        except (MachineError, OSError) as error:
            _LOG.error("the spending of keys cannot be written: %s", error)


class Plan(NamedTuple):
    """A request that may be run."""

    ask: Ask
    menu: Menu
    router: Router
    limits: Limits
    key: Key | None
    most: float


class Service:
    """Everything that requests share; for one event loop.

    Attributes:
        settings: Of the server.
        books: What is told of episodes.
        menus: What may be called.
        keys: Who may ask; None: everybody.
        draining: Nothing new is taken on.
        running: Requests under way.
        secrets: Keys of providers, which nobody is shown.
    """

    def __init__(
        self,
        settings: Settings,
        router: Router,
        books: Books,
        keys: Watched[KeyRing] | None,
        run_id: str,
    ) -> None:
        self.settings, self.books, self.keys = settings, books, keys
        self.menus = Menus(settings)
        self.secrets = secrets_of(settings.router)
        self.draining = False
        self.running = 0
        self._router, self._run_id = router, run_id
        self._fixed: dict[str, Router] = {}

    @property
    def policy(self) -> str:
        """Name of what decides."""
        return self._router.policy.name

    @property
    def files(self) -> list[Watched[Any]]:
        """What is read again when it changes."""
        return [self.menus.watched, *([self.keys] if self.keys else [])]

    def key_of(self, authorization: str) -> Key | None:
        """Who asks.

        Raises:
            ApiError: Nobody we know.
        """
        return None if self.keys is None else self.keys.content.find(authorization)

    def trouble(self) -> str | None:
        """Why no request is taken on now."""
        spool = self.books.spool
        if self.draining:
            return "the server is stopping"
        if spool.fault is not None:
            return "the ledger cannot be written"
        if spool.full:
            return "the ledger is full"
        return None

    def admit(self, key: Key | None) -> None:
        """Let a request in.

        Raises:
            ApiError: Not now.
        """
        trouble = self.trouble()
        if trouble is not None:
            raise _not_now(trouble)
        self._refuse_more()
        if key is not None:
            self.books.quotas.enter(key)

    def _refuse_more(self) -> None:
        if self.running >= self.settings.serve.in_flight:
            raise _not_now(f"{self.running} requests are under way, which is as many as may be")

    def plan(self, ask: Ask, key: Key | None) -> Plan:
        """What a request may do.

        Raises:
            ApiError: It asks for what cannot be had.
        """
        menu = self.menus.of(ask)
        sampling = ask.options.keys() & SAMPLING.keys()
        if sampling and self._router.source.name == RECORDED:
            name = min(sampling)
            raise refused(
                f"{name}: this server gives recorded answers, which it cannot change; take it out",
                name,
                "unsupported_parameter",
            )
        if ask.wishes.include_replies and not self.settings.serve.replies:
            message = "xrouter.include_replies: this server gives no intermediate replies"
            raise ApiError(403, message, "permission_error", param="xrouter.include_replies")
        router = self._router if ask.model == ROUTER else self._always(ask.model)
        limits = _tightened(router.limits, ask)
        return Plan(ask, menu, router, limits, key, limits.spend_usd)

    def _always(self, model: str) -> Router:
        if model not in self._fixed:
            policy = FixedRule(f"always:{model}", always(model))
            shared = self._router
            self._fixed[model] = Router(policy, shared.source, shared.limits, shared.log)
        return self._fixed[model]

    async def run(self, plan: Plan) -> Episode:
        """Decide a request; cancelling it cancels what is called.

        Raises:
            ApiError: The key has no money left, or too much is under way.
        """
        with self._allowed(plan) as limits:
            stamp = Stamp(
                self._run_id,
                KIND,
                self.settings.serve.store_text,
                plan.key.id if plan.key else None,
            )
            query = Query(plan.ask.messages, options=plan.ask.options)
            episode = await plan.router.run(query, plan.menu, stamp, limits)
        if plan.key is not None and limits is not plan.limits and refused_as(episode) == "budget":
            raise self.books.quotas.spent(plan.key, episode.row["episode_id"])
        return episode

    @contextlib.contextmanager
    def _allowed(self, plan: Plan) -> Iterator[Limits]:
        key, quotas = plan.key, self.books.quotas
        self._refuse_more()  # others may have begun while this request came in
        allowed = plan.most if key is None else quotas.reserve(key, plan.most)
        self.running += 1
        self.books.metrics.in_flight.inc()
        try:
            yield plan.limits if allowed == plan.most else plan.limits._replace(spend_usd=allowed)
        finally:
            self.running -= 1
            self.books.metrics.in_flight.dec()
            if key is not None:
                quotas.settle(key, plan.most, allowed)

    async def watch(self) -> None:
        """Look at files now and then, and write down what was spent; until cancelled."""
        while True:
            await asyncio.sleep(self.settings.serve.watch_seconds)
            await self.menus.refresh()
            if self.keys is not None:
                await self.keys.refresh()
            self.books.save()

    async def drained(self, seconds: float) -> None:
        """Wait until nothing is under way any more."""
        until = time.monotonic() + seconds
        while self.running and time.monotonic() < until:
            await asyncio.sleep(0.01)


def _not_now(trouble: str) -> ApiError:
    message = f"{trouble}; try again later"
    return ApiError(503, message, "server_error", "unavailable", retry_after=BUSY_SECONDS)


def _tightened(limits: Limits, ask: Ask) -> Limits:
    """A request may ask for less than the server allows, never for more."""
    wishes = ask.wishes
    wanted = {
        "seconds": wishes.max_seconds,
        "turns": wishes.max_turns,
        "calls": wishes.max_calls,
        "spend_usd": wishes.max_cost_usd,
    }
    given = {k: min(v, getattr(limits, k)) for k, v in wanted.items() if v is not None}
    return limits._replace(**given) if given else limits


@contextlib.asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """A server's inside; at the end everything is in files.

    Raises:
        SettingsError: A setting cannot be used.
        InputError: A file cannot be used.
        MachineError: The ledger cannot be written.
    """
    run_id = f"serve-{new_id()[:12]}"
    path = settings.serve.keys_file
    keys = Watched("the file of keys", path, lambda: load_keys(path)) if path else None
    books = Books(settings, run_id)
    _writable(books.spool)
    # Arrow looks for pandas once, which takes seconds: not when the first requests are waiting.
    await asyncio.to_thread(pa.array, [0])
    async with (
        books.spool.flushing(settings.serve.flush_seconds),
        open_router(settings, books.log) as assembled,
    ):
        service = Service(settings, assembled.router, books, keys, run_id)
        watching = asyncio.create_task(service.watch())
        try:
            yield service
        finally:
            watching.cancel()
            await asyncio.wait({watching})
            books.save()


def _writable(spool: Spool) -> None:
    """See to it that a server that cannot keep its books does not start."""
    probe = spool.folder / f".probe-{new_id()}"
    try:
        spool.folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise MachineError(f"{spool.folder}: the ledger cannot be written: {error}") from error

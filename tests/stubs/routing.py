"""A router against the loopback provider: menus, settings and one request, for tests."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from pipeline.catalog.tariff import LongPrompt, Tariff
from pipeline.providers.openai_http import open_session
from pipeline.router.chat import ChatPolicy
from pipeline.router.deployments import Deployments, endpoint_of
from pipeline.router.engine import Router
from pipeline.router.limits import Limits
from pipeline.router.live import LiveSource
from pipeline.router.menu import Entry, Menu
from pipeline.router.record import Episode, Stamp
from pipeline.router.turns import CallRequest, Message, Policy, Query, Reply
from pipeline.router_settings import ReachSettings, RouterSettings
from stubs.provider import tool_call

Result = TypeVar("Result")
STAMP = Stamp("test", "evaluate")
ROUTER = "router"
PRICES = {"a": (1.0, 2.0), "b": (3.0, 6.0), "c": (0.1, 0.4)}
TIERS = {"a": "standard", "b": "premium", "c": "budget"}
PROMPT = {"system_prompt": "Be brief."}


def entry(
    name: str,
    price_in: float,
    price_out: float,
    factor: float = 1.0,
    above: LongPrompt | None = None,
    **more: Any,
) -> Entry:
    """A model on offer."""
    row = {
        "model_id": name,
        "tool_name": f"call_{name}",
        "display_name": name.upper(),
        "litellm_model": f"openai/{name}",
        "tier": TIERS.get(name, "standard"),
        "input_per_million": price_in * factor,
        "output_per_million": price_out * factor,
        "cached_input_per_million": price_in * factor / 10,
        "base_input_per_million": price_in,
        "base_output_per_million": price_out,
        "price_factor": factor,
        "context_window": 100_000,
        "max_output_tokens": 4_000,
        "capabilities": ["general"],
        "description": "A model.",
    } | more
    base = Tariff(price_in, price_out, price_in / 10, above)
    return Entry(row, base.times(factor), base)


def menu(*names: str, factor: float = 1.0) -> Menu:
    """Some models at their prices times a factor."""
    return Menu([entry(name, *PRICES[name], factor) for name in names or PRICES])


def settings(url: str, via: str = "http", **more: Any) -> RouterSettings:
    """Every model of the menus at one server; `reach` is part of all deployments."""
    reach = more.pop("reach", {})
    deployments = {
        name: {"url": url, "via": via, "model": name if via == "http" else f"openai/{name}"} | reach
        for name in PRICES
    }
    return RouterSettings.model_validate({"deployments": deployments} | more)


def with_source(chosen: RouterSettings, use: Callable[[LiveSource], Awaitable[Result]]) -> Result:
    """Run something with a live source."""

    async def main() -> Result:
        async with open_session() as session:
            return await use(LiveSource(Deployments(chosen, session), chosen.tries))

    return asyncio.run(main())


def request(name: str = "a", text: str = "Why?", **more: Any) -> CallRequest:
    """One call."""
    messages = [{"role": "user", "content": text}]
    values = {"temperature": None, "max_tokens": 100, "query": Query(messages)} | more
    return CallRequest(entry(name, *PRICES[name]), messages, **values)


def call(chosen: RouterSettings, seconds: float = 20.0, **more: Any) -> Reply:
    """Make one call."""
    return with_source(chosen, lambda source: source.call(request(**more), seconds))


def route(
    url: str,
    *,
    policy: Policy | None = None,
    shown: Menu | None = None,
    messages: Sequence[Message] | None = None,
    limits: Limits | None = None,
    options: dict[str, Any] | None = None,
) -> Episode:
    """Route one request: the policy is model `router` of the server, or the one given."""

    async def main() -> Episode:
        async with open_session() as session:
            source = LiveSource(Deployments(settings(url), session), 4)
            router = Router(policy or chat(url, session), source, limits)
            query = Query(messages or [{"role": "user", "content": "Why?"}], options=options or {})
            return await router.run(query, shown or menu(), STAMP)

    return asyncio.run(main())


def chat(url: str, session: Any, **more: Any) -> ChatPolicy:
    """The model `router` as the policy."""
    endpoint = endpoint_of(ReachSettings(url=url), ROUTER, session, "the policy")
    return ChatPolicy(endpoint, ROUTER, **more)


def calls_of(*names: str, **arguments: Any) -> list[dict[str, Any]]:
    """Tool calls of one turn."""
    return [
        tool_call(f"call_{name}", PROMPT | arguments, f"{name}{number}")
        for number, name in enumerate(names)
    ]


def select(call_id: str) -> list[dict[str, Any]]:
    """The tool call that ends an episode."""
    return [tool_call("select_response", {"call_id": call_id})]

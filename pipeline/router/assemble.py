"""Puts a router together: settings come in; a source, a policy, limits and a menu go out."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from pipeline.catalog.load import load_models
from pipeline.catalog.tariff import Tariff
from pipeline.errors import SettingsError
from pipeline.router.chat import ChatPolicy
from pipeline.router.engine import Router
from pipeline.router.limits import Limits
from pipeline.router.menu import Menu, base_menu
from pipeline.router.record import Episode
from pipeline.router.rules import rule_named
from pipeline.router.simulated import SOURCE as SIMULATED
from pipeline.router.simulated import SimulatedSource
from pipeline.router.turns import CallSource, Policy
from pipeline.router_settings import LimitSettings, ReachSettings, RouterSettings
from pipeline.settings import Settings

LIVE, BANK, MODEL, ORACLE, ALWAYS = "live", "bank", "model", "oracle", "always"


class Assembled(NamedTuple):
    """What a door, an evaluation or a training run needs."""

    router: Router
    menu: Menu


@contextlib.asynccontextmanager
async def open_router(
    settings: Settings, log: Callable[[Episode], None] | None = None
) -> AsyncIterator[Assembled]:
    """The router of the settings and the menu of its base list; connections end with the block.

    Raises:
        SettingsError: A name is unknown, or a variable that is to hold a key is not set.
        InputError: The list of models or the bank cannot be read.
    """
    chosen = settings.router
    async with (
        open_source(settings, chosen.pool) as source,
        policy_of(settings, source) as policy,
    ):
        menu = menu_of(settings)
        _refuse_stranger(chosen.policy, menu)
        yield Assembled(Router(policy, source, limits_of(chosen.limits), log), menu)


@contextlib.asynccontextmanager
async def open_source(settings: Settings, pool: str) -> AsyncIterator[CallSource]:
    """Where replies come from.

    Args:
        settings: Of the router.
        pool: live, simulated or bank:PATH.

    Raises:
        SettingsError: There is no such pool, or what `open_router` says.
        InputError: The bank cannot be read.
    """
    kind, _, path = pool.partition(":")
    if pool == SIMULATED:
        yield SimulatedSource(settings.seed)
    elif kind == BANK and path:
        from pipeline.bank.source import open_bank

        yield open_bank(path)
    elif pool == LIVE:
        async with _live(settings) as source:
            yield source
    else:
        raise SettingsError(f"unknown pool {pool!r}; there are live, simulated and bank:PATH")


@contextlib.asynccontextmanager
async def _live(settings: Settings) -> AsyncIterator[CallSource]:
    from pipeline.providers.litellm_api import the_library
    from pipeline.providers.openai_http import open_session
    from pipeline.router.deployments import Deployments
    from pipeline.router.live import LiveSource

    _refuse_unknown(settings)
    chosen = settings.router
    models = chosen.models or [m.model_id for m in load_models(settings.catalog.models).models]
    reaches = [r for d in chosen.deployments.values() for r in (d, *d.fallbacks)]
    if any(r.by_litellm for r in reaches) or set(models) - chosen.deployments.keys():
        await asyncio.to_thread(the_library)
    async with open_session() as session:
        yield LiveSource(Deployments(settings.router, session), settings.router.tries)


@contextlib.asynccontextmanager
async def policy_of(settings: Settings, source: CallSource | None = None) -> AsyncIterator[Policy]:
    """What decides; its connections end with the block.

    Args:
        settings: Of the router.
        source: Where replies come from; the oracle looks into a bank.

    Raises:
        SettingsError: There is no such policy, or what `open_router` says.
    """
    chosen = settings.router
    if chosen.policy == MODEL:
        async with _chat(chosen) as policy:
            yield policy
    elif chosen.policy == ORACLE:
        from pipeline.bank.source import BankSource, policy_named

        bank = source if isinstance(source, BankSource) else None
        yield policy_named(ORACLE, bank, settings.seed)
    else:
        yield rule_named(chosen.policy, settings.seed)


@contextlib.asynccontextmanager
async def _chat(chosen: RouterSettings) -> AsyncIterator[ChatPolicy]:
    from pipeline.providers.litellm_api import the_library
    from pipeline.providers.openai_http import open_session
    from pipeline.router.deployments import endpoint_of

    if chosen.policy_model is None:
        raise SettingsError(
            "policy 'model' needs router.policy_model, the name of the model that decides"
        )
    reach = ReachSettings(url=chosen.policy_url, key_env=chosen.policy_key_env)
    if reach.by_litellm:
        await asyncio.to_thread(the_library)
    price_in, price_out = chosen.policy_input_per_million, chosen.policy_output_per_million
    async with open_session() as session:
        yield ChatPolicy(
            endpoint_of(reach, chosen.policy_model, session, "the policy"),
            chosen.policy_model,
            Tariff(price_in, price_out, price_in),
            chosen.policy_revision,
            chosen.policy_sampling,
        )


def limits_of(chosen: LimitSettings) -> Limits:
    """Limits as the engine takes them."""
    spend = float("inf") if chosen.spend_usd is None else chosen.spend_usd
    values = chosen.model_dump(exclude={"spend_usd"})
    return Limits(spend_usd=spend, **values)


def menu_of(settings: Settings) -> Menu:
    """All models of the base list, or those that the settings name, at list prices.

    Raises:
        InputError: The list cannot be read, or a name is unknown.
    """
    return base_menu(load_models(settings.catalog.models), settings.router.models)


def secrets_of(chosen: RouterSettings) -> frozenset[str]:
    """Every key that the settings name, for whoever must see to it that none is shown."""
    reaches = [r for d in chosen.deployments.values() for r in (d, *d.fallbacks)]
    names = {chosen.policy_key_env, *(reach.key_env for reach in reaches)}
    return frozenset(os.environ[name] for name in names if name and os.environ.get(name))


def _refuse_stranger(policy: str, menu: Menu) -> None:
    """A rule takes another model where its own is not on a menu; on none of them, it is a slip."""
    kind, _, model = policy.partition(":")
    if kind == ALWAYS and model and menu.by_model(model) is None:
        offered = ", ".join(menu.offered)
        raise SettingsError(f"policy {policy!r}: {model} is not on offer; these are: {offered}")


def _refuse_unknown(settings: Settings) -> None:
    known = {model.model_id for model in load_models(settings.catalog.models).models}
    unknown = sorted(settings.router.deployments.keys() - known)
    if unknown:
        raise SettingsError(
            f"router.deployments names {', '.join(unknown)}, which no model of the list is; "
            f"known are {', '.join(sorted(known))}"
        )

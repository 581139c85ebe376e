"""The outcome bank, top to bottom: problems, models, questions within a budget, grades, tables."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.accounting import Progress
from pipeline.bank.campaign import Campaign, Estimate, estimate
from pipeline.bank.collector import Collector, Terminus
from pipeline.bank.grading import Grading
from pipeline.bank.ledger import CollectLedger, Terms
from pipeline.bank.stand_ins import known_problems
from pipeline.bank.tables import BankFiles, questions_of
from pipeline.catalog.load import load_models
from pipeline.errors import InputError, SettingsError
from pipeline.io import exclusive, read_parquet, sweep_partials
from pipeline.layout import Layout
from pipeline.router.assemble import LIVE, open_source
from pipeline.router.menu import base_menu
from pipeline.router.simulated import SOURCE as SIMULATED
from pipeline.router.simulated import SimulatedSource
from pipeline.router.turns import CallSource
from pipeline.router_settings import DeploymentSettings
from pipeline.settings import SAMPLE, Settings
from schemas.problems import to_json

ENDPOINT = "endpoint:"
KEY_VARIABLE = "XROUTER_POOL_API_KEY"


class CollectPlan(BaseModel):
    """What to ask whom, and what it may cost.

    `problems` is what `xrouter build` takes, or the directory of a build, whose tiers come along.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    problems: tuple[str, ...] = (SAMPLE,)
    models: tuple[str, ...] = Field(min_length=1)
    samples: int = Field(1, ge=1)
    budget_usd: float = Field(ge=0, description="of everything that this directory has paid for")
    pool: Literal["live", "simulated"] | Annotated[str, Field(pattern="^endpoint:.")] = "live"
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int = Field(8192, ge=1)
    in_flight: int = Field(32, ge=1)
    call_seconds: float = Field(600.0, gt=0, description="of one call, retries included")
    kinds: tuple[Literal["reasoning", "everyday"], ...] = ("reasoning",)
    limit: int | None = Field(None, ge=1, description="only the first problems, in order of id")


class CollectResult(NamedTuple):
    """What a collection came to.

    Attributes:
        out: The bank.
        terminus: How this run ended.
        outcomes: In the bank.
        ungraded: Of these, without a verdict.
        spent_usd: By this directory so far.
        in_doubt: Calls in flight when a run was killed, and the most they can cost.
    """

    out: Path
    terminus: Terminus
    outcomes: int
    ungraded: int
    spent_usd: float
    in_doubt: tuple[int, float]


class Forecast(NamedTuple):
    """What a collection will take, for each model, and what is spent already."""

    models: list[Estimate]
    spent_usd: float


def collect(
    plan: CollectPlan,
    settings: Settings,
    progress: Progress,
    announce: Callable[[Forecast], None] = lambda _: None,
) -> CollectResult:
    """Ask what has no answer yet, grade, and write the bank.

    Args:
        plan: What to ask whom.
        settings: Of sources and grading; `out` is the bank.
        progress: Where to say how far it is.
        announce: Told what it will take before the first question.

    Raises:
        XRouterError: The job cannot be done; every paid answer is in the ledger.
    """
    out = settings.out
    with exclusive(out):
        sweep_partials(out)
        campaign = campaign_of(plan, settings, progress)
        with CollectLedger(BankFiles(out).ledger) as ledger:
            announce(Forecast(estimate(campaign, ledger), ledger.spent()))
            ledger.add_problems(iter(campaign.problems))
            terminus = asyncio.run(_ask(plan, settings, campaign, ledger, progress))
            grading = Grading(ledger, campaign.terms, settings.grading)
            grading.grade(settings.workers, progress)
            outcomes, ungraded = grading.write(out)
            spent, doubt = ledger.spent(), ledger.in_doubt()
    return CollectResult(out, terminus, outcomes, ungraded, spent, doubt)


def forecast(plan: CollectPlan, settings: Settings, progress: Progress) -> Forecast:
    """What asking would take; asks nobody.

    Raises:
        XRouterError: The problems or models cannot be read.
    """
    with exclusive(settings.out):
        campaign = campaign_of(plan, settings, progress)
        with CollectLedger(BankFiles(settings.out).ledger) as ledger:
            return Forecast(estimate(campaign, ledger), ledger.spent())


def campaign_of(plan: CollectPlan, settings: Settings, progress: Progress) -> Campaign:
    """Problems and models of a plan.

    Raises:
        XRouterError: They cannot be read, or there are none.
    """
    menu = base_menu(load_models(settings.catalog.models), plan.models)
    built = _built(plan, settings)
    if built.root != Path(plan.problems[0]):
        _bring_in(plan, settings, built, progress)
    kinds = read_parquet(built.problems, ["problem_id", "kind"])
    wanted = kinds.filter(pl.col("kind").is_in(plan.kinds))
    rows = questions_of(built).join(wanted, on="problem_id", how="semi").sort("problem_id")
    rows = rows.head(plan.limit) if plan.limit else rows
    if rows.is_empty():
        raise InputError(f"{built.problems}: no problem of kind {', '.join(plan.kinds)} in there")
    terms = Terms(plan.pool.partition(":")[0], plan.temperature, plan.max_tokens)
    return Campaign(rows.to_dicts(), menu, plan.samples, terms, _upstreams(settings))


def _built(plan: CollectPlan, settings: Settings) -> Layout:
    """The build that is named, or the one that is made here of what is named."""
    named = Layout(Path(plan.problems[0]))
    if len(plan.problems) == 1 and named.problems.exists():
        return named
    return Layout(settings.out / "sources")


def _upstreams(settings: Settings) -> dict[str, str]:
    """What a deployment changes about answers: the model behind it, and more of the body."""
    return {
        model_id: to_json({"model": place.model, "extra": place.extra})
        for model_id, place in settings.router.deployments.items()
    }


def _bring_in(plan: CollectPlan, settings: Settings, built: Layout, progress: Progress) -> None:
    # Costs seconds, which a bank over the problems of a build need not pay.
    from flows.main_job import STAGES
    from pipeline.sources.pins import pinned
    from pipeline.stages import run_stage

    sources = settings.sources.model_copy(update={"problems": plan.problems})
    chosen = settings.model_copy(update={"sources": sources})
    run_stage(STAGES[0], pinned(chosen, built.hub_lock), built, progress)


async def _ask(
    plan: CollectPlan,
    settings: Settings,
    campaign: Campaign,
    ledger: CollectLedger,
    progress: Progress,
) -> Terminus:
    async with _source(plan, settings, campaign) as source:
        collector = Collector(campaign, source, ledger, plan.budget_usd, progress)
        return await collector.run(plan.in_flight, plan.call_seconds)


@contextlib.asynccontextmanager
async def _source(
    plan: CollectPlan, settings: Settings, campaign: Campaign
) -> AsyncIterator[CallSource]:
    """Where the answers come from; stand-ins can be right on what they are asked."""
    if plan.pool == SIMULATED:
        wanted = {problem["problem_id"] for problem in campaign.problems}
        known = known_problems(_built(plan, settings), wanted, settings.seed)
        yield SimulatedSource(settings.seed, known)
        return
    chosen, pool = reached(plan, settings)
    async with open_source(chosen, pool) as source:
        yield source


def reached(plan: CollectPlan, settings: Settings) -> tuple[Settings, str]:
    """Settings and pool as the router takes them; one server for all models is a short form.

    Raises:
        SettingsError: The server's URL is none.
    """
    chosen: dict[str, Any] = {"models": plan.models}  # only what these need is loaded
    pool = plan.pool
    if pool.startswith(ENDPOINT):
        url, pool = pool.removeprefix(ENDPOINT), LIVE
        key = KEY_VARIABLE if os.environ.get(KEY_VARIABLE) else None
        try:
            chosen["deployments"] = {
                model: DeploymentSettings(url=url, model=model, key_env=key)
                for model in plan.models
            }
        except ValidationError as error:
            raise SettingsError(f"pool {plan.pool!r}: no URL like http://host:8000/v1") from error
    router = settings.router.model_copy(update=chosen)
    return settings.model_copy(update={"router": router}), pool

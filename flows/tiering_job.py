"""Difficulty alone: problems come in, tiers go out, or a forecast of what they would take."""

from typing import NamedTuple

import polars as pl

from flows.decontamination import forget
from flows.main_job import STAGES
from flows.main_job import stages as stages_of
from pipeline.accounting import Progress, StageReport
from pipeline.errors import SettingsError
from pipeline.io import exclusive, read_parquet, sweep_partials
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.sources.pins import pinned
from pipeline.stages import Stage, run_stage
from pipeline.tiering.measured.forecast import Forecast, forecast
from pipeline.tiering.measured.measure import Measurement
from pipeline.tiering.specs import Sampled, reference_specs
from schemas.attempts import TIERS

SOURCES, TIERING = STAGES[:2]


def before_dataset(settings: Settings, layout: Layout) -> tuple[Stage, ...]:
    """The stages up to tiers, after removing what an earlier run with suites left out."""
    if not settings.decontamination.wanted:
        forget(layout)
    return stages_of(settings, TIERING.name)


class TierRow(NamedTuple):
    """One tier of a finished measurement.

    Attributes:
        tier: Its name.
        problems: That have it.
        settled: Of these, with an interval inside the tier.
        samples: Mean graded samples of a problem.
        truncated: Share of the attempts that a token limit cut off; None without attempts.
    """

    tier: str
    problems: int
    settled: int
    samples: float
    truncated: float | None


class TierResult(NamedTuple):
    """What a tiering run made."""

    layout: Layout
    stages: list[StageReport]
    tiers: list[TierRow]


def tier(settings: Settings, progress: Progress) -> TierResult:
    """Bring problems in and place them in tiers.

    Raises:
        XRouterError: The job cannot be done; what was paid for is in the ledger.
    """
    layout = Layout(settings.out)
    with exclusive(layout.root):
        sweep_partials(layout.root)
        settings = pinned(settings, layout.hub_lock)
        todo = before_dataset(settings, layout)
        stages = [run_stage(stage, settings, layout, progress) for stage in todo]
        if not stages[-1].reused:
            layout.manifest.unlink(missing_ok=True)
    return TierResult(layout, stages, tier_rows(layout))


def tier_rows(layout: Layout) -> list[TierRow]:
    """Problems, samples and truncation per tier."""
    rates = read_parquet(layout.pass_rates).filter("selected")
    attempts = read_parquet(layout.attempts, ["problem_id", "verdict"])
    placed = attempts.join(rates.select("problem_id", "tier"), on="problem_id")
    cut = placed.group_by("tier").agg((pl.col("verdict") == "truncated").mean())
    truncated = dict(cut.iter_rows())
    rows = []
    for name in TIERS:
        own = rates.filter(pl.col("tier") == name)
        mean = own["n"].mean()
        samples = float(mean) if isinstance(mean, int | float) else 0.0
        settled = int(own["settled"].sum())
        rows.append(TierRow(name, own.height, settled, samples, truncated.get(name)))
    return rows


def plan(settings: Settings, progress: Progress, run_pilot: bool) -> list[Forecast]:
    """What measuring would take, from a pilot or from assumptions; only a pilot costs anything.

    Args:
        settings: With at least one reference that is sampled.
        progress: Where to say how far it is.
        run_pilot: Sample the pilot first.

    Raises:
        SettingsError: No reference is sampled.
    """
    specs = [spec for spec in reference_specs(settings) if isinstance(spec, Sampled)]
    if not specs:
        raise SettingsError(
            "--plan forecasts what sampling a model takes; name one: --reference vllm, "
            "endpoint:URL or litellm:MODEL"
        )
    layout = Layout(settings.out)
    with exclusive(layout.root):
        settings = pinned(settings, layout.hub_lock)
        for stage in before_dataset(settings, layout)[:-1]:
            run_stage(stage, settings, layout, progress)
        measurements = [Measurement(spec, settings, layout, progress) for spec in specs]
        for measurement in measurements if run_pilot else []:
            measurement.run_pilot()
        return [forecast(measurement) for measurement in measurements]

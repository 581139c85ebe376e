"""Difficulty as a Prefect flow: shards of problems are tasks, the ledger is the record.

A model is asked over HTTP, or runs as vLLM servers of their own processes; nothing of it is in this
process. A retried or repeated run pays for nothing twice.
"""

from collections.abc import Sequence
from typing import Any

from prefect import State, flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.states import Completed

from flows.tiering_job import TierResult, before_dataset, tier_rows
from pipeline.accounting import Silent, StageReport
from pipeline.errors import BusyError
from pipeline.io import exclusive, read_parquet, sweep_partials
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.sources.pins import pinned
from pipeline.stages import Stage, is_done, run_stage
from pipeline.tiering.measured.measure import Measurement
from pipeline.tiering.specs import Sampled, reference_specs

# Prefect's server slows down with hundreds of tasks, and the end of each shard leaves places empty.
MOST_SHARDS = 50
LEAST_PROBLEMS = 200


@task(task_run_name="{stage.name}")
def run_one(stage: Stage, settings: Settings, layout: Layout) -> StageReport:
    """One stage of the main job; a finished one is reused."""
    report = run_stage(stage, settings, layout, Silent())
    get_run_logger().info("%s", report.model_dump_json())
    return report


@task(task_run_name="pilot")
def sample_pilot(measurement: Measurement) -> int:
    """Sample the pilot and learn from it; returns the problems it counts."""
    return len(measurement.run_pilot())


@task(task_run_name="problems {number}", retries=3, retry_delay_seconds=60)
def sample_shard(measurement: Measurement, number: int, ids: frozenset[str]) -> int:
    """Settle one shard of problems; returns the samples it took."""
    measurement.settle(ids)
    meter = measurement.meter
    samples = meter.samples if meter else 0
    get_run_logger().info("shard %d: %d samples, %.2f USD", number, samples, measurement.spent_usd)
    return samples


def shards_of(ids: Sequence[str]) -> list[frozenset[str]]:
    """Problems in order, cut into a bounded number of shards."""
    size = max(LEAST_PROBLEMS, -(-len(ids) // MOST_SHARDS))
    return [frozenset(ids[start : start + size]) for start in range(0, len(ids), size)]


def show_cost(measurement: Measurement, done: int, shards: int) -> None:
    """Keep the artifact of what was spent up to date."""
    model = measurement.identity.model
    create_markdown_artifact(
        key="tiering-cost",
        markdown=f"{model}: {done} of {shards} shards, about {measurement.spent_usd:,.2f} USD",
    )


def measure(settings: Settings, layout: Layout, spec: Sampled) -> None:
    """Sample one reference, pilot first, shard by shard; its servers stay up in between."""
    measurement = Measurement(spec, settings, layout, Silent())
    with measurement.place.hold():
        sample_pilot.with_options(persist_result=False)(measurement)
        shards = shards_of(measurement.ids)
        for number, ids in enumerate(shards):
            sample_shard.with_options(persist_result=False)(measurement, number, ids)
            show_cost(measurement, number + 1, len(shards))


def publish_histogram(layout: Layout) -> None:
    """Show how pass rates are spread."""
    rates = read_parquet(layout.pass_rates).filter("selected")
    binned = rates.with_columns((rates["pass_rate"] * 20).floor().clip(0, 19).alias("bin"))
    rows: list[dict[str, Any]] = [
        {"pass rate": f"{int(low) / 20:.2f} to {(int(low) + 1) / 20:.2f}", "problems": problems}
        for low, problems in binned.group_by("bin").len().sort("bin").iter_rows()
    ]
    create_table_artifact(table=rows, key="pass-rate-histogram", description="Problems per rate")


def nothing_new(todo: Sequence[Stage], settings: Settings, layout: Layout) -> bool:
    """Whether problems and settings are those of the last run: no server is started to find out."""
    return all(is_done(stage, settings, layout) for stage in todo)


def tier_all(todo: Sequence[Stage], settings: Settings, layout: Layout) -> list[StageReport]:
    """Bring problems in, sample what is to be sampled, and place them in tiers."""
    steps = run_one.with_options(persist_result=False)
    reports = [steps(stage, settings, layout) for stage in todo[:-1]]
    for spec in reference_specs(settings):
        if isinstance(spec, Sampled):
            measure(settings, layout, spec)
    return [*reports, steps(todo[-1], settings, layout)]


@flow(name="tier-problems", persist_result=False)
def tier_problems(settings: dict[str, Any] | None = None) -> TierResult | State[Any]:
    """Place problems in tiers by the answers of a reference model; ends at once if none are new.

    Args:
        settings: Values of `pipeline.settings.Settings`; what is left out comes from `XROUTER_*`
            variables or the defaults.
    """
    chosen = Settings(**(settings or {}))
    layout = Layout(chosen.out)
    try:
        with exclusive(layout.root):
            sweep_partials(layout.root)
            chosen = pinned(chosen, layout.hub_lock)
            todo = before_dataset(chosen, layout)
            if nothing_new(todo, chosen, layout):
                return Completed(name="NothingNew", message="every problem has its tier")
            stages = tier_all(todo, chosen, layout)
    except BusyError as error:
        # A build of the same problems tiers them, too.
        return Completed(name="Busy", message=str(error))
    publish_histogram(layout)
    return TierResult(layout, stages, tier_rows(layout))

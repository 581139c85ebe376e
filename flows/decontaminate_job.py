"""Decontamination alone: problems come in, findings go out; no build is made or changed."""

from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from flows.decontamination import Gathered, gather
from flows.main_job import STAGES
from pipeline.accounting import Progress, StageReport, Stopwatch
from pipeline.decontamination.find import find_contamination
from pipeline.decontamination.inside import find_inside
from pipeline.decontamination.stage import record_findings, summary
from pipeline.decontamination.study import study_thresholds
from pipeline.errors import SettingsError
from pipeline.executors import Executor, open_executor
from pipeline.io import exclusive, read_parquet, sweep_partials, write_parquet
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.sources.pins import pinned
from pipeline.stages import run_stage

DUPLICATES = "duplicates.parquet"
COLUMNS = ["problem_id", "data_source", "messages"]


class DecontaminateResult(NamedTuple):
    """What was found.

    Attributes:
        layout: Where the files are.
        stages: What was done.
        summary: Counts per suite and suites not checked; empty where no suite was asked for.
        contamination: Table `contamination`.
        pairs: Every pair that was measured.
        study: Problems flagged by threshold, where asked for.
        duplicates: Clusters inside the problems, where asked for.
    """

    layout: Layout
    stages: list[StageReport]
    summary: dict[str, Any]
    contamination: pl.DataFrame
    pairs: pl.DataFrame
    study: pl.DataFrame | None
    duplicates: pl.DataFrame | None


def decontaminate_alone(
    settings: Settings, progress: Progress, *, inside: bool = False, study: bool = False
) -> DecontaminateResult:
    """Compare problems with suites, with each other, or with both.

    Args:
        settings: With suites or own sets, unless only `inside` is wanted.
        progress: Where to say how far it is.
        inside: Look for near duplicates among the problems.
        study: Count what each threshold would flag.

    Raises:
        XRouterError: Nothing to compare with, or something that cannot be read.
    """
    if not settings.decontamination.wanted and (study or not inside):
        raise SettingsError(
            "nothing to compare with; give --suites-from DIR, --own NAME=FILE or --inside"
        )
    chosen = settings.decontamination
    # Before the problems: what cannot be compared with should not cost minutes.
    gathered = gather(chosen) if chosen.wanted else None
    layout = Layout(settings.out)
    with exclusive(layout.root), open_executor(settings, settings.workers) as executor:
        sweep_partials(layout.root)
        problems, stages = _problems(settings, layout, progress)
        result = DecontaminateResult(layout, stages, {}, pl.DataFrame(), pl.DataFrame(), None, None)
        if gathered:
            result = _against_suites(result, settings, problems, gathered, executor, progress)
            studied = study_thresholds(result.pairs, chosen) if study else None
            result = result._replace(study=studied)
        if inside:
            result = _inside(result, settings, problems, executor, progress)
    return result


def _problems(
    settings: Settings, layout: Layout, progress: Progress
) -> tuple[pl.DataFrame, list[StageReport]]:
    """The problems of the build that is named, or those of the sources that are."""
    named = settings.sources.problems
    built = Layout(Path(named[0]))
    if len(named) == 1 and built.problems.exists():
        return read_parquet(built.problems, COLUMNS), []
    settings = pinned(settings, layout.hub_lock)
    report = run_stage(STAGES[0], settings, layout, progress)
    return read_parquet(layout.problems, COLUMNS), [report]


def _against_suites(
    result: DecontaminateResult,
    settings: Settings,
    problems: pl.DataFrame,
    gathered: Gathered,
    executor: Executor,
    progress: Progress,
) -> DecontaminateResult:
    watch = Stopwatch()
    chosen = settings.decontamination
    found = find_contamination(problems, gathered.texts, chosen, executor, progress)
    report = record_findings(settings, result.layout, problems, found, gathered.missing)
    timed = report.model_copy(update={"seconds": watch.seconds()})
    return result._replace(
        stages=[*result.stages, timed],
        summary=summary(settings, found, gathered.missing),
        contamination=found.contamination,
        pairs=found.pairs,
    )


def _inside(
    result: DecontaminateResult,
    settings: Settings,
    problems: pl.DataFrame,
    executor: Executor,
    progress: Progress,
) -> DecontaminateResult:
    watch = Stopwatch()
    clusters = find_inside(problems, settings.decontamination, executor, progress)
    path = result.layout.root / DUPLICATES
    write_parquet(clusters, path)
    report = StageReport(
        stage="duplicates",
        rows_in=problems.height,
        rows_out=problems.height - clusters.height,
        seconds=watch.seconds(),
        bytes=path.stat().st_size,
        notes={"clusters": clusters["kept"].n_unique()},
    )
    return result._replace(stages=[*result.stages, report], duplicates=clusters)

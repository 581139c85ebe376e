"""The stage `tiering`: problems come in; graded attempts, pass rates and tiers go out.

Knows nothing of catalogues and of rows for training. Everyday problems have no tier and pass by.
"""

import contextlib
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from pipeline.accounting import Progress, StageReport, Stopwatch, count_reasons, rejects_frame
from pipeline.errors import InputError
from pipeline.executors import open_executor
from pipeline.io import ParquetStream, write_parquet
from pipeline.layout import Layout
from pipeline.left_out import left_out
from pipeline.settings import Settings
from pipeline.tiering.engines import References, open_references
from pipeline.tiering.questions import read_shards, reasoning_rows
from pipeline.tiering.sampling import graded_shards
from pipeline.tiering.shards import ShardStore
from pipeline.tiering.specs import Simulated, reference_specs
from pipeline.tiering.tally import Tally
from schemas.attempts import TIERS, Attempts

NAME = "tiering"
NO_REFERENCE = "none: every problem stays untiered; pass --reference with one or more"


def tier_problems(settings: Settings, layout: Layout, progress: Progress) -> StageReport:
    """Let the references answer, grade their answers and place every reasoning problem in a tier.

    Raises:
        InputError: A recorded file, or `problems.parquet`, cannot be used.
        SettingsError: A reference spec, mapping or published rate does not exist.
    """
    watch = Stopwatch()
    specs = reference_specs(settings)
    sources = _sources(layout)
    references = open_references(specs, settings, layout, progress)
    tally = Tally(references)
    progress.start("tiers", len(sources) * len(references.engines))
    _write_attempts(references, tally, settings, layout, progress)
    rates = tally.pass_rates(settings.tiering)
    disagreements = tally.disagreements()
    rejects = rejects_frame([*tally.rejects, *tally.untiered(sources, rates)])
    write_parquet(rates, layout.pass_rates)
    write_parquet(disagreements, layout.disagreements)
    write_parquet(rejects, layout.rejects(NAME))
    _clear(layout.work(NAME))
    return StageReport(
        stage=NAME,
        rows_in=len(sources),
        rows_out=rates["problem_id"].n_unique(),
        rejected=count_reasons(rejects),
        seconds=watch.seconds(),
        bytes=_bytes(layout),
        notes=_notes(references, tally, rates, disagreements),
        complete=not tally.unsettled,
    )


def plan_tiering(settings: Settings, n_problems: int) -> dict[str, int]:
    """What the stage would ask for, without reading a file.

    Args:
        settings: The build's settings.
        n_problems: Reasoning problems.

    Returns:
        `references`, `problems` and `attempts`; recorded attempts are not counted, for their file
        is not read.

    Raises:
        SettingsError: A reference spec has an unknown form.
    """
    specs = reference_specs(settings)
    sampled = sum(isinstance(spec, Simulated) for spec in specs)
    attempts = sampled * n_problems * settings.tiering.samples
    return {"references": len(specs), "problems": n_problems, "attempts": attempts}


def _sources(layout: Layout) -> dict[str, str]:
    if not layout.problems.exists():
        raise InputError(f"{layout.problems}: no such file; build the problems first")
    columns = ["problem_id", "kind", "data_source"]
    rows = reasoning_rows(layout.problems, columns, left_out(layout))
    return {row["problem_id"]: row["data_source"] for row in rows}


def _write_attempts(
    references: References, tally: Tally, settings: Settings, layout: Layout, progress: Progress
) -> None:
    store = ShardStore(settings, layout)
    engines = [ranked.engine for ranked in references.engines]
    shards = read_shards(layout, settings.shard_size) if engines else []
    schema = _arrow(Attempts.create_empty()).schema
    with open_executor(settings, 1) as executor, ParquetStream(layout.attempts, schema) as stream:
        for shard in graded_shards(shards, engines, store, settings, executor, progress):
            stream.write(_arrow(tally.take(shard)))


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def _clear(work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    with contextlib.suppress(OSError):
        work.parent.rmdir()


def _bytes(layout: Layout) -> int:
    written = (layout.attempts, layout.pass_rates, layout.disagreements, layout.rejects(NAME))
    return sum(path.stat().st_size for path in written)


def _notes(
    references: References, tally: Tally, rates: pl.DataFrame, disagreements: pl.DataFrame
) -> dict[str, str | int | float]:
    notes: dict[str, str | int | float] = {}
    if not references.engines and not references.published:
        notes["references"] = NO_REFERENCE
    selected = rates.filter("selected")
    notes |= {tier: selected.filter(pl.col("tier") == tier).height for tier in TIERS}
    notes["settled"] = int(selected["settled"].sum())
    notes["attempts"] = sum(tally.verdicts.values())
    notes["ungraded"] = sum(
        n for (_, verdict), n in tally.verdicts.items() if verdict == "ungraded"
    )
    notes["disagreements"] = disagreements.height
    notes |= _accuracies(rates)
    misfits = sum(published.misfits for _, published in references.published)
    return notes | ({"published_rates_without_n": misfits} if misfits else {})


def _accuracies(rates: pl.DataFrame) -> dict[str, Any]:
    """Of each reference; where sampling stopped early, k of n over all problems would be biased."""
    counted = (
        rates.filter(pl.col("n") > 0)
        .group_by("reference")
        .agg(
            pl.when((pl.col("estimator") == "share").all())
            .then(pl.col("k").sum() / pl.col("n").sum())
            .otherwise(pl.col("pass_rate").mean())
            .alias("accuracy")
        )
    )
    return {
        f"accuracy of {reference}": round(accuracy, 4)
        for reference, accuracy in counted.sort("reference").iter_rows()
    }

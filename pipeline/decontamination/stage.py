"""The stage `decontamination`: problems and items come in; findings, rejects and counts go out.

The problems stay where they are; later stages leave out what stands in the rejects.
"""

from typing import Any

import polars as pl

from pipeline.accounting import (
    Progress,
    Reject,
    StageReport,
    Stopwatch,
    count_reasons,
    rejects_frame,
)
from pipeline.decontamination.find import Findings, find_contamination
from pipeline.executors import open_executor
from pipeline.io import read_parquet, write_parquet, write_text
from pipeline.layout import Layout
from pipeline.left_out import STAGE
from pipeline.settings import Settings
from schemas.problems import to_json

REASON = "contaminated"
_PROBLEM_COLUMNS = ["problem_id", "data_source", "messages"]


def write_decontamination(
    settings: Settings,
    layout: Layout,
    references: pl.DataFrame,
    missing: dict[str, str],
    progress: Progress,
) -> StageReport:
    """Compare the problems of a build with the items of suites.

    Args:
        settings: Of the build.
        layout: Its files.
        references: Table `ReferenceTexts`.
        missing: Suites that could not be had, and why.
        progress: Where to say how far it is.

    Raises:
        InputError: The problems cannot be read.
    """
    watch = Stopwatch()
    problems = read_parquet(layout.problems, _PROBLEM_COLUMNS)
    with open_executor(settings, settings.workers) as executor:
        found = find_contamination(
            problems, references, settings.decontamination, executor, progress
        )
    report = record_findings(settings, layout, problems, found, missing)
    return report.model_copy(update={"seconds": watch.seconds()})


def record_findings(
    settings: Settings,
    layout: Layout,
    problems: pl.DataFrame,
    found: Findings,
    missing: dict[str, str],
) -> StageReport:
    """Write findings, rejects and counts."""
    drop = settings.decontamination.action == "drop"
    rejects = rejects_frame(_rejects(problems, found.contamination) if drop else [])
    write_parquet(found.contamination, layout.contamination)
    write_parquet(rejects, layout.rejects(STAGE))
    write_text(layout.decontamination, to_json(summary(settings, found, missing)) + "\n")
    return StageReport(
        stage=STAGE,
        rows_in=problems.height,
        rows_out=problems.height - rejects.height,
        rejected=count_reasons(rejects),
        bytes=layout.contamination.stat().st_size + layout.rejects(STAGE).stat().st_size,
        notes={
            "flagged": found.contamination["problem_id"].n_unique(),
            "suites": found.suites.height,
            "suites_missing": ", ".join(sorted(missing)) or "none",
        },
    )


def summary(settings: Settings, found: Findings, missing: dict[str, str]) -> dict[str, Any]:
    """What the manifest says: counts per suite, suites that could not be had, thresholds."""
    chosen = settings.decontamination
    return {
        "suites": {
            row["suite"]: {name: row[name] for name in ("items", "flagged", "found")}
            for row in found.suites.iter_rows(named=True)
        },
        "missing": dict(sorted(missing.items())),
        "flagged": found.contamination["problem_id"].n_unique(),
        "action": chosen.action,
        "thresholds": chosen.model_dump(include={"ngram", "near", "short", "numbers"}),
    }


def _rejects(problems: pl.DataFrame, contamination: pl.DataFrame) -> list[Reject]:
    sources = problems.select("problem_id", "data_source")
    best = contamination.join(sources, on="problem_id").sort(
        "problem_id", pl.col("score"), "suite", "item", descending=[False, True, False, False]
    )
    counts = dict(best.group_by("problem_id").len().iter_rows())
    return [
        Reject(STAGE, row["problem_id"], row["data_source"], REASON, _detail(row, counts))
        for row in best.unique("problem_id", keep="first", maintain_order=True).to_dicts()
    ]


def _detail(row: dict[str, Any], counts: dict[str, int]) -> str:
    more = counts[row["problem_id"]] - 1
    rest = f", and {more} more" if more else ""
    return f"{row['suite']} item {row['item']}: {row['method']} {row['score']:.2f}{rest}"

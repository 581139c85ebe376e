"""What other thresholds would flag, and how right they are where the truth is known.

Measured pairs come in: nothing is compared again.
"""

import polars as pl

from pipeline.decontamination.find import FLOOR, decided
from pipeline.decontamination_settings import DecontaminationSettings

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def study_thresholds(
    pairs: pl.DataFrame,
    settings: DecontaminationSettings,
    planted: pl.Series | None = None,
    thresholds: tuple[float, ...] = THRESHOLDS,
) -> pl.DataFrame:
    """Problems that are flagged at each threshold of coverage and of similarity.

    Args:
        pairs: `Findings.pairs`.
        settings: What is not varied: the share of replaced numbers, and the rule for short items.
        planted: Ids of problems known to be copies, all others being clean; None: unknown.
        thresholds: At least the floor that pairs were measured from.

    Returns:
        `threshold`, `flagged`, `by_ngram` and `by_near` (by this detector alone, exact copies
        aside); with `planted` also `precision` and `recall`.
    """
    rows = []
    for threshold in sorted({*thresholds, settings.ngram, settings.near}):
        if threshold >= FLOOR:
            rows.append(_row(pairs, settings, threshold, planted))
    return pl.DataFrame(rows)


def _row(
    pairs: pl.DataFrame,
    settings: DecontaminationSettings,
    threshold: float,
    planted: pl.Series | None,
) -> dict[str, float | int]:
    at = {"short": max(threshold, settings.short)}
    both = _ids(pairs, settings, ngram=threshold, near=threshold, **at)
    exact = pairs.filter("exact")["problem_id"].unique()
    runs = pairs.with_columns(jaccard=pl.lit(0.0)).filter(~pl.col("exact"))
    sets = pairs.with_columns(coverage=pl.lit(0.0), sentences=pl.lit(False)).filter(
        ~pl.col("exact")
    )
    row: dict[str, float | int] = {
        "threshold": threshold,
        "flagged": len(both),
        "exact": len(exact),
        "by_ngram": len(_ids(runs, settings, ngram=threshold, near=threshold, **at)),
        "by_near": len(_ids(sets, settings, ngram=threshold, near=threshold, **at)),
    }
    if planted is not None:
        right = len(set(both) & set(planted))
        row["precision"] = right / max(1, len(both))
        row["recall"] = right / max(1, len(set(planted)))
    return row


def _ids(pairs: pl.DataFrame, settings: DecontaminationSettings, **changed: float) -> pl.Series:
    chosen = settings.model_copy(update=changed)
    return decided(pairs, chosen)["problem_id"].unique().sort()

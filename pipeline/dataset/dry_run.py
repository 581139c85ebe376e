"""What a build would hold, before anything is read: numbers for `--dry-run`.

Knows only how many rows the sources have; tiers are measured later, so the numbers are bounds.
"""

from collections.abc import Mapping

from pipeline.dataset.mix import check_settings, everyday_room
from pipeline.settings import DatasetSettings, Settings
from schemas.attempts import TIERS

EVERYDAY = "everyday"


def plan_dataset(
    settings: Settings, counts: Mapping[str, int | None]
) -> dict[str, int | float | None]:
    """Bounds on the rows of the examples.

    Args:
        settings: All settings.
        counts: Rows per source, named `group:spec`; the group `everyday` holds the everyday
            queries. None where the number is unknown.

    Returns:
        Most rows there can be, most everyday rows among them, and the shares of the problems held
        out; None where a count is unknown.

    Raises:
        SettingsError: Shares or repetitions that cannot be.
    """
    dataset = settings.dataset
    check_settings(dataset)
    reasoning = _total({k: n for k, n in counts.items() if k.partition(":")[0] != EVERYDAY})
    everyday = _total({k: n for k, n in counts.items() if k.partition(":")[0] == EVERYDAY})
    rows = None if reasoning is None else reasoning * _most_rows_each(dataset)
    most = None
    if rows is not None and everyday is not None:
        repeated = everyday * dataset.repetitions.get("everyday", 1)
        most = min(repeated, everyday_room(dataset.everyday_share, rows))
    return {
        "rows at most": None if rows is None or most is None else rows + most,
        "everyday rows at most": most,
        "validation share of problems": dataset.validation_share,
        "test share of problems": dataset.test_share,
    }


def _total(counts: Mapping[str, int | None]) -> int | None:
    known = [n for n in counts.values() if n is not None]
    return sum(known) if len(known) == len(counts) else None


def _most_rows_each(settings: DatasetSettings) -> int:
    """Rows that one problem can become, over the tiers that are kept at all."""
    dropped = {tier for tier, quota in settings.tier_quota.items() if quota == 0}
    repetitions = {str(tier): count for tier, count in settings.repetitions.items()}
    counts = [repetitions.get(tier, 1) for tier in TIERS if tier not in dropped]
    return max([*counts, int(settings.untiered_quota > 0)])

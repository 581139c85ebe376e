"""The pages that a store has: of the last build, of routing, of evaluations and of training."""

from pathlib import Path

from warehouse.evaluation_report import write_evaluation_report
from warehouse.report import write_report
from warehouse.routing_report import write_routing_report
from warehouse.store import query
from warehouse.training_report import write_training_report

KINDS = """
    SELECT
        (SELECT count(*) FROM builds) AS builds,
        (SELECT count(*) FROM episode_sums WHERE kind IN ('train', 'validate')) AS trained,
        (SELECT count(*) FROM episode_sums WHERE kind NOT IN ('train', 'validate')) AS routed"""


def write_pages(store: Path, page: Path) -> dict[str, Path | None]:
    """Write every page that a store has something for.

    Args:
        store: The DuckDB store, or a snapshot of it.
        page: That of the build; the others lie beside it: `NAME-routing`, `NAME-evaluation` and
            `NAME-training`.

    Returns:
        Where each page is: report, routing, evaluation and training; None for one without anything
        to show.

    Raises:
        StoreError: There is nothing to show at all.
    """
    builds, trained, routed = query(store, KINDS).rows()[0]
    nothing = not (builds or trained or routed)

    def beside(what: str) -> Path:
        return page.with_name(f"{page.stem}-{what}{page.suffix}")

    evaluated = beside("evaluation")
    return {
        # Where there is nothing, the error says so.
        "report": write_report(store, page) if builds or nothing else None,
        "routing": write_routing_report(store, beside("routing")) if routed else None,
        "evaluation": evaluated if write_evaluation_report(store, evaluated) else None,
        "training": write_training_report(store, beside("training")) if trained else None,
    }

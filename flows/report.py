"""The pages as a Prefect flow: written anew from the store, and told of in Prefect's own pages.

They are drawn from a snapshot, so that no loader waits for them.
"""

from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)

from flows.load_warehouse import copy_for_readers
from flows.pages import write_pages
from pipeline.layout import Layout
from pipeline.settings import Settings
from warehouse.cookbook import find_query
from warehouse.store import query

WEEKS = 8
SHOWN_ROWS = 50
TABLES = {
    "routing-policies": ("policies_compared", "Policies side by side on known problems"),
    "routing-changes": (
        "week_on_week",
        "Share of models, the last seven days against the seven before",
    ),
    "routing-failures": ("what_fails", "Calls without an answer"),
}
HEADLINE = """
    SELECT
        date_trunc('week', day)::DATE AS week, kind, is_simulated,
        sum(episodes)::BIGINT AS episodes, sum(failed)::BIGINT AS failed,
        sum(total_cost_usd)::DECIMAL(18, 9) AS usd
    FROM cost_by_day
    WHERE kind NOT IN ('train', 'validate')
    GROUP BY ALL
    ORDER BY week DESC, kind, is_simulated"""


@task(name="pages", retries=2, retry_delay_seconds=30)
def draw_pages(store: Path, page: Path) -> dict[str, Path | None]:
    """Write every page that the store has something for."""
    pages = write_pages(store, page)
    get_run_logger().info("%s", {name: str(path) for name, path in pages.items() if path})
    return pages


def publish(store: Path, pages: dict[str, Path | None]) -> None:
    """Show what routing came to as artifacts: a summary, tables, and links to the pages."""
    for name, path in pages.items():
        if path is not None:
            create_link_artifact(
                link=path.resolve().as_uri(), key=f"page-{name}", description=f"The {name} page"
            )
    if pages["routing"] is None:
        return
    create_markdown_artifact(
        markdown=summary(store), key="routing", description="What routing cost"
    )
    for key, (name, description) in TABLES.items():
        rows = query(store, find_query(name).sql).head(SHOWN_ROWS).to_dicts()
        table = [{column: _plain(value) for column, value in row.items()} for row in rows]
        create_table_artifact(table=table, key=key, description=description)


def summary(store: Path) -> str:
    """Cost week by week as a table in Markdown; what is simulated says so."""
    lines = ["| week | kind | episodes | failed | USD |", "|---|---|--:|--:|--:|"]
    for row in query(store, HEADLINE).head(WEEKS * 4).iter_rows(named=True):
        kind = row["kind"] + (" (simulated)" if row["is_simulated"] else "")
        usd = f"{row['usd']:,.2f}" if row["usd"] >= 1 else f"{row['usd']:f}"
        counts = f"{row['episodes']:,} | {row['failed']:,}"
        lines.append(f"| {row['week']} | {kind} | {counts} | {usd} |")
    return "\n".join(["What routing cost, week by week in UTC.", "", *lines, ""])


def _plain(value: Any) -> Any:
    """What JSON has a word for."""
    return value if value is None or isinstance(value, int | float | str) else str(value)


@flow(name="report", persist_result=False)
def report(settings: dict[str, Any] | None = None) -> dict[str, str]:
    """Write the pages of a store, and publish what routing came to.

    Args:
        settings: Values of `pipeline.settings.Settings`; `out` is the directory of the store and of
            the pages.

    Returns:
        Where each page is, by its name.
    """
    layout = Layout(Settings(**(settings or {})).out)
    snapshot = copy_for_readers.with_options(persist_result=False)(layout.store)
    store = layout.store if snapshot is None else snapshot.path
    pages = draw_pages.with_options(persist_result=False)(store, layout.report)
    publish(store, pages)
    return {name: str(path) for name, path in pages.items() if path is not None}

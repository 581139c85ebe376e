"""The evaluation page: a store with evaluations in, one self-contained HTML page out.

Reads nothing from the network; the same store always gives the same bytes.
"""

from pathlib import Path

import duckdb
from markupsafe import Markup

from warehouse.build import require_marts
from warehouse.reporting.evaluation.content import read_content
from warehouse.reporting.render import PARTS, render, script_json, write_page
from warehouse.store import open_store

FOLDER = PARTS / "evaluation"


def has_evaluations(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a store has a run of an evaluation with at least one decision."""
    sql = "SELECT count(*) FROM evaluations SEMI JOIN episodes USING (run_id)"
    return con.execute(sql).fetchall() != [(0,)]


def write_evaluation_report(store: Path, out: Path) -> bool:
    """Write the page of a store's evaluations.

    Args:
        store: The DuckDB store, or a snapshot of it.
        out: HTML file to write; appears whole or not at all.

    Returns:
        Whether there was anything to show; without, nothing is written.

    Raises:
        StoreError: The store cannot be opened.
        StoreBusyError: Another process holds it for writing.
        StoreSpaceError: The page cannot be written.
    """
    with open_store(store, read_only=True) as con:
        require_marts(con, store)
        if not has_evaluations(con):
            return False
        content = read_content(con)
    page = content._asdict() | {
        "charts": list(content.specs),
        "specs": script_json(content.specs),
        "evaluation_css": Markup((FOLDER / "evaluation.css").read_text(encoding="utf-8")),
        "evaluation_js": Markup((FOLDER / "evaluation.js").read_text(encoding="utf-8")),
    }
    write_page(out, render("evaluation/evaluation.html.jinja", page))
    return True

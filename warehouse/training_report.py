"""The training page: a store with episodes of training in, one self-contained HTML page out.

Reads nothing from the network; the same store always gives the same bytes.
"""

from pathlib import Path

from warehouse.build import require_marts
from warehouse.errors import StoreError
from warehouse.reporting.curves import read_training
from warehouse.reporting.render import render, script_json, write_page
from warehouse.store import open_store


def write_training_report(store: Path, out: Path) -> Path:
    """Write learning curves of the newest training runs of a store.

    Args:
        store: The DuckDB store.
        out: HTML file to write; appears whole or not at all.

    Returns:
        `out`.

    Raises:
        StoreError: The store cannot be opened, or has no episode of training.
        StoreBusyError: Another process holds it for writing.
        StoreSpaceError: The page cannot be written.
    """
    with open_store(store, read_only=True) as con:
        require_marts(con, store)
        facts = read_training(con)
    if not facts.runs:
        raise StoreError(
            f"{store}: no episode of training; `xrouter train` writes some, and `xrouter load` "
            "takes them into the store"
        )
    content = {
        "runs": facts.runs,
        "compared": facts.compared,
        "any_simulated": any(run.facts["is_simulated"] for run in facts.runs),
        "charts": list(facts.specs),
        "specs": script_json(facts.specs),
    }
    write_page(out, render("training.html.jinja", content))
    return out

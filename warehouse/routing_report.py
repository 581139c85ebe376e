"""The routing page: a store with decisions in, one self-contained HTML page out.

The page holds sums and adds them up itself, so that its filters need no store and no network. The
same store always gives the same bytes.
"""

from pathlib import Path

import duckdb
from markupsafe import Markup

from warehouse.build import require_marts
from warehouse.errors import StoreError
from warehouse.reporting.render import PARTS, render, script_json, write_page
from warehouse.reporting.routing.charts import all_shells
from warehouse.reporting.routing.content import TRAINING, WINDOWS, read_content
from warehouse.reporting.routing.cubes import NONE, OTHERS, packed
from warehouse.store import open_store

FOLDER = PARTS / "routing"


def has_routing(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a store has decisions that were not made in training."""
    sql = "SELECT count(*) FROM episode_sums WHERE NOT list_contains(?, kind)"
    return con.execute(sql, [list(TRAINING)]).fetchall() != [(0,)]


def write_routing_report(store: Path, out: Path) -> Path:
    """Write the page of a store's decisions.

    Args:
        store: The DuckDB store, or a snapshot of it.
        out: HTML file to write; appears whole or not at all.

    Returns:
        `out`.

    Raises:
        StoreError: The store cannot be opened, or has no decision but of training.
        StoreBusyError: Another process holds it for writing.
        StoreSpaceError: The page cannot be written.
    """
    with open_store(store, read_only=True) as con:
        require_marts(con, store)
        if not has_routing(con):
            raise StoreError(
                f"{store}: no decision of serving or evaluation; `xrouter serve` makes some, and "
                "`xrouter load` takes them into the store"
            )
        content = read_content(con)
    members = content.cubes.members
    facts = packed(content.cubes) | {
        "baselines": content.baselines,
        "first": content.whole["first"],
        "last": content.whole["last"],
    }
    page = content._asdict() | {
        "members": members,
        "checked": content.checked,
        "notes": content.notes,
        "unit": content.cubes.tables["episodes"].unit,
        "windows": WINDOWS,
        "facts": script_json(facts),
        "specs": script_json(all_shells(members, (*NONE.values(), *OTHERS.values()))),
        "routing_css": Markup((FOLDER / "routing.css").read_text(encoding="utf-8")),
        "routing_js": scripts(),
    }
    write_page(out, render("routing/routing.html.jinja", page))
    return out


def scripts() -> Markup:
    """The page's scripts as one, in the order of their names."""
    files = sorted((FOLDER / "scripts").glob("*.js"))
    return Markup("\n".join(file.read_text(encoding="utf-8") for file in files))

"""The report: a store in, one self-contained HTML page out.

The page reads nothing from the network, and the same store always gives the same bytes.
"""

import json
from pathlib import Path
from typing import Any

from warehouse.build import require_marts
from warehouse.check import run_check
from warehouse.reporting.facts import Facts, read_facts
from warehouse.reporting.render import render, script_json, write_page
from warehouse.reporting.sections import all_charts, all_tables, samples
from warehouse.sqlfiles import read_folder
from warehouse.store import open_store


def write_report(store: Path, out: Path, build_id: str | None = None) -> Path:
    """Write the page for one build of a store.

    Args:
        store: The DuckDB store.
        out: HTML file to write; appears whole or not at all.
        build_id: The build to show; by default the one loaded last.

    Returns:
        `out`.

    Raises:
        StoreError: The store cannot be opened or has no such build.
        StoreBusyError: Another process holds it for writing.
        StoreSpaceError: The page cannot be written.
    """
    with open_store(store, read_only=True) as con:
        require_marts(con, store)
        facts = read_facts(con, build_id)
        checks = [run_check(con, file) for file in read_folder("checks")]
    content = _content(facts) | {
        "tables": all_tables(facts, checks),
        "checks_passed": sum(check.passed for check in checks),
        "checks_total": len(checks),
    }
    write_page(out, render("page.html.jinja", content))
    return out


def _content(facts: Facts) -> dict[str, Any]:
    """What the template shows besides tables."""
    specs = all_charts(facts)
    return {
        "build": facts.build,
        "counts": facts.counts,
        "manifest": facts.manifest,
        "manifest_text": json.dumps(facts.manifest, indent=2, ensure_ascii=False, sort_keys=True),
        "any_simulated": facts.any_simulated,
        "simulated": {
            name: facts.simulated(name) for name in ("composition", "histogram", "references")
        },
        "charts": list(specs),
        "specs": script_json(specs),
        "samples": samples(facts),
    }

"""The report: a store in, one self-contained HTML page out.

The page reads nothing from the network, and the same store always gives the same bytes.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from markupsafe import Markup

from warehouse.build import require_marts
from warehouse.check import run_check
from warehouse.errors import StoreSpaceError
from warehouse.reporting.facts import Facts, read_facts
from warehouse.reporting.sections import all_charts, all_tables, samples
from warehouse.sqlfiles import read_folder
from warehouse.store import open_store

PARTS = Path(__file__).resolve().parent / "reporting"
VEGA_LITE = "6.4"


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
    _write(out, _render(content))
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
        "vega": _vega(),
        "notice": (PARTS / "vega_notice.txt").read_text(encoding="utf-8"),
        "css": Markup((PARTS / "page.css").read_text(encoding="utf-8")),
        "js": Markup((PARTS / "page.js").read_text(encoding="utf-8")),
    }


def script_json(value: Any) -> Markup:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _vega() -> Markup:
    """Vega, Vega-Lite and Vega-Embed as one script that defines `vegaEmbed`."""
    import vl_convert

    bundle = vl_convert.javascript_bundle(None, VEGA_LITE)  # type: ignore[arg-type]
    # The one sequence that would end the script element; the same characters in a JS string.
    return Markup(bundle.replace("</script", "<\\/script"))


def _render(content: dict[str, Any]) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PARTS),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja").render(content)


def _write(out: Path, text: str) -> None:
    """Write whole or not at all."""
    partial = out.with_name(f"{out.name}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        partial.replace(out)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise StoreSpaceError(
            f"{out}: cannot be written ({error}); choose another --out"
        ) from error

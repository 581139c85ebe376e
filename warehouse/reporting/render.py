"""Pages: content in, one self-contained HTML file out, which appears whole or not at all."""

import contextlib
import functools
import json
import os
from pathlib import Path
from typing import Any

from markupsafe import Markup

from warehouse.errors import StoreSpaceError

PARTS = Path(__file__).resolve().parent
VEGA_LITE = "6.4"


def script_json(value: Any) -> Markup:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


@functools.cache  # bundling takes seconds, and one command draws several pages
def vega() -> Markup:
    """Vega, Vega-Lite and Vega-Embed as one script that defines `vegaEmbed`."""
    import vl_convert

    bundle = vl_convert.javascript_bundle(None, VEGA_LITE)  # type: ignore[arg-type]
    # The one sequence that would end the script element; the same characters in a JS string.
    return Markup(bundle.replace("</script", "<\\/script"))


def render(template: str, content: dict[str, Any]) -> str:
    """A page of a template, with what every page shows besides its own content."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PARTS),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(content | _shared())


def _shared() -> dict[str, Any]:
    return {
        "vega": vega(),
        "notice": (PARTS / "vega_notice.txt").read_text(encoding="utf-8"),
        "css": Markup((PARTS / "page.css").read_text(encoding="utf-8")),
        "js": Markup((PARTS / "page.js").read_text(encoding="utf-8")),
    }


def write_page(out: Path, text: str) -> None:
    """Write whole or not at all.

    Raises:
        StoreSpaceError: It cannot be written.
    """
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

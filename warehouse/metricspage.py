"""METRICS.md: every macro and view with a source in its header in, one page out.

`python -m warehouse.metricspage` writes the page anew after a header changed.
"""

from warehouse.build import all_files
from warehouse.sqlfiles import ROOT, SqlFile

PAGE = ROOT / "METRICS.md"
HEAD = """\
# Metrics

What the store reckons, with the source of each formula and the trap in reading it. Ask tables with
`xrouter sql "FROM name(...)"` and use formulas within a query; [COOKBOOK.md](COOKBOOK.md) has
examples. The page is made of the headers of `macros/` and `marts/`.

Everything carries `is_simulated` and is never summed over both. Intervals are 95 % percentile
intervals of a Poisson bootstrap that depends on nothing but its seed: over problems where there are
problems (`bootstrap_weights`), over counts where there are only counts (`bootstrap_count`). To say
that one policy is better than another take `compare_policies`, which is paired by problem.

"""
PARTS = {"Tables": True, "Formulas": False}


def documented() -> list[SqlFile]:
    """Macros and marts with a source, sorted by name."""
    return sorted(file for file in all_files() if "source" in file.header)


def markdown() -> str:
    """The page."""
    parts = []
    for title, has_grain in PARTS.items():
        files = [file for file in documented() if ("grain" in file.header) == has_grain]
        parts.append(f"## {title}\n\n" + "\n".join(map(_section, files)))
    return HEAD + "\n".join(parts)


def _section(file: SqlFile) -> str:
    lines = [f"### {file.name}", "", file.header["what"], ""]
    lines += [
        f"- {k.title()}: {file.header[k]}" for k in ("grain", "source", "trap") if k in file.header
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(markdown(), encoding="utf-8")

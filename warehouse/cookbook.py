"""The cookbook: documented queries of `queries/`, found by name, and the page that shows them all.

`python -m warehouse.cookbook` writes COOKBOOK.md anew after a query changed.
"""

import difflib
from pathlib import Path

from warehouse.errors import StoreError
from warehouse.sqlfiles import ROOT, SqlFile, read_folder

PAGE = ROOT / "COOKBOOK.md"
CLOSEST = 3
HEAD = """\
# Cookbook

Documented queries over a store. `xrouter sql --list` names them, `xrouter sql --name NAME` runs one
and `xrouter sql --show NAME` prints it, as a start for one of your own.

"""


def cookbook() -> list[SqlFile]:
    """Every query, sorted by name."""
    return read_folder("queries")


def find_query(name: str) -> SqlFile:
    """A query by its name.

    Raises:
        StoreError: There is none of that name; the message has the closest ones.
    """
    known = {file.name: file for file in cookbook()}
    wanted = name.strip().lower().removesuffix(".sql").replace("-", "_")
    if wanted in known:
        return known[wanted]
    raise StoreError(f"no query {name} in the cookbook; {_hint(wanted, known)}")


def _hint(wanted: str, known: dict[str, SqlFile]) -> str:
    """Names that contain a word of it, then those spelt alike."""
    words = [word for word in wanted.split("_") if len(word) > 2]
    near = [name for name in known if any(word in name for word in words)]
    near += difflib.get_close_matches(wanted, known, n=CLOSEST, cutoff=0.5)
    if not near:
        return "`xrouter sql --list` names them"
    return f"the nearest are {', '.join(dict.fromkeys(near[:CLOSEST]))}"


def markdown() -> str:
    """The cookbook as a page: what, grain, trap and SQL of each query."""
    files = cookbook()
    index = "".join(f"- [{file.name}](#{file.name}): {file.header['what']}\n" for file in files)
    return HEAD + index + "".join(map(_section, files))


def _section(file: SqlFile) -> str:
    header, lines = file.header, file.sql.splitlines()
    start = next(number for number, line in enumerate(lines) if not line.startswith("--"))
    sql = "\n".join(lines[start:]).strip()
    return (
        f"\n## {file.name}\n\n{header['what']}\n\n- Grain: {header['grain']}\n"
        f"- Trap: {header['trap']}\n\n```sql\n{sql}\n```\n"
    )


def write_cookbook(page: Path = PAGE) -> Path:
    """Write the page into the package."""
    page.write_text(markdown(), encoding="utf-8")
    return page


if __name__ == "__main__":
    write_cookbook()

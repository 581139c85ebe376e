"""SQL files of this package: text and header in, nothing executed.

A file holds one statement under a header of comment lines. A header line may carry a field:
`-- What: ...`, `-- Grain: ...`, `-- Source: ...` (of a formula), `-- Trap: ...`, `-- Needs: a, b`;
text runs on to the next field.
"""

import re
from pathlib import Path
from typing import NamedTuple

from warehouse.errors import StoreIntegrityError

ROOT = Path(__file__).resolve().parent
_FIELD = re.compile(r"^(What|Grain|Source|Trap|Needs): ?(.*)$")


class SqlFile(NamedTuple):
    """One SQL file; `header` maps field names in lower case to their text."""

    name: str
    sql: str
    header: dict[str, str]

    @property
    def needs(self) -> list[str]:
        """Names of the files that must be executed before this one."""
        return [name.strip() for name in self.header.get("needs", "").split(",") if name.strip()]

    @property
    def comment(self) -> str:
        """What, grain and trap as one paragraph."""
        parts = [self.header.get("what", "")]
        parts += [f"{k.title()}: {self.header[k]}" for k in ("grain", "trap") if k in self.header]
        return " ".join(part for part in parts if part)


def parse(name: str, text: str) -> SqlFile:
    """Split a file into header fields and SQL; the SQL keeps its comments."""
    header: dict[str, str] = {}
    field = "what"
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        content = line[2:].strip()
        if match := _FIELD.match(content):
            field, content = match[1].lower(), match[2].strip()
        header[field] = f"{header.get(field, '')} {content}".strip()
    return SqlFile(name, text, header)


def read_folder(folder: str | Path) -> list[SqlFile]:
    """Every `*.sql` of a folder of this package (or of a given path), sorted by name.

    Raises:
        StoreIntegrityError: The folder holds no SQL file: the installation is incomplete.
    """
    files = sorted((ROOT / folder).glob("*.sql"))
    if not files:
        raise StoreIntegrityError(f"{ROOT / folder}: no .sql file there; install xrouter again")
    return [parse(path.stem, path.read_text(encoding="utf-8")) for path in files]

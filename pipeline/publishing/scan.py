"""Looks through every text that would go out for secrets and personal data.

Batches of parts come in, `Finding`s go out: where something is and what kind it is, never the thing
itself.
"""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from pipeline.errors import InputError
from pipeline.io import write_text
from pipeline.publishing.parts import Part
from pipeline.publishing.patterns import PATTERNS, SECRET, kinds_in

ANCHORS = "|".join(f"(?:{pattern.anchor})" for pattern in PATTERNS)
GROUP = {pattern.kind: pattern.group for pattern in PATTERNS}


class Finding(NamedTuple):
    """One text with one kind of thing in it.

    Attributes:
        table: Configuration and split.
        row: What names the row.
        column: Where in the row; `[]` stands for every item of a list.
        kind: What it looks like.
        text: First 12 hex of SHA-256 over the whole text, so that what was accepted stays what it
            was.
    """

    table: str
    row: str
    column: str
    kind: str
    text: str

    @property
    def secret(self) -> bool:
        """Whether nothing can make it fit to go out."""
        return GROUP[self.kind] == SECRET


def scan_table(part: Part, table: pa.Table) -> list[Finding]:
    """Findings in a batch, in the order of rows."""
    frame: pl.DataFrame = pl.from_arrow(table)  # type: ignore[assignment]
    names = part.names(table)
    rows = pl.Series("row", range(frame.height), dtype=pl.UInt32)
    found: dict[Finding, int] = {}
    for column in frame.columns:
        for path, at, texts in _texts(column, rows, frame[column]):
            for row, text in _suspects(at, texts):
                for kind in kinds_in(text, PATTERNS):
                    found.setdefault(Finding(part.name, names[row], path, kind, digest(text)), row)
    return sorted(found, key=lambda finding: (found[finding], finding))


def scan_text(name: str, text: str) -> list[Finding]:
    """Findings in a file of text, by line."""
    return [
        Finding(name, f"line {number}", "text", kind, digest(line))
        for number, line in enumerate(text.splitlines(), 1)
        for kind in kinds_in(line, PATTERNS)
    ]


def digest(text: str) -> str:
    """What stands for a text that must not be shown."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]


def _texts(
    path: str, rows: pl.Series, values: pl.Series
) -> Iterator[tuple[str, pl.Series, pl.Series]]:
    """Every text of a column, however deep, with the number of its row."""
    kind = values.dtype
    if kind == pl.String:
        yield path, rows, values
    elif isinstance(kind, pl.Struct):
        for field in kind.fields:
            yield from _texts(f"{path}.{field.name}", rows, values.struct.field(field.name))
    elif isinstance(kind, pl.List):
        both = pl.DataFrame({"row": rows, "value": values}).filter(pl.col("value").list.len() > 0)
        flat = both.explode("value")
        yield from _texts(f"{path}[]", flat["row"], flat["value"])


def _suspects(rows: pl.Series, texts: pl.Series) -> Iterator[tuple[int, str]]:
    """Texts that have an anchor; each distinct text is searched once."""
    both = pl.DataFrame({"row": rows, "text": texts}).drop_nulls()
    distinct = both.select(pl.col("text").unique())
    anchored = distinct.filter(pl.col("text").str.contains(ANCHORS))
    if anchored.height:
        yield from both.join(anchored, on="text", how="semi").iter_rows()


def write_findings(findings: list[Finding], path: Path) -> None:
    """Write findings as CSV, which `read_accepted` reads."""
    lines = [",".join(Finding._fields)]
    lines += [",".join(_quoted(value) for value in finding) for finding in findings]
    write_text(path, "\n".join(lines) + "\n")


def _quoted(value: str) -> str:
    return f'"{value.replace(chr(34), chr(34) * 2)}"' if set(value) & set('," \n') else value


def read_accepted(path: Path) -> frozenset[Finding]:
    """Findings that somebody looked at: lines of a findings file.

    Raises:
        InputError: The file is missing, or no such list.
    """
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            reader = csv.DictReader(handle)
            rows = [Finding(**row) for row in reader]
            if tuple(reader.fieldnames or ()) != Finding._fields:
                raise TypeError(f"its columns are {reader.fieldnames}")
            if any(None in row for row in rows):
                raise TypeError("a line is short")
    except (OSError, UnicodeDecodeError, TypeError) as error:
        columns = ", ".join(Finding._fields)
        raise InputError(
            f"{path}: no list of accepted findings ({error}); take lines of the findings file, "
            f"with its first line: {columns}"
        ) from error
    return frozenset(rows)

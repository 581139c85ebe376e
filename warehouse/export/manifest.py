"""`export.json`: what an export holds, part by part, for people and for the next run.

It has no time and no path of a machine in it: the same store gives the same manifest.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from warehouse.errors import StoreError

NAME = "export.json"
Format = Literal["parquet", "csv", "delta"]


class Part(BaseModel):
    """One day, or all of a table; `file`, `bytes` and `sha256` are empty where Delta keeps them."""

    rows: int
    fingerprint: str = ""
    file: str = ""
    bytes: int = 0
    sha256: str = ""


class Table(BaseModel):
    """One table of an export; `version` is the one of Delta after the export."""

    rows: int
    columns: dict[str, str]
    key: list[str]
    partitioned_by: list[str]
    parts: dict[str, Part]
    version: int | None = None

    def same_shape(self, other: "Table") -> bool:
        """Whether parts of one can stand beside parts of the other."""
        return (self.columns, self.key, self.partitioned_by) == (
            other.columns,
            other.key,
            other.partitioned_by,
        )


class Manifest(BaseModel):
    """The whole of it; `writing` are tables that a run is at, or was when it died."""

    made_by: Literal["xrouter export"] = "xrouter export"
    layout: Literal[1] = 1
    format: Format
    tables: dict[str, Table] = {}
    writing: list[str] = []


def read_manifest(root: Path) -> Manifest | None:
    """The manifest of a directory; None where it has none.

    Raises:
        StoreError: It is not one of ours, or of another version.
    """
    path = root / NAME
    if not path.is_file():
        return None
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        raise StoreError(
            f"{path}: no manifest of an export of this version ({first['msg']}); name a new "
            "directory, or delete this one"
        ) from error

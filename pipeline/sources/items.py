"""What a reader yields: a row, or the reason why there is none."""

from pipeline.accounting import Reject
from pipeline.sources.rows import SourceRow

STAGE = "sources"

Item = SourceRow | Reject


def row_key(row: SourceRow) -> str:
    """Names a row well enough to find it again."""
    return f"{row.file or row.dataset}#{'?' if row.row is None else row.row}"

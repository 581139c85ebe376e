"""What-if: a store and other prices in, what the same decisions would have cost out.

The prices are those of a day (the history in the store) or of rows from a file. The store is read
only; everything here is the SQL of `whatif/`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import polars as pl

from warehouse.build import require_marts
from warehouse.errors import StoreError
from warehouse.sqlfiles import ROOT
from warehouse.store import open_store

REQUIRED = ("model_id", "input_per_million", "output_per_million")
OPTIONAL = (
    "cached_input_per_million",
    "above_tokens",
    "input_per_million_above",
    "output_per_million_above",
)
FORMATS = (".csv", ".parquet")


class WhatIf(NamedTuple):
    """Answers, a frame each; money is Decimal.

    Attributes:
        prices: Of every model, now and asked.
        policies: What calls cost and would cost.
        baselines: Oracle, best single, cheapest and random, now and at the asked prices.
        decisions: How many were the oracle's, and would be.
        moved: Decisions that would no longer be the oracle's.
    """

    prices: pl.DataFrame
    policies: pl.DataFrame
    baselines: pl.DataFrame
    decisions: pl.DataFrame
    moved: pl.DataFrame


def read_prices(path: Path) -> list[dict[str, Any]]:
    """Rows of a price list in CSV or parquet.

    Raises:
        StoreError: The file is missing, of another format, or lacks a column.
    """
    if path.suffix.lower() not in FORMATS:
        raise StoreError(f"{path}: not a price list; give {' or '.join(FORMATS)}")
    try:
        csv = path.suffix.lower() == ".csv"
        frame = pl.read_csv(path, infer_schema=False) if csv else pl.read_parquet(path)
    except FileNotFoundError as error:
        raise StoreError(f"{path}: no such file; check the path") from error
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StoreError(f"{path}: cannot be read as a price list ({error})") from error
    if missing := [name for name in REQUIRED if name not in frame.columns]:
        raise StoreError(f"{path}: lacks the columns {missing}; a price list has {list(REQUIRED)}")
    return frame.select(name for name in (*REQUIRED, *OPTIONAL) if name in frame.columns).to_dicts()


def as_of(store: Path, day: date, most: int = 20) -> WhatIf:
    """The same decisions at the prices of a day.

    Args:
        store: The DuckDB store.
        day: Its first moment counts, UTC.
        most: Rows of `moved`.

    Raises:
        StoreError: The store cannot be read, or no list has a price that old.
    """
    with open_store(store, read_only=True) as con:
        require_marts(con, store)
        con.execute(_sql("as_of"), {"moment": day.isoformat()})
        if _count(con) == 0:
            raise StoreError(
                f"{store}: no model had a price on {day}; choose a later day, or load older prices "
                "with `xrouter catalog refresh`"
            )
        return _answers(con, most)


def with_prices(
    store: Path, rows: Sequence[Mapping[str, Any]], rate: float | Decimal = 1, most: int = 20
) -> WhatIf:
    """The same decisions at other prices.

    Args:
        store: The DuckDB store.
        rows: Price list, with the columns of `REQUIRED` and any of `OPTIONAL`; numbers or texts.
        rate: What one unit of the list's currency is in USD.
        most: Rows of `moved`.

    Raises:
        StoreError: The store cannot be read, or a row is no price.
    """
    given = _checked(rows)
    with open_store(store, read_only=True) as con:
        require_marts(con, store)
        con.register("given_prices", given)
        con.execute(_sql("given"), {"rate": Decimal(str(rate))})
        answers = _answers(con, most)
    if not answers.prices["is_asked"].any():
        known = ", ".join(answers.prices["model_id"].head(5)) or "none yet"
        raise StoreError(
            f"{store}: none of the {len(rows)} models of the price list was ever called or is in "
            f"the outcome bank; ids are those of the store: {known} ..."
        )
    return answers


def _checked(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The rows as one frame of texts, each a price."""
    seen: set[str] = set()
    cleaned: list[dict[str, str | None]] = []
    for number, row in enumerate(rows, start=1):
        model_id = str(row.get("model_id") or "").strip()
        if not model_id or model_id in seen:
            problem = f"{model_id} stands there twice" if model_id else "has no model_id"
            raise StoreError(f"price list, row {number}: {problem}; correct it")
        seen.add(model_id)
        cleaned.append({"model_id": model_id, **_numbers(row, number)})
    schema = dict.fromkeys((*REQUIRED, *OPTIONAL), pl.String)
    return pl.DataFrame(cleaned, schema=schema)


def _numbers(row: Mapping[str, Any], number: int) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in (*REQUIRED[1:], *OPTIONAL):
        value = row.get(name)
        if value is None or str(value).strip() == "":
            if name in REQUIRED:
                raise StoreError(f"price list, row {number}: {name} is missing; add it")
            continue
        try:
            price = Decimal(str(value).strip())
        except ArithmeticError as error:
            raise StoreError(f"price list, row {number}: {name} {value!r} is no number") from error
        if not price.is_finite() or not 0 <= price < 10**9:
            raise StoreError(f"price list, row {number}: {name} {value} is no price; correct it")
        found[name] = f"{price:f}"
    return found


def _answers(con: duckdb.DuckDBPyConnection, most: int) -> WhatIf:
    try:
        con.execute(_sql("whatif_menus"))
        frames = [
            con.sql(_sql(name), params={"most": most} if name == "moved" else None).pl()
            for name in WhatIf._fields
        ]
    except duckdb.Error as error:
        raise StoreError(f"the what-if failed: {error}") from error
    return WhatIf(*frames)


def _count(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT count(*) FROM whatif_prices").fetchall()[0][0])


def _sql(name: str) -> str:
    return (ROOT / "whatif" / f"{name}.sql").read_text(encoding="utf-8")

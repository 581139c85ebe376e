"""Tables: frames in, HTML out, through great_tables. The look is the page's own style sheet."""

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import polars as pl
from markupsafe import Markup

if TYPE_CHECKING:
    import great_tables

_TABLE = re.compile(r"<table.*</table>", re.DOTALL)
MISSING = "\N{EN DASH}"


def table(
    name: str,
    caption: str,
    frame: pl.DataFrame,
    labels: Mapping[str, str],
    integers: tuple[str, ...] = (),
    decimals: Mapping[str, int] | None = None,
    percents: tuple[str, ...] = (),
) -> Markup:
    """Render some columns of a frame; every cell is escaped.

    Args:
        name: Fixed id of the table, unique in the page.
        caption: What the table is, read out by screen readers.
        frame: The rows, in order.
        labels: Heading of each column shown, in order; the first column heads its row.
        integers: Columns shown with thousands separators.
        decimals: Columns shown with so many significant digits.
        percents: Shares shown as a percentage.
    """
    import great_tables

    heads = list(labels)
    built = great_tables.GT(frame.select(heads), rowname_col=heads[0], id=name)
    built = built.cols_label({**labels}).tab_stubhead(label=labels[heads[0]])
    built = _format(built, integers, decimals or {}, percents)
    found = _TABLE.search(built.sub_missing(missing_text=MISSING).as_raw_html())
    assert found is not None
    body = found[0].replace(">", f"><caption>{Markup.escape(caption)}</caption>", 1)
    region = 'class="table" role="region" tabindex="0"'
    return Markup(f'<div id="{name}" {region} aria-label="{Markup.escape(caption)}">{body}</div>')


def _format(
    built: "great_tables.GT",
    integers: tuple[str, ...],
    decimals: Mapping[str, int],
    percents: tuple[str, ...],
) -> "great_tables.GT":
    """Apply number formats."""
    if integers:
        built = built.fmt_integer(list(integers))
    for column, digits in decimals.items():
        built = built.fmt(partial(_significant, digits), columns=column)
    if percents:
        built = built.fmt_percent(list(percents), decimals=1)
    return built


def _significant(digits: int, value: float | None) -> str:
    """A number to so many significant digits, without trailing zeros."""
    return MISSING if value is None else f"{value:.{digits}g}"


def with_mark(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Add `(simulated)` to a text column of the rows that are."""
    mark = pl.when("is_simulated").then(pl.lit(" (simulated)")).otherwise(pl.lit(""))
    return frame.with_columns(pl.concat_str(column, mark).alias(column))

"""`xrouter whatif`: what the same decisions would have cost at other prices."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.sql import DEFAULT_STORE

if TYPE_CHECKING:
    import polars as pl

    from warehouse.whatif import WhatIf

TITLES = {
    "policies": "What calls cost, and would cost (USD)",
    "baselines": "The outcome bank, now and at the asked prices (USD an answer)",
    "decisions": "Decisions that were the oracle's, and would be",
    "moved": "Decisions that would no longer be the oracle's",
}
# What fits a terminal; --json has every column.
SHOWN = {
    "policies": "kind policy is_simulated episodes billed_usd whatif_usd difference_usd factor",
    "baselines": "baseline model_id asked_model_id is_simulated accuracy mean_usd asked_mean_usd",
    "decisions": "kind policy is_simulated decisions as_oracle asked_as_oracle left_oracle",
    "moved": "policy is_simulated problem_id model_id asked_oracle_model decisions lost_usd",
}


def whatif(
    prices: Annotated[
        Path | None,
        typer.Option(
            help="A price list: models.toml, or CSV/parquet of model_id, input_per_million, "
            "output_per_million."
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Instead: the prices of a day, of the history."),
    ] = None,
    usd_per_unit: Annotated[
        float, typer.Option(min=0, help="Worth in USD of the currency of --prices.")
    ] = 1.0,
    most: Annotated[int, typer.Option(min=0, help="Decisions to name.")] = 20,
    store: Annotated[Path, typer.Option(help="The DuckDB store.")] = DEFAULT_STORE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Reckon the same outcomes and decisions at other prices, or at those of another day.

    Nothing is called and nothing is changed.
    """
    from pipeline.errors import SettingsError

    if (prices is None) == (as_of is None):
        raise SettingsError("whatif: give either --prices FILE or --as-of DATE")
    found = _ask(store, prices, as_of, usd_per_unit, most)
    if as_json:
        frames = {name: frame.to_dicts() for name, frame in found._asdict().items()}
        typer.echo(json.dumps(frames, default=str, ensure_ascii=False))
        return
    for name, title in TITLES.items():
        _print(title, getattr(found, name).select(SHOWN[name].split()))
    asked = found.prices["is_asked"]
    typer.echo(f"prices asked for {asked.sum()} of {asked.len()} models; the others keep theirs")


def _ask(
    store: Path, prices: Path | None, day: datetime | None, rate: float, most: int
) -> "WhatIf":
    from warehouse.whatif import as_of, read_prices, with_prices

    if prices is None:
        assert day is not None
        return as_of(store, day.date(), most)
    rows = _listed(prices) if prices.suffix.lower() == ".toml" else read_prices(prices)
    return with_prices(store, rows, rate, most)


def _listed(path: Path) -> list[dict[str, Any]]:
    """The newest price of every model of a base list."""
    from pipeline.catalog.load import load_models

    rows = []
    for model in load_models(path).models:
        base, above = model.base, model.base.above
        rows.append(
            {
                "model_id": model.model_id,
                "input_per_million": base.input,
                "output_per_million": base.output,
                "cached_input_per_million": base.cached_input,
                "above_tokens": above and above.tokens,
                "input_per_million_above": above and above.input,
                "output_per_million_above": above and above.output,
            }
        )
    return rows


def _print(title: str, frame: "pl.DataFrame") -> None:
    from flows.cli.rows import print_rows

    if frame.is_empty():
        typer.echo(f"{title}: none")
    else:
        print_rows(title, [_readable(row) for row in frame.to_dicts()])


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    return {k: ("yes" if v else "no") if isinstance(v, bool) else v for k, v in row.items()}

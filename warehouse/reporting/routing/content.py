"""What the routing page shows besides its cubes: an open store in, facts and tables out."""

from typing import Any, NamedTuple

import duckdb
import polars as pl
from markupsafe import Markup

from warehouse.cookbook import find_query
from warehouse.reporting.routing.cubes import MOST, OTHERS, Cubes, read_cubes
from warehouse.reporting.tables import table, with_mark

TRAINING = ("train", "validate")
# How many of the last periods are set against as many before them; scripts/8_drift.js.
WINDOWS = {"day": 7, "week": 4, "month": 3, "quarter": 2, "year": 2}
MOST_SETS = 40

WHOLE = """
    SELECT coalesce(sum(episodes), 0)::BIGINT AS episodes, coalesce(sum(calls), 0)::BIGINT AS calls,
        coalesce(sum(episodes) FILTER (WHERE is_simulated), 0)::BIGINT AS simulated,
        min(day)::VARCHAR AS first, max(day)::VARCHAR AS last
    FROM episode_sums"""
TOTALS = """
    SELECT kind, policy, is_simulated, sum(episodes)::BIGINT AS episodes,
        sum(calls_made)::BIGINT AS calls, sum(total_cost_usd)::VARCHAR AS usd
    FROM episode_sums
    GROUP BY ALL
    ORDER BY sum(episodes) DESC, kind, policy, is_simulated
    LIMIT 100"""
BASELINES = f"""
    SELECT data_source, is_simulated, baseline, model_id, round(accuracy, 9) AS accuracy,
        mean_cost_usd::VARCHAR AS mean_cost_usd, problems
    FROM baselines
    WHERE tier = 'all' AND baseline <> 'tier_oracle' AND data_source IN (
        SELECT data_source FROM baselines WHERE baseline = 'oracle' AND tier = 'all'
        GROUP BY data_source ORDER BY data_source <> 'all', sum(problems) DESC, data_source
        LIMIT {MOST_SETS}
    )
    ORDER BY ALL"""


class Content(NamedTuple):
    """What the page shows.

    Attributes:
        cubes: Sums that its scripts add up.
        whole: Counts of the whole store.
        baselines: Fixed choices by the outcome bank.
        sets: Data sources of the bank.
        moves: Table of price moves; empty where there is none.
        totals: Table of the whole store.
    """

    cubes: Cubes
    whole: dict[str, Any]
    baselines: list[dict[str, Any]]
    sets: list[str]
    moves: Markup
    totals: Markup

    @property
    def checked(self) -> list[str]:
        """Kinds that are shown at first: training has a page of its own."""
        kinds = self.cubes.members["kind"]
        return [kind for kind in kinds if kind not in TRAINING] or kinds

    @property
    def notes(self) -> str:
        """What the page had to leave together."""
        unit = self.cubes.tables["episodes"].unit
        said = [f"Sums are by {unit}, the finest that fits into a page."]
        for name, label in OTHERS.items():
            if label in self.cubes.members[name]:
                said.append(f"Beyond the {MOST[name]} most frequent, values count as {label}.")
        return " ".join(said)


def read_content(con: duckdb.DuckDBPyConnection) -> Content:
    """Read everything the page shows."""
    baselines = con.sql(BASELINES).pl()
    sets = baselines["data_source"].unique().to_list()
    return Content(
        read_cubes(con),
        con.sql(WHOLE).pl().row(0, named=True),
        baselines.to_dicts(),
        sorted(sets, key=lambda name: (name != "all", name)),
        _moves(con.sql(find_query("price_moves_felt").sql).pl()),
        _totals(con.sql(TOTALS).pl()),
    )


def _moves(frame: pl.DataFrame) -> Markup:
    if frame.is_empty():
        return Markup()
    labels = {
        "model_id": "Model",
        "price_list": "Price list",
        "moved_at": "Moved",
        "old_input_per_million": "In before",
        "input_per_million": "In",
        "old_output_per_million": "Out before",
        "output_per_million": "Out",
        "input_tokens_since": "Tokens in since",
        "output_tokens_since": "Tokens out since",
        "usd_since": "USD since",
    }
    prices = [name for name in labels if name.endswith("per_million")]
    shown = frame.with_columns(
        pl.col("moved_at").dt.strftime("%Y-%m-%d"),
        pl.col(*prices, "usd_since").cast(pl.Float64),
    )
    counts = ("input_tokens_since", "output_tokens_since")
    digits = dict.fromkeys([*prices, "usd_since"], 4)
    caption = "Moves of list prices, in USD per million tokens"
    return table("table-price-moves", caption, shown, labels, integers=counts, decimals=digits)


def _totals(frame: pl.DataFrame) -> Markup:
    labels = {
        "policy": "Policy",
        "kind": "Kind",
        "episodes": "Episodes",
        "calls": "Calls made",
        "usd": "Cost, USD",
    }
    numbers = ("episodes", "calls")
    shown = with_mark(frame, "policy")
    return table("table-whole", "The whole store by kind and policy", shown, labels, numbers)

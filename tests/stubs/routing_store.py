"""A store filled by hand: a few outcomes, menus, episodes and calls, straight into its tables."""

import functools
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from warehouse.build import open_current
from warehouse.sums import refresh_sums

Row = dict[str, Any]
TABLES = ("episodes", "calls", "menus", "menu_entries", "outcomes", "problems", "pass_rates")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
BUILD = "b" * 64
# Model: tier, price of prompts and of answers, USD per million tokens.
PRICES = {
    "big": ("premium", 10.0, 30.0),
    "mid": ("standard", 1.0, 3.0),
    "tiny": ("budget", 0.1, 0.3),
}


@functools.cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.duckdb"
        with open_current(path):
            pass
        return path.read_bytes()


def new_store(folder: Path) -> Path:
    """A store with nothing in it; made once in a process, and copied."""
    path = folder / "w.duckdb"
    path.write_bytes(_empty())
    return path


def pid(number: int) -> str:
    """Id of a problem."""
    return f"{number:016x}"


def outcome(problem: int, model: str, score: float | None, **more: Any) -> Row:
    """A row of the bank: 1,000 tokens read and 1,000 written, where nothing else is said."""
    verdict = None if score is None else "correct" if score >= 1 else "wrong"
    return {
        "problem_id": pid(problem),
        "model_id": model,
        "sample": 0,
        "verdict": verdict,
        "score": score,
        "input_tokens": 1000,
        "output_tokens": 1000,
        "source": "live",
        "data_source": "set/one",
    } | more


def episode(number: int, problem: int | None, model: str | None, **more: Any) -> Row:
    """An episode that selected one model's reply; `calls` are built from its models."""
    right = more.pop("right", None)
    cost = more.pop("cost", 0.0)
    row = {
        "episode_id": f"{number:032x}",
        "run_id": "run",
        "kind": "evaluate",
        "policy": "p",
        "problem_id": None if problem is None else pid(problem),
        "catalog_id": "menu",
        "mode": "select" if model else "direct",
        "turns": 2,
        "router_input_tokens": 0,
        "router_output_tokens": 0,
        "router_cost_usd": 0.0,
        "calls_cost_usd": cost,
        "total_cost_usd": cost,
        "verdict": None if right is None else "correct" if right else "wrong",
        "quality": None if right is None else float(right),
        "started_at": START,
        "day": START.date(),
        "seconds": 1.0,
        "simulated": False,
        "models": [model] if model else [],
        "selected_model": model,
    } | more
    count = len(row["models"])
    counted = {"calls": count, "calls_made": count, "calls_ok": count, "calls_list_cost_usd": cost}
    return counted | {"call_input_tokens": 0, "call_output_tokens": 0} | row


def calls_of(row: Row) -> list[Row]:
    """Calls of an episode, one for each of its models; 1,000 tokens each way."""
    same = ("episode_id", "run_id", "kind", "policy", "policy_revision", "day", "simulated", "tier")
    return [
        {name: row.get(name) for name in same}
        | {
            "call_index": index,
            "call_id": f"c{index + 1}",
            "turn": index,
            "tool_name": f"call_{model}",
            "model_id": model,
            "input_tokens": 1000,
            "cached_input_tokens": 0,
            "output_tokens": 1000,
            "reasoning_tokens": 0,
            "cost_usd": row["calls_cost_usd"] / len(row["models"]),
            "list_cost_usd": row["calls_cost_usd"] / len(row["models"]),
            "status": "ok",
            "attempts": 1,
            "seconds": 0.5,
            "selected": model == row["selected_model"],
            "source": "bank",
        }
        for index, model in enumerate(row["models"])
    ]


def menu(prices: Mapping[str, tuple[str, float, float]], catalog_id: str = "menu") -> list[Row]:
    """Entries of a menu at base prices."""
    return [
        {
            "catalog_id": catalog_id,
            "position": position,
            "model_id": model,
            "tool_name": f"call_{model}",
            "display_name": model,
            "litellm_model": f"x/{model}",
            "tier": tier,
            "input_per_million": read,
            "output_per_million": written,
            "cached_input_per_million": read,
            "base_input_per_million": read,
            "base_output_per_million": written,
            "price_factor": 1.0,
            "context_window": 100_000,
            "capabilities": [],
            "description": "",
        }
        for position, (model, (tier, read, written)) in enumerate(prices.items())
    ]


def fill(
    con: duckdb.DuckDBPyConnection,
    outcomes: Sequence[Row] = (),
    episodes: Sequence[Row] = (),
    entries: Sequence[Row] | None = None,
    calls: Sequence[Row] | None = None,
    rates: Mapping[int, tuple[str, float]] | None = None,
) -> None:
    """Put these rows into a store, in the place of all that were there.

    Args:
        con: The store, open for writing.
        outcomes: The bank.
        episodes: Decisions.
        entries: Of menus; the menu of `PRICES` where none are given.
        calls: By default those of the episodes.
        rates: Tier and pass rate by problem.
    """
    for table in (*TABLES, "builds"):
        con.execute(f"DELETE FROM {table}")
    entries = menu(PRICES) if entries is None else entries
    insert(con, "outcomes", outcomes)
    insert(con, "episodes", episodes)
    insert(con, "calls", [c for e in episodes for c in calls_of(e)] if calls is None else calls)
    insert(con, "menu_entries", entries)
    ids = dict.fromkeys(entry["catalog_id"] for entry in entries)
    insert(con, "menus", [{"catalog_id": i, "seen_at": START, "run_id": "run"} for i in ids])
    _fill_tiers(con, rates or {})
    con.execute("DELETE FROM stale_days")
    for table in ("episode_sums", "call_sums", "latency_sums"):
        con.execute(f"DELETE FROM {table}")
    con.execute("INSERT INTO stale_days SELECT DISTINCT day FROM episodes")
    refresh_sums(con)


def _fill_tiers(con: duckdb.DuckDBPyConnection, rates: Mapping[int, tuple[str, float]]) -> None:
    build = {
        "build_id": BUILD, "load_order": 1, "seed": 0, "law": "none", "version": "1",
        "code_hash": "c", "manifest": "{}",
    }  # fmt: skip
    problem = {
        "build_id": BUILD, "data_source": "set/one", "domain": "math", "kind": "reasoning",
        "messages": "[]", "grader": "math", "ground_truth": "1", "grader_args": "{}",
    }  # fmt: skip
    rate = {
        "build_id": BUILD, "reference": "ref", "n": 8, "k": 0, "settled": True,
        "method": "measured", "pooled": False, "selected": True, "estimator": "share",
    }  # fmt: skip
    insert(con, "builds", [build] if rates else [])
    insert(con, "problems", [problem | {"problem_id": pid(number)} for number in rates])
    insert(
        con,
        "pass_rates",
        [
            rate | {"problem_id": pid(number), "tier": tier, "pass_rate": share}
            for number, (tier, share) in rates.items()
        ],
    )


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    """Add rows to a table; columns that none of them has are NULL."""
    if rows:
        names = list(dict.fromkeys(name for row in rows for name in row))
        full = [{name: row.get(name) for name in names} for row in rows]
        con.register("given_rows", pl.DataFrame(full, infer_schema_length=None))
        con.execute(f"INSERT INTO {table} BY NAME FROM given_rows")
        con.unregister("given_rows")

"""Sums that the page adds up itself: an open store in, small tables of integers by dimension out.

A page holds sums, never rows, and of each group of tables never more than `MOST_CELLS`: days become
weeks, months or years until they fit, and what is rare among policies, models and errors is counted
together.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import duckdb
import polars as pl

MOST_CELLS = 60_000
# Units of time, and what polars calls them.
PERIODS = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
MOST = {"policy": 12, "model_id": 24, "error_type": 12}
OTHERS = {"policy": "other policies", "model_id": "other models", "error_type": "other reasons"}
NONE = {"model_id": "none of the menu", "tier": "unknown", "error_type": "no reason"}
TEXTS = ("kind", "policy", "mode", "tier", "model_id", "status", "error_type", "fault")


class Cube(NamedTuple):
    """A table of sums.

    Attributes:
        source: What is summed, in SQL.
        dimensions: Besides period, kind and is_simulated, which every cube has.
        counts: Measures that are whole numbers, by name.
        money: Measures in USD; they become whole nano-dollars.
        seconds: Measures in seconds; they become whole milliseconds.
        units: Other measures; they become whole millionths.
    """

    source: str
    dimensions: tuple[str, ...]
    counts: Mapping[str, str]
    money: Mapping[str, str] = {}
    seconds: Mapping[str, str] = {}
    units: Mapping[str, str] = {}

    @property
    def keys(self) -> tuple[str, ...]:
        """Every dimension, in the order of the rows."""
        return ("period", "kind", "is_simulated", *self.dimensions)


CUBES = {
    "episodes": Cube(
        "episode_sums",
        ("policy", "mode", "tier"),
        {"episodes": "episodes", "calls": "calls_made"},
        {
            "cost": "total_cost_usd",
            "router_cost": "router_cost_usd",
            "list_cost": "calls_list_cost_usd",
        },
        {"seconds": "seconds"},
    ),
    "judged": Cube(
        "judged_by_day",
        ("policy", "tier"),
        {"judged": "judged", "correct": "correct"},
        {"cost": "total_cost_usd"},
    ),
    "calls": Cube(
        "call_sums",
        ("policy", "model_id", "tier"),
        {
            "wanted": "calls",
            "made": "if(status = 'refused', 0, calls)",
            "ok": "if(status = 'ok', calls, 0)",
            "retried": "retried",
            "input_tokens": "input_tokens",
            "output_tokens": "output_tokens",
        },
        {"cost": "cost_usd", "list_cost": "list_cost_usd"},
        {"seconds": "if(status = 'ok', seconds, 0)"},
    ),
    "call_faults": Cube(
        "(FROM call_sums WHERE status <> 'ok')",
        ("policy", "model_id", "status", "error_type"),
        {"calls": "calls"},
        {"cost": "cost_usd"},
    ),
    "episode_faults": Cube(
        "(FROM episode_sums WHERE error_type IS NOT NULL OR mode = 'failed')",
        ("policy", "mode", "error_type"),
        {"episodes": "episodes"},
        {"cost": "total_cost_usd"},
    ),
    "regret": Cube(
        "(FROM decision_regret() WHERE judged_by = 'bank' AND regret IS NOT NULL)",
        ("policy", "tier"),
        {"decisions": "1"},
        {"cost": "cost_usd", "extra": "extra_usd"},
        units={"regret": "regret", "score": "score", "oracle_score": "oracle_score"},
    ),
    "routing_faults": Cube(
        "routing_faults",
        ("policy", "model_id", "fault"),
        {"decisions": "1"},
        {"over": "over_usd", "under": "under_usd"},
    ),
    # How long a model takes is not the policy's doing.
    "latency": Cube(
        "(FROM latency_sums WHERE source <> 'bank')",
        ("model_id", "bin"),
        {"calls": "calls"},
    ),
}


# Latency has so many cells that it would make everything else coarse.
GROUPS = (tuple(name for name in CUBES if name != "latency"), ("latency",))


class Table(NamedTuple):
    """One cube as read.

    Attributes:
        unit: day, week, month, quarter or year.
        periods: First day of each period and the day after its last, in order.
        keys: Names of dimensions.
        columns: Numbers of members, then sums, of equal length.
    """

    unit: str
    periods: list[tuple[str, str]]
    keys: tuple[str, ...]
    columns: dict[str, list[int]]


class Cubes(NamedTuple):
    """What a page adds up: values of dimensions by number, and tables by name."""

    members: dict[str, list[str]]
    tables: dict[str, Table]


def read_cubes(con: duckdb.DuckDBPyConnection, most_cells: int = MOST_CELLS) -> Cubes:
    """Read every cube in the finest unit of time in which those of its group fit together."""
    kept = {"kept": _kept(con)}
    frames: dict[str, tuple[str, pl.DataFrame]] = {}
    for group in GROUPS:
        unit = _unit(con, [CUBES[name] for name in group], kept, most_cells)
        for name in group:
            frames[name] = unit, con.sql(_sums(CUBES[name], unit), params=kept).pl()
    members = {name: _members(name, [frame for _, frame in frames.values()]) for name in TEXTS}
    tables = {}
    for name, (unit, frame) in frames.items():
        days = sorted({day for u, other in frames.values() if u == unit for day in other["period"]})
        tables[name] = _table(CUBES[name], unit, days, frame, members)
    return Cubes(members, tables)


def _kept(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Values that a page tells apart: the most frequent ones."""
    errors = """(
        SELECT error_type, calls FROM call_sums
        UNION ALL SELECT error_type, episodes FROM episode_sums
    )"""
    sources = {
        "policy": ("episode_sums", "episodes"),
        "model_id": ("call_sums", "calls"),
        "error_type": (errors, "calls"),
    }
    kept = {}
    for column, (source, measure) in sources.items():
        sql = f"""
            SELECT {column} FROM {source} WHERE {column} IS NOT NULL
            GROUP BY {column} ORDER BY sum({measure}) DESC, {column} LIMIT {MOST[column]}"""
        kept[column] = [str(value) for (value,) in con.execute(sql).fetchall()] or [""]
    return kept


def _unit(
    con: duckdb.DuckDBPyConnection,
    cubes: Iterable[Cube],
    kept: Mapping[str, Any],
    most_cells: int,
) -> str:
    for unit in PERIODS:
        every = " UNION ALL ".join(f"SELECT count(*) AS n FROM ({_cells(c, unit)})" for c in cubes)
        (cells,) = con.execute(f"SELECT sum(n) FROM ({every})", kept).fetchall()[0]
        if int(cells) <= most_cells:
            break
    return unit


def _dimension(name: str, unit: str) -> str:
    """A dimension in SQL: never NULL, and not more values than a page can show."""
    if name == "period":
        return f"date_trunc('{unit}', day)::DATE AS period"
    value = name
    if name in OTHERS:
        value = f"if(list_contains($kept['{name}'], {name}), {name}, '{OTHERS[name]}')"
    if name in NONE:
        value = f"if({name} IS NULL, '{NONE[name]}', {value})"
    return f"{value} AS {name}"


def _cells(cube: Cube, unit: str, measures: str = "") -> str:
    dimensions = ", ".join(_dimension(name, unit) for name in cube.keys)
    return f"SELECT {dimensions}{measures} FROM {cube.source} GROUP BY ALL"


def _sums(cube: Cube, unit: str) -> str:
    measures = "".join(
        f", sum({sql}) AS {name}"
        for part in (cube.counts, cube.money, cube.seconds, cube.units)
        for name, sql in part.items()
    )
    return f"{_cells(cube, unit, measures)} ORDER BY ALL"


def _members(name: str, frames: Iterable[pl.DataFrame]) -> list[str]:
    """Values of a dimension in order; what stands for several, or for none, comes last."""
    found = {str(v) for frame in frames if name in frame.columns for v in frame[name]}
    last = (NONE.get(name), OTHERS.get(name))
    return sorted(found, key=lambda value: (value in last, value))


def _table(
    cube: Cube,
    unit: str,
    days: list[date],
    frame: pl.DataFrame,
    members: Mapping[str, list[str]],
) -> Table:
    """A cube by numbers; `days` begin the periods, of which tables of one unit have the same."""
    ends = pl.Series(days, dtype=pl.Date).dt.offset_by(PERIODS[unit])
    places: dict[str, dict[Any, int]] = {
        name: {value: place for place, value in enumerate(values)}
        for name, values in members.items()
    }
    places["period"] = {day: place for place, day in enumerate(days)}
    columns = {}
    for name in cube.keys:
        place = places.get(name)
        columns[name] = [int(v) if place is None else place[v] for v in frame[name]]
    for name in cube.counts:
        columns[name] = [int(v) for v in frame[name]]
    for name in cube.money:
        columns[name] = [int(Decimal(v or 0).scaleb(9)) for v in frame[name]]
    for part, scale in ((cube.seconds, 1_000), (cube.units, 1_000_000)):
        for name in part:
            columns[name] = [round(v * scale) for v in frame[name]]
    periods = [(str(a), str(b)) for a, b in zip(days, ends, strict=True)]
    return Table(unit, periods, cube.keys, columns)


def packed(cubes: Cubes) -> dict[str, Any]:
    """Cubes as the page has them: each column as text, repetitions as `value*times`."""
    return {
        "members": cubes.members,
        "tables": {
            name: {
                "unit": table.unit,
                "periods": table.periods,
                "keys": table.keys,
                "money": list(CUBES[name].money),
                "columns": {key: _packed(values) for key, values in table.columns.items()},
            }
            for name, table in cubes.tables.items()
        },
    }


def _packed(values: list[int]) -> str:
    runs: list[list[int]] = []
    for value in values:
        if runs and runs[-1][0] == value:
            runs[-1][1] += 1
        else:
            runs.append([value, 1])
    return " ".join(str(v) if n == 1 else f"{v}*{n}" for v, n in runs)

"""Some weeks of decisions by several policies, served, evaluated and with stand-ins, in a store."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.bank.tables import write_bank
from pipeline.router.record import Episode
from stubs.decisions import decisions, write
from warehouse.outcomes import load_outcomes
from warehouse.spool import load_spool

FIRST_DAY = datetime(2026, 8, 3, 6, tzinfo=UTC)  # a Monday
EACH = 12


class Maker(NamedTuple):
    """Who decides, how often it is right, and what becomes of its costs."""

    policy: str
    kind: str
    right: float
    simulated: bool = False
    factor: float = 1.0


MAKERS = (
    Maker("router", "serve", 0.0, factor=400.0),
    Maker("router", "evaluate", 0.8),
    Maker("cheapest", "evaluate", 0.45, factor=0.2),
    Maker("always:b", "evaluate", 0.85, factor=3.0),
    Maker("router", "train", 0.5),
    Maker("</script><b>odd & \u00f6", "evaluate", 0.5, simulated=True),
)


def _moved(episode: Episode, maker: Maker, number: int, day: int, draw: random.Random) -> Episode:
    """The episode as of another day, made by somebody else, with a verdict."""
    row = dict(episode.row)
    since = timedelta(days=day, minutes=draw.randrange(900))
    start = FIRST_DAY + since
    judged = maker.kind != "serve" and row["problem_id"]
    right = draw.random() < maker.right
    verdict = ("correct" if right else "wrong") if judged and row["mode"] != "failed" else None
    row.update(
        episode_id=f"{draw.getrandbits(128):032x}",
        policy=maker.policy,
        kind=maker.kind,
        started_at=start,
        verdict=verdict,
        quality=None if verdict is None else float(right),
        seconds=0.5 + draw.random() * 4,
        simulated=maker.simulated and bool(episode.calls),
    )
    calls = [_call(call, start, maker, draw) for call in episode.calls]
    # Money is whole nano-dollars, and the parts add up.
    row["calls_cost_usd"] = round(sum(call["cost_usd"] for call in calls), 9)
    row["router_cost_usd"] = round(row["router_cost_usd"], 9)
    row["total_cost_usd"] = round(row["calls_cost_usd"] + row["router_cost_usd"], 9)
    return episode._replace(row=row, calls=calls)


def _call(
    call: dict[str, Any], start: datetime, maker: Maker, draw: random.Random
) -> dict[str, Any]:
    source = "simulated" if maker.simulated else "live"
    costs = {name: round(call[name] * maker.factor, 9) for name in ("cost_usd", "list_cost_usd")}
    seconds = draw.lognormvariate(0.2 + 0.3 * len(str(call["model_id"])), 0.6)
    moved = {"source": source, "simulated": maker.simulated, "seconds": round(seconds, 6)}
    return call | moved | costs | {"started_at": call["started_at"] and start}


def bank(root: Path) -> Path:
    """What each model of the menus answers to each problem of the episodes."""
    keys = [f"{number:016x}" for number in range(10)]
    rows = [
        {
            "problem_id": key,
            "model_id": model,
            "sample": 0,
            "verdict": "correct" if number < right else "wrong",
            "score": float(number < right),
            "input_tokens": 100,
            "output_tokens": 300,
            "source": "live",
            "data_source": "set",
        }
        for number, key in enumerate(keys)
        for model, right in (("a", 6), ("b", 9), ("c", 3))
    ]
    write_bank(root, rows, [{"problem_id": key, "data_source": "set"} for key in keys])
    return root


def weeks(root: Path, days: int = 18, makers: tuple[Maker, ...] = MAKERS, each: int = EACH) -> Path:
    """A store with that many days of decisions, and a bank to judge them by."""
    draw = random.Random(7)
    for place, maker in enumerate(makers):
        made = decisions(each * 7, f"run-{place}", maker.kind)
        moved = [
            _moved(made[(day * 5 + number) % len(made)], maker, number, day, draw)
            for day in range(days)
            for number in range(each)
        ]
        write(root / "spool", moved, f"run-{place}")
    load_spool(root / "w.duckdb", root / "spool")
    load_outcomes(root / "w.duckdb", bank(root / "bank"))
    return root / "w.duckdb"

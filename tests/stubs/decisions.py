"""Episodes of every kind, made by the real engine over stand-ins."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.catalog.tariff import Usage
from pipeline.router.engine import Router
from pipeline.router.limits import Limits
from pipeline.router.record import Episode, Stamp
from pipeline.router.simulated import Known, SimulatedSource
from pipeline.router.spool import Spool
from pipeline.router.turns import CallError, CallRequest, Query, Reply, ToolCall, Turn, View
from stubs.routing import menu

KNOWN = {f"{number:016x}": Known("right", "wrong", number / 10) for number in range(10)}
PLANS: tuple[tuple[Sequence[str], ...], ...] = (
    ((),),  # direct
    (("call_c",), ("select c1",)),
    (("call_a", "call_b"), ()),  # parallel, then synthesis
    (("call_x", "call_a"), ("select c9",), ("select c2",)),  # unknown tool, unknown call
    (("call_b",), ("call_b",), ("call_a",), ("call_a",), ()),  # more turns than allowed
    (("call_b", "call_fail"), ("select c1",)),
)


class Scripted:
    """A policy that goes by the number of the question."""

    name, revision, instant = "scripted", "7", True

    async def decide(self, view: View, seconds: float) -> Turn:
        number = int(str(view.query.messages[-1]["content"]).rpartition(" ")[2])
        plan = PLANS[number % len(PLANS)]
        done = sum(message["role"] == "assistant" for message in view.history)
        wanted = plan[done] if done < len(plan) else ()
        usage, cost = Usage(100 + number, 0, 10), 0.0001 + number * 1e-7
        return Turn("" if wanted else "an answer", tuple(map(_tool, wanted)), usage, cost)


class Moody:
    """Stand-ins of which one in seven fails, sometimes for money."""

    name, instant = "simulated", True

    def __init__(self) -> None:
        self._source = SimulatedSource(3, KNOWN)
        self._count = 0

    async def call(self, request: CallRequest, seconds: float) -> Reply:
        self._count += 1
        if self._count % 7 == 0:
            usage = Usage(50, 10, 5, 2) if self._count % 2 else None
            raise CallError("server_error", "503", attempts=3, usage=usage)
        return await self._source.call(request, seconds)


def _tool(wanted: str) -> ToolCall:
    if wanted.startswith("select "):
        return ToolCall("", "select_response", json.dumps({"call_id": wanted[7:]}))
    if wanted == "call_fail":
        return ToolCall("", "call_a", "{broken")
    return ToolCall("", wanted, json.dumps({"system_prompt": f"Be brief, {wanted}."}))


def decisions(count: int, run_id: str = "run", kind: str = "evaluate") -> list[Episode]:
    """Episodes of every mode, in turn, over three menus; every other one about a known problem."""
    made: list[Episode] = []
    router = Router(Scripted(), Moody(), Limits(), made.append)

    async def main() -> None:
        for number in range(count):
            known = f"{number % 10:016x}" if number % 2 else None
            tier = ("easy", "medium", "hard")[number % 3] if known else None
            asked = [{"role": "user", "content": f"question {number}"}]
            query = Query(asked, known, tier=tier)
            stamp = Stamp(run_id, kind, api_key_id=f"key{number % 3}" if kind == "serve" else None)
            await router.run(query, menu(factor=(0.5, 1.0, 2.0)[number % 3]), stamp)

    asyncio.run(main())
    return made


def write(folder: Path, episodes: Iterable[Episode], run_id: str = "run") -> list[Path]:
    """One flush of a spool; returns the files, menus first."""
    before = set(folder.glob("*.parquet"))
    spool = Spool(folder, run_id)
    for episode in episodes:
        spool.add(episode)
    spool.flush()
    return sorted(set(folder.glob("*.parquet")) - before, reverse=True)

"""What a router earns in play: sampled turns, our engine, recorded outcomes, our reward.

A folder with weights and a world come in, means of each row go out. `evaluate` computes what the
decisions that were taught are worth; a router may have come to write them in other words, or to
babble, and here that counts as it does in training.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from pipeline.bank.source import open_bank
from pipeline.catalog.tariff import Usage
from pipeline.grading.pool import GradingPool
from pipeline.io import read_parquet
from pipeline.layout import Layout
from pipeline.reward.scoring import Scored, Scorer, Truth, truth_of
from pipeline.router.assemble import limits_of
from pipeline.router.engine import Router
from pipeline.router.menu import Menu
from pipeline.router.record import Episode, Stamp
from pipeline.router.turns import PolicyError, Query, Turn, View
from pipeline.settings import Settings
from pipeline.training.hermes import read_turn
from pipeline.training.sampling import Request, Result, sample
from pipeline.training.tiny.cases import lengths_of
from pipeline.training.tiny.codec import Codec, open_codec
from pipeline.training.tiny.network import open_network
from pipeline.training.tiny.scores import Rows
from schemas.examples import SPLITS

TOGETHER = 128
GATHER_SECONDS = 0.005


class Played(NamedTuple):
    """Episodes of one router.

    Attributes:
        rows: Means of each row over its episodes.
        modes: Share of each way to end, and of episodes with a refused call.
    """

    rows: Rows
    modes: dict[str, float]


class Sampler:
    """Samples for whoever asks; what is asked at one time is sampled together."""

    def __init__(self, network: Any, codec: Codec, seed: int) -> None:
        self._network, self._codec = network.eval(), codec
        self._generator = torch.Generator().manual_seed(seed)
        self._waiting: list[tuple[Request, asyncio.Future[Result]]] = []
        self._thread = ThreadPoolExecutor(1)
        self._task: asyncio.Task[None] | None = None

    async def write(self, prompt: list[int], longest: int) -> list[int]:
        """Continue a prompt at temperature 1."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        request = Request(prompt, longest, 1.0, frozenset([self._codec.end]))
        self._waiting.append((request, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve())
        return (await future)[0]

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            batch, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            requests = [request for request, _ in batch]
            work = (self._network, requests, self._codec.pad, self._generator)
            results = await loop.run_in_executor(self._thread, sample, *work)
            for (_, future), result in zip(batch, results, strict=True):
                future.set_result(result)


class TinyPolicy:
    """One episode of a tiny router; what it wrote is kept token by token, as in training."""

    name = "tiny"
    revision: str | None = None

    def __init__(self, sampler: Sampler, codec: Codec, question: str, longest: int) -> None:
        self._sampler, self._codec, self._question = sampler, codec, question
        self._left, self._ids, self._seen = longest, list[int](), 0

    async def decide(self, view: View, seconds: float) -> Turn:
        """Write one turn.

        Raises:
            PolicyError: There is no room for another one.
        """
        if not self._ids:
            self._ids = self._codec.offer(view.menu) + self._codec.question(self._question)
        else:
            self._read(view)
        if self._left < 1:
            raise PolicyError("length", "the longest response")
        read = len(self._ids)
        written = await self._sampler.write(self._ids, self._left)
        self._ids += written
        self._left -= len(written)
        ended = written[-1:] == [self._codec.end]
        text, calls = read_turn(self._codec.tokenizer.decode(written[: -1 if ended else None]))
        finish = "length" if not ended else "tool_calls" if calls else "stop"
        return Turn(text, calls, Usage(read, 0, len(written)), 0.0, finish)

    def _read(self, view: View) -> None:
        history = list(view.history)
        last = max(n for n, message in enumerate(history) if message["role"] == "assistant")
        seen = self._codec.observations([str(m["content"]) for m in history[last + 1 :]])
        self._ids += seen
        self._left -= len(seen)


def play(
    folder: Path,
    root: Path,
    settings: Settings,
    split: str = "test",
    episodes: int = 4,
    seed: int = 0,
    bounds: tuple[int, int] = (3, 64),
) -> Played:
    """Play every row some times.

    Args:
        folder: Weights and tokenizer.
        root: Of the world.
        settings: As a run has them, see `world_settings`.
        split: Which rows.
        episodes: Of each row; each reads another recorded answer.
        seed: Of what is sampled.
        bounds: Turns, and tokens of all that follows the prompt, as in preset `tiny`.

    Raises:
        InputError: There is no such world.
    """
    at = Layout(root)
    examples = read_parquet(at.examples(split)).to_dicts()
    expected = lengths_of(settings, [at.examples(name) for name in SPLITS])
    codec = open_codec(folder)
    sampler = Sampler(open_network(folder), codec, seed)
    limits = limits_of(settings.router.limits.model_copy(update={"turns": bounds[0]}))
    source = open_bank(root)

    async def one(example: dict[str, Any], number: int) -> Episode:
        extra = example["extra_info"]
        asked = [dict(message) for message in example["prompt"][1:]]
        query = Query(asked, extra["problem_id"], extra["example_id"], extra["tier"], number)
        policy = TinyPolicy(sampler, codec, asked[-1]["content"], bounds[1])
        stamp = Stamp("play", "evaluate")
        return await Router(policy, source, limits).run(
            query, Menu.of_rows(extra["catalog"]), stamp
        )

    async def some(wanted: Sequence[tuple[dict[str, Any], int]]) -> list[Episode]:
        return await asyncio.gather(*(one(*each) for each in wanted))

    every = [(example, number) for example in examples for number in range(episodes)]
    pairs: list[tuple[Episode, Truth]] = []
    for start in range(0, len(every), TOGETHER):
        wanted = every[start : start + TOGETHER]
        played = asyncio.run(some(wanted))
        pairs += [(e, truth_of(x)) for e, (x, _) in zip(played, wanted, strict=True)]
    with GradingPool(settings.grading, 1) as pool:
        scores = Scorer(settings.reward, expected, pool).score(pairs)
    return Played(_rows(scores, episodes), _modes(scores))


def _rows(scores: Sequence[Scored], episodes: int) -> Rows:
    table = np.array([(s.reward, s.correct, s.normalized_cost, s.cost_usd) for s in scores], float)
    return Rows(*table.reshape(-1, episodes, 4).mean(1).T)


def _modes(scores: Sequence[Scored]) -> dict[str, float]:
    counts = Counter(score.mode for score in scores)
    counts["refused"] = sum(score.refused_calls > 0 for score in scores)
    return {name: count / len(scores) for name, count in counts.items()}

"""How likely a tiny router is to take each decision, exactly: no decision is sampled.

A network and cases come in, probabilities go out. Knows nothing of rewards.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from pipeline.rng import Floats
from pipeline.training.tiny.cases import Case
from pipeline.training.tiny.codec import Codec, call_text, select_text
from pipeline.training.tiny.law import World

CHATS = 256


class Chances(NamedTuple):
    """Of one case; see `Case` for what decisions are.

    Attributes:
        decided: Probability of each decision as the first turn, shape (decisions,). They may sum
            to less than 1: the rest is malformed, or no decision that is scored here.
        finished: Probability that an episode with this decision ends with the answer that it led
            to, a right one: by selecting the reply or by writing it out; 1 for a direct answer.
    """

    decided: Floats
    finished: Floats


def chances(
    network: Any, codec: Codec, world: World, cases: Sequence[Case], turns: int = 2
) -> list[Chances]:
    """Score every decision of every case.

    Args:
        network: Of `open_network`.
        codec: Of the same folder.
        world: Says what a direct answer is.
        cases: Any number.
        turns: Of an episode; after 1 the reply is returned without a word of the router.
    """
    chats = [chat for case in cases for chat in _chats(codec, world, case, turns)]
    order = sorted(range(len(chats)), key=lambda number: len(chats[number].ids))
    values = np.zeros((len(chats), 2))
    for start in range(0, len(chats), CHATS):
        some = order[start : start + CHATS]
        values[some] = _probabilities(network, codec.pad, [chats[number] for number in some])
    return list(_gathered(cases, values, turns))


class _Chat(NamedTuple):
    """One way to go on, in two turns of which the second may be empty.

    Attributes:
        ids: All of the chat.
        first: Where the first turn starts and stops.
        second: Likewise.
    """

    ids: list[int]
    first: tuple[int, int]
    second: tuple[int, int] = (0, 0)


def _chats(codec: Codec, world: World, case: Case, turns: int) -> Iterator[_Chat]:
    before = codec.offer(case.menu) + codec.question(case.asked[-1]["content"])
    direct = before + codec.said(world.direct.answer)
    yield _Chat(direct, (len(before), len(direct)))
    for name in case.names:
        called = before + codec.said(call_text(name))
        turn = (len(before), len(called))
        if turns == 1:
            yield _Chat(called, turn)
            continue
        read = called + codec.observation(case.answer)
        for text in (select_text(), case.answer):
            ended = read + codec.said(text)
            yield _Chat(ended, turn, (len(read), len(ended)))


def _gathered(cases: Sequence[Case], values: Floats, turns: int) -> Iterator[Chances]:
    at = 0
    for case in cases:
        calls = len(case.names)
        mine = values[at + 1 : at + 1 + calls * turns].reshape(calls, turns, 2)
        decided = np.array([values[at, 0], *mine[:, 0, 0]])
        # Selected or written out again: an episode ends in one of the two ways.
        ended = np.ones(calls) if turns == 1 else mine[:, :, 1].sum(1)
        yield Chances(decided, np.array([1.0, *ended]))
        at += 1 + calls * turns


def _probabilities(network: Any, pad: int, chats: Sequence[_Chat]) -> Floats:
    """Of both turns of each chat, shape (chats, 2)."""
    network.eval()
    width = max(len(chat.ids) for chat in chats)
    ids = torch.tensor([chat.ids + [pad] * (width - len(chat.ids)) for chat in chats])
    place = torch.arange(1, width)[None]
    turn = torch.zeros(len(chats), width - 1, dtype=torch.long)
    for number, bounds in enumerate(zip(*((c.first, c.second) for c in chats), strict=True), 1):
        start, stop = (torch.tensor(side)[:, None] for side in zip(*bounds, strict=True))
        turn[(place >= start) & (place < stop)] = number
    wanted = turn > 0
    with torch.no_grad():
        hidden = network.model(input_ids=ids[:, :-1]).last_hidden_state
        # Only where a token is asked for: the vocabulary is wider than the network.
        logs = network.lm_head(hidden[wanted]).log_softmax(-1)
    found = logs.gather(1, ids[:, 1:][wanted][:, None])[:, 0]
    cell = 2 * wanted.nonzero()[:, 0] + turn[wanted] - 1
    total = torch.zeros(2 * len(chats)).index_add(0, cell, found).reshape(-1, 2)
    values: Floats = total.exp().double().numpy()
    return values

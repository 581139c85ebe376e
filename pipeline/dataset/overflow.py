"""Which planned problems do not fit the prompt budget.

Only problems long enough to be in doubt have their catalogues drawn here. Knows nothing of texts.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from pipeline.dataset.catalogues import Source
from pipeline.dataset.columns import Ints, joined, picked
from pipeline.dataset.jobs import TABLE_ROWS
from pipeline.dataset.mix import Drafts, Plan, row_keys
from pipeline.dataset.prompts import router_tokens
from pipeline.dataset.survey import Facts
from schemas.examples import SPLITS

SAMPLE_ROWS = 256
# What a catalogue can take beyond the largest of the sample. A row that takes more still is refused
# when it is made, which can leave the everyday share a row over.
HEADROOM = 1.5


def overflow(budget: int, source: Source, drafts: Drafts) -> Callable[[Facts, Plan], Ints]:
    """What `plan_rows` asks for.

    Args:
        budget: Most tokens of a prompt.
        source: The catalogues.
        drafts: Of all problems: the first that are kept say how long catalogues are.

    Returns:
        A function of a block of problems: the estimated tokens of the longest prompt of each that
        is kept and over the budget, else 0.
    """
    facts, plan = _sample(drafts)
    typical = _tokens(source, facts, plan) - facts.tokens
    return partial(_over, budget, source, int(HEADROOM * typical.max(initial=0)))


def _sample(drafts: Drafts) -> tuple[Facts, Plan]:
    """The first problems that are kept."""
    facts, plans, count = [], [], 0
    for block, plan in drafts():
        kept = np.flatnonzero(plan.repetitions)[: SAMPLE_ROWS - count]
        facts.append(picked(block, kept))
        plans.append(picked(plan, kept))
        count += len(kept)
        if count == SAMPLE_ROWS:
            break
    return joined(facts), joined(plans)


def _over(budget: int, source: Source, room: int, facts: Facts, plan: Plan) -> Ints:
    result = np.zeros(len(facts.keys), np.int32)
    doubtful = np.flatnonzero((plan.repetitions > 0) & (facts.tokens > budget - room))
    for split in range(len(SPLITS)):
        members = doubtful[plan.split[doubtful] == split]
        for start in range(0, len(members), TABLE_ROWS):
            part = members[start : start + TABLE_ROWS]
            tokens = _tokens(source, picked(facts, part), picked(plan, part))
            result[part] = np.where(tokens > budget, tokens, 0)
    return result


def _tokens(source: Source, facts: Facts, plan: Plan) -> Ints:
    """Estimated tokens of each problem's longest prompt, drawn in the first problem's split."""
    longest = np.zeros(len(facts.keys), np.int32)
    for repetition in range(int(plan.repetitions.max(initial=0))):
        rows = np.flatnonzero(plan.repetitions > repetition)
        numbers = np.full(len(rows), repetition, np.int32)
        draw = source.table(source.picks(int(plan.split[0]), row_keys(facts.keys[rows], numbers)))
        tokens = facts.tokens[rows] + router_tokens(draw, plan.simple[rows])
        longest[rows] = np.maximum(longest[rows], tokens)
    return longest

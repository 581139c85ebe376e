"""Which rows: for every problem its split, repetitions and mode, or the reason why it is dropped.

A survey and settings come in, a plan of the same length goes out, block by block: what depends on
other problems is a cut through a random order, found before. Every choice is a hash of the seed and
the problem's key. Knows nothing of texts and prices.
"""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import NamedTuple

import numpy as np

from pipeline import rng
from pipeline.dataset.columns import Bools, Codes, Ints
from pipeline.dataset.cuts import Ranked, first_beyond
from pipeline.dataset.scratch import Scratch, Spool, kind_of
from pipeline.dataset.survey import UNTIERED, Facts, Survey
from pipeline.errors import SettingsError
from pipeline.settings import DatasetSettings, Settings
from schemas.examples import EXAMPLE_TIERS, SPLITS

TRAIN, VALIDATION, TEST = range(len(SPLITS))
KEPT = 0
REASONS = ("", "tier_quota", "untiered", "too_long", "everyday_quota", "left_out")
LEFT_OUT = REASONS.index("left_out")
# Random decisions: which problems of a tier, and which everyday queries, go first.
TIER_ORDER, EVERYDAY_ORDER = "dataset.tier_quota", "dataset.everyday_quota"


class Plan(NamedTuple):
    """One entry per problem, beside its facts.

    Attributes:
        split: Position in `SPLITS`.
        repetitions: Rows this problem becomes; 0 where it is dropped.
        simple: Whether its rows are in simple mode.
        reason: Position in `REASONS`; `KEPT` where it is not dropped.
        tokens: Estimated prompt tokens where the reason is `too_long`, else 0.
    """

    split: Codes
    repetitions: Ints
    simple: Bools
    reason: Codes
    tokens: Ints


class Planned(NamedTuple):
    """The plan of all problems, in the order of the survey, and the rows that they become."""

    plans: Spool[Plan]
    rows: int


PLAN = kind_of(Plan, "i1", "i4", "?", "i1", "i4")

Drafts = Callable[[], Iterator[tuple[Facts, Plan]]]
Overflow = Callable[[Drafts], Callable[[Facts, Plan], Ints]]
Cuts = Mapping[int, int]


def plan_rows(settings: Settings, survey: Survey, scratch: Scratch, overflow: Overflow) -> Planned:
    """Decide for every problem.

    Args:
        settings: Seed and dataset settings.
        survey: The problems.
        scratch: Where the plan goes.
        overflow: Sees all drafts; what it gives then says of each block the estimated prompt tokens
            of each problem that the plan keeps and that is over the budget, else 0. The everyday
            share is taken of what remains.

    Raises:
        SettingsError: Shares of the splits over one, or a repetition count under one.
        MachineError: The disk is full.
    """
    check_settings(settings.dataset)
    drafts = partial(_drafts, settings, survey.facts, _tier_cuts(settings, survey.facts))
    over = overflow(drafts)
    fitting = scratch.spool(Plan, PLAN)
    for facts, draft in drafts():
        tokens = over(facts, draft)
        fitting.append(_without(draft, tokens > 0, "too_long")._replace(tokens=tokens))
    planned = _with_everyday_share(settings, survey.facts, fitting)
    fitting.close()
    return planned


def check_settings(settings: DatasetSettings) -> None:
    """Refuse settings that contradict themselves.

    Raises:
        SettingsError: Shares of the splits over one, or a repetition count under one.
    """
    held_out = _exact(settings.validation_share) + _exact(settings.test_share)
    if held_out > 1:
        raise SettingsError(
            f"dataset.validation_share + dataset.test_share is {float(held_out)}; lower one: their "
            "sum must not exceed 1"
        )
    for tier, count in settings.repetitions.items():
        if count < 1:
            raise SettingsError(
                f"dataset.repetitions.{tier} is {count}; use at least 1, and a quota of 0 to drop "
                "rows"
            )


def _exact(share: float) -> Fraction:
    """The decimal number the user wrote, not its nearest binary one."""
    return Fraction(str(share))


def _drafts(settings: Settings, facts: Spool[Facts], cuts: Cuts) -> Iterator[tuple[Facts, Plan]]:
    """Every block and its plan, before prompts are measured and everyday queries are counted."""
    for block in facts.blocks():
        yield block, _draft(settings, block, cuts)


def _draft(settings: Settings, facts: Facts, cuts: Cuts) -> Plan:
    seed, dataset, keys = settings.seed, settings.dataset, facts.keys
    split = split_of(seed, dataset, keys)
    reason = np.where(facts.left_out, LEFT_OUT, KEPT).astype(np.int8)
    for tier, cut in cuts.items():
        beyond = _ranks(seed, TIER_ORDER, keys) >= np.uint64(cut)
        dropped = _members(facts, tier) & beyond
        reason[dropped] = REASONS.index("untiered" if tier == UNTIERED else "tier_quota")
    simple = rng.uniform(seed, "dataset.mode", keys) < dataset.simple_share
    repetitions = np.where(reason == KEPT, _repetitions(dataset, facts, split), 0)
    none = np.zeros(len(keys), np.int32)
    return Plan(split, repetitions.astype(np.int32), simple, reason, none)


def split_of(seed: int, settings: DatasetSettings, keys: rng.Keys) -> Codes:
    """Position in `SPLITS` of each problem, from its key alone."""
    draw = rng.uniform(seed, "dataset.split", keys)
    test = draw < settings.test_share
    validation = draw >= 1.0 - settings.validation_share
    return np.select([test, validation], [TEST, VALIDATION], TRAIN).astype(np.int8)


def _quotas(settings: DatasetSettings) -> Mapping[int, Fraction]:
    quotas = {EXAMPLE_TIERS.index(tier): _exact(q) for tier, q in settings.tier_quota.items()}
    return {**quotas, UNTIERED: _exact(settings.untiered_quota)}


def _tier_cuts(settings: Settings, facts: Spool[Facts]) -> Cuts:
    """The rank from which on a tier's problems are dropped, for each tier that loses some.

    The first `quota` of them stay, in hash order; half a problem counts as one.
    """
    sizes = np.zeros(len(EXAMPLE_TIERS), np.int64)
    for block in facts.blocks():
        members = block.tier[~block.everyday & ~block.left_out]
        sizes += np.bincount(members, minlength=len(sizes))
    cuts = {}
    for tier, quota in _quotas(settings.dataset).items():
        room = int(quota * int(sizes[tier]) + Fraction(1, 2))
        if room < sizes[tier]:
            cut = first_beyond(partial(_of_tier, settings.seed, facts, tier), room) if room else 0
            assert cut is not None
            cuts[tier] = cut
    return cuts


def _of_tier(seed: int, facts: Spool[Facts], tier: int) -> Iterator[Ranked]:
    for block in facts.blocks():
        rank = _ranks(seed, TIER_ORDER, block.keys[_members(block, tier)])
        yield Ranked(rank, np.ones(len(rank), np.int64))


def _members(facts: Facts, tier: int) -> Bools:
    members: Bools = (facts.tier == tier) & ~facts.everyday & ~facts.left_out
    return members


def _ranks(seed: int, stage: str, keys: rng.Keys) -> rng.Keys:
    """A random order: `rng.bits` maps distinct keys to distinct numbers, so no two are equal."""
    return rng.bits(seed, stage, keys)


def _repetitions(settings: DatasetSettings, facts: Facts, split: Codes) -> Ints:
    counts = {str(tier): count for tier, count in settings.repetitions.items()}
    of_tier = np.array([counts.get(tier, 1) for tier in EXAMPLE_TIERS], np.int32)
    wanted = np.where(facts.everyday, counts.get("everyday", 1), of_tier[facts.tier])
    return np.where(split == TRAIN, wanted, 1).astype(np.int32)


def _with_everyday_share(settings: Settings, facts: Spool[Facts], fitting: Spool[Plan]) -> Planned:
    """Drop everyday problems, last in hash order, whose rows make the everyday share too large."""
    both = partial(_both, facts, fitting)
    rows = sum(int(plan.repetitions[~block.everyday].sum()) for block, plan in both())
    room = everyday_room(settings.dataset.everyday_share, rows)
    cut = first_beyond(partial(_everyday, settings.seed, both), room)
    plans, total = fitting.like(), 0
    for block, plan in both():
        if cut is not None:
            rank = _ranks(settings.seed, EVERYDAY_ORDER, block.keys)
            excess = block.everyday & (plan.reason == KEPT) & (rank >= np.uint64(cut))
            plan = _without(plan, excess, "everyday_quota")
        total += int(plan.repetitions.sum())
        plans.append(plan)
    return Planned(plans, total)


def _both(facts: Spool[Facts], plans: Spool[Plan]) -> Iterator[tuple[Facts, Plan]]:
    return zip(facts.blocks(), plans.blocks(), strict=True)


def _everyday(seed: int, both: Drafts) -> Iterator[Ranked]:
    for facts, plan in both():
        members = facts.everyday & (plan.reason == KEPT)
        rank = _ranks(seed, EVERYDAY_ORDER, facts.keys[members])
        yield Ranked(rank, plan.repetitions[members].astype(np.int64))


def everyday_room(share: float, rows: int) -> int:
    """Most everyday rows beside `rows` others: the largest e with e / (e + rows) <= share."""
    return int(_exact(share) * rows / (1 - _exact(share)))


def _without(plan: Plan, dropped: Bools, reason: str) -> Plan:
    reasons, repetitions = plan.reason.copy(), plan.repetitions.copy()
    reasons[dropped], repetitions[dropped] = REASONS.index(reason), 0
    return plan._replace(reason=reasons, repetitions=repetitions)


def row_keys(keys: rng.Keys, repetitions: Ints) -> rng.Keys:
    """One key per row: a hash of the problem's key and the repetition's number."""
    result = np.empty(len(keys), np.uint64)
    for repetition in np.unique(repetitions):
        rows = repetitions == repetition
        result[rows] = rng.bits(0, "dataset.row", keys[rows], int(repetition))
    return result

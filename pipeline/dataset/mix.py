"""Which rows: for every problem its split, repetitions and mode, or the reason why it is dropped.

A survey and settings come in, arrays of the same length go out. Pure: every choice is a hash of the
seed and the problem's key. Knows nothing of texts, prices and files.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from pipeline import rng
from pipeline.dataset.columns import Bools, Codes, Ints, Positions
from pipeline.dataset.survey import UNTIERED, Survey
from pipeline.errors import SettingsError
from pipeline.settings import DatasetSettings, Settings
from schemas.examples import EXAMPLE_TIERS, SPLITS

TRAIN, VALIDATION, TEST = range(len(SPLITS))
KEPT = 0
REASONS = ("", "tier_quota", "untiered", "too_long", "everyday_quota", "left_out")
LEFT_OUT = REASONS.index("left_out")


class Plan(NamedTuple):
    """One entry per problem, in the order of the survey.

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


Overflow = Callable[[Plan], Ints]


def plan_rows(settings: Settings, survey: Survey, overflow: Overflow) -> Plan:
    """Decide for every problem.

    Args:
        settings: Seed and dataset settings.
        survey: The problems.
        overflow: Gives the estimated prompt tokens of each problem that a plan keeps and that is
            over the budget, else 0. Asked once, before the everyday share is taken of what remains.

    Raises:
        SettingsError: Shares of the splits over one, or a repetition count under one.
    """
    check_settings(settings.dataset)
    draft = _first_plan(settings, survey)
    tokens = overflow(draft)
    fitting = _without(draft, np.flatnonzero(tokens), "too_long")
    excess = _everyday_excess(settings, survey, fitting)
    return _without(fitting, excess, "everyday_quota")._replace(tokens=tokens)


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


def _first_plan(settings: Settings, survey: Survey) -> Plan:
    seed, dataset, keys = settings.seed, settings.dataset, survey.keys
    split = split_of(seed, dataset, keys)
    reason = np.where(survey.left_out, LEFT_OUT, KEPT).astype(np.int8)
    for tier, quota in _quotas(dataset).items():
        members = np.flatnonzero((survey.tier == tier) & ~survey.everyday & ~survey.left_out)
        dropped = _beyond_quota(seed, survey, members, quota)
        reason[dropped] = REASONS.index("untiered" if tier == UNTIERED else "tier_quota")
    simple = rng.uniform(seed, "dataset.mode", keys) < dataset.simple_share
    repetitions = np.where(reason == KEPT, _repetitions(dataset, survey, split), 0)
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


def _beyond_quota(seed: int, survey: Survey, members: Positions, quota: Fraction) -> Positions:
    """Members after the first `quota` of them in hash order; half a problem counts as one."""
    ranked = _hash_order(seed, "dataset.tier_quota", survey, members)
    return ranked[int(quota * len(members) + Fraction(1, 2)) :]


def _hash_order(seed: int, stage: str, survey: Survey, members: Positions) -> Positions:
    return members[np.argsort(rng.bits(seed, stage, survey.keys[members]), kind="stable")]


def _repetitions(settings: DatasetSettings, survey: Survey, split: Codes) -> Ints:
    counts = {str(tier): count for tier, count in settings.repetitions.items()}
    of_tier = np.array([counts.get(tier, 1) for tier in EXAMPLE_TIERS], np.int32)
    wanted = np.where(survey.everyday, counts.get("everyday", 1), of_tier[survey.tier])
    return np.where(split == TRAIN, wanted, 1).astype(np.int32)


def _everyday_excess(settings: Settings, survey: Survey, plan: Plan) -> Positions:
    """Everyday problems whose rows would make the everyday share too large."""
    rows = int(plan.repetitions[~survey.everyday].sum())
    room = everyday_room(settings.dataset.everyday_share, rows)
    members = np.flatnonzero(survey.everyday & (plan.reason == KEPT))
    ranked = _hash_order(settings.seed, "dataset.everyday_quota", survey, members)
    return ranked[np.cumsum(plan.repetitions[ranked], dtype=np.int64) > room]


def everyday_room(share: float, rows: int) -> int:
    """Most everyday rows beside `rows` others: the largest e with e / (e + rows) <= share."""
    return int(_exact(share) * rows / (1 - _exact(share)))


def _without(plan: Plan, dropped: Positions, reason: str) -> Plan:
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

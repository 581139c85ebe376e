"""Which models a row offers, in which order: tier ranges, fixed sets, the pool, leavers, arrivals.

Works on whole chunks of rows; every number is a function of (seed, stage, row key, model id).
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline import rng
from pipeline.catalog.laws import Law
from pipeline.catalog.models import ModelList
from pipeline.errors import InputError

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

LEFT_OUT = np.uint64(2**64 - 1)
COLUMN_BITS = np.uint64(0xFFFF)


class TierRange(NamedTuple):
    """Models of one tier and how many of them a row offers."""

    columns: Ints
    low: int
    high: int


class Universe(NamedTuple):
    """What a split may offer; columns are models in the list's order.

    Attributes:
        keys: 64-bit key of each model.
        live: Models that ranges draw from.
        newcomers: Columns of the models that may join.
        tiers: Ranges per tier.
        fixed: One row per fixed group; row 0, the ranges, is empty.
        shares: Cumulative shares of the groups.
    """

    keys: rng.Keys
    live: Bools
    newcomers: Ints
    tiers: tuple[TierRange, ...]
    fixed: Bools
    shares: npt.NDArray[np.float64]


class Offer(NamedTuple):
    """Entries of a chunk of rows, flat, in shown order."""

    rows: Ints
    models: Ints
    counts: Ints


@lru_cache(maxsize=16)
def universe(models: ModelList, law: Law, split: str) -> Universe:
    """Work out what a split may offer.

    Raises:
        InputError: No model is left for it.
    """
    allowed = np.array([split != "train" or not m.held_out for m in models.models])
    enabled = np.array([m.enabled for m in models.models])
    live = allowed & enabled
    if not live.any():
        raise InputError(
            f"no model can be offered in split {split!r}: all {len(models.models)} are disabled or "
            "held out; enable one"
        )
    groups = {"all": live} | {
        name: np.array([m.model_id in ids for m in models.models])
        for name, ids in {"pool": models.pool, **models.sets}.items()
        if ids
    }
    shares = {name: share for name, share in law.membership.items() if name in groups}
    return Universe(
        keys=np.array([rng.key_of(m.model_id) for m in models.models], dtype=np.uint64),
        live=live,
        newcomers=np.flatnonzero(allowed & ~enabled),
        tiers=_tier_ranges(models, law, live),
        fixed=np.array([np.zeros_like(live), *(groups[name] for name in shares)]),
        shares=np.cumsum([1 - sum(shares.values()), *shares.values()]),
    )


def _tier_ranges(models: ModelList, law: Law, live: Bools) -> tuple[TierRange, ...]:
    tiers = np.array([m.tier for m in models.models])
    return tuple(
        TierRange(np.flatnonzero(live & (tiers == tier)), low, high)
        for tier, (low, high) in law.ranges.items()
        if (live & (tiers == tier)).any()
    )


def draw_offer(world: Universe, law: Law, seed: int, stage: str, keys: rng.Keys) -> Offer:
    """Draw the models of each row and put them in order. No row is empty."""
    selected = _members(world, law, seed, stage, keys)
    columns = np.arange(len(world.keys), dtype=np.uint64)
    order = np.broadcast_to(columns, selected.shape)
    if law.shuffle:
        order = _cell_bits(world, seed, f"{stage}.order", keys) & ~COLUMN_BITS | columns
    ranked = np.sort(np.where(selected, order, LEFT_OUT), axis=1)
    counts = selected.sum(axis=1)
    taken = np.arange(len(columns)) < counts[:, None]
    models = (ranked[taken] & COLUMN_BITS).astype(np.int64)
    return Offer(np.repeat(np.arange(len(keys)), counts), models, counts)


def _cell_bits(world: Universe, seed: int, stage: str, keys: rng.Keys) -> rng.Keys:
    """One number per row and model, shape (rows, models), whatever the list's order."""
    return rng.bits(seed, stage, keys[:, None] ^ world.keys[None, :])


def _members(world: Universe, law: Law, seed: int, stage: str, keys: rng.Keys) -> Bools:
    """Which models each row offers, shape (rows, models)."""
    draws = _cell_bits(world, seed, f"{stage}.member", keys)
    draws[:, ~world.live] = LEFT_OUT
    group = np.searchsorted(world.shares, rng.uniform(seed, f"{stage}.group", keys), side="right")
    group = np.minimum(group, len(world.shares) - 1)
    selected = world.fixed[group]
    _retire(world, law, seed, stage, keys, draws, selected)
    for index, tier in enumerate(world.tiers):
        wanted = _wanted(tier, rng.uniform(seed, f"{stage}.size", keys, index))
        chosen = _lowest(draws[:, tier.columns], wanted)
        selected[:, tier.columns] |= chosen & (group == 0)[:, None]
    empty = np.flatnonzero(~selected.any(axis=1))
    selected[empty, draws[empty].argmin(axis=1)] = True
    _arrive(world, law, seed, stage, keys, selected)
    return selected


def _wanted(tier: TierRange, uniform: npt.NDArray[np.float64]) -> Ints:
    """Number of models of one tier per row, at most as many as there are."""
    size = tier.low + (uniform * (tier.high - tier.low + 1)).astype(np.int64)
    return np.minimum(size, len(tier.columns))


def _lowest(draws: rng.Keys, wanted: Ints) -> Bools:
    """The `wanted` lowest draws of each row."""
    ranked = np.sort(draws, axis=1)
    last = np.take_along_axis(ranked, np.maximum(wanted - 1, 0)[:, None], axis=1)
    chosen: Bools = (draws <= last) & (draws != LEFT_OUT) & (wanted > 0)[:, None]
    return chosen


def _retire(
    world: Universe, law: Law, seed: int, stage: str, keys: rng.Keys, draws: rng.Keys, fixed: Bools
) -> None:
    """Take one live model away from some rows, before anything is drawn from what is left."""
    rows = np.flatnonzero(rng.uniform(seed, f"{stage}.retire", keys) < law.events.retirement)
    candidates = np.flatnonzero(world.live)
    if len(candidates) < 2:
        return
    leavers = candidates[_pick(len(candidates), seed, f"{stage}.retire.model", keys[rows])]
    draws[rows, leavers] = LEFT_OUT
    fixed[rows, leavers] = False


def _arrive(
    world: Universe, law: Law, seed: int, stage: str, keys: rng.Keys, selected: Bools
) -> None:
    """Let one model that is not live join some rows."""
    if not len(world.newcomers):
        return
    rows = np.flatnonzero(rng.uniform(seed, f"{stage}.newcomer", keys) < law.events.newcomer)
    picks = _pick(len(world.newcomers), seed, f"{stage}.newcomer.model", keys[rows])
    selected[rows, world.newcomers[picks]] = True


def _pick(count: int, seed: int, stage: str, keys: rng.Keys) -> Ints:
    """One index under `count` per key."""
    return (rng.uniform(seed, stage, keys) * count).astype(np.int64)

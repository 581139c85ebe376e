"""Regime events: which of them befall a row, and what they do to a draw from the price law.

An event confines its draws to one part of the distribution; ordinary rows get the rest, so that all
rows together have the declared distribution. Knows nothing of prices.
"""

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline import rng
from pipeline.catalog.distribution import Floats
from pipeline.catalog.laws import Event, Events, Law

ORDINARY, CUT, INVERTED = range(3)
REGIMES = ("ordinary", "cut", "inverted")
LATENT_LIMIT = 9.0  # no normal draw of 53 random bits lies beyond
NOBODY = -1
INVERTED_TIERS = ("premium", "budget")


class Spell(NamedTuple):
    """An event as one model sees it: how often, and to which part of the distribution it leads."""

    share: float
    low: float
    high: float


class RowEvents(NamedTuple):
    """Events of each row, as arrays of one value a row.

    Attributes:
        cut: Number of the provider that cuts its prices, or -1.
        inverted: Whether the tiers' prices are turned round.
    """

    cut: npt.NDArray[np.int64]
    inverted: npt.NDArray[np.bool_]


def draw_events(events: Events, providers: int, seed: int, stage: str, keys: rng.Keys) -> RowEvents:
    """Events of rows; a row has at most one of the two."""
    inverted = rng.uniform(seed, f"{stage}.inversion", keys) < events.inversion.share
    cuts = ~inverted & (rng.uniform(seed, f"{stage}.cut", keys) < events.cut.share)
    provider = (rng.uniform(seed, f"{stage}.cut.provider", keys) * providers).astype(np.int64)
    return RowEvents(np.where(cuts, provider, NOBODY), inverted)


def events_of(tier: str, law: Law, providers: int) -> list[Spell]:
    """What can befall a model of a tier, in the order of `REGIMES`; a cut hits one provider."""
    cut, inversion = law.events.cut, law.events.inversion
    cut_share = (1 - inversion.share) * cut.share / providers
    return [Spell(0.0, 0.0, 1.0), Spell(cut_share, 0.0, cut.depth), _inverted(tier, inversion)]


def _inverted(tier: str, inversion: Event) -> Spell:
    if tier == "premium":
        return Spell(inversion.share, 0.0, inversion.depth)
    if tier == "budget":
        return Spell(inversion.share, 1 - inversion.depth, 1.0)
    return Spell(0.0, 0.0, 1.0)


def latent_begins(probs: Floats, regime: int, spells: Sequence[Spell]) -> Floats:
    """Latent normal values at which cells begin.

    Args:
        probs: Probabilities of the price law at which the cells begin.
        regime: Index into `REGIMES`.
        spells: From `events_of`.
    """
    parts = [np.clip((probs - s.low) / (s.high - s.low), 0.0, 1.0) for s in spells]
    latent = parts[regime]
    if regime == ORDINARY:
        taken = sum(s.share for s in spells)
        used = sum(s.share * part for s, part in zip(spells, parts, strict=True))
        latent = (probs - used) / (1 - taken)
    return np.array([_normal_quantile(p) for p in latent.tolist()])


def _normal_quantile(prob: float) -> float:
    """Standard normal quantile; beyond `LATENT_LIMIT` for 0 and 1."""
    if 0 < prob < 1:
        return NormalDist().inv_cdf(prob)
    return LATENT_LIMIT + 1 if prob >= 1 else -LATENT_LIMIT - 1

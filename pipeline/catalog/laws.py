"""Perturbation laws: which models a row offers and how far their prices move, as declared in TOML.

A law is a value; `perturb` draws from it. Knows nothing of particular models.
"""

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.catalog.distribution import (
    Floats,
    LogCdf,
    condition,
    from_quantiles,
    mix,
)
from pipeline.catalog.load import explain, read_toml
from pipeline.errors import InputError, SettingsError
from pipeline.settings import CatalogSettings
from schemas.catalogs import MODEL_TIERS
from schemas.examples import SPLITS

LAWS_FILE = Path(__file__).with_name("laws.toml")
Share = Annotated[float, Field(ge=0, le=1)]
Depth = Annotated[float, Field(gt=0, le=0.5)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _rising(values: Sequence[float]) -> bool:
    return all(left < right for left, right in pairwise(values))


class Part(BaseModel):
    """Base of all parts of a law."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceLaw(Part):
    """Distribution of shown over base price; see the head of `laws.toml`."""

    probs: tuple[Share, ...]
    factors: tuple[Positive, ...]
    free: Share = 0.0
    provider_correlation: Share = 0.0
    grid: tuple[Positive, ...]

    @model_validator(mode="after")
    def _sound(self) -> "PriceLaw":
        if len(self.probs) != len(self.factors) or len(self.probs) < 2:
            raise ValueError("probs and factors must have one length, at least 2; complete them")
        if self.probs[0] != 0 or self.probs[-1] != 1:
            raise ValueError(f"probs run from {self.probs[0]} to {self.probs[-1]}; use 0 to 1")
        if not (_rising(self.probs) and _rising(self.factors) and _rising(self.grid)):
            raise ValueError("probs, factors and grid must increase; sort them")
        if not (self.grid[0] >= 1 and self.grid[-1] < 10):
            raise ValueError(f"grid values {self.grid} must lie in [1, 10)")
        if self.free >= 0.5:
            raise ValueError(f"free {self.free} must be under 0.5; lower it")
        return self


class HeldOut(Part):
    """Bands of |log factor| that training never sees."""

    bands: tuple[tuple[Positive, Positive], ...] = ()
    share: Share = 0.0

    @model_validator(mode="after")
    def _apart(self) -> "HeldOut":
        edges = [edge for band in self.bands for edge in band]
        if not _rising(edges):
            raise ValueError(f"held-out bands {self.bands} must increase and not touch; sort them")
        if self.share and not self.bands:
            raise ValueError(f"held-out share {self.share} needs bands; add some or set it to 0")
        return self


class Event(Part):
    """A regime: in `share` of the rows prices lie in an outermost `depth` of the distribution."""

    share: Share = 0.0
    depth: Depth = 0.25


class Events(Part):
    """Shares of rows that see a regime event."""

    cut: Event = Event()
    inversion: Event = Event()
    retirement: Share = 0.0
    newcomer: Share = 0.0

    @model_validator(mode="after")
    def _can_be_made_up_for(self) -> "Events":
        load = self.cut.share / self.cut.depth + self.inversion.share / self.inversion.depth
        if load > 1:
            raise ValueError(
                f"cut {self.cut.share} and inversion {self.inversion.share} are too frequent for "
                f"the other rows to make up for: shares over depths add to {load:.2f}, at most 1; "
                "lower the shares or raise the depths"
            )
        return self


class Law(Part):
    """One named law."""

    name: str
    about: str
    shuffle: bool = True
    membership: dict[str, Share]
    ranges: dict[str, tuple[int, int]] = {}
    price: PriceLaw | None = None
    held_out: HeldOut = HeldOut()
    events: Events = Events()

    @model_validator(mode="after")
    def _sound(self) -> "Law":
        if abs(sum(self.membership.values()) - 1) > 1e-9:
            raise ValueError(f"membership shares {self.membership} must add up to 1")
        for tier, (low, high) in self.ranges.items():
            if tier not in MODEL_TIERS or not 0 <= low <= high:
                raise ValueError(
                    f"range {tier} = [{low}, {high}]: use a tier of {', '.join(MODEL_TIERS)} and "
                    "0 <= low <= high"
                )
        if self.membership.get("ranges") and not any(high for _, high in self.ranges.values()):
            raise ValueError("membership gives rows to ranges, but no tier has one; add ranges")
        if self.held_out.bands and self.price is None:
            raise ValueError("held-out bands need a price law; remove them or add one")
        if self.price is not None:
            self._check_bands(self.price)
        return self

    def _check_bands(self, price: PriceLaw) -> None:
        cdf = from_quantiles(price.probs, price.factors, price.free)
        for low, high in self.held_out.bands:
            if not (cdf.logs[0] < low and high < cdf.logs[-1]):
                raise ValueError(f"band [{low}, {high}] lies outside the law's factors; move it")
            step = max(b / a for a, b in pairwise([*price.grid, 10 * price.grid[0]]))
            if high - low < math.log(step):
                raise ValueError(f"band [{low}, {high}] may hold no grid price; widen it")

    def __hash__(self) -> int:
        return hash(self.name)

    def distribution(self, held_out: bool) -> LogCdf:
        """Factors of entries with a held-out price, or of all others.

        Raises:
            SettingsError: The law has no such entries.
        """
        if self.price is None or (held_out and not self.held_out.bands):
            raise SettingsError(f"law {self.name!r} moves no such price; ask another law")
        cdf = from_quantiles(self.price.probs, self.price.factors, self.price.free)
        return condition(cdf, self.held_out.bands, held_out) if self.held_out.bands else cdf

    def held_out_share(self, split: str) -> float:
        """Share of a split's entries whose price factor lies in a held-out band."""
        return 0.0 if split == "train" else self.held_out.share

    def quantiles(self, split: str, probs: Sequence[float] | Floats) -> Floats:
        """Quantiles of `price_factor` over a split's entries, before rounding to the grid.

        The same for every model: events move no mass. Rounding moves a factor by at most half a
        grid step, next to a held-out band by a whole one.
        """
        check_split(split)
        if self.price is None:
            return from_quantiles([0, 1], [1, 1]).factors(probs)
        share = self.held_out_share(split)
        seen = self.distribution(held_out=False)
        mixed = mix(seen, self.distribution(held_out=True), share) if share else seen
        return mixed.factors(probs)


def check_split(split: str) -> None:
    """Refuse an unknown split."""
    if split not in SPLITS:
        raise SettingsError(f"split {split!r} is unknown; use one of {', '.join(SPLITS)}")


@cache
def load_laws(path: Path = LAWS_FILE) -> dict[str, Law]:
    """All laws of a file by name.

    Raises:
        InputError: The file cannot be used.
    """
    raw = read_toml(path)
    laws = {}
    for name, declared in raw.get("laws", {}).items():
        try:
            laws[name] = Law.model_validate(_with_grid(declared | {"name": name}, raw))
        except (ValidationError, KeyError) as error:
            detail = explain(path, raw, error) if isinstance(error, ValidationError) else error
            raise InputError(f"law {name!r} of {detail}") from error
    return laws


def law_named(name: str, path: Path = LAWS_FILE) -> Law:
    """One law.

    Raises:
        SettingsError: There is none of that name.
    """
    laws = load_laws(path)
    if name not in laws:
        raise SettingsError(
            f"perturbation {name!r} is unknown; use one of {', '.join(sorted(laws))}"
        )
    return laws[name]


def chosen_law(settings: CatalogSettings) -> Law:
    """The law that settings name, from the user's own file or the packaged one.

    Raises:
        InputError: The file cannot be used.
        SettingsError: It holds no law of that name.
    """
    return law_named(settings.perturbation, settings.laws or LAWS_FILE)


def _with_grid(declared: dict[str, Any], raw: dict[str, Any]) -> dict[str, Any]:
    """Replace the grid's name by its values."""
    price = declared.get("price")
    if not isinstance(price, dict) or not isinstance(price.get("grid"), str):
        return declared
    grids = raw.get("grids", {})
    if price["grid"] not in grids:
        raise KeyError(f"{price['grid']!r}: no such grid; use one of {', '.join(grids)}")
    return declared | {"price": price | {"grid": grids[price["grid"]]}}

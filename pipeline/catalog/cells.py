"""All entries that a law can show, worked out once: every model at every price.

A drawn catalogue is then a list of numbers of these variants. Model x regime x (held out or not)
is a lane; within a lane the variants are ordered by price, with the latent normal value at which
each begins.
"""

from functools import lru_cache
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.catalog.describe import describe
from pipeline.catalog.distribution import Floats, LogCdf, inside
from pipeline.catalog.laws import Law
from pipeline.catalog.models import Model, ModelList
from pipeline.catalog.prices import nearest, price_grid
from pipeline.catalog.regimes import LATENT_LIMIT, REGIMES, events_of, latent_begins
from pipeline.errors import IntegrityError

Index = TypeVar("Index", int, npt.NDArray[np.int64])
LANE_WIDTH = 32.0  # lanes are laid side by side on one axis


class Shown(NamedTuple):
    """Prices of one variant, USD per million tokens."""

    input: float
    output: float
    cached: float
    factor: float


class Variant(NamedTuple):
    """One entry that can be shown, without its names."""

    model: int
    shown: Shown
    description: str


class Cells(NamedTuple):
    """Variants of a law and where each begins.

    Attributes:
        variants: All entries that can be shown.
        starts: Beginnings of all cells on the axis of lanes, increasing.
        variant_of_cell: Variant of each cell.
    """

    variants: tuple[Variant, ...]
    starts: Floats
    variant_of_cell: npt.NDArray[np.int64]

    def lookup(self, lanes: npt.NDArray[np.int64], latent: Floats) -> npt.NDArray[np.int64]:
        """Variant of each draw.

        Args:
            lanes: From `lane`.
            latent: Standard normal values.
        """
        axis = lanes * LANE_WIDTH + np.clip(latent, -LATENT_LIMIT, LATENT_LIMIT)
        cells = np.searchsorted(self.starts, axis, side="right") - 1
        return self.variant_of_cell[cells]


def lane(model: Index, regime: Index, held_out: Index) -> Index:
    """Number of a lane, for one entry or for arrays of them."""
    return (model * len(REGIMES) + regime) * 2 + held_out


@lru_cache(maxsize=16)
def cells_of(models: ModelList, law: Law) -> Cells:
    """Work out every entry that a law can show; cached, as callers draw in chunks."""
    variants: list[Variant] = []
    starts: list[Floats] = []
    owners: list[npt.NDArray[np.int64]] = []
    providers = len({m.provider for m in models.models})
    for number, model in enumerate(models.models):
        for held_out in (False, True):
            shown, begins = _prices(model, law, held_out)
            first = len(variants)
            variants += [_variant(number, model, prices) for prices in shown]
            events = events_of(model.tier, law, providers)
            for regime in range(len(REGIMES)):
                here = float(lane(number, regime, int(held_out))) * LANE_WIDTH
                starts.append(here + latent_begins(begins, regime, events))
                owners.append(np.arange(first, len(variants)))
    order = np.argsort(np.concatenate(starts), kind="stable")
    return Cells(tuple(variants), np.concatenate(starts)[order], np.concatenate(owners)[order])


def factor_shares(model: Model, law: Law, split: str) -> dict[float, float]:
    """Exact probability of every price factor that a split can show for a model, grid and all."""
    share = law.held_out_share(split)
    weights = {False: 1 - share, True: share} if share else {False: 1.0}
    shares: dict[float, float] = {}
    for held_out, weight in weights.items():
        shown, begins = _prices(model, law, held_out)
        for prices, mass in zip(shown, np.diff(begins, append=1.0).tolist(), strict=True):
            shares[prices.factor] = shares.get(prices.factor, 0.0) + weight * mass
    return shares


def _variant(number: int, model: Model, shown: Shown) -> Variant:
    """One variant, refused where its prices are out of order."""
    if not 0 <= shown.cached <= shown.input <= shown.output:
        raise IntegrityError(
            f"model {model.model_id!r}: prices {shown} break cached <= input <= output; report this"
        )
    text = describe(model.tier, model.context_window, model.capabilities, shown.input, shown.output)
    return Variant(number, shown, text)


def _prices(model: Model, law: Law, held_out: bool) -> tuple[list[Shown], Floats]:
    """Prices a model can be shown at, increasing, and the probability at which each begins."""
    base = model.base
    unmoved = Shown(base.input, base.output, model.base_cached_input, 1.0)
    if law.price is None or base.output == 0 or (held_out and not law.held_out.bands):
        return [unmoved], np.array([0.0])
    cdf = law.distribution(held_out)
    grid = price_grid(law.price.grid)
    outputs, inputs = (_allowed(grid, price, law, held_out) for price in (base.output, base.input))
    begins = _begins(outputs, base.output, cdf)
    used = np.flatnonzero(np.diff(begins, append=1.0) > 0)
    shown = [_shown(model, inputs, float(outputs[i]), grid) for i in used]
    if cdf.mass[0] == 0:
        return shown, begins[used]
    return [Shown(0.0, 0.0, 0.0, 0.0), *shown], np.append(0.0, begins[used])


def _allowed(grid: Floats, base: float, law: Law, held_out: bool) -> Floats:
    """Grid prices whose factor lies in a held-out band, or in none."""
    if base == 0:
        return np.array([0.0])
    allowed: Floats = grid[inside(np.log(grid / base), law.held_out.bands) == held_out]
    return allowed


def _begins(outputs: Floats, base: float, cdf: LogCdf) -> Floats:
    """Probability at which each output price begins: half way, in ratio, to the one below."""
    logs = np.log(outputs / base)
    return np.concatenate([cdf.mass[:1], cdf.at((logs[1:] + logs[:-1]) / 2)])


def _shown(model: Model, inputs: Floats, output: float, grid: Floats) -> Shown:
    """Prices around one output price: input and cached input follow it by the same factor."""
    base = model.base
    factor = output / base.output
    choice = inputs[inputs <= output]
    if not choice.size:  # input and output nearly equal, and no held-out input price below
        choice = grid[grid <= output]
    shown_input = nearest(choice, base.input * factor)
    cached = min(nearest(grid, model.base_cached_input * factor), shown_input)
    return Shown(shown_input, output, cached, factor)

"""How few samples settle a tier: every stop mode on four distributions of pass rates.

Run: `python tests/benchmarks/sequential.py`. The rules see the distribution only through a pilot of
2,000 problems with 16 samples each, drawn with a seed. Figures are exact means over a fine grid of
rates and, beside them, a simulation of 200,000 problems that calls the code that real runs call.
"""

import argparse
from typing import NamedTuple

import numpy as np

from pipeline.tiering.measured.economy import economy
from pipeline.tiering.measured.folding import fold
from pipeline.tiering.measured.prior import Floats, assumed, fit
from pipeline.tiering.measured.stopping import MODES, StopRule, make_rule, tier_of

CUTS = (0.15, 0.65)
FIXED, ACCURATE, WRONG_TIER, PILOT = 16, 32, 200.0, 2000
FINE = 4000


class World(NamedTuple):
    """A distribution of pass rates."""

    name: str
    rates: Floats
    weights: Floats


def beta(a: float, b: float) -> Floats:
    """Shares of a beta distribution in FINE equal cells, by summing within each."""
    inside = (np.arange(FINE * 50) + 0.5) / (FINE * 50)
    density = inside ** (a - 1) * (1 - inside) ** (b - 1)
    shares = density.reshape(FINE, 50).sum(axis=1)
    return shares / shares.sum()


def worlds() -> list[World]:
    rates = np.concatenate([[0.0], (np.arange(FINE) + 0.5) / FINE, [1.0]])

    def world(name: str, never: float, always: float, inner: Floats) -> World:
        return World(name, rates, np.concatenate([[never], (1 - never - always) * inner, [always]]))

    return [
        world("U-shaped, 25 % at 0, 30 % at 1", 0.25, 0.30, beta(0.6, 0.6)),
        world("Beta(0.35, 0.35)", 0.0, 0.0, beta(0.35, 0.35)),
        world("easy, 15 % at 0, 45 % at 1", 0.15, 0.45, beta(0.6, 0.6)),
        world("flat", 0.0, 0.0, beta(1.0, 1.0)),
    ]


def rules(world: World, seed: int) -> list[StopRule]:
    """One rule per mode, with a prior fitted to a pilot."""
    rng = np.random.default_rng(seed)
    pilot = rng.choice(world.rates, PILOT, p=world.weights / world.weights.sum())
    k = rng.binomial(FIXED, pilot)
    prior = fit(np.full(PILOT, FIXED), k, base=assumed())
    most = {"dp-accurate": ACCURATE}
    return [make_rule(m, most.get(m, FIXED), CUTS, prior, WRONG_TIER) for m in MODES]


def simulate(rule: StopRule, world: World, problems: int, seed: int) -> tuple[float, float, float]:
    """Samples, differing labels and wrong tiers of problems that are really drawn and folded."""
    rng = np.random.default_rng(seed)
    rates = rng.choice(world.rates, problems, p=world.weights / world.weights.sum())
    draws = rng.random((problems, max(rule.n_max, FIXED))) < rates[:, None]
    label = tier_of(draws[:, :FIXED].mean(axis=1), CUTS)
    samples = differing = wrong = 0
    for row, first, truth in zip(draws, label, tier_of(rates, CUTS), strict=True):
        at = fold({i: "correct" if hit else "wrong" for i, hit in enumerate(row)}, rule)
        tier = rule.tier[at.n, at.k]
        samples += at.n
        differing += tier != first
        wrong += tier != truth
    return samples / problems, differing / problems, wrong / problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--problems", type=int, default=200_000)
    args = parser.parse_args()
    print(
        "| distribution | mode | samples | of fixed | differing labels | wrong tiers | simulated |"
    )
    print("|---|---|---|---|---|---|---|")
    for world in worlds():
        for rule in rules(world, args.seed):
            exact = economy(rule, world.rates, world.weights, CUTS, FIXED)
            drawn = simulate(rule, world, args.problems, args.seed + 1)
            differing = drawn[1] if rule.n_max > FIXED else exact.differing
            print(
                f"| {world.name} | {rule.mode} | {exact.samples:.2f} "
                f"| {exact.samples / FIXED:.1%} | {differing:.2%} | {exact.wrong:.2%} "
                f"| {drawn[0]:.2f}, {drawn[1]:.2%}, {drawn[2]:.2%} |"
            )


if __name__ == "__main__":
    main()

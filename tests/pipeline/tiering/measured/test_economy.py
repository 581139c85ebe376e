"""What rules cost: exact figures agree with a simulation, and the promised ones hold."""

import itertools

import numpy as np
import pytest
from benchmarks.sequential import CUTS, FIXED, World, rules, simulate, worlds

from pipeline.tiering.measured.economy import Economy, economy
from pipeline.tiering.measured.prior import assumed
from pipeline.tiering.measured.stopping import MODES, Mode, make_rule, tier_of

SEEDS = range(3)


def figures(world: World, seed: int) -> dict[str, Economy]:
    return {
        rule.mode: economy(rule, world.rates, world.weights, CUTS, FIXED)
        for rule in rules(world, seed)
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_dp_takes_half_the_samples_for_nearly_the_same_labels(seed: int) -> None:
    found = figures(worlds()[0], seed)["dp"]
    assert found.samples / FIXED <= 0.53
    assert found.differing <= 0.007


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("world", worlds(), ids=lambda world: world.name)
def test_dp_accurate_errs_less_with_fewer_samples(world: World, seed: int) -> None:
    found = figures(world, seed)
    assert found["dp-accurate"].wrong < found["fixed"].wrong
    assert found["dp-accurate"].samples < found["fixed"].samples


def test_fixed_and_curtail_give_the_same_labels() -> None:
    for world in worlds():
        found = figures(world, 0)
        assert found["fixed"].samples == pytest.approx(FIXED)
        assert found["curtail"].samples < 0.85 * FIXED
        for mode in ("fixed", "curtail"):
            assert found[mode].differing == pytest.approx(0.0, abs=1e-12)
            assert found[mode].opposite == pytest.approx(0.0, abs=1e-12)
        assert found["curtail"].wrong == pytest.approx(found["fixed"].wrong)
        assert np.isnan(found["dp-accurate"].differing)
        assert found["dp"].opposite < found["dp"].differing


def test_exact_figures_agree_with_a_simulation() -> None:
    world = worlds()[0]
    for rule in rules(world, 0):
        exact = economy(rule, world.rates, world.weights, CUTS, FIXED)
        samples, differing, wrong = simulate(rule, world, 12_000, seed=7)
        assert samples == pytest.approx(exact.samples, rel=0.03)
        assert wrong == pytest.approx(exact.wrong, abs=0.01)
        if rule.n_max <= FIXED:
            assert differing == pytest.approx(exact.differing, abs=0.003)


@pytest.mark.parametrize("mode", MODES)
def test_exact_figures_are_those_of_all_sequences(mode: Mode) -> None:
    n_max, price = 6, 40.0
    rule = make_rule(mode, n_max, CUTS, assumed(), price)
    rates, weights = np.array([0.0, 0.1, 0.5, 0.62, 1.0]), np.array([0.3, 0.2, 0.1, 0.25, 0.15])
    expected = dict.fromkeys(Economy._fields, 0.0)
    for rate, weight in zip(rates, weights, strict=True):
        for sequence in itertools.product((0, 1), repeat=n_max):
            chance = weight * rate ** sum(sequence) * (1 - rate) ** (n_max - sum(sequence))
            n = next(n for n in range(n_max + 1) if rule.stop[n, sum(sequence[:n])])
            k = sum(sequence[:n])
            tier, label = int(rule.tier[n, k]), int(tier_of(sum(sequence) / n_max, CUTS))
            expected["samples"] += chance * n
            expected["right"] += chance * k
            expected["differing"] += chance * (tier != label)
            expected["opposite"] += chance * (abs(tier - label) == 2)
            expected["wrong"] += chance * (tier != int(tier_of(rate, CUTS)))
    assert economy(rule, rates, weights, CUTS, n_max)._asdict() == pytest.approx(expected)

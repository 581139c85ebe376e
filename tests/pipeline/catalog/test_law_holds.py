"""What the drawn rows show, against what the law says."""

import numpy as np
import polars as pl
import pytest

from pipeline.catalog.cells import factor_shares
from pipeline.catalog.distribution import inside
from pipeline.catalog.laws import law_named

PROBS = [0.05, 0.25, 0.50, 0.75, 0.95]
ROWS = 20_000
HELD_OUT = {"kimi-k2", "deepseek-r1-tput", "gpt-4o-mini", "qwen3-235b-thinking"}


@pytest.fixture(scope="module")
def historical(draw):
    drawn: dict[str, pl.DataFrame] = {}

    def of(split: str) -> pl.DataFrame:
        if split not in drawn:
            drawn[split] = draw(law_named("historical"), split, rows=ROWS).drop(
                "description", "capabilities"
            )
        return drawn[split]

    return of


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_every_models_factor_has_the_laws_quantiles(factors, split):
    """With 100,000 rows, since 12,000 entries leave 5 % of noise in the tails alone."""
    expected = law_named("historical").quantiles(split, PROBS)
    drawn = factors(law_named("historical"), split, rows=100_000)
    often = {name: values for name, values in drawn.items() if len(values) > 10_000}
    assert len(often) >= 17
    for name, values in often.items():
        assert np.quantile(values, PROBS) == pytest.approx(expected, rel=0.10), f"{name} in {split}"


def test_the_quantile_test_can_fail(factors):
    """The tolerance tells the splits apart."""
    expected = law_named("historical").quantiles("train", PROBS)
    values = factors(law_named("historical"), "test", rows=10_000)["gpt-5"]
    assert np.quantile(values, PROBS) != pytest.approx(expected, rel=0.10)


@pytest.mark.parametrize("law", ["historical", "stress"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_every_grid_price_is_as_frequent_as_the_law_has_it(models, factors, law, split):
    """Pearson's chi-square per model, events and all, as a standard score."""
    law = law_named(law)
    drawn = factors(law, split, rows=10_000, seed=1)
    scores = []
    for model in models.models:
        values = drawn.get(model.model_id, np.array([]))
        if len(values) < 500:
            continue
        shares = factor_shares(model, law, split)
        assert set(values) <= set(shares)
        expected = np.array(list(shares.values())) * len(values)
        found = np.array([(values == factor).sum() for factor in shares])
        common = expected > 5
        degrees = common.sum() - 1
        chi_square = ((found - expected) ** 2 / expected)[common].sum()
        scores.append((chi_square - degrees) / np.sqrt(2 * degrees))
    assert len(scores) >= 17
    assert max(scores) < 4
    assert abs(np.mean(scores)) < 1


@pytest.mark.parametrize("law", ["historical", "stress"])
def test_training_sees_no_held_out_factor(draw, law):
    frame = draw(law_named(law), "train", rows=20_000)
    frame = frame.filter(pl.col("output_per_million") > 0)
    bands = law_named(law).held_out.bands
    for side in ("input", "output"):
        factor = (frame[f"{side}_per_million"] / frame[f"base_{side}_per_million"]).to_numpy()
        assert not inside(np.log(factor), bands).any()


@pytest.mark.parametrize("split", ["validation", "test"])
def test_half_of_the_other_splits_is_held_out_prices(historical, split):
    frame = historical(split)
    factor = frame["price_factor"].to_numpy()
    hit = inside(np.log(np.maximum(factor, 1e-300)), law_named("historical").held_out.bands)
    assert hit.mean() == pytest.approx(0.5, abs=0.01)
    shares = frame.with_columns(hit=hit).group_by("model_id").agg(pl.col("hit").mean(), n=pl.len())
    often = shares.filter(pl.col("n") > 2000)["hit"]
    assert often.len() >= 17
    assert often.to_list() == pytest.approx([0.5] * often.len(), abs=0.05)
    inputs = (frame["input_per_million"] / frame["base_input_per_million"]).to_numpy()
    assert inside(np.log(inputs[hit]), law_named("historical").held_out.bands).all()


@pytest.mark.parametrize("law", ["none", "published", "historical", "stress"])
def test_held_out_models_are_in_no_training_row_and_in_the_others(draw, models, law):
    assert {m.model_id for m in models.models if m.held_out} == HELD_OUT
    train = set(draw(law_named(law), "train", rows=8000)["model_id"])
    assert train & HELD_OUT == set()
    for split in ("validation", "test"):
        assert set(draw(law_named(law), split, rows=2000)["model_id"]) >= HELD_OUT


def log_factors(frame: pl.DataFrame, *model_ids: str) -> np.ndarray:
    """One column a model, rows that offer all of them, free tiers left out."""
    paid = frame.filter(pl.col("model_id").is_in(model_ids) & (pl.col("price_factor") > 0))
    wide = paid.pivot(on="model_id", index="row", values="price_factor").drop_nulls()
    return np.log(wide.select(model_ids).to_numpy())


def test_prices_of_one_provider_move_together(historical):
    frame = historical("train")
    together = np.corrcoef(log_factors(frame, "gpt-5-mini", "o4-mini").T)[0, 1]
    apart = np.corrcoef(log_factors(frame, "gpt-5-mini", "gpt-oss-120b").T)[0, 1]
    assert together > 0.35
    assert abs(apart) < 0.05


def test_tiers_are_inverted_more_often_than_chance_has_it(draw):
    law = law_named("historical")
    calm = law.model_copy(
        update={
            "name": "calm",
            "events": law.events.model_copy(
                update={"inversion": law.events.inversion.model_copy(update={"share": 0.0})}
            ),
        }
    )
    shares = []
    for which in (law, calm):
        logs = log_factors(draw(which, rows=ROWS), "gpt-5", "gpt-5-nano")
        shares.append(((logs[:, 0] < np.log(0.21)) & (logs[:, 1] > np.log(2.2))).mean())
    assert shares[0] - shares[1] == pytest.approx(0.02, abs=0.006)


def test_cuts_make_a_provider_cheap_at_once(draw):
    law = law_named("historical")
    calm = law.model_copy(
        update={
            "name": "no cuts",
            "events": law.events.model_copy(
                update={"cut": law.events.cut.model_copy(update={"share": 0.0})}
            ),
        }
    )
    models = ("gpt-5-mini", "o4-mini", "gpt-5-nano", "gpt-4.1", "o3")
    shares = [
        (log_factors(draw(which, rows=ROWS), *models) < np.log(0.53)).all(axis=1).mean()
        for which in (law, calm)
    ]
    assert shares[0] - shares[1] > 0.008


def test_a_free_tier_costs_nothing(historical):
    frame = historical("train")
    free = frame.filter(pl.col("price_factor") == 0)
    expected = law_named("historical").distribution(held_out=False).mass[0]
    assert 0.01 < expected < 0.013  # a hundredth of all draws, more of those outside the bands
    assert free.height / frame.height == pytest.approx(expected, rel=0.1)
    paid = ("input_per_million", "output_per_million", "cached_input_per_million")
    assert free.select(pl.max_horizontal(paid).max()).item() == 0


def members(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.group_by("row").agg(
        pl.col("model_id").sort(),
        **{
            tier: (pl.col("tier") == tier).sum()
            for tier in ("premium", "standard", "budget", "specialized")
        },
    )


def test_the_published_shares_of_fixed_sets(draw, models):
    rows = 20_000
    drawn = members(draw(law_named("published"), rows=rows))
    by_chance = 0.35 * 0.2 * 0.6 * 0.4 * 0.5  # ranges that happen to take all fourteen
    for name, share in (("nine", 0.50), ("fourteen", 0.10 + by_chance), ("four", 0.05)):
        wanted = pl.lit(sorted(models.sets[name]), pl.List(pl.String))
        found = drawn.filter(pl.col("model_id") == wanted).height / rows
        assert found == pytest.approx(share, abs=0.012), name


def test_ranges_hold_and_are_used_to_their_ends(draw):
    law = law_named("published")
    only = law.model_copy(update={"name": "ranges only", "membership": {"ranges": 1.0}})
    drawn = members(draw(only, "test", rows=5000))
    extremes = {
        tier: (drawn[tier].min(), drawn[tier].max())
        for tier in ("premium", "standard", "budget", "specialized")
    }
    assert extremes == {
        "premium": (1, 5),
        "standard": (1, 4),  # four are live
        "budget": (1, 5),
        "specialized": (0, 3),
    }
    sizes = drawn["premium"].value_counts(normalize=True)["proportion"]
    assert sizes.to_list() == pytest.approx([0.2] * 5, abs=0.025)


def test_ranges_favour_no_model_of_a_tier(draw):
    law = law_named("published")
    only = law.model_copy(update={"name": "ranges only", "membership": {"ranges": 1.0}})
    frame = draw(only, "test", rows=10_000).filter(pl.col("tier") == "premium")
    shares = frame["model_id"].value_counts()["count"] / 10_000
    assert shares.to_list() == pytest.approx([0.5] * 6, abs=0.02)


def test_the_pool_is_offered_as_a_whole(draw, models):
    law = law_named("historical")
    calm = law.model_copy(
        update={
            "name": "pool",
            "events": law.events.model_copy(update={"retirement": 0.0, "newcomer": 0.0}),
        }
    )
    drawn = members(draw(calm, rows=10_000))
    wanted = pl.lit(sorted(models.pool), pl.List(pl.String))
    found = drawn.filter(pl.col("model_id") == wanted).height / 10_000
    assert found == pytest.approx(0.15, abs=0.015)


def test_retirements_take_one_model_of_a_set(draw, models):
    law = law_named("historical").model_copy(
        update={"name": "retiring", "membership": {"fourteen": 1.0}}
    )
    rows = 10_000
    drawn = members(draw(law, rows=rows)).with_columns(size=pl.col("model_id").list.len())
    sizes = dict(drawn["size"].value_counts(normalize=True).iter_rows())
    assert set(sizes) == {13, 14, 15}
    assert sizes[13] == pytest.approx(0.05 * 0.95, abs=0.01)
    assert sizes[15] == pytest.approx(0.05 * 0.95, abs=0.01)
    newcomers = drawn.filter(pl.col("size") == 15)["model_id"].explode().unique()
    disabled = {m.model_id for m in models.models if not m.enabled}
    assert set(newcomers) - set(models.sets["fourteen"]) == disabled


def test_the_order_is_shuffled_evenly(draw):
    law = law_named("published").model_copy(
        update={"name": "four only", "membership": {"four": 1.0}}
    )
    first = draw(law, rows=8000).group_by("row", maintain_order=True).first()["model_id"]
    shares = first.value_counts(normalize=True)["proportion"].to_list()
    assert shares == pytest.approx([0.25] * 4, abs=0.02)


def test_without_perturbation_every_row_is_the_live_list_in_order(draw, models):
    frame = draw(law_named("none"), "test", rows=20)
    live = [m.model_id for m in models.models if m.enabled]
    assert frame["model_id"].to_list() == live * 20

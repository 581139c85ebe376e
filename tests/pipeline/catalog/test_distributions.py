import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.distribution import condition, from_quantiles, inside, mix
from pipeline.catalog.laws import chosen_law, law_named, load_laws
from pipeline.errors import InputError, SettingsError
from pipeline.settings import CatalogSettings

PUBLISHED = {0.05: 0.10, 0.10: 0.20, 0.25: 0.50, 0.50: 0.89, 0.75: 1.12, 0.90: 2.31, 0.95: 4.83}
BANDS = [(0.45, 0.65), (1.3, 1.6)]
uniforms = np.linspace(0.0005, 0.9995, 20_000)


def test_the_presets_load():
    assert set(load_laws()) == {"none", "published", "historical", "stress"}


def test_the_historical_law_states_the_measured_quantiles():
    price = law_named("historical").price
    declared = dict(zip(price.probs, price.factors, strict=True))
    assert {p: declared[p] for p in PUBLISHED} == PUBLISHED


def test_the_published_law_is_the_published_sampling():
    law = law_named("published")
    assert law.price is None
    assert law.membership == {"ranges": 0.35, "nine": 0.5, "fourteen": 0.1, "four": 0.05}
    assert law.ranges == {
        "premium": (1, 5),
        "standard": (1, 5),
        "budget": (1, 5),
        "specialized": (0, 3),
    }


def test_conditioning_equals_filtering_draws():
    cdf = from_quantiles([0, 0.5, 1], [0.1, 0.9, 6], free=0.02)
    logs = np.log(np.maximum(cdf.factors(uniforms), 1e-300))
    within = inside(logs, BANDS)
    for wanted in (False, True):
        expected = np.quantile(np.exp(logs[within == wanted]), [0.1, 0.25, 0.5, 0.75, 0.9])
        found = condition(cdf, BANDS, wanted).factors([0.1, 0.25, 0.5, 0.75, 0.9])
        assert found == pytest.approx(expected, rel=0.01)


def test_a_mixture_equals_pooled_draws():
    first, second = from_quantiles([0, 1], [0.1, 1], 0.1), from_quantiles([0, 1], [2, 5])
    pooled = np.concatenate([first.factors(uniforms)] * 3 + [second.factors(uniforms)])
    probs = [0.05, 0.2, 0.5, 0.7, 0.8, 0.95]
    assert mix(first, second, 0.25).factors(probs) == pytest.approx(
        np.quantile(pooled, probs), rel=0.01
    )


@given(
    share=st.floats(0, 1),
    free=st.floats(0, 0.2),
    low=st.floats(0.1, 1.0),
    width=st.floats(0.05, 0.5),
)
def test_quantiles_never_fall(share, free, low, width):
    cdf = from_quantiles([0, 0.3, 1], [0.05, 0.8, 9], free)
    bands = [(low, low + width)]
    mixed = mix(condition(cdf, bands, False), condition(cdf, bands, True), share)
    quantiles = mixed.factors(np.linspace(0, 1, 101))
    assert (np.diff(quantiles) >= -1e-9).all()
    assert mixed.mass[-1] == pytest.approx(1)


def test_training_quantiles_avoid_the_bands_and_stay_near_the_measured_ones():
    law = law_named("historical")
    logs = np.log(law.quantiles("train", np.linspace(0.02, 0.98, 400)))
    assert not inside(logs, [(low + 1e-6, high - 1e-6) for low, high in law.held_out.bands]).any()
    found = law.quantiles("train", [0.05, 0.25, 0.50, 0.75])
    assert found == pytest.approx([0.10, 0.50, 0.89, 1.12], rel=0.10)


def test_half_of_the_other_splits_lies_in_the_bands():
    law = law_named("historical")
    for split in ("validation", "test"):
        factors = law.quantiles(split, uniforms)
        share = inside(np.log(np.maximum(factors, 1e-300)), law.held_out.bands).mean()
        assert share == pytest.approx(0.5, abs=0.01)


def test_a_law_without_prices_has_the_factor_one():
    assert law_named("none").quantiles("train", [0.05, 0.95]).tolist() == [1.0, 1.0]


def test_unknown_names_are_refused():
    with pytest.raises(SettingsError, match=r"historic'.*historical"):
        law_named("historic")
    with pytest.raises(SettingsError, match=r"'dev'.*validation"):
        law_named("historical").quantiles("dev", [0.5])


PRICE = """
[laws.x.price]
probs = [0, 1]
factors = [0.1, 10]
grid = "list"
"""
LAW = f"""
[grids]
list = [1, 2, 5]
[laws.x]
about = "test"
membership = {{ all = 1.0 }}
{PRICE}
"""
BAD = {
    "shares": (("all = 1.0", "all = 0.5"), "add up to 1"),
    "grid": (('grid = "list"', 'grid = "lost"'), "no such grid"),
    "grid values": (("[1, 2, 5]", "[0, 2, 5]"), "greater than 0"),
    "grid order": (("[1, 2, 5]", "[1, 5, 2]"), "must increase"),
    "grid range": (("[1, 2, 5]", "[1, 2, 50]"), "must lie in"),
    "probs": (("[0, 1]", "[0.1, 1]"), "use 0 to 1"),
    "lengths": (("[0, 1]", "[0, 0.5, 1]"), "one length"),
    "factors": (("[0.1, 10]", "[-0.1, 10]"), "greater than 0"),
    "free": (('grid = "list"', 'grid = "list"\nfree = 0.7'), "under 0.5"),
    "bands": ((PRICE, PRICE + "[laws.x.held_out]\nbands = [[5.0, 6.0]]"), "move it"),
    "narrow band": ((PRICE, PRICE + "[laws.x.held_out]\nbands = [[0.5, 0.6]]"), "widen"),
    "band order": ((PRICE, PRICE + "[laws.x.held_out]\nbands = [[0.6, 0.5]]"), "must increase"),
    "share without bands": ((PRICE, PRICE + "[laws.x.held_out]\nshare = 0.5"), "needs bands"),
    "bands without price": ((PRICE, "[laws.x.held_out]\nbands = [[0.5, 1.6]]"), "price law"),
    "events": ((PRICE, PRICE + "[laws.x.events]\ncut = {share = 0.5}"), "too frequent"),
    "range": (("all = 1.0 }", "ranges = 1.0 }\nranges = { premium = [3, 1] }"), "low <= high"),
    "tier": (("all = 1.0 }", "ranges = 1.0 }\nranges = { gold = [0, 1] }"), "gold"),
    "no ranges": (("all = 1.0", "ranges = 1.0"), "add ranges"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_law_is_refused(tmp_path, name):
    (old, new), words = BAD[name]
    assert old in LAW
    path = tmp_path / "laws.toml"
    path.write_text(LAW.replace(old, new, 1))
    with pytest.raises(InputError, match=words) as caught:
        load_laws(path)
    assert str(path) in str(caught.value) or "no such grid" in str(caught.value)


def test_a_good_law_of_ones_own_loads(tmp_path):
    path = tmp_path / "laws.toml"
    path.write_text(LAW)
    assert law_named("x", path).price.grid == (1, 2, 5)
    assert chosen_law(CatalogSettings(perturbation="x", laws=path)) == law_named("x", path)
    assert chosen_law(CatalogSettings()).name == "historical"

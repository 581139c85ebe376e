import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.laws import law_named
from pipeline.catalog.load import load_models
from pipeline.catalog.perturb import draw_catalogs
from pipeline.errors import InputError

LAWS = ("none", "published", "historical", "stress")
SPLITS = ("train", "validation", "test")


def as_keys(values) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


def test_a_list_without_a_model_for_training_is_refused(listed):
    path = listed(
        ('tier = "premium"', 'tier = "premium"\nheld_out = true'),
        ('tier = "budget"', 'tier = "budget"\nenabled = false'),
    )
    with pytest.raises(InputError, match="'train'"):
        draw_catalogs(load_models(path), law_named("historical"), 0, "train", as_keys([1]))


@pytest.mark.parametrize("law", LAWS)
def test_a_tiny_list_of_ones_own_works(listed, law):
    models = load_models(listed())
    for split in SPLITS:
        table = draw_catalogs(models, law_named(law), 0, split, as_keys(range(400)))
        sizes = {len(row) for row in table.column("catalog").to_pylist()}
        assert sizes <= {1, 2}
        assert sizes


def test_a_free_base_model_stays_free(listed):
    models = load_models(listed(("input = 0.1\noutput = 0.1", "input = 0\noutput = 0")))
    table = draw_catalogs(models, law_named("historical"), 0, "test", as_keys(range(200)))
    entries = [
        e for row in table.column("catalog").to_pylist() for e in row if e["model_id"] == "second"
    ]
    assert {
        (e["input_per_million"], e["output_per_million"], e["price_factor"]) for e in entries
    } == {(0.0, 0.0, 1.0)}


@settings(max_examples=30)
@given(
    st.floats(0.0001, 10_000), st.floats(0.0001, 10_000), st.floats(0, 1), st.sampled_from(SPLITS)
)
def test_any_base_price_keeps_the_order_and_the_bands(first, second, discount, split):
    models = load_models()
    price = (
        models.models[0]
        .prices[0]
        .model_copy(
            update={
                "input": min(first, second),
                "output": max(first, second),
                "cached_input": min(first, second) * discount,
            }
        )
    )
    odd = models.models[0].model_copy(update={"prices": (price,)})
    own = models.model_copy(update={"models": (odd,), "pool": (), "sets": {}})
    own.__dict__.pop("snapshot", None)
    law = law_named("historical")
    table = draw_catalogs(own, law, 0, split, as_keys(range(400)))
    for row in table.column("catalog").to_pylist():
        entry = row[0]
        shown = [entry[f"{n}_per_million"] for n in ("cached_input", "input", "output")]
        assert 0 <= shown[0] <= shown[1] <= shown[2]
        if split == "train" and shown[2] > 0:
            factors = (shown[1] / entry["base_input_per_million"], entry["price_factor"])
            for factor in np.abs(np.log(factors)):
                assert not any(low <= factor <= high for low, high in law.held_out.bands)

import json
import subprocess
import sys

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.describe import (
    described_prices,
    description_tells_prices,
    mismatched_descriptions,
)
from pipeline.catalog.identity import catalog_id
from pipeline.catalog.laws import law_named
from pipeline.catalog.load import load_models
from pipeline.catalog.perturb import CATALOGS, draw_catalogs
from pipeline.catalog.prices import price_grid, price_text
from pipeline.catalog.tools import tool_schemas
from pipeline.errors import SettingsError
from schemas.catalogs import Catalogs
from schemas.examples import CATALOG_ENTRY

LAWS = ("none", "published", "historical", "stress")
SPLITS = ("train", "validation", "test")
key_lists = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=40)


def as_keys(values) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("split", SPLITS)
def test_a_table_meets_the_contract(models, law, split):
    keys = as_keys(range(300))
    table = draw_catalogs(models, law_named(law), 3, split, keys, anonymous_share=0.3)
    table.validate(full=True)
    assert table.schema == CATALOGS
    assert table.schema.field("catalog").type.value_type == CATALOG_ENTRY
    assert table.num_rows == 300
    entries = table.column("catalog").to_pylist()
    lines = table.column("catalog_lines").to_pylist()
    for row, text, chosen, chars, identity in zip(
        entries,
        lines,
        table.column("tool_selection").to_pylist(),
        table.column("tool_chars").to_pylist(),
        table.column("catalog_id").to_pylist(),
        strict=True,
    ):
        names = [entry["tool_name"] for entry in row]
        assert len(row) >= 1
        assert len(set(names)) == len(names) == len({e["display_name"] for e in row})
        assert len({e["model_id"] for e in row}) == len(row)
        assert chosen == [*names, "select_response"]
        assert text.split("\n") == [line_of(entry) for entry in row]
        assert chars == len(json.dumps(tool_schemas(row), ensure_ascii=False))
        assert identity == catalog_id(row)


def line_of(entry) -> str:
    shown = [price_text(entry[f"{side}_per_million"]) for side in ("input", "output")]
    return f"{entry['tier']} | ${shown[0]} in ${shown[1]} out | {entry['tool_name']}"


def test_rows_fit_the_catalogs_table(models):
    law = law_named("historical")
    drawn = pl.from_arrow(draw_catalogs(models, law, 0, "train", as_keys(range(50))))
    snapshot = pl.struct(hash=pl.lit(models.snapshot.hash), date=pl.lit(models.snapshot.date))
    frame = drawn.select(
        "catalog_id",
        seed=pl.lit(0, pl.Int64),
        law=pl.lit(law.name),
        base_snapshot=snapshot,
        entries="catalog",
    )
    assert Catalogs.validate(frame.unique("catalog_id").sort("catalog_id")).height == 50


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("split", SPLITS)
def test_prices_are_in_order_and_told(draw, law, split):
    frame = draw(law_named(law), split, rows=3000)
    cached, shown, output = (
        pl.col(f"{name}_per_million") for name in ("cached_input", "input", "output")
    )
    assert frame.filter(~((cached >= 0) & (cached <= shown) & (shown <= output))).is_empty()
    assert mismatched_descriptions(frame).is_empty()
    factor = pl.when(pl.col("base_output_per_million") > 0).then(
        output / pl.col("base_output_per_million")
    )
    assert frame.filter((factor - pl.col("price_factor")).abs() > 1e-12).is_empty()


def test_a_description_that_lies_is_found(draw):
    frame = draw(law_named("historical"), rows=50)
    assert (
        mismatched_descriptions(frame.with_columns(pl.col("output_per_million") * 1.01)).height
        == frame.filter(pl.col("output_per_million") > 0).height
    )
    silent = frame.with_columns(description=pl.lit("cheap"))
    assert mismatched_descriptions(silent).height == frame.height
    entry = frame.row(0, named=True)
    assert description_tells_prices(entry)
    assert not description_tells_prices(entry | {"input_per_million": 77.0})
    assert described_prices("no price") is None


def test_shown_prices_lie_on_the_grid(draw):
    law = law_named("historical")
    grid = {0.0, *price_grid(law.price.grid).tolist()}
    frame = draw(law, "test", rows=3000)
    for name in ("input_per_million", "output_per_million", "cached_input_per_million"):
        assert set(frame[name].unique().to_list()) <= grid


def test_without_a_price_law_the_base_prices_are_shown(draw, models):
    for name in ("none", "published"):
        frame = draw(law_named(name), rows=500)
        assert (frame["input_per_million"] == frame["base_input_per_million"]).all()
        assert (frame["output_per_million"] == frame["base_output_per_million"]).all()
        assert (frame["price_factor"] == 1.0).all()
        first = frame.unique("model_id")
        shown = dict(first.select("model_id", "cached_input_per_million").iter_rows())
        base = {m.model_id: m.base_cached_input for m in models.models}
        assert shown == {name: base[name] for name in shown}


@settings(max_examples=40)
@given(key_lists, st.data(), st.sampled_from(SPLITS), st.integers(0, 2**40))
def test_a_row_depends_on_its_key_alone(keys, data, split, seed):
    models, law = load_models(), law_named("stress")
    cut = data.draw(st.integers(0, len(keys)))
    whole = draw_catalogs(models, law, seed, split, as_keys(keys), 0.5)
    parts = [
        draw_catalogs(models, law, seed, split, as_keys(k), 0.5) for k in (keys[:cut], keys[cut:])
    ]
    assert pa.concat_tables(parts).combine_chunks() == whole
    backwards = draw_catalogs(models, law, seed, split, as_keys(keys[::-1]), 0.5)
    assert backwards.to_pylist() == whole.to_pylist()[::-1]


def test_another_seed_and_another_split_give_other_catalogues(models):
    law, keys = law_named("published"), as_keys(range(200))
    ids = [
        draw_catalogs(models, law, seed, split, keys).column("catalog_id").to_pylist()
        for seed, split in ((0, "validation"), (1, "validation"), (0, "test"))
    ]
    for left, right in ((0, 1), (0, 2)):
        assert sum(a == b for a, b in zip(ids[left], ids[right], strict=True)) < 20


def test_the_order_of_the_list_changes_no_draw(models):
    law, keys = law_named("historical"), as_keys(range(200))
    turned = models.model_copy(update={"models": models.models[::-1]})
    turned.__dict__.pop("snapshot", None)
    columns = [
        draw_catalogs(m, law, 0, "train", keys).column("catalog").to_pylist()
        for m in (models, turned)
    ]
    ordinary = [
        (a, b)
        for a, b in zip(*columns, strict=True)
        if {e["model_id"] for e in a} == {e["model_id"] for e in b}
    ]
    assert len(ordinary) > 170  # leavers, newcomers and cutting providers are drawn by place
    assert sum(a == b for a, b in ordinary) / len(ordinary) > 0.9


ENTRY = {
    "model_id": "m", "tool_name": "call_m", "display_name": "M", "litellm_model": "m",
    "tier": "budget", "input_per_million": 1.0, "output_per_million": 2.0,
    "cached_input_per_million": 0.5, "base_input_per_million": 1.0, "base_output_per_million": 2.0,
    "price_factor": 1.0, "context_window": 10, "max_output_tokens": None,
    "capabilities": ["math"], "description": "d",
}  # fmt: skip


def altered(value):
    if isinstance(value, list):
        return [*value, "x"]
    return value + "x" if isinstance(value, str) else (value or 0) + 1


def test_the_catalogue_id_changes_with_every_field_and_the_order():
    other = {name: altered(value) for name, value in ENTRY.items()}
    assert set(ENTRY) == {field.name for field in CATALOG_ENTRY}
    base = catalog_id([ENTRY, ENTRY | {"model_id": "n"}])
    assert base == catalog_id([dict(reversed(ENTRY.items())), ENTRY | {"model_id": "n"}])
    changed = [catalog_id([ENTRY | {f: v}, ENTRY | {"model_id": "n"}]) for f, v in other.items()]
    changed += [catalog_id([ENTRY | {"model_id": "n"}, ENTRY]), catalog_id([ENTRY])]
    assert len({base, *changed}) == len(changed) + 1


def test_anonymous_rows_hide_every_name(models):
    law = law_named("historical")
    keys = as_keys(range(2000))
    open_rows = draw_catalogs(models, law, 0, "train", keys)
    half = draw_catalogs(models, law, 0, "train", keys, 0.5)
    hidden = []
    for before, after in zip(
        open_rows.column("catalog").to_pylist(), half.column("catalog").to_pylist(), strict=True
    ):
        names = [entry["tool_name"] for entry in after]
        hidden.append(names[0].startswith("call_model_"))
        if hidden[-1]:
            letters = [chr(ord("a") + place) for place in range(len(names))]
            assert names == [f"call_model_{letter}" for letter in letters]
            assert [e["display_name"] for e in after] == [f"Model {x.upper()}" for x in letters]
            before = [e | {k: a[k] for k in ("tool_name", "display_name")}
                      for e, a in zip(before, after, strict=True)]  # fmt: skip
        assert after == before
    assert np.mean(hidden) == pytest.approx(0.5, abs=0.04)


def test_no_keys_give_an_empty_table(models):
    table = draw_catalogs(models, law_named("historical"), 0, "train", as_keys([]))
    assert (table.num_rows, table.schema) == (0, CATALOGS)


def test_extreme_keys_are_fine(models):
    table = draw_catalogs(models, law_named("stress"), 2**60, "test", as_keys([0, 2**64 - 1, 1]))
    assert table.num_rows == 3


def test_arguments_out_of_range_are_refused(models):
    law, keys = law_named("none"), as_keys([1])
    with pytest.raises(SettingsError, match="'dev'"):
        draw_catalogs(models, law, 0, "dev", keys)
    with pytest.raises(SettingsError, match=r"1\.5"):
        draw_catalogs(models, law, 0, "train", keys, 1.5)


def test_drawing_does_not_import_pandas():
    code = (
        "import sys, numpy as np\n"
        "from pipeline.catalog import laws, load, perturb\n"
        "keys = np.arange(9, dtype=np.uint64)\n"
        "perturb.draw_catalogs(load.load_models(), laws.law_named('stress'), 0, 'test', keys)\n"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

import datetime

import polars as pl
import pytest

from pipeline.catalog.load import MODELS_FILE, load_models
from pipeline.catalog.models import PRICE_IN_PROSE
from pipeline.errors import InputError
from schemas.catalogs import MODEL_TIERS, Models, Prices

LIVE = {
    "gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini",
    "gpt-4.1-nano", "o3", "o4-mini", "gpt-oss-120b", "gpt-oss-20b", "qwen3-235b-instruct",
    "qwen3-235b-thinking", "qwen3-coder-480b", "kimi-k2", "deepseek-r1", "deepseek-r1-tput",
}  # fmt: skip
DISABLED = {
    "o3-pro", "qwen2.5-72b", "qwen2.5-coder-32b", "deepseek-v3", "gemini-2.5-pro",
    "gemini-2.5-flash-lite", "gemini-2.5-flash",
}  # fmt: skip


def test_it_lists_the_published_models(models):
    assert {m.model_id for m in models.models if m.enabled} == LIVE
    assert {m.model_id for m in models.models if not m.enabled} == DISABLED


def test_tiers_are_those_of_the_published_catalogue(models):
    live = pl.Series([m.tier for m in models.models if m.enabled]).value_counts()
    assert dict(live.iter_rows()) == {"premium": 6, "standard": 4, "budget": 5, "specialized": 3}


def test_the_mistaken_nano_price_is_corrected(models):
    nano = next(m for m in models.models if m.model_id == "gpt-4.1-nano")
    assert nano.base.output == 0.40


def test_the_history_holds_the_cut_of_o3(models):
    frame = models.prices_frame().filter(pl.col("model_id") == "o3")
    columns = ["effective_at", "input_per_million", "output_per_million"]
    assert frame.select(columns).rows() == [
        (datetime.date(2025, 4, 16), 10.0, 40.0),
        (datetime.date(2025, 6, 11), 2.0, 8.0),
    ]


def test_long_prompts_have_their_own_tariff(models):
    row = models.prices_frame().filter(pl.col("model_id") == "gemini-2.5-pro").row(-1, named=True)
    above = ("above_tokens", "input_per_million_above", "output_per_million_above")
    assert [row[name] for name in above] == [200_000, 2.5, 15.0]


def test_groups_have_the_published_sizes(models):
    assert len(models.pool) == 12
    assert {name: len(ids) for name, ids in models.sets.items()} == {
        "nine": 9,
        "fourteen": 14,
        "four": 4,
    }


def test_every_tier_has_a_held_out_model_that_is_live(models):
    held_out = {m.tier for m in models.models if m.held_out and m.enabled}
    assert held_out == set(MODEL_TIERS)


def test_frames_meet_the_contract(models):
    assert Models.validate(models.models_frame()).height == 25
    prices = Prices.validate(models.prices_frame())
    assert prices.height == sum(len(m.prices) for m in models.models)
    assert prices["source"].str.len_chars().min() > 10


def test_no_price_stands_in_prose(models):
    prose = [text for m in models.models for text in (m.display_name, *m.capabilities)]
    assert not [text for text in prose if PRICE_IN_PROSE.search(text)]
    comments = [line for line in MODELS_FILE.read_text().splitlines() if line.startswith("#")]
    assert not [line for line in comments if "$" in line]


def test_the_snapshot_changes_with_a_price_and_not_with_a_comment(listed):
    before = load_models(listed()).snapshot
    assert load_models(listed(("[[models]]", "# a comment\n[[models]]"))).snapshot == before
    after = load_models(listed(("output = 2.0", "output = 2.5"))).snapshot
    assert (after.hash == before.hash, after.date) == (False, "2026-01-01")
    assert len(before.hash) == 16


BAD = {
    "negative price": (("input = 1.0", "input = -1.0"), ["'first'", "-1.0", "prices.0.input"]),
    "not a number": (("input = 1.0", "input = nan"), ["'first'", "nan"]),
    "infinite": (("output = 2.0", "output = inf"), ["'first'", "inf"]),
    "text for a number": (("input = 1.0", 'input = "cheap"'), ["'first'", "cheap"]),
    "per token": (("input = 1.0", "input = 1e-06"), ["'first'", "1e-06", "per million"]),
    "duplicate id": (('id = "second"', 'id = "first"'), ["'first'", "twice", "rename"]),
    "duplicate tool": (
        ('id = "second"', 'id = "second"\ntool_name = "call_first"'),
        ["'call_first'", "twice"],
    ),
    "tools that collide": (('id = "second"', 'id = "First"'), ["call_first", "twice"]),
    "bad tool name": (
        ('id = "second"', 'id = "second"\ntool_name = "call second"'),
        ["'second'", "call second", "characters"],
    ),
    "reserved tool name": (
        ('id = "second"', 'id = "second"\ntool_name = "select_response"'),
        ["select_response", "reserved"],
    ),
    "anonymous tool name": (('id = "second"', 'id = "model-b"'), ["call_model_b", "reserved"]),
    "cached above input": (("cached_input = 0.5", "cached_input = 1.5"), ["'first'", "1.5"]),
    "input above output": (("output = 2.0", "output = 0.5"), ["'first'", "0.5", "swapped"]),
    "unknown tier": (('tier = "budget"', 'tier = "cheap"'), ["'second'", "cheap", "specialized"]),
    "missing date": (("date = 2025-01-01\n", ""), ["'first'", "prices.0.date", "add it"]),
    "missing source": (('source = "test"\n', ""), ["'first'", "source", "add it"]),
    "unknown field": (("context_window = 1000", "context_windows = 1000"), ["context_windows"]),
    "no context": (("context_window = 1000", "context_window = 0"), ["'first'", "0"]),
    "price in a name": (('"First"', '"First at $3"'), ["First at $3", "number fields"]),
    "price in a capability": (('["math"]', '["2 usd math"]'), ["2 usd math"]),
    "unknown in pool": (("[[models]]", 'pool = ["third"]\n[[models]]'), ["pool", "'third'"]),
    "twice in pool": (
        ("[[models]]", 'pool = ["first", "first"]\n[[models]]'),
        ["pool", "'first'", "twice"],
    ),
    "reserved set": (("[[models]]", "[sets]\nall = []\n[[models]]"), ["all", "reserved"]),
    "held out in a set": (
        ("[[models]]", '[sets]\nmine = ["first"]\n[[models]]\nheld_out = true'),
        ["mine", "'first'", "held out"],
    ),
    "disabled in a set": (
        ("[[models]]", '[sets]\nmine = ["first"]\n[[models]]\nenabled = false'),
        ["mine", "'first'", "not enabled"],
    ),
    "dates out of order": (
        ("[[models.prices]]", PRICE := "[[models.prices]]\ndate = 2026-01-01\ninput = 1\noutput = 2"
         '\nsource = "test"\n[[models.prices]]'),
        ["'first'", "increase"],
    ),
    "not toml": (("as_of =", "as_of"), ["not TOML", "line"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_list_names_file_model_value_and_fix(listed, name):
    replacement, words = BAD[name]
    path = listed(replacement)
    with pytest.raises(InputError) as caught:
        load_models(path)
    assert [word for word in (str(path), *words) if word not in str(caught.value)] == []


@pytest.mark.parametrize("text", ["", "as_of = 2026-01-01\nmodels = []", "models = 3"])
def test_an_empty_list_is_refused(tmp_path, text):
    path = tmp_path / "models.toml"
    path.write_text(text)
    with pytest.raises(InputError, match="models"):
        load_models(path)


def test_models_that_are_no_tables_are_refused(tmp_path):
    path = tmp_path / "models.toml"
    path.write_text("as_of = 2026-01-01\nmodels = [1, 2]")
    with pytest.raises(InputError, match="models"):
        load_models(path)


def test_a_missing_or_binary_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_models(tmp_path / "absent.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        load_models(tmp_path / "binary.toml")


def test_names_may_be_in_any_script(listed):
    models = load_models(listed(('"First"', '"初号機 π"')))
    assert models.models[0].display_name == "初号機 π"

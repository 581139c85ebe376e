from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from pipeline.tiering.specs import (
    Published,
    Recorded,
    Sampled,
    Simulated,
    Spec,
    bare_column,
    parse_spec,
    reference_specs,
)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("simulated", Simulated("stand-in")),
        ("simulated:weak_1.5", Simulated("weak_1.5")),
        ("recorded:a/b.jsonl", Recorded(Path("a/b.jsonl"))),
        ("recorded:a:b?c.parquet", Recorded(Path("a:b?c.parquet"))),
        ("recorded:a.jsonl?mapping=m.toml", Recorded(Path("a.jsonl"), Path("m.toml"))),
        ("published:qwen3", Published("qwen3")),
        ("published:qwen3?n=16", Published("qwen3", 16)),
        ("published:q_pass_rate=Qwen/Q-32B", Published("q_pass_rate", 0, "Qwen/Q-32B")),
        ("published:Qwen/Q=Qwen/R?n=4", Published("Qwen/Q", 4, "Qwen/R")),
        ("vllm", Sampled("vllm")),
        ("vllm:Qwen/Qwen3-32B", Sampled("vllm", "Qwen/Qwen3-32B")),
        ("litellm:gpt-5-mini", Sampled("litellm", "gpt-5-mini")),
        (
            "endpoint:http://a:1/v1,https://b/v1/?model=m",
            Sampled("endpoint", "m", ("http://a:1/v1", "https://b/v1")),
        ),
    ],
)
def test_every_form_is_read(text: str, spec: Spec) -> None:
    assert parse_spec(text) == spec


@pytest.mark.parametrize(
    "text",
    [
        "",
        "recorded",
        "recorded:",
        "recorded:?mapping=m.toml",
        "recorded:a.jsonl?mapping=",
        "published",
        "published:",
        "published:=X",
        "published:a=",
        "published:a?n=0",
        "published:a?n=-1",
        "published:a?n=1.5",
        "published:a?n=",
        "published:a?n=²",
        "simulated:",
        "simulated:a/b",
        "simulated: x",
        "Simulated",
        "vllm:",
        "endpoint:",
        "endpoint:host:8000",
        "endpoint:http://a/v1,http://a/v1/",
        "endpoint:http://a/v1?model=",
        "litellm:",
        "litellm",
    ],
)
def test_a_mistake_lists_the_known_forms(text: str) -> None:
    with pytest.raises(SettingsError, match="known forms") as caught:
        parse_spec(text)
    assert repr(text) in str(caught.value)
    for form in ("simulated[:NAME]", "recorded:PATH", "published:COLUMN"):
        assert form in str(caught.value)


def test_unset_means_the_stand_in_for_the_sample_and_nothing_for_real_problems() -> None:
    assert reference_specs(Settings()) == (Simulated("stand-in"),)
    for problems in (("data/guru",), ("sample", "data/guru"), ()):
        settings = Settings.model_validate({"sources": {"problems": problems}})
        assert reference_specs(settings) == ()


def test_precedence_is_the_order_given_and_an_empty_list_means_none() -> None:
    given = Settings.model_validate({"tiering": {"references": ["published:b", "simulated"]}})
    assert reference_specs(given) == (Published("b"), Simulated())
    assert reference_specs(Settings.model_validate({"tiering": {"references": []}})) == ()


def test_a_reference_that_stands_there_twice_is_refused() -> None:
    twice = {"tiering": {"references": ["simulated", "simulated:stand-in"]}}
    with pytest.raises(SettingsError, match="listed twice"):
        reference_specs(Settings.model_validate(twice))


def test_suffixes_of_rates_are_dropped_once() -> None:
    assert bare_column("qwen3_30b_pass_rate") == "qwen3_30b"
    assert bare_column("Qwen/Qwen3-32B_avg_reward") == "Qwen/Qwen3-32B"
    assert bare_column("_pass_rate") == "_pass_rate"
    assert bare_column("plain") == "plain"

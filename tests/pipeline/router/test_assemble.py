"""Routers out of settings: every pool, every policy, and what is wrong said before a request."""

import asyncio
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from stubs.provider import Provider, Reply, Script, tokens
from stubs.routing import STAMP, calls_of

from pipeline.dataset.manifest import portable_settings
from pipeline.errors import InputError, SettingsError
from pipeline.router.assemble import limits_of, open_router, secrets_of
from pipeline.router.record import Episode
from pipeline.router.turns import Query
from pipeline.router_settings import RouterSettings
from pipeline.settings import Settings

KEY = "Zq9-0123456789abcdefghijklmnop"
MODELS = ["gpt-5", "gpt-oss-20b"]


def settings(**router: Any) -> Settings:
    return Settings.model_validate({"router": {"models": MODELS} | router})


def run(**router: Any) -> Episode:
    logged: list[Episode] = []

    async def main() -> Episode:
        async with open_router(settings(**router), logged.append) as (made, menu):
            return await made.run(Query([{"role": "user", "content": "Why?"}]), menu, STAMP)

    episode = asyncio.run(main())
    assert logged == [episode]
    return episode


def test_the_default_needs_no_key_and_no_network_and_says_what_it_is() -> None:
    episode = run()
    assert (episode.row["simulated"], episode.row["mode"]) == (True, "select")
    assert episode.row["offered"] == MODELS


def test_a_live_pool_with_a_rule() -> None:
    with Provider(Script({"small": Reply("fine")})) as provider:
        places = {m: {"url": provider.url, "model": "small"} for m in MODELS}
        episode = run(pool="live", policy="cheapest", deployments=places)
    assert (episode.answer, episode.row["simulated"]) == ("fine", False)
    assert episode.calls[0]["model_id"] == "gpt-oss-20b"


@pytest.mark.parametrize("by_litellm", [False, True])
def test_a_model_as_the_policy(by_litellm: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_KEY", KEY)
    turns = [Reply("", tool_calls=calls_of("gpt_5")), Reply("done", usage=tokens(1000, 10))]
    with Provider(Script({"xrouter": turns, "big": Reply("fine")})) as provider:
        places = {m: {"url": provider.url, "model": "big"} for m in MODELS}
        if by_litellm:
            monkeypatch.setenv("HOSTED_VLLM_API_BASE", provider.url)
        episode = run(
            pool="live",
            deployments=places,
            policy="model",
            policy_model="hosted_vllm/xrouter" if by_litellm else "xrouter",
            policy_url=None if by_litellm else provider.url,
            policy_revision="step-200",
            policy_key_env="ROUTER_KEY",
            policy_sampling={"temperature": 0.3},
            policy_input_per_million=1.0,
            policy_output_per_million=4.0,
        )
        assert provider.keys[f"Bearer {KEY}"] == 2
    assert (episode.answer, episode.row["mode"]) == ("done", "synthesize")
    assert episode.row["policy_revision"] == "step-200"
    assert episode.row["router_cost_usd"] >= 1040e-6
    assert provider.requests[0]["temperature"] == 0.3
    assert KEY not in json.dumps([episode.row, episode.calls], default=str)


@pytest.mark.parametrize(
    ("router", "said"),
    [
        ({"pool": "real"}, "live, simulated and bank:PATH"),
        ({"pool": "bank:"}, "live, simulated and bank:PATH"),
        ({"policy": "best"}, "unknown policy 'best'"),
        ({"policy": "always:nobody"}, "nobody is not on offer; these are: "),
        ({"policy": "model"}, "needs router.policy_model"),
        ({"policy": "oracle"}, "bank:PATH"),
        ({"pool": "live", "deployments": {"gpt-9": {}}}, "deployments names gpt-9"),
        (
            {"pool": "live", "deployments": {m: {"url": "http://x/v1", "key_env": "NO_SUCH_KEY"}
             for m in MODELS}},
            "NO_SUCH_KEY holds no key",
        ),
    ],
)  # fmt: skip
def test_wrong_settings_say_what_to_change(router: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        run(**router)


def test_an_unknown_model_and_a_missing_bank_are_the_users_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gpt-9"):
        run(models=["gpt-9"])
    with pytest.raises(InputError, match="nothing"):
        run(pool=f"bank:{tmp_path}/nothing")


@pytest.mark.parametrize(
    "router",
    [
        {"deployments": {"gpt-5": {"url": "http://user:secret@host/v1"}}},
        {"deployments": {"gpt-5": {"url": "ftp://host/v1"}}},
        {"deployments": {"gpt-5": {"extra": {"messages": []}}}},
        {"deployments": {"gpt-5": {"key": "sk-123"}}},
        {"limits": {"turns": 0}},
        {"limits": {"closing": 1.0}},
        {"in_flight": 0},
    ],
)
def test_values_out_of_range_are_refused(router: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RouterSettings.model_validate(router)


def test_settings_come_from_toml_and_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
    [router.limits]
    seconds = 30
    [router.deployments."gpt-5"]
    url = "http://host:8000/v1"
    fallbacks = [{ model = "azure/gpt-5", key_env = "AZURE_KEY" }]
    """
    read = Settings.model_validate(tomllib.loads(text)).router
    assert read.deployments["gpt-5"].fallbacks[0].model == "azure/gpt-5"
    assert limits_of(read.limits)._asdict() == {
        "seconds": 30.0, "turns": 4, "calls": 8, "spend_usd": float("inf"), "call_tokens": 8192,
        "closing": 0.1, "salvage": False,
    }  # fmt: skip
    monkeypatch.setenv("XROUTER_ROUTER__LIMITS__SPEND_USD", "0.5")
    monkeypatch.setenv("XROUTER_ROUTER__DEPLOYMENTS", '{"o3": {"url": "http://host/v1"}}')
    assert limits_of(Settings().router.limits).spend_usd == 0.5
    assert list(Settings().router.deployments) == ["o3"]


def test_keys_are_known_to_whoever_must_hide_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_KEY", KEY)
    fallback = {"model": "azure/gpt-5", "key_env": "AZURE_KEY"}
    chosen = RouterSettings.model_validate(
        {"deployments": {"gpt-5": {"fallbacks": [fallback], "key_env": "NOT_SET"}}}
    )
    assert secrets_of(chosen) == {KEY}
    assert KEY not in repr(chosen)


def test_no_setting_of_the_router_is_part_of_a_build() -> None:
    assert "router" not in portable_settings(settings())
    assert portable_settings(settings()) == portable_settings(settings(pool="live", tries=1))

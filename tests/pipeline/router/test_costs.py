"""What we charge is what LiteLLM reckons, for every chat model that both know."""

import asyncio
from typing import Any

import pytest
from stubs.provider import Provider, Reply, tokens
from stubs.routing import STAMP

from pipeline.catalog.load import load_models
from pipeline.catalog.models import Model
from pipeline.catalog.tariff import Usage
from pipeline.providers.litellm_api import the_library
from pipeline.router.assemble import open_router
from pipeline.router.menu import base_menu, list_tariff
from pipeline.router.turns import Query
from pipeline.settings import Settings

# LiteLLM makes some of its types on first use, and warns of them.
pytestmark = pytest.mark.filterwarnings("ignore:.*ReadOnly:UserWarning")
MODELS = load_models(None)
CHAT = {m.model_id: m for m in MODELS.models}
# Named in models.toml as knowingly not in LiteLLM's map; all others must be there.
NOT_IN_MAP = {m.model_id for m in MODELS.models if "not_in_map" in m.accepted_difference}
PRICES = {"input", "output", "cached_input", "above_input", "above_output"}
USAGES = [
    Usage(),
    Usage(1, 0, 1),
    Usage(1000, 0, 500),
    Usage(1000, 1000, 500, 500),
    Usage(12_345, 678, 910, 111),
    Usage(200_000, 1_000, 5_000, 4_000),
    Usage(200_001, 1_000, 5_000, 4_000),
    Usage(900_000, 700_000, 60_000),
]


def theirs(model: Model, usage: Usage) -> float:
    """LiteLLM's cost of a whole answer, as it reckons it for one that came over the network."""
    library = the_library()
    counted = tokens(usage.input, usage.output, usage.cached, usage.reasoning)
    answer = library.ModelResponse(model=model.litellm_model, usage=counted)
    return float(library.completion_cost(completion_response=answer, model=model.litellm_model))


def test_only_named_models_are_excepted() -> None:
    assert {
        "qwen3-235b-instruct", "qwen3-235b-thinking", "deepseek-r1", "deepseek-r1-tput",
        "qwen2.5-coder-32b",
    } == NOT_IN_MAP  # fmt: skip
    known = the_library().model_cost
    assert {m for m, model in CHAT.items() if model.litellm_model not in known} == NOT_IN_MAP
    # No price of the others is excepted, only limits.
    excepted = {field for m in MODELS.models for field in m.accepted_difference}
    assert not excepted & PRICES


@pytest.mark.parametrize("model_id", sorted(CHAT.keys() - NOT_IN_MAP))
def test_a_cost_is_the_one_that_litellm_reckons(model_id: str) -> None:
    model = CHAT[model_id]
    for usage in USAGES:
        assert list_tariff(model).cost(usage) == pytest.approx(theirs(model, usage), rel=1e-9), (
            usage
        )


def test_long_prompts_are_among_them() -> None:
    long = [m.model_id for m in MODELS.models if m.base.above]
    assert long == ["gemini-2.5-pro"]
    tariff = list_tariff(CHAT["gemini-2.5-pro"])
    assert tariff.cost(Usage(200_001)) > 1.9 * tariff.cost(Usage(200_000))


@pytest.mark.parametrize("model_id", ["gpt-5", "gpt-4o-mini", "o3"])
def test_both_figures_stand_in_the_log(model_id: str) -> None:
    usage = tokens(5000, 700, cached=1200, reasoning=300)
    with Provider(lambda body: Reply("fine", usage=usage)) as provider:
        row = routed(provider.url, model_id)
    assert row["status"] == "ok", row["note"]
    assert row["provider_cost_usd"] == pytest.approx(row["cost_usd"], rel=1e-9)
    assert row["cost_usd"] == row["list_cost_usd"] > 0
    names = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")
    assert [row[n] for n in names] == [5000, 1200, 700, 300]


def routed(url: str, model_id: str) -> dict[str, Any]:
    deployments = {model_id: {"url": url, "via": "litellm", "model": CHAT[model_id].litellm_model}}
    values = {"pool": "live", "policy": f"always:{model_id}", "deployments": deployments}
    settings = Settings.model_validate({"router": values})

    async def main() -> dict[str, Any]:
        async with open_router(settings) as (router, _):
            shown = base_menu(MODELS, [model_id])
            episode = await router.run(Query([{"role": "user", "content": "x"}]), shown, STAMP)
            return episode.calls[0]

    return asyncio.run(main())

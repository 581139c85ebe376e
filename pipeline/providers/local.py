"""Stand-ins of this process behind LiteLLM, so that they take the path a real model would take.

Requests come in, choices or what went wrong go out. Knows nothing of problems and graders.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from pipeline.providers.litellm_api import the_library

Messages = list[dict[str, str]]

LOCAL_PROVIDER = "simulated"
_TOKENS_FIELD = "completion_tokens"


class Ask(NamedTuple):
    """One request: `key` names it for the caller and reaches no hosted provider."""

    key: str
    messages: Messages


class Choice(NamedTuple):
    """One answer; `text` is None where the call failed and `error` says how."""

    text: str | None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    error: str | None = None


Writer = Callable[[Ask, int, int], Sequence[Choice]]
"""Writes the answers of a local stand-in: (request, number of answers, seed) to choices."""

_writers: dict[str, Writer] = {}


def register_writer(name: str, writer: Writer) -> None:
    """Let `simulated/<name>` be answered by a function of this process."""
    _writers[name] = writer


def complete_all(
    model: str, asks: Sequence[Ask], sampling: dict[str, Any], concurrency: int = 32
) -> list[list[Choice]]:
    """Ask a model many times at once.

    Args:
        model: LiteLLM's name of it.
        asks: The requests.
        sampling: `n`, `temperature`, `max_tokens`, `seed` ... as LiteLLM takes them.
        concurrency: Requests under way at one time.

    Returns:
        `n` choices per request, in order of the requests; a failed call gives `n` failed choices.
    """
    if model.startswith(f"{LOCAL_PROVIDER}/"):
        _declare_free(model)
    return asyncio.run(_complete_all(model, asks, sampling, concurrency))


async def _complete_all(
    model: str, asks: Sequence[Ask], sampling: dict[str, Any], concurrency: int
) -> list[list[Choice]]:
    gate = asyncio.Semaphore(concurrency)

    async def one(ask: Ask) -> list[Choice]:
        async with gate:
            return await _complete(model, ask, sampling)

    return list(await asyncio.gather(*(one(ask) for ask in asks)))


async def _complete(model: str, ask: Ask, sampling: dict[str, Any]) -> list[Choice]:
    try:
        response = await _litellm().acompletion(
            model=model, messages=ask.messages, metadata={"key": ask.key}, **sampling
        )
    except Exception as error:  # noqa: BLE001 - the edge to providers: a failure becomes data
        failed = Choice(None, "error", error=f"{type(error).__name__}: {error}"[:500])
        return [failed] * sampling.get("n", 1)
    return [_choice(choice, response) for choice in response.choices]


def _choice(choice: Any, response: Any) -> Choice:
    # LiteLLM deletes attributes that a provider leaves empty.
    fields = getattr(choice.message, "provider_specific_fields", None) or {}
    usage = getattr(response, "usage", None)
    total = getattr(usage, "completion_tokens", None) if len(response.choices) == 1 else None
    return Choice(
        text=choice.message.content,
        finish_reason=choice.finish_reason,
        prompt_tokens=getattr(usage, "prompt_tokens", None),
        # Usage counts all choices of a request together, so a share of it is known only for one.
        completion_tokens=fields.get(_TOKENS_FIELD, total),
    )


@cache
def _litellm() -> Any:
    litellm = the_library()
    litellm.custom_provider_map = [
        *(item for item in litellm.custom_provider_map if item["provider"] != LOCAL_PROVIDER),
        {"provider": LOCAL_PROVIDER, "custom_handler": _local_handler(litellm)},
    ]
    return litellm


@cache
def _declare_free(model: str) -> None:
    # Without an entry LiteLLM spends half of a request's time on searching its price list.
    entry = {"litellm_provider": LOCAL_PROVIDER, "mode": "chat"}
    free = {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0}
    _litellm().register_model({model: entry | free})


def _local_handler(litellm: Any) -> Any:
    class LocalProvider(litellm.CustomLLM):  # type: ignore[misc]
        """Hands requests for `simulated/<name>` to the registered writer."""

        async def acompletion(self, model: str, messages: Messages, **call: Any) -> Any:
            options = call["optional_params"]
            ask = Ask(call["litellm_params"]["metadata"]["key"], messages)
            choices = _writers[model](ask, options.get("n", 1), options.get("seed", 0))
            return _response(litellm, call["model_response"], model, choices)

    return LocalProvider()


def _response(litellm: Any, response: Any, model: str, choices: Sequence[Choice]) -> Any:
    response.model = model
    response.choices = [
        litellm.Choices(
            index=index,
            finish_reason=choice.finish_reason,
            message=litellm.Message(
                role="assistant",
                content=choice.text,
                provider_specific_fields={_TOKENS_FIELD: choice.completion_tokens},
            ),
        )
        for index, choice in enumerate(choices)
    ]
    prompt = choices[0].prompt_tokens or 0
    written = sum(choice.completion_tokens or 0 for choice in choices)
    response.usage = litellm.Usage(
        prompt_tokens=prompt, completion_tokens=written, total_tokens=prompt + written
    )
    response._hidden_params["response_cost"] = 0.0
    return response

"""Documents that list models with prices: bytes in, a quote for each text model out.

Two are known: LiteLLM's price map and OpenRouter's list of models.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from pipeline.catalog.history.names import seller
from pipeline.catalog.history.quotes import Quote, read_count, read_prices
from pipeline.errors import InputError

TEXT_MODES = ("chat", "completion", "responses", None)
_ABOVE = re.compile(r"^input_cost_per_token_above_(\d+)k_tokens$")
LITELLM_PRICES = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cached_input": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "reasoning": "output_cost_per_reasoning_token",
}
OPENROUTER_PRICES = {
    "input": "prompt",
    "output": "completion",
    "cached_input": "input_cache_read",
    "cache_write": "input_cache_write",
    "reasoning": "internal_reasoning",
}


class Document(NamedTuple):
    """What a document says.

    Attributes:
        quotes: By key.
        skipped: Entries that are no text models, counted by reason.
    """

    quotes: dict[str, Quote]
    skipped: Counter[str]


def read_document(price_list: str, content: bytes, where: str) -> Document:
    """Read a document of one of `PRICE_LISTS`.

    Raises:
        InputError: It is not JSON, cut short, of another shape, or lists no text model.
    """
    raw = parse_json(content, where)
    document = litellm_map(raw, where) if price_list == "litellm" else openrouter(raw, where)
    if not document.quotes:
        raise InputError(f"{where}: lists no text model; an empty list would delist all: check it")
    return document


def parse_json(content: bytes, where: str) -> Any:
    """Parse JSON.

    Raises:
        InputError: It is none, or ends too soon.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        start = content[:40].decode(errors="replace")
        raise InputError(
            f"{where}: not a whole JSON document ({error}); {len(content)} bytes that begin with "
            f"{start!r}: fetch it again"
        ) from error


def litellm_map(raw: Any, where: str) -> Document:
    """LiteLLM's price map: an object per model, in USD per token.

    Raises:
        InputError: It is of another shape.
    """
    if not isinstance(raw, dict) or isinstance(raw.get("data"), list):
        raise InputError(
            f"{where}: not LiteLLM's price map, which is an object of models; OpenRouter's list "
            "goes with --openrouter"
        )
    document = Document({}, Counter())
    for key, entry in raw.items():
        if not key or not isinstance(entry, dict):
            document.skipped["no object"] += 1
        elif entry.get("mode") not in TEXT_MODES:
            document.skipped["no text model"] += 1
        else:
            document.quotes[key] = litellm_quote(key, entry)
    return document


def litellm_quote(key: str, entry: Mapping[str, Any]) -> Quote:
    """One entry of LiteLLM's map, or one line of its events, which has the same names."""
    tokens = above_tokens(entry)
    names = dict(LITELLM_PRICES)
    if tokens is not None:
        names["input_above"] = f"input_cost_per_token_above_{tokens // 1000}k_tokens"
        names["output_above"] = f"output_cost_per_token_above_{tokens // 1000}k_tokens"
    prices, faults = read_prices({field: entry.get(name) for field, name in names.items()})
    provider = entry.get("litellm_provider")
    return Quote(
        seller=seller(provider if isinstance(provider, str) and provider else None, key),
        mode=entry.get("mode") or None,
        above_tokens=tokens,
        max_input_tokens=read_count(entry.get("max_input_tokens")),
        max_output_tokens=read_count(entry.get("max_output_tokens")),
        retires_on=str(entry["deprecation_date"]) if entry.get("deprecation_date") else None,
        faults=faults,
        **prices,
    )


def above_tokens(entry: Mapping[str, Any]) -> int | None:
    """Size from which the first tariff for long prompts holds."""
    sizes = [int(m[1]) for k, v in entry.items() if v not in (None, "") and (m := _ABOVE.match(k))]
    return min(sizes) * 1000 if sizes else None


def openrouter(raw: Any, where: str) -> Document:
    """OpenRouter's list of models: `data`, in USD per token, as strings.

    Raises:
        InputError: It is of another shape, or only a part of the list.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("data"), list):
        raise InputError(
            f"{where}: not OpenRouter's list, which is an object with `data`; LiteLLM's map goes "
            "with --litellm"
        )
    total = raw.get("total_count")
    if isinstance(total, int) and total > len(raw["data"]):
        raise InputError(f"{where}: {len(raw['data'])} of {total} models; name the whole list")
    document = Document({}, Counter())
    for entry in raw["data"]:
        if isinstance(entry, dict) and isinstance(entry.get("id"), str) and entry["id"]:
            key = f"openrouter/{entry['id']}"
            document.quotes[key] = _openrouter_quote(entry)
        else:
            document.skipped["no id"] += 1
    return document


def _openrouter_quote(entry: Mapping[str, Any]) -> Quote:
    pricing = _object(entry.get("pricing"))
    overrides = [o for o in pricing.get("overrides") or () if read_count(_size(o))]
    above = min(overrides, key=_size) if overrides else {}
    raw = {field: pricing.get(name) for field, name in OPENROUTER_PRICES.items()}
    raw |= {"input_above": above.get("prompt"), "output_above": above.get("completion")}
    prices, faults = read_prices(raw)
    return Quote(
        seller="openrouter",
        mode="chat",
        above_tokens=read_count(_size(above)),
        max_input_tokens=read_count(entry.get("context_length")),
        max_output_tokens=read_count(
            _object(entry.get("top_provider")).get("max_completion_tokens")
        ),
        retires_on=str(entry["expiration_date"]) if entry.get("expiration_date") else None,
        faults=faults,
        **prices,
    )


def _size(override: Any) -> Any:
    return _object(override).get("min_prompt_tokens")


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}

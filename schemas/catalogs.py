"""Tables `catalogs`, `models` and `prices`: which models a row offers, at which price."""

import dataframely as dy

from schemas.columns import identifier, one_of

MODEL_TIERS = ("premium", "standard", "budget", "specialized")

ENTRY = {
    "model_id": dy.String(description="our id, stable across price lists"),
    "tool_name": dy.String(description="the function the policy calls, unique in its catalogue"),
    "display_name": dy.String(),
    "litellm_model": dy.String(),
    "tier": one_of(MODEL_TIERS),
    "input_per_million": dy.Float64(min=0, description="USD, shown to the policy and charged"),
    "output_per_million": dy.Float64(min=0),
    "cached_input_per_million": dy.Float64(min=0),
    "base_input_per_million": dy.Float64(min=0, description="USD, the list price, for audit"),
    "base_output_per_million": dy.Float64(min=0),
    "price_factor": dy.Float64(min=0, description="shown output price over list output price"),
    "context_window": dy.Int64(min=1),
    "max_output_tokens": dy.Int64(nullable=True, min=1),
    "capabilities": dy.List(dy.String()),
    "description": dy.String(description="generated from the numbers of this entry"),
}


class Catalogs(dy.Schema):
    """One perturbed price list, in the order in which it is shown."""

    catalog_id = identifier(primary_key=True)
    seed = dy.Int64()
    law = dy.String(description="name of the perturbation law")
    base_snapshot = dy.Struct({"hash": dy.String(), "date": dy.String()})
    entries = dy.List(dy.Struct(ENTRY), min_length=1)


class Models(dy.Schema):
    """The base list: one row per known model, enabled or not."""

    model_id = dy.String(primary_key=True)
    display_name = dy.String()
    provider = dy.String()
    litellm_model = dy.String()
    tier = one_of(MODEL_TIERS)
    enabled = dy.Bool()
    context_window = dy.Int64(min=1)
    max_output_tokens = dy.Int64(nullable=True, min=1)
    capabilities = dy.List(dy.String())


class Prices(dy.Schema):
    """Append-only price history in USD per million tokens; cost as of a time is an as-of join."""

    model_id = dy.String(primary_key=True)
    effective_at = dy.Date(primary_key=True)
    input_per_million = dy.Float64(min=0)
    output_per_million = dy.Float64(min=0)
    cached_input_per_million = dy.Float64(nullable=True, min=0)
    above_tokens = dy.Int64(nullable=True, description="prompt size from which the next two hold")
    input_per_million_above = dy.Float64(nullable=True, min=0)
    output_per_million_above = dy.Float64(nullable=True, min=0)
    source = dy.String()

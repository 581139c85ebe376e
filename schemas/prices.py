"""Table `price_events`: what price lists said of each model over time, and what the gate says."""

import dataframely as dy

from schemas.columns import identifier, one_of

PRICE_LISTS = ("litellm", "openrouter")
PRICE_EVENT_KINDS = ("listed", "relisted", "changed", "meta", "delisted")
PRICE_STATUSES = ("accepted", "quarantined")
SLIP_SIDES = ("old", "new")


def _price(description: str) -> dy.Float64:
    return dy.Float64(nullable=True, min=0, description=description)


def _moment(**options: object) -> dy.Datetime:
    return dy.Datetime(time_unit="us", time_zone="UTC", **options)  # type: ignore[arg-type]


class PriceEvents(dy.Schema):
    """One event of one model on one price list; prices in USD per million tokens."""

    event_id = identifier(primary_key=True)
    price_list = one_of(PRICE_LISTS)
    model = dy.String(min_length=1, description="key of the list; openrouter/ID on OpenRouter's")
    identity = dy.String(min_length=1, description="the model without seller, region and date")
    seller = dy.String(min_length=1)
    mode = dy.String(nullable=True, description="chat, completion or responses, where known")
    kind = one_of(PRICE_EVENT_KINDS)
    effective_at = _moment()
    relists = dy.String(
        nullable=True, description="key under which a relisted model had been delisted"
    )
    input_per_million = _price("as said, quarantined or not; null where none, or none to be read")
    output_per_million = _price("likewise, and so on")
    cached_input_per_million = _price("of prompt tokens read from a cache")
    cache_write_per_million = _price("of prompt tokens written to a cache")
    reasoning_per_million = _price("of reasoning tokens, where they have their own price")
    above_tokens = dy.Int64(nullable=True, description="prompt size from which the next two hold")
    input_per_million_above = _price("of long prompts")
    output_per_million_above = _price("for long prompts")
    max_input_tokens = dy.Int64(nullable=True, min=1)
    max_output_tokens = dy.Int64(nullable=True, min=1)
    retires_on = dy.String(nullable=True, description="as the list says it")
    status = one_of(PRICE_STATUSES, description="what the gate says of the move")
    slip = one_of(SLIP_SIDES, nullable=True, description="which price of a quarantined move is it")
    holds = dy.Bool(description="these prices are in force from effective_at on")
    void_from = _moment(
        nullable=True, description="prices from then until effective_at were slips, too"
    )
    reason = dy.String(min_length=1)
    origin = dy.String(min_length=1, description="commit, package version, or hash of a document")

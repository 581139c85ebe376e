"""Types of the base list: a model, its dated prices, the list with its snapshot, both as tables.

What is wrong with a list is said here; which file it stands in is added by `load`.
"""

import datetime
import hashlib
import re
from functools import cached_property
from typing import Annotated, Literal, NamedTuple

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.catalogs import MODEL_TIERS, Models, Prices
from schemas.problems import to_json

Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
ToolName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
Count = Annotated[int, Field(ge=1)]
SMALLEST, LARGEST = 0.0001, 10_000.0
SELECT_RESPONSE = "select_response"
RESERVED_NAMES = re.compile(rf"^({SELECT_RESPONSE}|call_model_[a-z]+)$")
PRICE_IN_PROSE = re.compile(
    r"[$€£¥]|\b(usd|eur|dollars?|cents?)\b|\bper (million|1?m|1?k|thousand)\b|/1?[mk]\b", re.I
)


class Part(BaseModel):
    """Base of all parts of the list."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class LongContext(Part):
    """Tariff of prompts longer than `tokens`."""

    tokens: Count
    input: Price
    output: Price


class PricePoint(Part):
    """Prices from a day on, in USD per million tokens, with the evidence for them."""

    date: datetime.date
    input: Price
    output: Price
    cached_input: Price | None = None
    above: LongContext | None = None
    source: Text

    @model_validator(mode="after")
    def _in_order(self) -> "PricePoint":
        for price in (self.input, self.output, self.cached_input or 0.0):
            if price and not SMALLEST <= price <= LARGEST:
                raise ValueError(
                    f"price {price} is not credible in USD per million tokens; it may be per "
                    f"token: convert it to a value of {SMALLEST} to {LARGEST}"
                )
        if self.cached_input is not None and self.cached_input > self.input:
            raise ValueError(
                f"cached_input {self.cached_input} is above input {self.input}: a cached prompt "
                "never costs more; correct one of the two"
            )
        if self.input > self.output:
            raise ValueError(
                f"input {self.input} is above output {self.output}: they may be swapped; correct "
                "them"
            )
        return self


class Model(Part):
    """One model we know, with all its prices in order of their dates."""

    model_id: Text = Field(alias="id")
    display_name: Text
    provider: Text
    litellm_model: Text
    tier: Literal["premium", "standard", "budget", "specialized"]
    enabled: bool = True
    held_out: bool = False
    context_window: Count
    max_output_tokens: Count | None = None
    capabilities: tuple[Text, ...] = ()
    tool_name: ToolName = ""
    prices: tuple[PricePoint, ...] = Field(min_length=1)
    accepted_difference: dict[str, Text] = {}

    @model_validator(mode="before")
    @classmethod
    def _name_the_tool(cls, raw: object) -> object:
        if isinstance(raw, dict) and "tool_name" not in raw and isinstance(raw.get("id"), str):
            return raw | {"tool_name": "call_" + re.sub(r"[^a-z0-9]+", "_", raw["id"].lower())}
        return raw

    @model_validator(mode="after")
    def _sound(self) -> "Model":
        if RESERVED_NAMES.match(self.tool_name):
            raise ValueError(f"tool_name {self.tool_name!r} is reserved; choose another")
        for text in (self.display_name, *self.capabilities):
            if PRICE_IN_PROSE.search(text):
                raise ValueError(f"{text!r} states a price; prices stand in number fields only")
        days = [price.date for price in self.prices]
        if days != sorted(set(days)):
            raise ValueError(f"price dates {[str(d) for d in days]} must increase; sort them")
        return self

    @property
    def base(self) -> PricePoint:
        """The newest price."""
        return self.prices[-1]

    @property
    def base_cached_input(self) -> float:
        """Price of a cached prompt token; the full price where no discount is known."""
        cached = self.base.cached_input
        return self.base.input if cached is None else cached


class Snapshot(NamedTuple):
    """Which state of the list something was built from."""

    hash: str
    date: str


class ModelList(Part):
    """All models, the offload pool and the fixed sets."""

    as_of: datetime.date
    pool: tuple[str, ...] = ()
    sets: dict[str, tuple[str, ...]] = {}
    models: tuple[Model, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "ModelList":
        _refuse_duplicates("id", [m.model_id for m in self.models])
        _refuse_duplicates("tool_name", [m.tool_name for m in self.models])
        for name, ids in {"pool": self.pool, **self.sets}.items():
            _refuse_bad_group(name, ids, self.models)
        return self

    def __hash__(self) -> int:
        return hash(self.snapshot)

    @cached_property
    def snapshot(self) -> Snapshot:
        """Hash of the content (16 hex) and the day on which it was last compared with the world."""
        text = to_json(self.model_dump(mode="json"))
        return Snapshot(hashlib.sha256(text.encode()).hexdigest()[:16], str(self.as_of))

    def models_frame(self) -> pl.DataFrame:
        """Table `models`, sorted by id."""
        columns = Models.create_empty().columns
        rows = [{name: getattr(m, name) for name in columns} for m in self.models]
        frame = pl.DataFrame(rows, schema=Models.create_empty().schema).sort("model_id")
        return Models.validate(frame, cast=True)

    def prices_frame(self) -> pl.DataFrame:
        """Table `prices`, sorted by model and date."""
        rows = [_price_row(m.model_id, p) for m in self.models for p in m.prices]
        frame = pl.DataFrame(rows, schema=Prices.create_empty().schema)
        return Prices.validate(frame.sort("model_id", "effective_at"), cast=True)


def _price_row(model_id: str, price: PricePoint) -> dict[str, object]:
    above = price.above
    return {
        "model_id": model_id,
        "effective_at": price.date,
        "input_per_million": price.input,
        "output_per_million": price.output,
        "cached_input_per_million": price.cached_input,
        "above_tokens": above.tokens if above else None,
        "input_per_million_above": above.input if above else None,
        "output_per_million_above": above.output if above else None,
        "source": price.source,
    }


def _refuse_duplicates(field: str, values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"{field} {', '.join(map(repr, twice))} is used twice; rename one")


def _refuse_bad_group(name: str, ids: tuple[str, ...], models: tuple[Model, ...]) -> None:
    if name in ("ranges", "all"):
        raise ValueError(f"set {name!r} has a reserved name; rename it")
    _refuse_duplicates(f"in {name}: id", list(ids))
    known = {m.model_id: m for m in models}
    for model_id in ids:
        if model_id not in known:
            raise ValueError(f"{name} names {model_id!r}, which no model has; add or remove it")
        if known[model_id].held_out:
            raise ValueError(f"{name} names {model_id!r}, which is held out of training; remove it")
        if name != "pool" and not known[model_id].enabled:
            raise ValueError(f"{name} names {model_id!r}, which is not enabled; remove it")


assert set(MODEL_TIERS) == {"premium", "standard", "budget", "specialized"}

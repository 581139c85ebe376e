"""Events of the price history: drafts before the gate, events after it, both as rows of a table."""

import datetime
import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import polars as pl

from pipeline.catalog.history.names import identity
from pipeline.catalog.history.quotes import Quote
from schemas.prices import PriceEvents
from schemas.problems import to_json

_RANK = {"delisted": 0, "listed": 1, "relisted": 1, "changed": 2, "meta": 3}
_COLUMNS = {
    "input": "input_per_million",
    "output": "output_per_million",
    "cached_input": "cached_input_per_million",
    "cache_write": "cache_write_per_million",
    "reasoning": "reasoning_per_million",
    "above_tokens": "above_tokens",
    "input_above": "input_per_million_above",
    "output_above": "output_per_million_above",
    "max_input_tokens": "max_input_tokens",
    "max_output_tokens": "max_output_tokens",
    "retires_on": "retires_on",
    "seller": "seller",
    "mode": "mode",
}


class Draft(NamedTuple):
    """What happened, according to a price list."""

    price_list: str
    model: str
    kind: str
    effective_at: datetime.datetime
    quote: Quote
    origin: str

    @property
    def event_id(self) -> str:
        """16 hex digits over what was said, when, of which model: the same however often read."""
        said = [self.price_list, self.model, self.kind, self.effective_at.isoformat(), *self.quote]
        return hashlib.sha256(to_json(said).encode()).hexdigest()[:16]

    @property
    def order(self) -> tuple[Any, ...]:
        """Events are taken by time; at one moment a key goes before it, or another, comes."""
        return (
            self.effective_at,
            _RANK[self.kind] > 0,
            self.model,
            _RANK[self.kind],
            self.event_id,
        )


class Event(NamedTuple):
    """A draft with the gate's word on it; see `schemas.prices.PriceEvents` for the columns."""

    event_id: str
    draft: Draft
    kind: str
    status: str
    reason: str
    slip: str | None = None
    holds: bool = True
    void_from: datetime.datetime | None = None
    relists: str | None = None

    @property
    def order(self) -> tuple[Any, ...]:
        """As of the draft."""
        draft = self.draft
        rank = _RANK[self.kind]
        return (draft.effective_at, rank > 0, draft.model, rank, self.event_id)

    def row(self) -> dict[str, Any]:
        """A row of table `price_events`."""
        draft = self.draft
        row = {column: getattr(draft.quote, field) for field, column in _COLUMNS.items()}
        taken = ("event_id", "kind", "status", "reason", "slip", "holds", "void_from", "relists")
        return (
            row
            | {name: getattr(self, name) for name in taken}
            | {
                "price_list": draft.price_list,
                "model": draft.model,
                "identity": identity(draft.model),
                "effective_at": draft.effective_at,
                "origin": draft.origin,
            }
        )


def as_frame(events: Iterable[Event]) -> pl.DataFrame:
    """Table `price_events`, in the order in which the events happened."""
    rows = [event.row() for event in sorted(events, key=lambda event: event.order)]
    frame = pl.DataFrame(rows, schema=PriceEvents.create_empty().schema)
    return PriceEvents.validate(frame)


def from_row(row: dict[str, Any]) -> Event:
    """An event as it was written; only the words of faults are left out."""
    quote = Quote(**{field: row[column] for field, column in _COLUMNS.items()})
    draft = Draft(
        row["price_list"], row["model"], row["kind"], row["effective_at"], quote, row["origin"]
    )
    taken = ("event_id", "kind", "status", "reason", "slip", "holds", "void_from", "relists")
    return Event(draft=draft, **{name: row[name] for name in taken})

"""Price lists for tests: a tiny file of events, quotes, and documents as the lists write them."""

import datetime
import json
from pathlib import Path
from typing import Any

from pipeline.catalog.history.book import Book
from pipeline.catalog.history.compare import replay
from pipeline.catalog.history.events import Draft, Event
from pipeline.catalog.history.quotes import Quote

EVENTS = Path(__file__).parents[1] / "pipeline" / "catalog" / "price_events.csv"
FIRST_DAY = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)


def day(number: int) -> datetime.datetime:
    return FIRST_DAY + datetime.timedelta(days=number)


def draft(
    kind: str,
    number: int,
    price: float | None = 1.0,
    output: float | None = None,
    model: str = "m",
    **more: Any,
) -> Draft:
    """What a list says on a day; the answer costs four times the prompt where nothing is said."""
    four = price * 4 if output is None and price is not None else output
    quote = Quote(more.pop("seller", "s"), "chat", price, four, **more)
    return Draft("litellm", model, kind, day(number), quote, "test")


def judged(*drafts: Draft) -> list[Event]:
    """Drafts after the gate, in order of time."""
    return replay(Book(), (), drafts)


def litellm_map(**models: Any) -> bytes:
    """A price map; a pair is USD per million tokens, a dict an entry as it is."""
    entries = {}
    for name, said in models.items():
        entry = said
        if isinstance(said, tuple):
            entry = {
                "input_cost_per_token": said[0] / 1e6,
                "output_cost_per_token": said[1] / 1e6,
                "litellm_provider": "openai",
                "mode": "chat",
                "max_input_tokens": 8192,
            }
        entries[name] = entry
    return json.dumps(entries).encode()


def openrouter_list(**pricing: Any) -> bytes:
    """OpenRouter's list: model name to its `pricing`."""
    data = [
        {"id": f"v/{name}", "context_length": 1000, "pricing": said}
        for name, said in pricing.items()
    ]
    return json.dumps({"data": data, "total_count": len(data)}).encode()

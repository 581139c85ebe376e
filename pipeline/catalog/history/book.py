"""Where a price list stands: what it said last of each model, and which of its prices hold.

A book is replayed from events in the order in which they happened, and never written itself.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from pipeline.catalog.history.events import Event
from pipeline.catalog.history.names import identity
from pipeline.catalog.history.quotes import Quote


@dataclass
class Page:
    """One model.

    Attributes:
        said: What the list said last, quarantined or not.
        held: The prices that hold; None before the first.
        run: Since when which prices held, oldest first.
        listed: Whether the list has it now.
    """

    said: Quote
    held: Quote | None = None
    run: list[tuple[datetime.datetime, Quote]] = field(default_factory=list)
    listed: bool = True


class Book:
    """All models of one price list.

    Attributes:
        pages: By key.
        newest: When the newest event happened.
        trusted: Keys whose prices a person vouches for, whatever they moved by.
    """

    def __init__(self, trusted: Collection[str] = ()) -> None:
        self.trusted = trusted
        self.pages: dict[str, Page] = {}
        self.newest: datetime.datetime | None = None
        self._keys: defaultdict[str, set[str]] = defaultdict(set)
        self._gone: dict[str, None] = {}

    def listed(self) -> list[str]:
        """Keys that the list has now."""
        return [key for key, page in self.pages.items() if page.listed]

    def apply(self, event: Event) -> None:
        """Take in what happened next."""
        draft = event.draft
        self.newest = max(self.newest or draft.effective_at, draft.effective_at)
        page = self.pages.setdefault(draft.model, Page(draft.quote))
        self._keys[identity(draft.model)].add(draft.model)
        page.listed = event.kind != "delisted"
        if not page.listed:
            self._gone[draft.model] = None
            return
        page.said = draft.quote
        self._gone.pop(event.relists or draft.model, None)
        if event.holds:
            if event.void_from is not None:
                page.run = [(since, q) for since, q in page.run if since < event.void_from]
            page.held = draft.quote
            page.run.append((draft.effective_at, draft.quote))

    def relisted_from(self, key: str, quote: Quote) -> str | None:
        """The delisted key that a listing brings back: itself, or one of identity and seller."""
        if key in self._gone:
            return key
        if key in self.pages:
            return None
        same = [
            other
            for other in self._keys[identity(key)]
            if other in self._gone and self.pages[other].said.seller == quote.seller
        ]
        order = list(self._gone)
        return max(same, key=order.index, default=None)

    def peers(self, key: str, price: str) -> list[float]:
        """What is asked for the same model under other keys, cheapest first; free ones left out."""
        asked = (
            getattr(page.held, price)
            for other in self._keys[identity(key)]
            if other != key and (page := self.pages[other]).listed and page.held is not None
        )
        return sorted(value for value in asked if value)

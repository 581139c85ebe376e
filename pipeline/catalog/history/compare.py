"""What a price list says otherwise than before, and events in the order in which they happened."""

import datetime
from collections.abc import Iterable
from typing import NamedTuple

from pipeline.catalog.history.book import Book
from pipeline.catalog.history.documents import Document
from pipeline.catalog.history.events import Draft, Event
from pipeline.catalog.history.gate import judge
from pipeline.catalog.history.quotes import Quote
from pipeline.errors import InputError

FEW_MODELS = 20  # of so short a list any share may go


class Taken(NamedTuple):
    """A document, of which list it is, since when it holds, and where it is from."""

    price_list: str
    document: Document
    at: datetime.datetime
    origin: str


def replay(book: Book, known: Iterable[Event], drafts: Iterable[Draft]) -> list[Event]:
    """Go through events in order, judging the drafts among them by what happened before each.

    Returns:
        The drafts as events; those that were known stay as they were judged.
    """
    judged = []
    items: list[Event | Draft] = [*known, *drafts]
    for item in sorted(items, key=lambda item: item.order):
        if isinstance(item, Draft):
            judged.append(judge(book, item))
            book.apply(judged[-1])
        else:
            book.apply(item)
    return judged


def difference(book: Book, taken: Taken) -> list[Draft]:
    """What a list says otherwise than before."""
    price_list, document, at, origin = taken
    changes = {key: _change(book, key, quote) for key, quote in document.quotes.items()}
    drafts = [
        Draft(price_list, key, kind, at, document.quotes[key], origin)
        for key, kind in changes.items()
        if kind is not None
    ]
    gone = [key for key in book.listed() if key not in document.quotes]
    return drafts + [
        Draft(price_list, key, "delisted", at, book.pages[key].said, origin) for key in gone
    ]


def _change(book: Book, key: str, quote: Quote) -> str | None:
    """The kind of event that a quote is."""
    page = book.pages.get(key)
    if page is None or not page.listed:
        return "listed"
    held_back = page.held is None or not page.held.same_prices(quote)
    if not page.said.same_prices(quote) or (key in book.trusted and held_back):
        return "changed"
    return None if page.said.same_limits(quote) else "meta"


def refuse_incomplete(
    book: Book, drafts: Iterable[Draft], origin: str, most_delisted: float
) -> None:
    """Refuse a list that lacks more of its models than a seller takes off in a day.

    Raises:
        InputError: It does.
    """
    gone = sum(draft.kind == "delisted" for draft in drafts)
    listed = len(book.listed())
    if listed >= FEW_MODELS and gone > most_delisted * listed:
        raise InputError(
            f"{origin}: lacks {gone} of the {listed} models listed so far; it may be a part of the "
            "list: check it, or allow that with --most-delisted 1"
        )

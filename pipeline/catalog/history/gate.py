"""The gate for slips of units: which prices a history lets hold, and why.

A move by a factor over 100, or under 1/100, is never a price move: it is quarantined. Which of its
two sides is the slip is judged apart, for in real lists it is mostly the first price that is wrong,
and the move that corrects it. Where the new side slips, the old price goes on; where the old side
does, the new price holds and the old one is void as far back as it is that far off.
"""

import datetime

from pipeline.catalog.history.book import Book, Page
from pipeline.catalog.history.events import Draft, Event
from pipeline.catalog.history.moves import PriceMove, likely_unit, moves_between, said
from pipeline.catalog.history.quotes import Quote
from pipeline.catalog.models import LARGEST, SMALLEST
from pipeline.catalog.prices import UNIT_MISTAKE, price_text, unit_mistake

# USD per million tokens. One model in a thousand has dearer prompts, one in a hundred dearer
# answers; most of these have several sellers at like prices, which are looked at first.
DEAR = 100.0


def judge(book: Book, draft: Draft) -> Event:
    """Say what a history makes of a draft, given all that happened before."""
    page = book.pages.get(draft.model)
    if draft.kind == "delisted":
        known = page is not None and page.listed
        reason = "no longer listed" if known else "no longer listed, and not known before"
        return Event(draft.event_id, draft, "delisted", "accepted", reason, holds=False)
    relists = book.relisted_from(draft.model, draft.quote) if _lists(draft, page) else None
    kind = "relisted" if relists is not None else draft.kind
    event = Event(draft.event_id, draft, kind, "accepted", "", relists=relists)
    return _judge_prices(book, page, event)


def _lists(draft: Draft, page: Page | None) -> bool:
    return draft.kind in ("listed", "relisted") and (page is None or not page.listed)


def _judge_prices(book: Book, page: Page | None, event: Event) -> Event:
    quote = event.draft.quote
    # Without a price that holds, the quarantined one before it is still what was moved from.
    base = None if page is None else page.held or page.said
    moves = moves_between(base, quote) if base is not None else []
    if event.draft.model in book.trusted and not quote.faults:
        return event._replace(reason=f"accepted by hand, {_accepted(event, page, moves, '')}")
    slips = [move for move in moves if move.slips]
    doubt = incredible(book, event.draft.model, quote)
    if not slips:
        if doubt:
            return _quarantined(event, doubt)
        return event._replace(reason=_accepted(event, page, moves))
    assert page is not None
    side, evidence = blame(book, event.draft, page, slips, doubt)
    moved = ", ".join(move.text() for move in slips)
    units = ", or ".join(dict.fromkeys(likely_unit(move, side) for move in slips))
    reason = (
        f"a factor over {UNIT_MISTAKE:g}: {moved}; the {side} price is the slip, likely {units}"
    )
    if side == "new":
        kept = f"; {said(page.held)} goes on" if page.held else ""
        return _quarantined(event, f"{reason}, as {evidence}{kept}")
    void_from = _void_from(page, quote)
    reason = f"{reason}, as {evidence}; {said(quote)} holds"
    return event._replace(status="quarantined", slip="old", void_from=void_from, reason=reason)


def _quarantined(event: Event, reason: str) -> Event:
    return event._replace(status="quarantined", holds=False, slip="new", reason=reason)


def incredible(book: Book, model: str, quote: Quote) -> str | None:
    """Why prices cannot be believed whatever they moved from; None where they can."""
    if quote.faults:
        return "; ".join(quote.faults)
    for field, price in quote.prices.items():
        if price and not SMALLEST <= price <= LARGEST:
            return (
                f"{field} {price_text(price)} is outside {price_text(SMALLEST)} to {LARGEST:,.0f} "
                "USD per million tokens: it is likely given in another unit"
            )
    for field in ("input", "output"):
        price, others = getattr(quote, field), book.peers(model, field)
        # Of two, the dear one is the slip; a cheap one is outvoted by two or more.
        if price and far_from(others, price) and (price > DEAR or len(others) > 1):
            near = min(others, key=lambda other: max(other / price, price / other))
            return (
                f"{field} {price_text(price)} is x{price / near:.3g} of {price_text(near)}, the "
                f"nearest of {len(others)} other prices of the model"
            )
    return None


def far_from(others: list[float], price: float | None) -> bool:
    """Whether there are other prices of a model, and none within a factor of 100."""
    return bool(others and price) and all(unit_mistake(other, price or 0) for other in others)


def blame(
    book: Book, draft: Draft, page: Page, slips: list[PriceMove], doubt: str | None
) -> tuple[str, str]:
    """Which side of a slip is wrong, `old` or `new`, and the evidence for it."""
    if doubt:
        return "new", doubt
    if page.held is None:
        return "old", "it was quarantined itself"
    for move in slips:
        others = book.peers(draft.model, move.field)
        if far_from(others, move.old) != far_from(others, move.new):
            side = "old" if far_from(others, move.old) else "new"
            asked = ", ".join(map(price_text, others[:3]))
            return side, f"{move.field} elsewhere is {asked}"
    dearest = max(move.old or 0 for move in slips)
    if dearest > DEAR:
        return "old", f"{price_text(dearest)} is over {DEAR:g} USD per million tokens"
    return "new", f"the old price is an ordinary one, under {DEAR:g} USD per million tokens"


def _void_from(page: Page, new: Quote) -> datetime.datetime | None:
    """Since when prices held that are as far off; None where none held."""
    since = None
    for began, quote in reversed(page.run):
        if not any(move.slips for move in moves_between(quote, new)):
            break
        since = began
    return since


def _accepted(
    event: Event,
    page: Page | None,
    moves: list[PriceMove],
    why: str = f"within a factor of {UNIT_MISTAKE:g}: ",
) -> str:
    quote = event.draft.quote
    lacking = [field for field in ("input", "output") if getattr(quote, field) is None]
    note = f"; no {' and no '.join(lacking)} price per token" if lacking else ""
    if page is None:
        begun = "first prices" if event.relists is None else "first prices under this key"
        return f"{begun}: {said(quote)}{note}"
    if not moves:
        back = not page.said.same_prices(quote)
        return ("back at the prices that hold" if back else "no price moved") + note
    return why + ", ".join(m.text() for m in moves) + note

"""Refreshing the price history: price lists or events in, one more file of events out.

A list is compared with what it said last; only what differs is an event. The same list again, or
the same events again, add nothing.
"""

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.accounting import Stopwatch
from pipeline.catalog.history.book import Book
from pipeline.catalog.history.compare import Taken, difference, refuse_incomplete, replay
from pipeline.catalog.history.documents import Document, read_document
from pipeline.catalog.history.event_file import read_events
from pipeline.catalog.history.events import Draft, Event
from pipeline.catalog.history.fetch import BUNDLED, Bounds, Fetched, fetch, read_marks, write_marks
from pipeline.catalog.history.files import add_file, owned, read_history
from pipeline.errors import InputError

WAIT_SECONDS = 30.0


class Sources(NamedTuple):
    """What to read; with nothing named, the map that LiteLLM was packaged with.

    Attributes:
        litellm: `bundled`, a file or an address of LiteLLM's price map.
        openrouter: File or address of OpenRouter's list of models.
        events: Files of events.
    """

    litellm: str | None = None
    openrouter: str | None = None
    events: tuple[Path, ...] = ()


class RefreshReport(NamedTuple):
    """What a refresh came to.

    Attributes:
        events: Added to the history, in order.
        files: That were added.
        known: Events that were read and known before.
        read: What was read, in words.
        skipped: Entries of documents that are no text models, by reason.
        seconds: Wall clock.
    """

    events: tuple[Event, ...]
    files: tuple[Path, ...]
    known: int
    read: tuple[str, ...]
    skipped: dict[str, int]
    seconds: float

    @property
    def counts(self) -> dict[str, int]:
        """Added events by kind and status."""
        return dict(sorted(Counter(f"{e.kind} {e.status}" for e in self.events).items()))


def refresh(
    folder: Path,
    sources: Sources = Sources(),  # noqa: B008  (an immutable tuple)
    at: datetime.datetime | None = None,
    bounds: Bounds = Bounds(),  # noqa: B008
    most_delisted: float = 0.5,
    trusted: Collection[str] = (),
    wait_seconds: float = WAIT_SECONDS,
) -> RefreshReport:
    """Bring a history up to date.

    Args:
        folder: Of the history; made if there is none.
        sources: What to read.
        at: When what the lists say began to hold; None: now.
        bounds: Of what is read over the network.
        most_delisted: A list that lacks a larger share of its models is refused as incomplete.
        trusted: Keys whose prices are accepted whatever they moved by.
        wait_seconds: How long to wait for another refresh.

    Raises:
        InputError: A source cannot be read, is not whole, lies before the history's end, or lacks a
            trusted key.
        MachineError: An address does not answer in time; or the disk is full.
        BusyError: Another refresh held the history all the time.
    """
    watch = Stopwatch()
    at = at or datetime.datetime.now(datetime.UTC)
    if not any(sources):
        sources = Sources(litellm=BUNDLED)
    drafts = [draft for path in sources.events for draft in read_events(path)]
    lists = {"litellm": sources.litellm, "openrouter": sources.openrouter}
    marks = read_marks(folder)
    fetched = {n: fetch(w, bounds, _marks(folder, n, marks, w)) for n, w in lists.items() if w}
    read = {n: read_document(n, f.content, f.origin) for n, f in fetched.items() if f.content}
    _refuse_unknown(trusted, drafts, read.values())
    with owned(folder, wait_seconds):
        rounds = [_add_events(folder, "litellm", drafts, trusted)] if sources.events else []
        for name, document in read.items():
            taken = Taken(name, document, at, fetched[name].origin)
            rounds.append(_add_document(folder, taken, most_delisted, trusted))
        for name, answer in fetched.items():
            marks = _remember(folder, marks, lists[name] or "", answer)
    return RefreshReport(
        tuple(event for added, _, _ in rounds for event in added),
        tuple(path for _, path, _ in rounds if path is not None),
        sum(known for _, _, known in rounds),
        (*(path.name for path in sources.events), *(f.origin for f in fetched.values())),
        dict(sum((document.skipped for document in read.values()), Counter[str]())),
        watch.seconds(),
    )


Round = tuple[list[Event], Path | None, int]


def _refuse_unknown(
    trusted: Collection[str], drafts: Iterable[Draft], documents: Iterable[Document]
) -> None:
    known = {draft.model for draft in drafts}.union(*(d.quotes for d in documents))
    if unknown := sorted(set(trusted) - known):
        raise InputError(f"{', '.join(unknown)}: in nothing that was read; name a list that has it")


def _add_events(
    folder: Path, price_list: str, drafts: Sequence[Draft], trusted: Collection[str]
) -> Round:
    known = read_history(folder, price_list)
    ids = {event.event_id for event in known}
    fresh = {draft.event_id: draft for draft in drafts if draft.event_id not in ids}
    added = replay(Book(trusted), known, fresh.values())
    path = add_file(folder, added) if added else None
    return added, path, len(drafts) - len(fresh)


def _add_document(
    folder: Path, taken: Taken, most_delisted: float, trusted: Collection[str]
) -> Round:
    book = Book(trusted)
    replay(book, read_history(folder, taken.price_list), ())
    drafts = difference(book, taken)
    if drafts and book.newest is not None and taken.at <= book.newest:
        raise InputError(
            f"{taken.origin}: read as of {taken.at.isoformat()}, but the history of "
            f"{taken.price_list} goes to {book.newest.isoformat()}; a list cannot change the past: "
            "choose a later --at"
        )
    refuse_incomplete(book, drafts, taken.origin, most_delisted)
    added = replay(book, (), drafts)
    return added, add_file(folder, added) if added else None, 0


def _marks(
    folder: Path, name: str, marks: dict[str, dict[str, str]], where: str
) -> dict[str, str] | None:
    """Nothing is unchanged for a history that has nothing of a list."""
    return marks.get(where) if any(folder.glob(f"{name}-*.parquet")) else None


def _remember(
    folder: Path, marks: dict[str, dict[str, str]], where: str, answer: Fetched
) -> dict[str, dict[str, str]]:
    if not where.startswith("http") or marks.get(where, {}) == answer.marks:
        return marks
    marks = marks | {where: answer.marks}
    write_marks(folder, marks)
    return marks

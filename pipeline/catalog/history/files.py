"""The history on disk: parquet files that are only ever added, one for a refresh that brings news.

A file is named after its price list, its newest event and its content, so that the same news always
has the same name. `ls` is the record; nothing else says what was taken in.
"""

import contextlib
import datetime
import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from pipeline.catalog.history.events import Event, as_frame, from_row
from pipeline.errors import BusyError, InputError
from pipeline.io import exclusive, read_parquet, sweep_partials, write_parquet
from schemas.prices import PriceEvents

FOLDER = "prices"
RETRY_SECONDS = 0.1


@contextlib.contextmanager
def owned(folder: Path, wait_seconds: float) -> Iterator[None]:
    """Own a history for the length of a refresh; what a killed one left half-written goes first.

    Raises:
        BusyError: Another refresh still holds it after `wait_seconds`.
    """
    with contextlib.ExitStack() as stack:
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                stack.enter_context(exclusive(folder))
                break
            except BusyError as error:
                if time.monotonic() >= deadline:
                    raise BusyError(
                        f"{folder}: another refresh is writing here, and did for {wait_seconds:g} "
                        "s; wait for it or name another --out"
                    ) from error
            time.sleep(RETRY_SECONDS)
        sweep_partials(folder)
        yield


def history_files(folder: Path) -> list[Path]:
    """Finished files, in order of name."""
    return sorted(folder.glob("*.parquet"))


def read_history(folder: Path, price_list: str) -> list[Event]:
    """Every event of one price list, in the order in which they happened.

    Raises:
        InputError: A file cannot be read, or is none of a history.
    """
    events: dict[str, Event] = {}
    for path in history_files(folder):
        if path.name.startswith(f"{price_list}-"):
            events |= {event.event_id: event for event in map(from_row, _rows(path))}
    return sorted(events.values(), key=lambda event: event.order)


def _rows(path: Path) -> list[dict[str, object]]:
    frame = read_parquet(path)
    schema = PriceEvents.create_empty().schema
    if lacking := [name for name in schema if name not in frame.columns]:
        raise InputError(f"{path}: no file of a price history, it lacks {lacking}; move it away")
    rows: list[dict[str, object]] = frame.select(schema.names()).to_dicts()
    return rows


def add_file(folder: Path, events: Sequence[Event]) -> Path:
    """Write one more file, whole or not at all."""
    frame = as_frame(events)
    path = folder / _name(frame, events[0].draft.price_list)
    write_parquet(frame, path)
    return path


def _name(frame: pl.DataFrame, price_list: str) -> str:
    newest = frame["effective_at"].max()
    assert isinstance(newest, datetime.datetime)
    content = hashlib.sha256("".join(frame["event_id"]).encode()).hexdigest()[:12]
    return f"{price_list}-{newest:%Y%m%dT%H%M%S%f}-{content}.parquet"

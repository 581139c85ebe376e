"""Files of events: a catalogue's past as CSV, one event a line, in USD per token.

Columns are those of LiteLLM's map, beside `committed_at`, `commit`, `model` and `event`. A price
that is none is data, and the gate's to judge; a line without model, time or known event is refused.
"""

import csv
import datetime
from collections.abc import Iterator
from pathlib import Path

from pipeline.catalog.history.documents import LITELLM_PRICES, litellm_quote
from pipeline.catalog.history.events import Draft
from pipeline.errors import InputError

EVENTS = ("listed", "relisted", "changed", "meta", "delisted")
NEEDED = ("committed_at", "model", "event", LITELLM_PRICES["input"], LITELLM_PRICES["output"])


def read_events(path: Path) -> list[Draft]:
    """Read every event of a file, in its order.

    Raises:
        InputError: It cannot be read, lacks a column, or a line cannot be placed.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return list(_drafts(path, csv.DictReader(handle, strict=True)))
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a readable CSV file ({error}); fetch it again") from error


def _drafts(path: Path, reader: "csv.DictReader[str]") -> Iterator[Draft]:
    if lacking := [name for name in NEEDED if name not in (reader.fieldnames or ())]:
        raise InputError(f"{path}: lacks the columns {lacking}; it has {reader.fieldnames}")
    for line in reader:
        where = f"{path}, line {reader.line_num}"
        if None in line or None in line.values():
            raise InputError(f"{where}: another number of columns than the header; fetch it again")
        if not line["model"] or line["event"] not in EVENTS:
            raise InputError(
                f"{where}: model {line['model']!r}, event {line['event']!r}; a line names a model "
                f"and one of {', '.join(EVENTS)}"
            )
        commit = line.get("commit")
        yield Draft(
            price_list="litellm",
            model=line["model"],
            kind=line["event"],
            effective_at=_moment(line["committed_at"], where),
            quote=litellm_quote(line["model"], line),
            origin=f"LiteLLM price map, commit {commit}" if commit else path.name,
        )


def _moment(text: str, where: str) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"{where}: committed_at {text!r} is no time; write it as 2025-06-11T00:35:23+00:00"
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moment.astimezone(datetime.UTC)

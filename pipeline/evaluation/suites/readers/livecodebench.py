"""LiveCodeBench: contest problems of a window of dates, with public and private tests.

Private tests are JSON, or JSON in a pickle, compressed; pickles are read as text only.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pipeline.evaluation.suites.packing import RefusedError, packed, unpickled_text
from pipeline.evaluation.suites.questions import Item, Question, Read, Row, Skip
from pipeline.evaluation.suites.readers.fields import field
from pipeline.evaluation.suites.registry import Suite
from pipeline.sources.truths import BadRowError

STDIN, STARTER = "stdin", "starter"
OUTSIDE = "outside_the_window"


def livecodebench(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """Problems whose contest lies in the window, both of its days included."""
    first, last = str(suite.options["from"]), str(suite.options["to"])
    for row in rows:
        day = str(field(row, "contest_date"))[:10]
        inside = first <= day <= last
        yield Read(row, _read(row) if inside else Skip(_name(row), OUTSIDE))


def _name(row: Row) -> str:
    return str(field(row, "question_id"))


def _read(row: Row) -> Item:
    name, text = _name(row), str(field(row, "question_content"))
    try:
        truth = tests(row.values)
    except BadRowError as error:
        return Skip(name, error.reason, text)
    starter = str(row.values.get("starter_code") or "")
    frame = STARTER if starter.strip() else STDIN
    return Question(name, text, packed(truth), frame=frame, places={"starter": starter})


def tests(values: dict[str, Any]) -> dict[str, Any]:
    """The truth of the code grader: all tests, and the name of the function that is called.

    Raises:
        BadRowError: They cannot be read, or some are of the one kind and some of the other.
    """
    cases = [
        *json.loads(values.get("public_test_cases") or "[]"),
        *_private(str(values.get("private_test_cases") or "[]")),
    ]
    if not cases:
        raise BadRowError("no_tests")
    if len({case["testtype"] for case in cases}) != 1:
        raise BadRowError("mixed_tests")
    truth: dict[str, Any] = {
        "inputs": [c["input"] for c in cases],
        "outputs": [c["output"] for c in cases],
    }
    if cases[0]["testtype"] == "functional":
        truth["fn_name"] = _function(values)
    return truth


def _private(text: str) -> list[dict[str, Any]]:
    try:
        return list(json.loads(text if text.lstrip().startswith("[") else unpickled_text(text)))
    except (ValueError, RefusedError) as error:
        raise BadRowError("unreadable_tests", str(error)) from error


def _function(values: dict[str, Any]) -> str:
    metadata = values.get("metadata") or (values.get("original_json") or {}).get("metadata")
    known = json.loads(metadata) if isinstance(metadata, str) else metadata or {}
    if not known.get("func_name"):
        raise BadRowError("no_function_name")
    return str(known["func_name"])

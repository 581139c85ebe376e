"""LiveCodeBench: contest problems of a window of dates, with public and private tests.

Private tests are JSON, or JSON in a pickle, compressed; pickles are read as text only. As upstream
does, programs find the usual modules imported: the code that the problems give to complete names
`List` and the like without any import.
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
# In this order: of equal names the last one counts, so that `pow` and `open` are the built-in ones.
MODULES = (
    *("string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random"),
    *("statistics", "itertools", "functools", "operator", "io", "sys", "json", "builtins"),
    "typing",
)
DEEP = 50_000
HEAD = "\n".join(
    [
        *(f"from {module} import *" for module in MODULES),
        f"import {', '.join(MODULES)}",
        f"sys.setrecursionlimit({DEEP})",
    ]
)


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
    return Question(name, text, packed(truth), frame, {"starter": starter}, {"prefix": HEAD})


def tests(values: dict[str, Any]) -> dict[str, Any]:
    """The truth of the code grader: all tests, and the name of the function that is called.

    Raises:
        BadRowError: They cannot be read, or some are of the one kind and some of the other.
    """
    cases = [*_cases(values, "public_test_cases"), *_cases(values, "private_test_cases")]
    if not cases:
        raise BadRowError("no_tests")
    try:
        kinds = {case["testtype"] for case in cases}
        truth: dict[str, Any] = {
            "inputs": [case["input"] for case in cases],
            "outputs": [case["output"] for case in cases],
        }
    except (KeyError, TypeError) as error:
        raise BadRowError("unreadable_tests", f"a test without {error}") from error
    if len(kinds) != 1:
        raise BadRowError("mixed_tests")
    if kinds == {"functional"}:
        truth["fn_name"] = _function(values)
    return truth


def _cases(values: dict[str, Any], name: str) -> list[Any]:
    """Tests of one field: a list, its JSON, or its JSON in a compressed pickle."""
    found = values.get(name) or []
    try:
        if isinstance(found, str):
            found = json.loads(found if found.lstrip().startswith("[") else unpickled_text(found))
        return list(found)
    except (TypeError, ValueError, RefusedError) as error:
        raise BadRowError("unreadable_tests", f"{name}: {error}") from error


def _function(values: dict[str, Any]) -> str:
    metadata = values.get("metadata") or (values.get("original_json") or {}).get("metadata")
    known = json.loads(metadata) if isinstance(metadata, str) else metadata or {}
    if not known.get("func_name"):
        raise BadRowError("no_function_name")
    return str(known["func_name"])

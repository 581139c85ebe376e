"""Programming contests: Codeforces and CodeContests, judged by standard input and output.

A problem is left out, with a reason, where comparing the output with one recorded output cannot
judge it: interactive ones, those with several right outputs, and those that read files.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pipeline.evaluation.suites.packing import packed
from pipeline.evaluation.suites.questions import Item, Question, Read, Row, Skip
from pipeline.evaluation.suites.readers.fields import each, field
from pipeline.evaluation.suites.registry import Suite

STDIN = "stdin"
PYTHON3 = 3


def codeforces(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """Rows of open-r1/codeforces."""
    return each(rows, _codeforces, "id")


def _codeforces(row: Row) -> Item:
    name, text = str(field(row, "id")), _statement(row)
    reason = _unfit(row)
    if reason:
        return Skip(name, reason, text)
    tests = row.values.get("official_tests") or []
    return _question(name, text, [(t["input"], t["output"]) for t in tests], None)


def _statement(row: Row) -> str:
    parts = [str(field(row, "title")), str(field(row, "description"))]
    for name, title in (("input_format", "Input"), ("output_format", "Output"), ("note", "Note")):
        if row.values.get(name):
            parts.append(f"{title}\n{row.values[name]}")
    for example in row.values.get("examples") or []:
        parts.append(f"Example input\n{example['input']}\nExample output\n{example['output']}")
    return "\n\n".join(part.strip() for part in parts)


def _unfit(row: Row) -> str | None:
    values = row.values
    if values.get("interaction_format"):
        return "interactive"
    if values.get("generated_checker"):
        return "several_right_outputs"
    if values.get("input_mode", "stdio") != "stdio":
        return "reads_files"
    if not values.get("official_tests"):
        return "no_tests"
    # The rest of the tests was cut off on the site, and lies in a folder of 200 GB.
    return None if values.get("official_tests_complete", True) else "tests_incomplete"


def code_contests(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """Rows of deepmind/code_contests: all tests, generated ones included, as AlphaCode did."""
    return each(rows, _code_contests, "name")


def _code_contests(row: Row) -> Item:
    name, text = str(field(row, "name")), str(field(row, "description"))
    if row.values.get("input_file") or row.values.get("output_file"):
        return Skip(name, "reads_files", text)
    tests = [
        pair
        for kind in ("public_tests", "private_tests", "generated_tests")
        for pair in _pairs(row.values.get(kind))
    ]
    if not tests:
        return Skip(name, "no_tests", text)
    return _question(name, text, tests, _solution(row.values.get("solutions")))


def _pairs(tests: Any) -> list[tuple[str, str]]:
    """Tests as pairs, whether they came as lists side by side or as a list of objects."""
    if isinstance(tests, dict):
        return list(zip(tests["input"], tests["output"], strict=True))
    return [(test["input"], test["output"]) for test in tests or []]


def _solution(solutions: Any) -> str | None:
    """The first solution in Python 3."""
    if not isinstance(solutions, dict):
        return None
    known = zip(solutions["language"], solutions["solution"], strict=True)
    return next((text for language, text in known if language == PYTHON3), None)


def _question(
    name: str, text: str, tests: Sequence[tuple[str, str]], solution: str | None
) -> Question:
    truth = {"inputs": [i for i, _ in tests], "outputs": [o for _, o in tests]}
    return Question(name, text, packed(truth), frame=STDIN, solution=solution)

"""Python programs, judged by tests in the sandbox: assertions, test files, input and output, calls.

The truth is {"functional": "assert ..."}, or {"pytest": ...} or {"solution_file": ...} that import
the program as `solution`, or {"inputs": [...], "outputs": [...]}, with "fn_name" for calls (inputs
are JSON argument lists). Any of them may come as {"packed": base64 of the zlib of its JSON}. All
tests must pass; where they count one by one, the score of a program that fails some of them is the
share it passed. Option `prefix`: code put before the program. Option `seconds`: processor time of
one test, where a problem needs more than the setting grants. Expected outputs never enter the
sandbox.
"""

import ast
import base64
import json
import re
import warnings
import zlib
from collections.abc import Sequence
from textwrap import dedent
from typing import Any

from pipeline.grading import sandbox, suites
from pipeline.grading.answers import tail
from pipeline.grading.json_value import equal
from pipeline.grading.printed import same
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, unparsed, wrong
from pipeline.settings import GradingSettings

VERSION = "3"
MIN_OUTPUT_BYTES = 64 << 10
MAX_OUTPUT_BYTES = 4 << 20
MAX_TRUTH_BYTES = 1 << 30
MAX_SECONDS = 120.0
PACKED = "packed"

_FENCE = re.compile(
    r"^([ \t]*)```[ \t]*(\w*)[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE
)
# In the order of Reasoning360's own grader, where a truth has several.
FILES = ("functional", "solution_file", "pytest")
_PYTHON = ("python", "python3", "py")
_STATEMENTS = (ast.Expr, ast.Pass)


def extract(text: str) -> str | None:
    """The last Python block, else the last unlabelled one, else the whole text if it is code."""
    text = tail(text).replace("\r\n", "\n")
    blocks = _FENCE.findall(text)
    for labels in (_PYTHON, ("",)):
        found = [block for block in blocks if block[1].lower() in labels]
        indent, _, source = found[-1] if found else ("", "", "")
        if source.strip():
            return dedent(source) if indent else str(source)
    return None if blocks or not _is_code(text) else text


def _is_code(text: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            body = ast.parse(text).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return any(
        not isinstance(node, _STATEMENTS)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        for node in body
    )


def quick(task: Task, settings: GradingSettings) -> Outcome | None:
    """Answers without a program, and broken truths."""
    fault = _fault(_truth(task.truth))
    if fault:
        return ungraded(fault)
    if extract(task.text) is None:
        return unparsed("no Python program found")
    return None


def _truth(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return value
    return _unpacked(value[PACKED]) if isinstance(value, dict) and PACKED in value else value


def _unpacked(text: Any) -> Any:
    try:
        machine = zlib.decompressobj()
        data = machine.decompress(base64.b64decode(text, validate=True), MAX_TRUTH_BYTES)
        return None if machine.unconsumed_tail else json.loads(data)
    except (TypeError, ValueError, RecursionError, zlib.error):
        return None


def _fault(truth: Any) -> str | None:
    if not isinstance(truth, dict):
        return "the truth is no object with tests"
    form = _form(truth)
    if form is not None:
        tests = truth[form]
        if not isinstance(tests, str):
            return f"the {form} tests are no text: {str(tests)[:60]!r}"
        return suites.fault(tests, form)
    inputs, outputs = truth.get("inputs"), truth.get("outputs")
    if not isinstance(inputs, list) or not isinstance(outputs, list) or not inputs:
        return f"the truth has neither {', '.join(FILES)} nor inputs and outputs"
    return None if len(inputs) == len(outputs) else f"{len(inputs)} inputs, {len(outputs)} outputs"


def _form(truth: dict[str, Any]) -> str | None:
    return next((form for form in FILES if form in truth), None)


def warm_up() -> None:
    """Try the sandbox once."""
    sandbox.available()


def slow(task: Task, settings: GradingSettings) -> Outcome:
    """Run all tests in one sandbox."""
    source = extract(task.text) or ""
    prefix = task.args.get("prefix")
    program = f"{prefix}\n{source}" if isinstance(prefix, str) else source
    limits = sandbox.Limits(_seconds(task, settings), settings.code_memory_mb)
    truth = _truth(task.truth)
    form = _form(truth)
    try:
        if form is not None:
            return _by_file(program, truth[form], form, limits)
        run = _calls if truth.get("fn_name") else _scripts
        return _verdict(run(program, truth, limits), len(truth["inputs"]))
    except sandbox.SandboxError as error:
        return ungraded(str(error))


def _seconds(task: Task, settings: GradingSettings) -> float:
    """What the setting grants, or what the problem says that it needs, within bounds."""
    wanted = task.args.get("seconds")
    if not isinstance(wanted, int | float):
        return settings.code_seconds
    return max(settings.code_seconds, min(float(wanted), MAX_SECONDS))


def _by_file(program: str, tests: str, form: str, limits: sandbox.Limits) -> Outcome:
    if form == "functional":
        return _verdict([_passed(sandbox.run_asserts(program, tests, limits))], 1)
    count = suites.count_functions(tests) if form == "pytest" else 0
    report = sandbox.run_file(program, tests, limits, count)
    outcome = _verdict([_passed(report)], 1)
    if outcome.verdict == "wrong" and report.value:
        passed, seen = json.loads(report.value)
        outcome = wrong(
            f"{passed} of {max(seen, count)} tests: {outcome.detail}", passed / max(seen, count)
        )
    return outcome


def _verdict(failures: Sequence[str | Outcome | None], tests: int) -> Outcome:
    """One entry per test that was run: None where it passed, else what went wrong."""
    for failure in failures:
        if isinstance(failure, Outcome):
            return failure
    passed = sum(failure is None for failure in failures)
    if passed == tests:
        return CORRECT
    first = next(i for i, failure in enumerate(failures) if failure is not None)
    return wrong(f"test {first + 1} of {tests}: {failures[first]}", passed / tests)


def _passed(report: sandbox.TestReport) -> str | Outcome | None:
    if report.status == "passed":
        return None
    if report.status == "fault":
        return ungraded(report.detail)
    return {"timeout": "took too long", "flood": "wrote too much"}.get(
        report.status
    ) or report.detail


def _scripts(
    program: str, truth: dict[str, Any], limits: sandbox.Limits
) -> list[str | Outcome | None]:
    wanted = [_text(output) for output in truth["outputs"]]
    room = [min(MAX_OUTPUT_BYTES, MIN_OUTPUT_BYTES + 2 * _power(len(text))) for text in wanted]
    reports = sandbox.run_scripts(program, [_text(text) for text in truth["inputs"]], room, limits)
    return [
        _passed(report)
        if report.status != "returned"
        else (None if same(report.value, text) else f"printed {report.value[:60]!r}")
        for report, text in zip(reports, wanted, strict=False)
    ]


def _power(size: int) -> int:
    # Rounded up, so that the limit does not tell the program how long the output should be.
    return 1 << size.bit_length()


def _text(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _calls(
    program: str, truth: dict[str, Any], limits: sandbox.Limits
) -> list[str | Outcome | None]:
    arguments = [_arguments(value) for value in truth["inputs"]]
    if any(isinstance(value, Outcome) for value in arguments):
        return [value for value in arguments if isinstance(value, Outcome)]
    reports = sandbox.run_calls(program, str(truth["fn_name"]), arguments, limits)
    return [
        _passed(report)
        if report.status != "returned"
        else (None if _agrees(json.loads(report.value), want) else f"returned {report.value[:60]}")
        for report, want in zip(reports, truth["outputs"], strict=False)
    ]


def _arguments(value: Any) -> Any:
    """An argument list; as text it holds one JSON value per line."""
    try:
        values = (
            [json.loads(line) for line in value.splitlines()] if isinstance(value, str) else value
        )
    except (ValueError, RecursionError):
        return ungraded(f"the arguments are not JSON: {value[:60]!r}")
    return (
        values if isinstance(values, list) else ungraded(f"no argument list: {str(value)[:60]!r}")
    )


def _agrees(value: Any, want: Any) -> bool:
    """Equal, or equal to the only item of the truth, or to the JSON that the truth's text holds."""
    if equal(value, want) or (isinstance(want, list) and len(want) == 1 and equal(value, want[0])):
        return True
    if not isinstance(want, str):
        return False
    try:
        return equal(value, json.loads(want))
    except (ValueError, RecursionError):
        return False

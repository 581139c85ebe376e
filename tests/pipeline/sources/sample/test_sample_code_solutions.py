"""Every reference solution passes its tests, broken ones do not, in a child process."""

import json
import subprocess
import sys
from typing import Any

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample import code

ROWS = list(code.rows())
FUNCTIONAL = [row for row in ROWS if "functional" in row.ground_truth]
PROGRAMS = [row for row in ROWS if "inputs" in row.ground_truth]

HARNESS = """
import contextlib, io, json, sys
failed = []
for number, (source, truth) in enumerate(json.load(sys.stdin)):
    try:
        if "functional" in truth:
            space = {}
            exec(source, space)
            exec(truth["functional"], space)
        else:
            for given, wanted in zip(truth["inputs"], truth["outputs"], strict=True):
                sys.stdin, out = io.StringIO(given), io.StringIO()
                with contextlib.redirect_stdout(out):
                    exec(source, {"__name__": "__main__"})
                assert out.getvalue() == wanted
    except Exception as error:
        failed.append([number, repr(error)])
print(json.dumps(failed))
"""


def source(row: SourceRow) -> str:
    text = str(row.solution)
    assert text.startswith("```python\n")
    return text.removeprefix("```python\n").removesuffix("```")


def failures(cases: list[tuple[str, Any]]) -> list[Any]:
    result = subprocess.run(
        [sys.executable, "-I", "-c", HARNESS],
        input=json.dumps(cases), capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    found: list[Any] = json.loads(result.stdout)
    return found


def test_all_solutions_pass() -> None:
    assert len(FUNCTIONAL) >= 100
    assert len(PROGRAMS) >= 20
    assert failures([(source(row), row.ground_truth) for row in ROWS]) == []


def test_there_are_over_sixty_functions_and_ten_programs() -> None:
    assert len({row.grader_args["entry_point"] for row in FUNCTIONAL}) >= 60
    assert len({source(row).split("(")[0] for row in PROGRAMS}) >= 10


def test_a_function_that_returns_nothing_fails_every_row() -> None:
    cases = []
    for row in FUNCTIONAL:
        name = row.grader_args["entry_point"]
        cases.append((f"def {name}(*args):\n    return None\n", row.ground_truth))
    assert len(failures(cases)) == len(cases)


def test_a_function_that_gives_the_shown_example_only_fails_every_row() -> None:
    cases = []
    for row in FUNCTIONAL:
        shown = row.messages[0]["content"].split("` returns `")[1].split("`.")[0]
        name = row.grader_args["entry_point"]
        cases.append((f"def {name}(*args):\n    return {shown}\n", row.ground_truth))
    assert len(failures(cases)) == len(cases)


def test_a_program_that_prints_the_example_output_fails_every_row() -> None:
    cases = [
        (f"print({row.ground_truth['outputs'][1]!r}, end='')", row.ground_truth) for row in PROGRAMS
    ]
    assert len(failures(cases)) == len(cases)


def test_solutions_do_not_change_their_arguments() -> None:
    cases = []
    for row in FUNCTIONAL:
        name = row.grader_args["entry_point"]
        twice = (
            f"{source(row)}\nimport copy\n_once = {name}\ndef {name}(*args):\n    kept = "
            "copy.deepcopy(args)\n    result = _once(*args)\n    assert args == kept\n    "
            "return result\n"
        )
        if f"return {name}(" not in source(row).replace(f"return _{name}(", ""):
            cases.append((twice, row.ground_truth))
    assert failures(cases) == []


def test_prompts_hold_no_unfilled_parameter() -> None:
    for row in ROWS:
        text = row.messages[0]["content"]
        description = text.split("Example")[0].replace("```", "")
        assert "`" not in description, row.file

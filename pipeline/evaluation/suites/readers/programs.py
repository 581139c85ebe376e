"""Programs: HumanEval, HumanEval+ and MBPP, judged by assertions."""

from collections.abc import Iterable, Iterator, Sequence

from pipeline.evaluation.suites.questions import Item, Question, Read, Row, Skip
from pipeline.evaluation.suites.readers.closeness import IMPORT, STAND_IN, without_numpy
from pipeline.evaluation.suites.readers.fields import each, field
from pipeline.evaluation.suites.registry import Suite

# The Hub's test of HumanEval/32 unpacks the root that the answer gives, which no answer survives:
# upstream's own runner asks whether the polynomial is close to zero there.
SPOILT = "_poly(*candidate(*inp), inp)"
REPAIRED = "abs(_poly(*inp, candidate(*inp)))"
# Hundreds of inputs are one test of the grader's, and some make millions of numbers.
MANY_SECONDS = 30
EQUAL = "agree(out, known(*deepcopy(inp)))"
ROOT_FOUND = 'assert abs(names["poly"](*inp, out)) <= 1e-4'
COMPARED = """\
from copy import deepcopy

inf, nan = float("inf"), float("nan")
{stand_in}
names = {{}}
exec({solution!r}, names)
known = names[{name!r}]


def agree(out, exp):
    parts = exp if isinstance(exp, (list, tuple)) else [exp]
    atol = {atol} or (1e-6 if all(isinstance(part, float) for part in parts) else 0)
    if out != exp:
        assert atol
        np.testing.assert_allclose(out, exp, atol=atol)


def check(candidate):
    for inp in {inputs}:
        out = candidate(*deepcopy(inp))
        {judge}
"""


def humaneval(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """A function to complete; `check` of the tests is called with it.

    The head of the function is put before the answer, so that imports and helpers which the prompt
    gives need not be repeated.
    """

    def read(row: Row) -> Item:
        head = str(field(row, "prompt"))
        name = str(field(row, "entry_point"))
        solution = head + str(field(row, "canonical_solution"))
        many = "plus_input" in row.values or IMPORT.search(str(field(row, "test")))
        tests = _released(row, name, solution) if "plus_input" in row.values else _written(row)
        if tests is None:
            return Skip(str(field(row, "task_id")), "needs_numpy", head)
        # HumanEval+ on the Hub ends with the call; the original leaves it to the reader.
        call = f"check({name})"
        if call not in tests:
            tests = f"{tests}\n\n{call}"
        return Question(
            str(field(row, "task_id")),
            head,
            {"functional": tests},
            args={"prefix": head} | ({"seconds": MANY_SECONDS} if many else {}),
            solution=solution,
        )

    return each(rows, read, "task_id")


def _written(row: Row) -> str | None:
    """Tests that the row spells out, without numpy."""
    return without_numpy(str(field(row, "test")).replace(SPOILT, REPAIRED))


def _released(row: Row, name: str, solution: str) -> str:
    """Tests of upstream's own files, which give inputs, and the solution that says what is right.

    Their field `test` holds those of HumanEval alone.
    """
    inputs = [*field(row, "base_input"), *field(row, "plus_input")]
    judge = ROOT_FOUND if name == "find_zero" else EQUAL
    return COMPARED.format(
        stand_in=STAND_IN,
        solution=solution,
        name=name,
        inputs=inputs,
        atol=float(row.values.get("atol") or 0),
        judge=judge,
    )


def mbpp(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """A function to write; the assertions are part of the question, as they name it.

    Of a file with more than the test split, only rows numbered `first` to `last` count.
    """
    first, last = suite.options["first"], suite.options["last"]

    def read(row: Row) -> Item:
        tests = "\n".join(field(row, "test_list"))
        setup = row.values.get("test_setup_code") or ""
        return Question(
            str(field(row, "task_id")),
            str(field(row, "text", "prompt")),
            {"functional": f"{setup}\n{tests}".strip()},
            places={"tests": tests},
            solution=str(field(row, "code")),
        )

    tested = (row for row in rows if first <= int(field(row, "task_id")) <= last)
    return each(tested, read, "task_id")

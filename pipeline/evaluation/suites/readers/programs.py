"""Programs: HumanEval, HumanEval+ and MBPP, judged by assertions."""

from collections.abc import Iterable, Iterator, Sequence

from pipeline.evaluation.suites.questions import Item, Question, Read, Row, Skip
from pipeline.evaluation.suites.readers.closeness import without_numpy
from pipeline.evaluation.suites.readers.fields import each, field
from pipeline.evaluation.suites.registry import Suite

# The Hub's test of HumanEval/32 unpacks the root that the answer gives, which no answer survives:
# upstream's own runner asks whether the polynomial is close to zero there.
SPOILT = "_poly(*candidate(*inp), inp)"
REPAIRED = "abs(_poly(*inp, candidate(*inp)))"


def humaneval(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """A function to complete; `check` of the tests is called with it.

    The head of the function is put before the answer, so that imports and helpers which the prompt
    gives need not be repeated.
    """

    def read(row: Row) -> Item:
        head = str(field(row, "prompt"))
        call = f"check({field(row, 'entry_point')})"
        tests = without_numpy(str(field(row, "test")).replace(SPOILT, REPAIRED))
        if tests is None:
            return Skip(str(field(row, "task_id")), "needs_numpy", head)
        # HumanEval+ on the Hub ends with the call; the original leaves it to the reader.
        if call not in tests:
            tests = f"{tests}\n\n{call}"
        return Question(
            str(field(row, "task_id")),
            head,
            {"functional": tests},
            args={"prefix": head},
            solution=head + str(field(row, "canonical_solution")),
        )

    return each(rows, read, "task_id")


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

"""IFEval: prompts with instructions that a program can check; its parts are their numbers."""

from collections.abc import Iterable, Iterator, Sequence

from pipeline.evaluation.suites.questions import Item, Question, Read, Row, Skip
from pipeline.evaluation.suites.readers.fields import each, field
from pipeline.evaluation.suites.registry import Suite
from pipeline.sources.truths import BadRowError, normalise


def ifeval(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """The names of the instructions and their arguments, side by side."""
    return each(rows, _ifeval, "key")


def _ifeval(row: Row) -> Item:
    name, text = str(field(row, "key")), str(field(row, "prompt"))
    extra = {"instruction_id_list": field(row, "instruction_id_list")}
    try:
        truth = normalise("ifeval", field(row, "kwargs"), extra)
    except BadRowError as error:
        return Skip(name, error.reason, text)
    count = len(truth.value)
    return Question(name, text, truth.value, part=f"{count}_instruction{'s' * (count > 1)}")

"""GPQA: questions of four choices, put into an order that only the seed and the question decide."""

from collections.abc import Iterable, Iterator, Sequence

from pipeline.evaluation.suites.questions import Item, Question, Read, Row
from pipeline.evaluation.suites.readers.fields import each, field
from pipeline.evaluation.suites.registry import Suite
from pipeline.rng import generator

LETTERS = "ABCD"
WRONG = ("Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")


def gpqa(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """The right answer always comes first in the file, so choices are shuffled."""
    seed = int(suite.options["seed"])

    def read(row: Row) -> Item:
        text = str(field(row, "Question")).strip()
        name = str(row.values.get("Record ID") or row.number)
        answers = [str(field(row, key)).strip() for key in ("Correct Answer", *WRONG)]
        order = [int(i) for i in generator(seed, "suite_choices", text).permutation(len(LETTERS))]
        choices = {letter: answers[i] for letter, i in zip(LETTERS, order, strict=True)}
        shown = "\n".join(f"{letter}) {answer}" for letter, answer in choices.items())
        return Question(
            name,
            text,
            LETTERS[order.index(0)],
            places={"choices": shown},
            args={"choices": choices},
            solution=row.values.get("Explanation") or None,
        )

    return each(rows, read, "Record ID")

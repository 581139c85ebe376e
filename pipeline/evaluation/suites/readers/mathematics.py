r"""Mathematics: a question, and an answer in a field of its own or boxed in the solution.

One reader for AIME, AMC, Minerva, MATH-500 and GSM8K; OlympiadBench has more to say per row.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pipeline.evaluation.suites.questions import Item, Question, Read, Row, Skip
from pipeline.evaluation.suites.readers.fields import each, field
from pipeline.evaluation.suites.registry import Suite
from pipeline.grading.answers import boxed, hashes
from pipeline.sources.truths import BadRowError

QUESTION = ("problem", "Problem", "question")
ANSWER = ("answer", "Answer", "expected_answer")
SOLUTION = ("solution", "Solution")


def answers(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """Rows with a question and a final answer."""

    def read(row: Row) -> Item:
        text = str(field(row, *QUESTION))
        given = _first(row, ANSWER)
        worked = _first(row, SOLUTION)
        # GSM8K keeps its worked solution in `answer`, with the result behind `####`.
        final = hashes(given) if isinstance(given, str) and "####" in given else given
        if final is None:
            final = boxed(str(field(row, *SOLUTION)))
        if final is None:
            raise BadRowError("no_final_answer")
        solution = worked or (given if final is not given else None)
        return Question(_name(row), text, _plain(final), solution=solution)

    return each(rows, read)


def _first(row: Row, names: Sequence[str]) -> Any:
    return next((row.values[name] for name in names if row.values.get(name) is not None), None)


def _name(row: Row) -> str:
    for key in ("unique_id", "id", "ID", "idx", "problem_idx"):
        if row.values.get(key) is not None:
            return str(row.values[key])
    return str(row.number)


def _plain(answer: Any) -> str:
    """An answer as text; whole numbers that came as floats lose their point."""
    if isinstance(answer, float) and answer.is_integer():
        return str(int(answer))
    return str(answer).strip()


def olympiad(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """OlympiadBench: open questions with final answers; those about pictures cannot be asked."""
    return each(rows, _olympiad, "id")


def _olympiad(row: Row) -> Item:
    name = str(field(row, "id"))
    context = row.values.get("context")
    text = "\n\n".join(part for part in (context, field(row, "question")) if part)
    if _pictured(row):
        return Skip(name, "needs_images", text)
    final = row.values.get("final_answer")
    if not final:
        return Skip(name, "proof_without_final_answer", text)
    worked = row.values.get("solution")
    return Question(
        name,
        text,
        [_plain(one) for one in final],
        places={"form": _form(row)},
        solution="\n\n".join(worked) if isinstance(worked, list) else worked,
    )


def _form(row: Row) -> str:
    """How an answer is written that is several, or that has a unit."""
    parts = []
    if row.values.get("is_multiple_answer"):
        parts.append("There are several answers: separate them with commas. ")
    if row.values.get("unit"):
        parts.append(f"Answer in the unit {row.values['unit']}, and leave it out of the box. ")
    return "".join(parts)


def _pictured(row: Row) -> bool:
    pictures = [value for key, value in row.values.items() if key.startswith("image")]
    return any(pictures) or row.values.get("modality") == "Multimodal"

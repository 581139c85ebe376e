"""MT-Bench: open questions of two turns, rated by a judge.

A second turn builds on what the system itself said before, which one question cannot hold: the
first question carries it along, and `follow_up` makes it once there is an answer.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipeline.evaluation.suites.questions import PART, Item, Later, Question, Read, Row
from pipeline.evaluation.suites.readers.fields import field
from pipeline.evaluation.suites.registry import Suite
from schemas.problems import problem_id, to_json

DOMAINS = {"math": "math", "coding": "code", "reasoning": "logic", "stem": "stem"}
LATER = "later"


def mt_bench(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """First turns as questions that hold the later ones, with references where those are known."""
    known = {str(field(row, "question_id")): _turns(row) for row in beside}
    for row in rows:
        name = str(field(row, "question_id", "prompt_id"))
        turns = [str(turn) for turn in field(row, "turns", "prompt")]
        references = known.get(name) or list(row.values.get("reference") or ())
        yield Read(row, _first(row, name, turns, [str(text or "") for text in references]))
        for number, text in enumerate(turns[1:], 2):
            yield Read(row, Later(f"{name}#{number}", text))


def _first(row: Row, name: str, turns: list[str], references: list[str]) -> Item:
    category = str(field(row, "category"))
    references += [""] * (len(turns) - len(references))
    later = [
        {"question": text, "reference": reference}
        for text, reference in zip(turns[1:], references[1:], strict=False)
    ]
    return Question(
        name,
        turns[0],
        references[0],
        args={"category": category, "question": turns[0], LATER: later},
        domain=DOMAINS.get(category),
        part=_part(1),
        solution=references[0] or None,
    )


def _turns(row: Row) -> list[Any]:
    choices = field(row, "choices")
    return list(choices[0]["turns"]) if choices else []


def _part(turn: int) -> str:
    return f"turn_{turn}"


def follow_up(problem: Mapping[str, Any], answer: str) -> dict[str, Any] | None:
    """The next turn of a conversation.

    Args:
        problem: A row of the table `problems`.
        answer: What the system answered to it.

    Returns:
        A row of the same table, whose messages hold the answer; its id does not depend on the
        answer. None where the conversation ends.
    """
    if f'"{LATER}"' not in problem["grader_args"]:
        return None
    args = json.loads(problem["grader_args"])
    later = args.get(LATER) or []
    if not later:
        return None
    said = {"question": args["question"], "answer": answer}
    said["reference"] = json.loads(problem["ground_truth"])
    turns = [*args.get("turns", []), said]
    asked = {"role": "user", "content": later[0]["question"]}
    now = {"turns": turns, LATER: later[1:], "question": asked["content"]}
    now[PART] = _part(len(turns) + 1)
    messages = [*problem["messages"], {"role": "assistant", "content": answer}, asked]
    return {
        **problem,
        "problem_id": problem_id(
            problem["data_source"], [m for m in messages if m["role"] == "user"]
        ),
        "messages": messages,
        "ground_truth": to_json(later[0]["reference"]),
        "grader_args": to_json({**args, **now}),
    }

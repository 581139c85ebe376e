"""What one run asks: the problems of a suite, as queries of the engine and as truths of graders.

A later turn of a conversation is a problem of its own: it is asked after the turn before it, with
what was answered there.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import polars as pl

from pipeline.evaluation.intervals import Groups
from pipeline.evaluation.linking import user_text
from pipeline.evaluation.suites.load import LoadedSuite
from pipeline.evaluation.suites.questions import PART
from pipeline.evaluation.suites.readers.conversation import follow_up
from pipeline.evaluation.suites.registry import Suite
from pipeline.grading import registry
from pipeline.reward.scoring import Truth
from pipeline.router.limits import prompt_tokens
from pipeline.router.turns import Query
from schemas.evaluations import SuiteItems
from schemas.problems import to_json

UNTIERED = "untiered"
ACCURACY = "accuracy"
# Metrics in which every part of a suite counts alike, whatever number of problems it has.
BY_PART = ("rating", "average")

Row = dict[str, Any]


class Item(NamedTuple):
    """One problem, asked for the n-th time; `known_as` is its id in the pool."""

    problem_id: str
    sample: int
    known_as: str

    @property
    def key(self) -> tuple[str, int]:
        """What tells items of a run apart."""
        return self.problem_id, self.sample


class Asked:
    """The problems of one suite.

    Attributes:
        suite: Which.
        revision: Of its data.
        repetitions: Times that each problem is asked.
        skipped: Items that cannot be asked, by reason.
        texts: What users say, by problem.
        links: Ids under which the pool knows the problems, where it has others.
    """

    def __init__(self, loaded: LoadedSuite, repetitions: int, links: Mapping[str, str]) -> None:
        self.suite: Suite = loaded.suite
        self.revision, self.skipped = loaded.revision, loaded.skipped
        self.repetitions, self.links = repetitions, links
        self._conversations = [_turns(row) for row in loaded.problems.iter_rows(named=True)]
        self._rows: dict[str, Row] = {
            row["problem_id"]: row for turns in self._conversations for row in turns
        }
        self._places = {
            row["problem_id"]: (turns, place)
            for turns in self._conversations
            for place, row in enumerate(turns)
        }
        self.texts = {key: user_text(row["messages"]) for key, row in self._rows.items()}

    def __len__(self) -> int:
        """Number of problems; every turn of a conversation is one."""
        return len(self._rows)

    @property
    def size(self) -> int:
        """Number of answers wanted."""
        return len(self) * self.repetitions

    @property
    def graders(self) -> frozenset[str]:
        """Of its problems."""
        return frozenset(row["grader"] for row in self._rows.values())

    def conversations(self) -> Iterator[list[Item]]:
        """Everything to ask, turns in order: the first time of all problems, then the second.

        A budget that ends early so leaves as many problems as possible with an answer.
        """
        for sample in range(self.repetitions):
            for turns in self._conversations:
                yield [self.item(row["problem_id"], sample) for row in turns]

    def items(self) -> Iterator[Item]:
        """The same, one by one."""
        return chain.from_iterable(self.conversations())

    def item(self, problem_id: str, sample: int) -> Item:
        """One of them."""
        return Item(problem_id, sample, self.links.get(problem_id, problem_id))

    def before(self, problem_id: str) -> list[str]:
        """Turns that come before this one, the first one first."""
        turns, place = self._places[problem_id]
        return [row["problem_id"] for row in turns[:place]]

    def query(self, item: Item, said: Sequence[str] = ()) -> Query:
        """The question as the engine takes it.

        Args:
            item: What is asked.
            said: Answers to the turns before it.
        """
        messages = self._row(item.problem_id, said)["messages"]
        return Query(messages, item.known_as, sample=item.sample)

    def truth(self, problem_id: str, said: Sequence[str] = ()) -> Truth:
        """What graders and the reward want to know; `said` as in `query`."""
        row = self._row(problem_id, said)
        return Truth(
            kind=row["kind"],
            domain=row["domain"],
            tier=UNTIERED,
            grader=row["grader"],
            ground_truth=row["ground_truth"],
            grader_args=row["grader_args"],
            input_tokens=prompt_tokens(row["messages"]),
        )

    def _row(self, problem_id: str, said: Sequence[str]) -> Row:
        """A problem, after answers to the turns before it; without them they are empty."""
        turns, place = self._places[problem_id]
        if not said:
            return self._rows[problem_id]
        row: Row = turns[0]
        for _, answer in zip(range(place), said, strict=True):
            row = follow_up(row, answer) or row
        return row

    def part(self, problem_id: str) -> str:
        """Part of the suite that a problem belongs to; empty where the suite has none."""
        return str(json.loads(self._rows[problem_id]["grader_args"]).get(PART, ""))

    def groups(self, problems: Sequence[str]) -> Groups:
        """Which problems are drawn together, and which parts count alike in the suite's metric."""
        by_part = self.suite.metric in BY_PART
        units = [self._places[key][0][0]["problem_id"] for key in problems]
        return Groups(units, [self.part(key) if by_part else "" for key in problems])

    def digest(self) -> str:
        """Hash of all that decides what is asked and how it is graded."""
        names = ("problem_id", "messages", "grader", "ground_truth", "grader_args")
        rows = [[row[name] for name in names] for row in self._rows.values()]
        return digest_of([rows, [(name, registry.version(name)) for name in sorted(self.graders)]])

    def table(self) -> pl.DataFrame:
        """Table `suite_items`; turns of one conversation are one item."""
        several = len({row["origin"]["file"] for row in self._rows.values()}) > 1
        rows = [self._item(row, several) for row in self._rows.values()]
        frame = pl.DataFrame(rows, schema=SuiteItems.create_empty().schema)
        return SuiteItems.validate(frame.sort("problem_id"), cast=True)

    def _item(self, row: Row, several_files: bool) -> Row:
        origin, part = row["origin"], self.part(row["problem_id"])
        number = None if origin["row"] is None else str(origin["row"])
        if number is not None and several_files:
            number = f"{origin['file']}:{number}"
        return {
            "suite": self.suite.name,
            "suite_revision": self.revision,
            "item_id": number or self._places[row["problem_id"]][0][0]["problem_id"],
            "problem_id": row["problem_id"],
            "data_source": f"{row['data_source']}/{part}" if part else row["data_source"],
            "domain": row["domain"],
            "grader": row["grader"],
            "licence": origin["licence"],
        }


def _turns(problem: Row) -> list[Row]:
    """A problem and the turns after it, with empty answers between them."""
    turns = [problem]
    while (row := follow_up(turns[-1], "")) is not None:
        turns.append(row)
    return turns


def digest_of(value: Any) -> str:
    """First 16 hex digits of SHA-256 over the JSON text of a value."""
    return hashlib.sha256(to_json(value).encode(errors="replace")).hexdigest()[:16]


def texts_of(problems: pl.DataFrame) -> dict[str, str]:
    """What users say, by problem."""
    pairs = problems.select("problem_id", "messages").iter_rows()
    return {problem_id: user_text(messages) for problem_id, messages in pairs}

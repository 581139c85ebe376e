"""What one run asks: the problems of a suite, as queries of the engine and as truths of graders."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl

from pipeline.evaluation.linking import user_text
from pipeline.evaluation.suites.load import LoadedSuite
from pipeline.evaluation.suites.registry import Suite
from pipeline.grading import registry
from pipeline.reward.scoring import Truth
from pipeline.router.limits import prompt_tokens
from pipeline.router.turns import Query
from schemas.evaluations import SuiteItems
from schemas.problems import to_json

UNTIERED = "untiered"
ACCURACY = "accuracy"


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
        self._frame = loaded.problems
        rows = loaded.problems.iter_rows(named=True)
        self._rows: dict[str, dict[str, Any]] = {row["problem_id"]: row for row in rows}
        self.texts = texts_of(loaded.problems)

    def __len__(self) -> int:
        """Number of problems."""
        return len(self._rows)

    @property
    def size(self) -> int:
        """Number of answers wanted."""
        return len(self) * self.repetitions

    def items(self) -> Iterator[Item]:
        """Everything to ask: the first time of all problems, then the second.

        A budget that ends early so leaves as many problems as possible with an answer.
        """
        for sample in range(self.repetitions):
            for problem_id in self._rows:
                yield Item(problem_id, sample, self.links.get(problem_id, problem_id))

    def query(self, item: Item) -> Query:
        """The question as the engine takes it."""
        messages = self._rows[item.problem_id]["messages"]
        return Query(messages, item.known_as, sample=item.sample)

    def truth(self, problem_id: str) -> Truth:
        """What graders and the reward want to know."""
        row = self._rows[problem_id]
        return Truth(
            kind=row["kind"],
            domain=row["domain"],
            tier=UNTIERED,
            grader=row["grader"],
            ground_truth=row["ground_truth"],
            grader_args=row["grader_args"],
            input_tokens=prompt_tokens(row["messages"]),
        )

    def digest(self) -> str:
        """Hash of all that decides what is asked and how it is graded."""
        names = ("problem_id", "messages", "grader", "ground_truth", "grader_args")
        rows = [[row[name] for name in names] for row in self._rows.values()]
        graders = sorted({row["grader"] for row in self._rows.values()})
        return digest_of([rows, [(name, registry.version(name)) for name in graders]])

    def table(self) -> pl.DataFrame:
        """Table `suite_items`."""
        origin = pl.col("origin").struct
        row = origin.field("row").cast(pl.String)
        frame = self._frame.select(
            pl.lit(self.suite.name).alias("suite"),
            pl.lit(self.revision).alias("suite_revision"),
            pl.coalesce(row, "problem_id").alias("item_id"),
            "problem_id",
            "data_source",
            "domain",
            "grader",
            origin.field("licence").alias("licence"),
        )
        return SuiteItems.validate(frame.sort("problem_id"), cast=True)


def digest_of(value: Any) -> str:
    """First 16 hex digits of SHA-256 over the JSON text of a value."""
    return hashlib.sha256(to_json(value).encode(errors="replace")).hexdigest()[:16]


def texts_of(problems: pl.DataFrame) -> dict[str, str]:
    """What users say, by problem."""
    pairs = problems.select("problem_id", "messages").iter_rows()
    return {problem_id: user_text(messages) for problem_id, messages in pairs}

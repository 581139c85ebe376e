"""An open bank: recorded outcomes by problem and model, in memory, with any price list. Calls none.

A record costs about a hundred bytes and its text; texts stay in Arrow until somebody wants one.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from pipeline.bank.tables import read_outcomes, read_questions
from pipeline.catalog.tariff import Usage
from pipeline.errors import InputError
from pipeline.router.limits import prompt_tokens
from pipeline.router.menu import Entry
from pipeline.router.simulated import SOURCE as SIMULATED
from pipeline.router.turns import Message, Query
from schemas.problems import canonical_prompt

FULL = 1.0


class Record(NamedTuple):
    """One recorded outcome, without its text.

    Attributes:
        row: Number of its row in the bank.
        usage: None where no tokens are known.
        cost_usd: As recorded; None where unknown.
        verdict: None where only a cost is known.
        score: Likewise.
        simulated: A stand-in's answer.
    """

    row: int
    usage: Usage | None
    cost_usd: float | None
    verdict: str | None
    score: float | None
    simulated: bool

    @property
    def full(self) -> bool:
        """Whether the answer counts as right."""
        return self.verdict == "correct" if self.score is None else self.score >= FULL


class Bank:
    """Outcomes of one bank.

    Attributes:
        models: Ids, sorted.
        size: Number of outcomes.
    """

    def __init__(
        self, outcomes: pl.DataFrame, questions: pl.DataFrame | None, assumed_tokens: int = 0
    ) -> None:
        """Index the outcomes.

        Args:
            outcomes: Table `outcomes`, sorted by key.
            questions: Table `bank_problems`, where there is one.
            assumed_tokens: Length of an answer of which neither tokens nor a cost are known.
        """
        self.size = outcomes.height
        self.models: list[str] = sorted(outcomes["model_id"].unique())
        self._assumed = assumed_tokens
        self._texts = outcomes["text"]
        self._questions = questions
        self._records = _records(outcomes)

    def record(self, problem_id: str, model_id: str, sample: int = 0) -> Record | None:
        """One outcome; samples beyond those present begin again with the first."""
        samples = self._records.get((problem_id, model_id))
        return samples[sample % len(samples)] if samples else None

    def text(self, record: Record) -> str | None:
        """What the model wrote, where that is kept."""
        found: str | None = self._texts[record.row]
        return found

    def usage(self, record: Record, messages: Sequence[Message]) -> Usage:
        """Tokens of an outcome: recorded, else assumed where a length is, else none."""
        if record.usage is not None:
            return record.usage
        return Usage() if record.cost_usd is not None else self.assumed(messages)

    def assumed(self, messages: Sequence[Message]) -> Usage:
        """Tokens of an outcome of which nothing is known."""
        return Usage(prompt_tokens(messages), 0, self._assumed) if self._assumed else Usage()

    def cost(self, record: Record, entry: Entry, assumed: Usage) -> float:
        """What an outcome costs at an entry's prices; the recorded cost where no tokens are.

        Args:
            record: The outcome.
            entry: Whose prices.
            assumed: Tokens of this question where nothing is known.
        """
        if record.usage is None and record.cost_usd is not None:
            return record.cost_usd
        return entry.tariff.cost(record.usage or assumed)

    def find(self, query: Query) -> str | None:
        """Problem that a query is about: the one it names, else the one with its very text."""
        if query.problem_id is not None:
            return query.problem_id
        try:
            return self._by_prompt.get(_prompt_hash(query.messages))
        except (KeyError, TypeError):  # a picture, or a message without content
            return None

    @cached_property
    def _by_prompt(self) -> dict[bytes, str]:
        found: dict[bytes, str] = {}
        for problem_id, messages in self._asked().select("problem_id", "messages").iter_rows():
            found.setdefault(_prompt_hash(messages), problem_id)
        return found

    def _asked(self) -> pl.DataFrame:
        if self._questions is None:
            return pl.DataFrame(schema={"problem_id": pl.String, "messages": pl.List(pl.String)})
        return self._questions.filter(pl.col("messages").is_not_null())

    def queries(self) -> Iterator[Query]:
        """Every problem with an outcome, once for each of its samples, in a fixed order.

        Raises:
            InputError: The bank knows no question.
        """
        most: dict[str, int] = {}
        for (problem_id, _), samples in self._records.items():
            most[problem_id] = max(most.get(problem_id, 0), len(samples))
        found = False
        for row in self._asked().sort("problem_id").iter_rows(named=True):
            for sample in range(most.get(row["problem_id"], 0)):
                found = True
                yield Query(row["messages"], row["problem_id"], tier=row.get("tier"), sample=sample)
        if not found:
            raise InputError(
                "the bank holds outcomes, but no question of them; import the set with a mapping "
                "that names `prompt` or `messages`, or put problems.parquet of its build beside it"
            )


def read_bank(path: Path, assumed_tokens: int = 0) -> Bank:
    """Open a bank.

    Args:
        path: Its directory, or a table `outcomes`.
        assumed_tokens: Length of an answer of which neither tokens nor a cost are known.

    Raises:
        InputError: There is none, or it is broken.
    """
    return Bank(read_outcomes(path), read_questions(path), assumed_tokens)


def _records(outcomes: pl.DataFrame) -> dict[tuple[str, str], tuple[Record, ...]]:
    names = ("problem_id", "model_id", "input_tokens", "cached_input_tokens", "output_tokens")
    columns = [*names, "reasoning_tokens", "cost_usd", "verdict", "score", "source"]
    found: dict[tuple[str, str], tuple[Record, ...]] = {}
    for row, values in enumerate(outcomes.select(columns).iter_rows()):
        problem_id, model_id, read, cached, written, thought, cost, verdict, score, source = values
        usage = None
        if read is not None or written is not None:
            usage = Usage(read or 0, cached or 0, written or 0, thought or 0)
        record = Record(row, usage, cost, verdict, score, source == SIMULATED)
        key = (problem_id, model_id)
        found[key] = (*found.get(key, ()), record)
    return found


def _prompt_hash(messages: Sequence[Mapping[str, Any]]) -> bytes:
    flat = [{"role": m["role"], "content": _plain(m["content"])} for m in messages]
    return blake2b(canonical_prompt(flat).encode(errors="replace"), digest_size=16).digest()


def _plain(content: Any) -> str:
    """Text of a message, of one in parts too."""
    if isinstance(content, str):
        return content
    return "".join(str(part["text"]) for part in content)

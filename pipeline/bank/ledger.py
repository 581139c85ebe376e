"""The ledger of a collection: what was asked, what was answered, what it cost. Never changed.

Keyed by content (problem, model, pool, parameters) and the number of the sample. A call is written
down before it is sent, with the most it can cost, and again when it is over: what a killed process
had in flight stays known and counts with its worst case. One SQLite file in write-ahead mode.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.books import Books
from pipeline.grading.verdicts import Grade
from pipeline.router.turns import Reply
from schemas.problems import to_json

KEY_BYTES = 16
FORMAT = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS problems (problem_id TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL, sample INTEGER NOT NULL, model_id TEXT NOT NULL,
    worst_usd REAL NOT NULL, cost_usd REAL, fault TEXT, detail TEXT
);
CREATE TABLE IF NOT EXISTS answers (
    key BLOB NOT NULL, sample INTEGER NOT NULL, problem_id TEXT NOT NULL, model_id TEXT NOT NULL,
    terms TEXT NOT NULL, input_tokens INTEGER NOT NULL, cached_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL, seconds REAL NOT NULL,
    cost_usd REAL NOT NULL, finish_reason TEXT, source TEXT NOT NULL, collected_at TEXT NOT NULL,
    bytes INTEGER NOT NULL, text BLOB NOT NULL, PRIMARY KEY (key, sample)
);
CREATE TABLE IF NOT EXISTS verdicts (
    key BLOB NOT NULL, sample INTEGER NOT NULL, judge BLOB NOT NULL, verdict TEXT NOT NULL,
    score REAL, PRIMARY KEY (key, sample, judge)
) WITHOUT ROWID;
"""


class Terms(NamedTuple):
    """What all calls of a collection share, and what makes them other calls.

    Attributes:
        pool: live, simulated ...: a stand-in's answer is never taken for a model's.
        temperature: None: the model's default.
        max_tokens: Longest answer.
    """

    pool: str
    temperature: float | None
    max_tokens: int

    def text(self) -> str:
        """One spelling, as JSON."""
        return to_json(self._asdict())


class Answer(NamedTuple):
    """A paid answer."""

    key: bytes
    sample: int
    problem_id: str
    model_id: str
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    seconds: float
    cost_usd: float
    finish_reason: str | None
    source: str
    collected_at: str
    text: str


class Ask(NamedTuple):
    """One question to one model."""

    key: bytes
    sample: int
    problem_id: str
    model_id: str


def ask_key(problem_id: str, model_id: str, upstream: str, terms: Terms) -> bytes:
    """Key of a problem, which is a hash of its prompt, asked of one model on some terms."""
    text = "\x1d".join((terms.text(), model_id, upstream, problem_id))
    return hashlib.sha256(text.encode()).digest()[:KEY_BYTES]


class CollectLedger(Books):
    """An open ledger; for one process and one thread."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA, FORMAT)

    def add_problems(self, rows: Iterator[Mapping[str, Any]]) -> None:
        """Keep what is needed to grade and to ask again; the newest row of a problem counts."""
        values = [(row["problem_id"], to_json(row)) for row in rows]
        self._many("INSERT OR REPLACE INTO problems VALUES (?, ?)", values)

    def problems(self) -> dict[str, dict[str, Any]]:
        """Rows of all problems by id."""
        rows = self._run("SELECT problem_id, row FROM problems ORDER BY problem_id")
        return {problem_id: json.loads(row) for problem_id, row in rows}

    def answered(self) -> set[tuple[bytes, int]]:
        """Everything that is paid for, by key and sample."""
        return {(key, sample) for key, sample in self._run("SELECT key, sample FROM answers")}

    def send(self, ask: Ask, worst_usd: float) -> int:
        """Write down a call before it is sent; returns its number."""
        sql = "INSERT INTO sent (key, sample, model_id, worst_usd) VALUES (?, ?, ?, ?) RETURNING id"
        return self._sent(sql, (ask.key, ask.sample, ask.model_id, worst_usd))

    def answer(
        self, number: int, ask: Ask, terms: Terms, reply: Reply, cost: float, seconds: float
    ) -> None:
        """Write down what came back; all of it or nothing."""
        data = reply.text.encode(errors="replace")
        usage, packed = reply.usage, self._codec.compress(data, asbytes=True)
        row = (
            *(ask.key, ask.sample, ask.problem_id, ask.model_id, terms.text()),
            *(usage.input, usage.cached, usage.output, usage.reasoning, seconds, cost),
            *(reply.finish_reason, reply.source, datetime.now(UTC).isoformat()),
            *(len(data), packed),
        )

        def write() -> None:
            with self._whole():
                self._run("UPDATE sent SET cost_usd = ? WHERE id = ?", (cost, number))
                marks = ", ".join("?" * len(row))
                self._run(f"INSERT OR IGNORE INTO answers VALUES ({marks})", row)

        self._received(write)

    def fail(self, number: int, kind: str, detail: str, cost: float) -> None:
        """Write down a fault: it is no outcome, and is asked again next time."""
        sql = "UPDATE sent SET cost_usd = ?, fault = ?, detail = ? WHERE id = ?"
        values = (cost, kind, detail[:500], number)
        self._received(lambda: self._run(sql, values))

    def spent(self) -> float:
        """USD of every call; those whose end nobody saw count with their worst case."""
        return float(self._run("SELECT total(coalesce(cost_usd, worst_usd)) FROM sent")[0][0])

    def in_doubt(self) -> tuple[int, float]:
        """Calls that were in flight when a process died: how many, and the most they can cost."""
        sql = "SELECT count(*), total(worst_usd) FROM sent WHERE cost_usd IS NULL"
        count, worst = self._run(sql)[0]
        return int(count), float(worst)

    def written(self, model_id: str) -> tuple[int, float]:
        """Answers of a model and their mean length in tokens."""
        sql = "SELECT count(*), coalesce(avg(output_tokens), 0) FROM answers WHERE model_id = ?"
        count, mean = self._run(sql, (model_id,))[0]
        return int(count), float(mean)

    def answers(self, terms: Terms) -> Iterator[Answer]:
        """All answers on some terms, sorted."""
        sql = """
            SELECT key, sample, problem_id, model_id, input_tokens, cached_input_tokens,
                   output_tokens, reasoning_tokens, seconds, cost_usd, finish_reason, source,
                   collected_at, bytes, text
            FROM answers WHERE terms = ? ORDER BY problem_id, model_id, sample
        """
        # Row by row: the texts of a whole collection need not fit into memory.
        for row in self._db.execute(sql, (terms.text(),)):
            text = self._codec.decompress(row[-1], row[-2], asbytes=True).decode()
            yield Answer._make((*row[:-2], text))

    def size(self, terms: Terms) -> int:
        """Number of answers on some terms."""
        sql = "SELECT count(*) FROM answers WHERE terms = ?"
        return int(self._run(sql, (terms.text(),))[0][0])

    def verdict(self, key: bytes, sample: int, judge: bytes) -> tuple[str, float | None] | None:
        """What one judge said of one answer."""
        sql = "SELECT verdict, score FROM verdicts WHERE key = ? AND sample = ? AND judge = ?"
        rows = self._run(sql, (key, sample, judge))
        return (rows[0][0], rows[0][1]) if rows else None

    def add_verdict(self, key: bytes, sample: int, judge: bytes, grade: Grade) -> None:
        """Write down a verdict."""
        values = (key, sample, judge, grade.verdict, grade.score)
        self._run("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?)", values)

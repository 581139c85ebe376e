"""The ledger of samples: what was paid for is written at once and never changed.

Keyed by content (problem, model, revision, dtype, sampling, number of the sample), so that other
replicas, another order or another build use what is there and never mix it up. Texts are kept
compressed: a newer grader costs no GPU. One SQLite file in write-ahead mode; every row is its own
transaction, so a killed process loses what was still on its way and nothing else.
"""

import hashlib
import json
import shutil
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from pipeline.errors import InputError, MachineError
from pipeline.grading.verdicts import Grade, Outcome
from pipeline.tiering.measured.folding import UNGRADED
from schemas.problems import to_json

KEY_BYTES = 16
BUSY_SECONDS = 60.0
RETRY_SECONDS = 0.02
# SQLite calls it an I/O error where not even its small files beside the ledger have room.
LEAST_FREE = 1 << 20
FORMAT = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    request BLOB PRIMARY KEY, problem_id TEXT NOT NULL, identity TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS samples (
    request BLOB NOT NULL, sample INTEGER NOT NULL, finish_reason TEXT, prompt_tokens INTEGER,
    completion_tokens INTEGER, seconds REAL NOT NULL, cost_usd REAL, engine TEXT NOT NULL,
    engine_version TEXT, bytes INTEGER NOT NULL, text BLOB NOT NULL, PRIMARY KEY (request, sample)
);
CREATE TABLE IF NOT EXISTS verdicts (
    request BLOB NOT NULL, sample INTEGER NOT NULL, judge BLOB NOT NULL, verdict TEXT NOT NULL,
    score REAL, detail TEXT, PRIMARY KEY (request, sample, judge)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS faults (
    request BLOB NOT NULL, sample INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS faults_of ON faults (request, sample);
"""


class Identity(NamedTuple):
    """Everything but the prompt that decides what a sample is worth.

    Attributes:
        model: Name of the model.
        revision: Of its weights, where known.
        dtype: Weights and cache, such as `fp8`; another dtype is another reference.
        sampling: Temperature and the like, as sent.
    """

    model: str
    revision: str | None
    dtype: str
    sampling: dict[str, Any]

    def text(self) -> str:
        """One spelling of it, as JSON."""
        return to_json(self._asdict())


class Sample(NamedTuple):
    """One answer of a model, as it came."""

    text: str
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float
    cost_usd: float | None
    engine: str
    engine_version: str | None


class Entry(NamedTuple):
    """One number of a problem in the ledger: what grading and stopping need, without the text.

    Attributes:
        sample: The number.
        verdict: None where the sample has to be graded; `ungraded` where it could not be had.
        completion_tokens: None where unknown.
        kept: Whether the sample is there.
    """

    sample: int
    verdict: str | None
    completion_tokens: int | None
    kept: bool


def verdicts_of(entries: Iterable[Entry]) -> dict[int, str]:
    """What `folding.fold` needs of them."""
    return {entry.sample: entry.verdict or UNGRADED for entry in entries}


def request_key(problem_id: str, identity: Identity) -> bytes:
    """Key of a problem, which is a hash of its prompt, under one identity."""
    text = f"{identity.text()}\x1d{problem_id}"
    return hashlib.sha256(text.encode()).digest()[:KEY_BYTES]


def judge_key(*parts: str) -> bytes:
    """Key of everything that decides a verdict but the answer."""
    return hashlib.sha256("\x1d".join(parts).encode()).digest()[:KEY_BYTES]


class Ledger:
    """An open ledger; use it from one thread. Another process may write to it at the same time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._codec = pa.Codec("zstd", compression_level=3)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        except sqlite3.DatabaseError as error:
            raise self._explained(error) from error
        try:
            self._prepare_in_time()
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise self._explained(error) from error
        except InputError:
            self._db.close()
            raise

    def _prepare_in_time(self) -> None:
        # SQLite does not wait by itself where two processes turn a new file to write-ahead mode.
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                return self._prepare()
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(RETRY_SECONDS)

    def _prepare(self) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
            self._db.execute(f"PRAGMA {pragma}").fetchone()
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, FORMAT):
            raise InputError(
                f"{self.path}: a ledger of format {version}, this version reads {FORMAT}; use the "
                "version of xrouter that wrote it, or another tiering.measure.ledger"
            )
        self._db.executescript(_SCHEMA)
        if not version:
            self._db.execute(f"PRAGMA user_version = {FORMAT}")

    def close(self) -> None:
        """Let go; the last one to do so folds the write-ahead log into the file."""
        self._db.close()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.DatabaseError) -> Exception:
        text = str(error)
        if "full" in text or ("disk I/O" in text and self._no_space()):
            return MachineError(
                f"{self.path}: no space left on the device ({text}); free some, then run the same "
                "command again: every sample that arrived is kept"
            )
        if "not a database" in text or "malformed" in text:
            return InputError(
                f"{self.path}: not a readable ledger ({text}); restore a copy, or name another file"
            )
        return MachineError(
            f"{self.path}: the ledger cannot be used ({text}); see that its file and directory can "
            "be read and written, and that no other program holds it"
        )

    def _no_space(self) -> bool:
        return shutil.disk_usage(self.path.parent).free < LEAST_FREE

    def register(self, request: bytes, problem_id: str, identity: Identity) -> None:
        """Say what a key stands for; again and again is fine."""
        values = (request, problem_id, identity.text())
        self._run("INSERT OR IGNORE INTO requests VALUES (?, ?, ?)", values)

    def add(self, request: bytes, sample: int, answer: Sample) -> bool:
        """Write down one sample; returns False where that number is there already."""
        data = answer.text.encode()
        packed = self._codec.compress(data, asbytes=True)
        rows = self._run(
            "INSERT OR IGNORE INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING 1",
            (request, sample, *answer[1:], len(data), packed),
        )
        return bool(rows)

    def add_verdict(self, request: bytes, sample: int, judge: bytes, grade: Grade) -> None:
        """Write down a verdict. `ungraded` is a fault: that sample is graded again next time."""
        if grade.verdict == UNGRADED:
            self.add_fault(request, sample, UNGRADED, grade.detail or "no reason was given")
            return
        values = (request, sample, judge, grade.verdict, grade.score, grade.detail)
        self._run("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?)", values)

    def add_fault(self, request: bytes, sample: int, kind: str, detail: str) -> None:
        """Write down that a sample could not be had, or could not be graded."""
        self._run("INSERT INTO faults VALUES (?, ?, ?, ?)", (request, sample, kind, detail))

    def entries(self, request: bytes, judge: bytes) -> list[Entry]:
        """Numbers of one request in order, with this judge's verdict where there is one."""
        sql = """
            SELECT s.sample, v.verdict, s.completion_tokens, true FROM samples AS s
            LEFT JOIN verdicts AS v
                ON v.request = s.request AND v.sample = s.sample AND v.judge = ?1
            WHERE s.request = ?2
            UNION
            SELECT f.sample, 'ungraded', NULL, false FROM faults AS f
            WHERE f.request = ?2 AND NOT EXISTS (
                SELECT 1 FROM samples AS s WHERE s.request = f.request AND s.sample = f.sample
            )
            ORDER BY 1
        """
        rows = self._run(sql, (judge, request))
        return [
            Entry(sample, verdict, tokens, bool(kept)) for sample, verdict, tokens, kept in rows
        ]

    def sample(self, request: bytes, sample: int) -> Sample:
        """One sample with its text.

        Raises:
            KeyError: There is none.
        """
        sql = """
            SELECT text, bytes, finish_reason, prompt_tokens, completion_tokens, seconds, cost_usd,
                   engine, engine_version FROM samples WHERE request = ? AND sample = ?
        """
        rows = self._run(sql, (request, sample))
        if not rows:
            raise KeyError((request.hex(), sample))
        packed, size, *rest = rows[0]
        return Sample(self._codec.decompress(packed, size, asbytes=True).decode(), *rest)

    def grade(self, request: bytes, sample: int, judge: bytes) -> Outcome | None:
        """What one judge said of one sample."""
        sql = "SELECT verdict, score, detail FROM verdicts WHERE request=? AND sample=? AND judge=?"
        rows = self._run(sql, (request, sample, judge))
        return Outcome(*rows[0]) if rows else None

    def last_fault(self, request: bytes, sample: int) -> str | None:
        """What last kept a sample from being had, or from being graded."""
        sql = """
            SELECT kind, detail FROM faults WHERE request = ? AND sample = ?
            ORDER BY rowid DESC LIMIT 1
        """
        rows = self._run(sql, (request, sample))
        return f"{rows[0][0]}: {rows[0][1]}" if rows else None

    def size(self, identity: Identity) -> int:
        """Samples of one model under one sampling."""
        sql = """
            SELECT count(*) FROM samples
            WHERE request IN (SELECT request FROM requests WHERE identity = ?)
        """
        return int(self._run(sql, (identity.text(),))[0][0])

    def knows(self, identity: Identity) -> bool:
        """Whether the model has answered under this sampling."""
        sql = """
            SELECT EXISTS (
                SELECT 1 FROM requests JOIN samples USING (request) WHERE identity = ?
            )
        """
        return bool(self._run(sql, (identity.text(),))[0][0])

    def state(self) -> str:
        """Changes whenever samples, verdicts or faults do."""
        tables = ("samples", "verdicts", "faults")
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        return json.dumps(self._run(f"SELECT {counts}")[0])

"""The books of evaluations: what was paid for, what was played, what is in the spool. One file.

A call is written down before it is sent, with the most it can cost, and its reply the moment it is
there; an episode when it is over. What a killed process had in flight stays known and counts with
its worst case. SQLite in write-ahead mode, for one process at a time.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.books import Books
from pipeline.router.menu import Menu
from pipeline.router.record import Episode

FORMAT = 1
# Played, and no grader has seen it; judged; ended by a fault that another start may not meet.
PLAYED, JUDGED, FAULTED = "played", "judged", "faulted"
_MOMENTS = ("started_at", "seen_at")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (run_id TEXT PRIMARY KEY, started_at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (
    id INTEGER PRIMARY KEY, run_id TEXT NOT NULL, worst_usd REAL NOT NULL, cost_usd REAL, fault TEXT
);
CREATE TABLE IF NOT EXISTS replies (
    key BLOB PRIMARY KEY, bytes INTEGER NOT NULL, reply BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS episodes (
    run_id TEXT NOT NULL, problem_id TEXT NOT NULL, sample INTEGER NOT NULL, state TEXT NOT NULL,
    verdict TEXT, quality REAL, cost_usd REAL NOT NULL, failed INTEGER NOT NULL,
    simulated INTEGER NOT NULL, file TEXT, bytes INTEGER NOT NULL, episode BLOB NOT NULL,
    PRIMARY KEY (run_id, problem_id, sample)
) WITHOUT ROWID;
"""


class Played(NamedTuple):
    """One episode of a run."""

    problem_id: str
    sample: int
    state: str
    episode: Episode


class Mark(NamedTuple):
    """What one episode came to."""

    problem_id: str
    sample: int
    state: str
    verdict: str | None
    quality: float | None
    cost_usd: float
    failed: bool
    simulated: bool


class EvaluationLedger(Books):
    """Open books; of several threads, one at a time."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA, FORMAT, one_thread=False)

    def begin(self, run_id: str) -> datetime:
        """When a run was started first: now, where it was not."""
        sql = "INSERT OR IGNORE INTO runs VALUES (?, ?)"
        self._run(sql, (run_id, datetime.now(UTC).isoformat()))
        found = self._run("SELECT started_at FROM runs WHERE run_id = ?", (run_id,))
        return datetime.fromisoformat(found[0][0])

    def send(self, run_id: str, worst_usd: float) -> int:
        """Write down a call before it is sent; returns its number."""
        sql = "INSERT INTO sent (run_id, worst_usd) VALUES (?, ?) RETURNING id"
        return self._sent(sql, (run_id, worst_usd))

    def settle(self, number: int, cost: float, fault: str | None = None) -> None:
        """A call is over, and gave nothing that is kept."""
        self._received(lambda: self._settle(number, cost, fault))

    def _settle(self, number: int, cost: float, fault: str | None) -> None:
        sql = "UPDATE sent SET cost_usd = ?, fault = ? WHERE id = ?"
        self._run(sql, (cost, fault, number))

    def keep(self, number: int, cost: float, key: bytes, reply: Any) -> None:
        """A call is over, and gave this: all of it is written down, or nothing."""
        row = (key, *self._packed(reply))

        def write() -> None:
            with self._whole():
                self._settle(number, cost, None)
                self._run("INSERT OR IGNORE INTO replies VALUES (?, ?, ?)", row)

        self._received(write)

    def reply(self, key: bytes) -> Any | None:
        """What a call gave that was paid for before."""
        rows = self._run("SELECT reply, bytes FROM replies WHERE key = ?", (key,))
        return self._unpacked(*rows[0]) if rows else None

    def spent(self, run_ids: Sequence[str]) -> float:
        """USD that runs have paid; calls whose end nobody saw count with their worst case."""
        marks = ", ".join("?" * len(run_ids))
        sql = f"SELECT total(coalesce(cost_usd, worst_usd)) FROM sent WHERE run_id IN ({marks})"
        return float(self._run(sql, run_ids)[0][0])

    def in_doubt(self, run_ids: Sequence[str]) -> tuple[int, float]:
        """Calls that were in flight when a process died: how many, and the most they can cost."""
        marks = ", ".join("?" * len(run_ids))
        sql = f"""
            SELECT count(*), total(worst_usd) FROM sent
            WHERE cost_usd IS NULL AND run_id IN ({marks})
        """
        count, worst = self._run(sql, run_ids)[0]
        return int(count), float(worst)

    def add(self, run_id: str, played: Sequence[Played]) -> None:
        """Write down episodes, or what has become of them."""
        rows = []
        for problem_id, sample, state, episode in played:
            size, packed = self._packed(_document(episode))
            row = episode.row
            found = (row["verdict"], row["quality"], row["total_cost_usd"])
            marks = (episode.failed, row["simulated"], None)
            rows.append((run_id, problem_id, sample, state, *found, *marks, size, packed))
        sql = f"INSERT OR REPLACE INTO episodes VALUES ({', '.join('?' * 12)})"
        self._many(sql, rows)

    def done(self, run_id: str) -> set[tuple[str, int]]:
        """Items that need not be asked again."""
        sql = "SELECT problem_id, sample FROM episodes WHERE run_id = ? AND state <> ?"
        return {(problem_id, sample) for problem_id, sample in self._run(sql, (run_id, FAULTED))}

    def marks(self, run_id: str) -> list[Mark]:
        """What every episode of a run came to, sorted."""
        sql = """
            SELECT problem_id, sample, state, verdict, quality, cost_usd, failed, simulated
            FROM episodes WHERE run_id = ? ORDER BY problem_id, sample
        """
        rows = self._run(sql, (run_id,))
        return [Mark._make((*row[:6], bool(row[6]), bool(row[7]))) for row in rows]

    def episodes(
        self, run_id: str, menu: Menu, state: str | None = None, unpublished: bool = False
    ) -> Iterator[Played]:
        """Episodes of a run, sorted.

        Args:
            run_id: Of the run.
            menu: What it offered.
            state: Only those.
            unpublished: Only those that no file of the spool has.
        """
        # The keys first: whoever reads may write in between.
        sql = """
            SELECT problem_id, sample FROM episodes
            WHERE run_id = ? AND state = coalesce(?, state) AND (file IS NULL OR NOT ?)
            ORDER BY problem_id, sample
        """
        one = """
            SELECT state, episode, bytes FROM episodes
            WHERE run_id = ? AND problem_id = ? AND sample = ?
        """
        for problem_id, sample in self._run(sql, (run_id, state, unpublished)):
            found, packed, size = self._run(one, (run_id, problem_id, sample))[0]
            yield Played(problem_id, sample, found, _episode(self._unpacked(packed, size), menu))

    def answer(self, run_id: str, problem_id: str, sample: int) -> str | None:
        """What one episode answered; None where it has no answer."""
        sql = """
            SELECT episode, bytes FROM episodes
            WHERE run_id = ? AND problem_id = ? AND sample = ? AND NOT failed
        """
        rows = self._run(sql, (run_id, problem_id, sample))
        return str(self._unpacked(*rows[0])["answer"]) if rows else None

    def publish(self, run_id: str, file: str) -> int:
        """Every judged episode that was in no file is in this one; returns how many there are."""
        sql = "UPDATE episodes SET file = ? WHERE run_id = ? AND state = ? AND file IS NULL"
        self._run(sql, (file, run_id, JUDGED))
        return int(self._run("SELECT count(*) FROM episodes WHERE file = ?", (file,))[0][0])

    def published(self, run_id: str) -> set[str]:
        """Files that episodes of a run are in."""
        sql = "SELECT DISTINCT file FROM episodes WHERE run_id = ? AND file IS NOT NULL"
        return {file for (file,) in self._run(sql, (run_id,))}

    def _packed(self, value: Any) -> tuple[int, bytes]:
        data = json.dumps(value, ensure_ascii=False).encode(errors="replace")
        return len(data), self._codec.compress(data, asbytes=True)

    def _unpacked(self, packed: bytes, size: int) -> Any:
        return json.loads(self._codec.decompress(packed, size, asbytes=True))


def _document(episode: Episode) -> dict[str, Any]:
    return {
        "row": _told(episode.row),
        "calls": [_told(call) for call in episode.calls],
        "answer": episode.answer,
        "finish_reason": episode.finish_reason,
    }


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: row[name].isoformat() for name in _MOMENTS if row.get(name)}


def _episode(document: dict[str, Any], menu: Menu) -> Episode:
    row, calls = _read(document["row"]), [_read(call) for call in document["calls"]]
    return Episode(row, calls, menu, document["answer"], document["finish_reason"], {})


def _read(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: datetime.fromisoformat(row[name]) for name in _MOMENTS if row.get(name)}

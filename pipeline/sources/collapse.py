"""Keeps the first of equal prompts, and says why the others went.

In: rows in order of settings, file and row. Out: for each row its problem id, or a reject. Holds a
few hundred bytes a problem, never a text.
"""

from hashlib import blake2b
from typing import Any

from pipeline.accounting import Reject
from pipeline.sources.items import STAGE, row_key
from pipeline.sources.rows import SourceRow
from schemas.problems import canonical_prompt, problem_id

# Graders for which a list means "any of these".
ANY_OF = ("math", "short_answer", "stem")

# Hashes of the answers that a row accepts. Plain tuples: the garbage collector forgets those.
Marks = tuple[int, ...]


class Collapse:
    """Decides row by row.

    Attributes:
        merged: Pass rates that copies of a problem brought, by problem id and reference.
    """

    def __init__(self, graders: frozenset[str]) -> None:
        self.merged: dict[str, dict[str, float]] = {}
        self._graders = graders
        self._by_prompt: dict[bytes, tuple[str, Marks]] = {}
        self._ids: set[str] = set()

    def admit(self, row: SourceRow, ground_truth: str) -> str | Reject:
        """Problem id of a row that stays, or the reject of one that goes.

        Args:
            row: The row.
            ground_truth: Its ground truth as JSON text.
        """
        if row.grader not in self._graders:
            return _reject(row, "unknown_grader", row.grader)
        try:
            prompt = blake2b(canonical_prompt(row.messages).encode(), digest_size=16).digest()
            _check_text(row, ground_truth)
        except UnicodeEncodeError as error:
            return _reject(row, "invalid_unicode", ascii(str(error))[:200])
        marks = _marks(row, ground_truth)
        first = self._by_prompt.get(prompt)
        if first is not None:
            return self._copy(row, ground_truth, marks, first)
        identifier = problem_id(row.data_source, row.messages)
        if identifier in self._ids:
            return _reject(row, "problem_id_collision", identifier)
        self._ids.add(identifier)
        self._by_prompt[prompt] = (identifier, marks)
        return identifier

    def _copy(
        self, row: SourceRow, ground_truth: str, marks: Marks, first: tuple[str, Marks]
    ) -> Reject:
        identifier, accepted = first
        if marks and accepted and not set(marks) & set(accepted):
            detail = f"{identifier} has another answer than {ground_truth[:80]}"
            return _reject(row, "conflicting_answer", detail)
        for reference, rate in row.published:
            self.merged.setdefault(identifier, {}).setdefault(reference, rate)
        return _reject(row, "duplicate_prompt", f"same prompt as {identifier}")


def _reject(row: SourceRow, reason: str, detail: str) -> Reject:
    return Reject(STAGE, row_key(row), row.data_source, reason, detail)


def _check_text(row: SourceRow, ground_truth: str) -> None:
    """Lone surrogates, which JSON escapes can spell, cannot be stored."""
    ground_truth.encode()
    if row.solution is not None:
        row.solution.encode()


def _marks(row: SourceRow, ground_truth: str) -> Marks:
    """Rows with no mark in common conflict; chat has none, since it accepts anything."""
    truth: Any = row.ground_truth
    if isinstance(truth, str):
        return (hash(truth.strip()),)
    if truth is None:
        return ()
    if isinstance(truth, list) and row.grader in ANY_OF:
        return tuple(hash(str(answer).strip()) for answer in truth)
    return (hash(ground_truth),)

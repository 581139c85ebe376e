"""The engine `recorded`: a file of somebody's answers comes in, answers to our problems go out.

Recorded verdicts are carried along but never used as ours. A line that cannot be read or that
answers no problem of the build becomes a reject with its line number.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.accounting import Reject
from pipeline.errors import InputError
from pipeline.io import sha256_file
from pipeline.tiering.answers import Answer
from pipeline.tiering.mapping import QUESTION, Mapping, mapping_for
from pipeline.tiering.questions import Question
from pipeline.tiering.record_files import Line, read_lines
from pipeline.tiering.record_rows import RecordedAnswer, recorded_answers
from pipeline.tiering.specs import Recorded
from schemas.problems import canonical_prompt, to_json

_DETAIL_CHARACTERS = 200


class Replay:
    """Recorded answers by problem: an engine, see `pipeline.tiering.answers.Engine`."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.rejects: list[Reject] = []
        self._by_problem: dict[str, dict[tuple[str, int], Answer]] = {}
        self._next: dict[tuple[str, str], int] = {}

    def answer(self, shard: Sequence[Question]) -> list[Answer]:
        """The file's answers to these problems."""
        found = (self._by_problem.get(question.problem_id, {}) for question in shard)
        return [answer for answers in found for answer in answers.values()]

    def add(self, key: str, problem_id: str, recorded: RecordedAnswer) -> None:
        """Keep one answer; without a sample number it gets the next one."""
        counter = (problem_id, recorded.reference)
        sample = recorded.sample
        if sample is None:
            sample = self._next.get(counter, 0)
        answers = self._by_problem.setdefault(problem_id, {})
        if (recorded.reference, sample) in answers:
            detail = f"{recorded.reference} sample {sample} of {problem_id} stands there already"
            return self.reject(key, "duplicate_attempt", detail)
        self._next[counter] = max(sample + 1, self._next.get(counter, 0))
        answers[recorded.reference, sample] = recorded.as_answer(problem_id, sample)
        return None

    def reject(self, key: str, reason: str, detail: str) -> None:
        """Count a line, or one answer of it, that cannot be used."""
        text = detail.encode(errors="replace").decode()[:_DETAIL_CHARACTERS]
        self.rejects.append(Reject("tiering", key, None, reason, text))


def load_replay(spec: Recorded, prompts: dict[str, list[str]]) -> Replay:
    """Read a file of recorded answers and match them with problems.

    Args:
        spec: File and mapping.
        prompts: Ids of the problems to tier by canonical prompt.

    Raises:
        InputError: The file is missing, unreadable, or has no well-formed row.
        SettingsError: No mapping fits it.
    """
    lines = list(read_lines(spec.path))
    mapping = mapping_for(spec.path, _columns(spec.path, lines), spec.mapping)
    parts = {"file": sha256_file(spec.path), "mapping": mapping.model_dump(mode="json")}
    replay = Replay(to_json({"engine": "recorded", **parts}))
    matcher = _Matcher(mapping, prompts)
    for line in lines:
        _take(replay, matcher, f"{spec.path.name}:{line.number}", line)
    return replay


def _columns(path: Path, lines: list[Line]) -> set[str]:
    for line in lines:
        if line.row is not None:
            return set(line.row)
    raise InputError(f"{path}: holds no well-formed row; expected JSONL or parquet with answers")


class _Matcher:
    """Says which problems a row answers."""

    def __init__(self, mapping: Mapping, prompts: dict[str, list[str]]) -> None:
        self.mapping = mapping
        self._prompts = prompts
        self._ids = {problem for problems in prompts.values() for problem in problems}

    def problems(self, row: dict[str, Any]) -> list[str]:
        """Ids of the problems; empty where there is none.

        Raises:
            ValueError: The row's problem column is malformed.
        """
        columns = self.mapping.columns
        value = row.get(columns.problem_column())
        if columns.prompt and isinstance(value, list):
            return self._prompts.get(_canonical(value), [])
        if not isinstance(value, str):
            raise ValueError(f"{columns.problem_column()} is {value!r}, not text")
        if columns.problem_id:
            return [value] if value in self._ids else []
        text = self.mapping.prompt_template.replace(QUESTION, value) if columns.question else value
        return self._prompts.get(_canonical([{"role": "user", "content": text}]), [])


def _canonical(messages: list[Any]) -> str:
    try:
        return canonical_prompt(messages)
    except (KeyError, TypeError) as error:
        raise ValueError("the prompt is not a list of {role, content}") from error


def _take(replay: Replay, matcher: _Matcher, key: str, line: Line) -> None:
    if line.row is None:
        return replay.reject(key, "malformed", line.fault or "no row")
    try:
        problems = matcher.problems(line.row)
    except ValueError as error:
        return replay.reject(key, "malformed", str(error))
    if not problems:
        return replay.reject(key, "no_such_problem", "no reasoning problem has its prompt or id")
    for recorded in recorded_answers(matcher.mapping, line.row):
        if isinstance(recorded, str):
            replay.reject(key, "malformed", recorded)
            continue
        for problem_id in problems:
            replay.add(key, problem_id, recorded)
    return None

"""The corpus of tricky answers: each must get the verdict that stands beside it."""

import json
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeline.grading import registry
from pipeline.grading.verdicts import GradeRequest
from pipeline.settings import GradingSettings
from schemas.attempts import VERDICTS

FOLDER = Path(__file__).parent / "corpus"
KEYS = {"grader", "what", "truth", "args", "finish", "score", *VERDICTS}


class Case(NamedTuple):
    request: GradeRequest
    verdict: str
    score: float | None


def groups() -> list[dict[str, Any]]:
    """All groups; a file's name is the grader where a group names none."""
    return [
        {"grader": path.stem} | group
        for path in sorted(FOLDER.glob("*.toml"))
        for group in tomllib.loads(path.read_text("utf-8"))["group"]
    ]


def cases(group: dict[str, Any]) -> list[Case]:
    scores = {"correct": 1.0, "ungraded": None, "wrong": group.get("score", 0.0)}
    rest = (group["truth"], group.get("args", "{}"), group.get("finish", "stop"))
    return [
        Case(GradeRequest(group["grader"], text, *rest), verdict, scores.get(verdict, 0.0))
        for verdict in VERDICTS
        for text in group.get(verdict, ())
    ]


GROUPS = groups()
NAMES = [f"{group['grader']}: {group['what']}" for group in GROUPS]


def test_the_corpus_is_large_and_says_nothing_twice() -> None:
    everything = [case for group in GROUPS for case in cases(group)]
    assert len(everything) >= 300
    assert len({case.request for case in everything}) == len(everything)
    assert len(set(NAMES)) == len(NAMES)
    for group in GROUPS:
        assert set(group) <= KEYS, group["what"]
        json.loads(group["truth"])


@pytest.mark.parametrize("group", GROUPS, ids=NAMES)
def test_verdicts(group: dict[str, Any]) -> None:
    found = []
    for case in cases(group):
        grade = registry.grade(case.request, GradingSettings())
        score = None if grade.score is None else round(grade.score, 9)
        wanted = None if case.score is None else round(case.score, 9)
        if (grade.verdict, score) != (case.verdict, wanted):
            found.append((case.request.text, case.verdict, wanted, *grade[:3]))
    assert found == []

"""The real files: counts of SOURCES.md; their own answers are right, other answers are wrong."""

import importlib.util
from pathlib import Path

import pytest

from pipeline.evaluation.suites.load import load_suite, local_suites
from pipeline.evaluation.suites.registry import suite_named
from pipeline.evaluation.suites.texts import reference_texts
from pipeline.grading import sandbox

COUNTS = {
    "minerva_math": 272,
    "olympiadbench": 675,
    "aime24": 30,
    "amc23": 40,
    "mt_bench": 80,
    "ifeval": 541,
    "gsm8k": 1319,
    "humaneval": 164,
    "mbpp": 500,
}
# math-verify takes `N` and `n` for one letter, so that `N = n + 1` counts as `N = n`.
WRONG_BUT_CORRECT = {"olympiadbench": 1}
# Judged or without answers of their own; mbpp's are graded in tests/pipeline/grading.
ELSEWHERE = {"mt_bench", "ifeval", "mbpp"}
BENCHMARK = Path(__file__).resolve().parents[3] / "benchmarks" / "suites.py"


def test_every_file_loads_whole(shared: Path) -> None:
    assert local_suites(shared) == list(COUNTS)
    for name, count in COUNTS.items():
        suite = load_suite(name, shared)
        assert suite.problems.height == count == suite_named(name).items
        assert suite.skipped == {}
        assert suite.revision.startswith("sha256:")


def test_every_text_is_a_reference(shared: Path) -> None:
    texts = reference_texts(shared)
    found = dict(texts.group_by("suite").len().iter_rows())
    assert found == COUNTS | {"mt_bench": 160}
    assert texts["text"].str.strip_chars().str.len_chars().min() >= 15


@pytest.mark.slow
@pytest.mark.skipif(not sandbox.available().ok, reason="no sandbox")
def test_own_answers_are_right_and_others_wrong(shared: Path) -> None:
    spec = importlib.util.spec_from_file_location("suites_benchmark", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    sweep = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sweep)
    names = [name for name in COUNTS if name not in ELSEWHERE]
    found = [answer for name in names for answer in sweep.answers(load_suite(name, shared))]
    grades = sweep.graded(found, workers=2)
    odd = [a for a, g in zip(found, grades, strict=True) if sweep.unexpected(a, g)]
    known = [(f"suite/{name}", "wrong") for name, n in WRONG_BUT_CORRECT.items() for _ in range(n)]
    assert [(answer.problem["data_source"], answer.kind) for answer in odd] == known
    right = sum(answer.kind == "right" for answer in found)
    assert right == sum(COUNTS[name] for name in names)

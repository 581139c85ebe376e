"""Puzzles, grids and CodeI/O: what is built right is correct, and no text breaks or slows them."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.grading import registry
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings

TRUTHS: dict[str, Any] = {
    "zebra": {"header": ["Position", "Job"], "rows": [["1", "nurse"], ["2", "pilot"]]},
    "ordering": ["hawk", "owl"],
    "graph": "fdebme",
    "grid": [[1, 2], [3, 4]],
    "codeio": {"output": {"a": 1}},
    "ifeval": [{"id": "punctuation:no_comma", "kwargs": {}}],
    "stem": "4 m/s",
    "table": "11.1|0.5",
    "choice": "B",
    "json": [1],
}
NAMES = st.lists(
    st.text("abcdefgh '-éß", min_size=1, max_size=9).filter(lambda name: name.strip("' -")),
    min_size=2,
    max_size=6,
    unique_by=lambda name: " ".join(name.casefold().strip("' -").split()),
)


def grade(grader: str, text: str, truth: Any) -> Grade:
    return registry.grade(GradeRequest(grader, text, json.dumps(truth)), GradingSettings())


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=6))
def test_grids(truth: list[list[int]]) -> None:
    for shown in (truth, tuple(map(tuple, truth)), json.dumps(truth, indent=1)):
        assert grade("grid", f"<answer>{shown}</answer>", truth).verdict == "correct"
    changed = [*truth[:-1], [*truth[-1][:-1], 10 + truth[-1][-1]]]
    assert grade("grid", f"<answer>{changed}</answer>", truth)[:2] == ("wrong", 0.0)
    assert grade("grid", f"<answer>{truth[:-1]}</answer>", truth).verdict != "correct"


@given(NAMES, st.randoms())
def test_orders(truth: list[str], random: Any) -> None:
    for shown in (repr(truth), json.dumps(truth), json.dumps([n.upper() for n in truth])):
        if "ß" not in shown.casefold() or "SS" not in shown:
            assert grade("ordering", f"<answer>{shown}</answer>", truth).verdict == "correct"
    moved = list(truth)
    random.shuffle(moved)
    verdict = "correct" if moved == truth else "wrong"
    assert grade("ordering", f"<answer>{moved!r}</answer>", truth).verdict == verdict


@given(st.integers(1, 5), st.integers(1, 4), st.randoms())
def test_zebra_scores_are_the_share_of_right_cells(rows: int, columns: int, random: Any) -> None:
    header = ["Position", *(f"attribute {n}" for n in range(columns))]
    cells = [[str(r), *(f"cell {r} {c}" for c in range(columns))] for r in range(rows)]
    truth = {"header": header, "rows": cells}
    assert grade("zebra", f"<answer>{json.dumps(truth)}</answer>", truth)[:2] == ("correct", 1.0)
    spoilt = [list(row) for row in cells]
    places = [(r, c) for r in range(rows) for c in range(1, columns + 1)]
    chosen = random.sample(places, random.randint(1, len(places)))
    for r, c in chosen:
        spoilt[r][c] = "nobody"
    found = grade("zebra", f"<answer>{ {'header': header, 'rows': spoilt} }</answer>", truth)
    total = rows * (columns + 1)
    assert found[:2] == ("wrong", pytest.approx((total - len(chosen)) / total))
    order = list(range(len(header)))
    random.shuffle(order)
    turned = {"header": [header[i] for i in order], "rows": [[r[i] for i in order] for r in cells]}
    assert grade("zebra", f"<answer>{json.dumps(turned)}</answer>", truth).verdict == "correct"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=6),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=6,
    ),
    st.sampled_from(["input", "output"]),
)
def test_codeio_values_come_back(value: Any, key: str) -> None:
    for shown in ({key: value}, value):
        text = f"So:\n```json\n{json.dumps(shown)}\n```"
        assert grade("codeio", text, {key: value}).verdict == "correct"


HOSTILE = [
    "<answer>" * 50_000,
    "<answer>" + "[[" * 40_000 + "]]" * 40_000 + "</answer>",
    "<answer>{'rows': " + "[" * 50_000 + "</answer>",
    "</answer>" * 50_000 + "</think>",
    "</think>" * 50_000 + "x",
    "```" * 100_000,
    "```json" + " " * 300_000,
    "```\n" * 60_000 + "[1",
    "<answer>" + "1 " * 100_000 + "</answer>",
    "<answer>" + "a, " * 100_000 + "</answer>",
    "<answer>" + "'\\" * 40_000 + "</answer>",
    "{" * 200_000 + "}" * 200_000,
    "<<" * 200_000,
    "*" * 300_000,
    "* a\n" * 60_000,
    "\n" * 300_000 + "- a",
    "a. " * 100_000,
    ". " * 150_000,
    "Answer: " * 50_000,
    r"\boxed{" + "5 m " * 20_000 + "}",
    r"\boxed{" + "1," * 40_000 + "}",
    r"\boxed{" + "|" * 90_000 + "}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[f"{t[:12]!r} {len(t)}" for t in HOSTILE])
def test_the_cheap_parts_end_soon_on_any_text(text: str) -> None:
    for grader, truth in TRUTHS.items():
        began = time.thread_time()
        request = GradeRequest(grader, text, json.dumps(truth))
        found = registry.grade_quick(request, GradingSettings())
        assert time.thread_time() - began < 3, grader
        assert found is not None
        assert "failed" not in (found.detail or ""), f"{grader}: {found.detail}"


@given(
    st.sampled_from(sorted(TRUTHS)), st.text(alphabet="<answer>/[]{}\"':,.0129a \n\\", max_size=80)
)
def test_any_answer_gets_a_verdict(grader: str, text: str) -> None:
    for shown in (text, f"<answer>{text}</answer>", f"\\boxed{{{text}}}"):
        found = grade(grader, shown, TRUTHS[grader])
        assert "the grader failed" not in (found.detail or ""), found.detail


@pytest.mark.parametrize(
    "truth", [None, True, 1.5, "", [], {}, [[]], [None], {"rows": 1}, {"output": 1, "input": 2}]
)
def test_no_truth_breaks_a_grader(truth: Any) -> None:
    for grader in TRUTHS:
        found = grade(grader, "<answer>[[1]]</answer> \\boxed{1}", truth)
        assert "the grader failed" not in (found.detail or ""), f"{grader}: {found.detail}"

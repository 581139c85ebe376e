r"""LiveBench: the tasks that our graders can judge, in the release the suite names.

The rest is left out as `no_grader:TASK`. Upstream's forms of answer (bold words, a letter five
times) stay in the question, which also asks for the answer in `\boxed{}`: upstream accepts that.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pipeline.evaluation.suites.packing import packed
from pipeline.evaluation.suites.questions import Item, Question, Read, Row, Skip
from pipeline.evaluation.suites.readers.fields import each, field
from pipeline.evaluation.suites.readers.livecodebench import HEAD, tests
from pipeline.evaluation.suites.registry import Suite
from pipeline.sources.truths import BadRowError, normalise

CONTEST_LETTERS = ("amc", "smc")
_CHOICE = re.compile(
    r"\\text(?:bf|rm)?\{\(([A-E])\)\s*~?\}(?:\\ |\s|~)*(.*?)\s*"
    r"(?=\\qquad|\\\\|\\text(?:bf|rm)?\{\(|[$\n]|\Z)"
)
WORDS = {"cta": "table", "spatial": "logic"}
LISTS = {"web_of_lies_v2": "logic", "zebra_puzzle": "logic"}


def livebench(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """Questions that were in the release: published by then, and not yet withdrawn."""
    release = str(suite.options["release"])

    def read(row: Row) -> Item:
        name, text = str(field(row, "question_id")), str(field(row, "turns")[0])
        if not _in_release(row.values, release):
            return Skip(name, "not_in_release")
        try:
            question = _question(row, name, text)
        except BadRowError as error:
            return Skip(name, error.reason, text)
        return question or Skip(name, f"no_grader:{_task(row.values)}", text)

    return each(rows, read, "question_id")


def _in_release(values: dict[str, Any], release: str) -> bool:
    published = str(values.get("livebench_release_date") or "")[:10]
    withdrawn = str(values.get("livebench_removal_date") or "")[:10]
    return published <= release and (not withdrawn or withdrawn > release)


def _task(values: dict[str, Any]) -> str:
    return str(values.get("task") or "unknown")


def _question(row: Row, name: str, text: str) -> Question | None:
    task, category = _task(row.values), str(row.values.get("category"))
    part = f"{category}/{task}"
    if category == "instruction_following":
        extra = {"instruction_id_list": row.values.get("instruction_id_list")}
        truth = normalise("ifeval", row.values.get("kwargs"), extra).value
        return Question(name, text, truth, grader="ifeval", domain="instruction", part=part)
    if task == "LCB_generation":
        truth, args = packed(tests(row.values)), {"prefix": HEAD}
        return Question(name, text, truth, args=args, grader="code", domain="code", part=part)
    found = _answer(row.values, task)
    if found is None:
        return None
    grader, truth, domain = found
    args = _choices(text) if grader == "choice" else {}
    return Question(name, text, truth, "final", {}, args, grader, domain, part)


def _choices(text: str) -> dict[str, Any]:
    """Choices of a contest question, where all five can be read: their texts are answers too."""
    found = dict(_CHOICE.findall(text))
    whole = sorted(found) == list("ABCDE") and all(found.values())
    return {"choices": found} if whole and len(set(found.values())) == 5 else {}


def _answer(values: dict[str, Any], task: str) -> tuple[str, Any, str] | None:
    """Grader, truth and domain of a task with a short answer; None where there is no grader."""
    truth = str(values.get("ground_truth") or "").strip()
    kind = str(values.get("subtask") or task).lower()
    if not truth:
        return None
    if "integral" in kind:
        # Upstream drops the constant of integration, which its truths leave out.
        return "math", [truth, f"{truth} + C"], "math"
    if "amps_hard" in task.lower() or kind.startswith("aime"):
        return "math", truth, "math"
    if kind.startswith(CONTEST_LETTERS) or "_amc" in kind:
        return "choice", truth, "math"
    if task in LISTS and "," in truth:
        return "ordering", [part.strip() for part in truth.split(",")], LISTS[task]
    if task in WORDS or task in LISTS:
        return "short_answer", truth, WORDS.get(task, "logic")
    return None

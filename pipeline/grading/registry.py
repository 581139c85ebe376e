"""All graders by name. To add one, write a module with VERSION, `quick` and perhaps `slow`."""

from collections.abc import Callable
from functools import partial

from pipeline.errors import SettingsError
from pipeline.grading import (
    chat,
    choice,
    code,
    codeio,
    cruxeval,
    graph,
    grid,
    ifeval,
    json_value,
    math,
    ordering,
    rating,
    short_answer,
    stem,
    table,
    zebra,
)
from pipeline.grading.verdicts import (
    CUT_OFF,
    Grade,
    Grader,
    GradeRequest,
    Outcome,
    read_task,
    ungraded,
)
from pipeline.settings import GradingSettings

GRADERS: dict[str, Grader] = {
    "math": Grader(math.VERSION, math.quick, math.slow, math.warm_up),
    "choice": Grader(choice.VERSION, choice.quick),
    "short_answer": Grader(short_answer.VERSION, short_answer.quick),
    "chat": Grader(chat.VERSION, chat.quick),
    "table": Grader(table.VERSION, table.quick),
    "json": Grader(json_value.VERSION, json_value.quick),
    "code": Grader(code.VERSION, code.quick, code.slow, code.warm_up, bounded=True),
    "codeio": Grader(codeio.VERSION, codeio.quick),
    "cruxeval": Grader(cruxeval.VERSION, cruxeval.quick, cruxeval.slow, code.warm_up, bounded=True),
    "graph": Grader(graph.VERSION, graph.quick),
    "grid": Grader(grid.VERSION, grid.quick),
    "ifeval": Grader(ifeval.VERSION, ifeval.quick),
    "ordering": Grader(ordering.VERSION, ordering.quick),
    "rating": Grader(rating.VERSION, rating.quick, rating.slow, bounded=True, waits=True),
    "stem": Grader(stem.VERSION, stem.quick, stem.slow, bounded=True, waits=True),
    "zebra": Grader(zebra.VERSION, zebra.quick),
}


def names() -> frozenset[str]:
    """Names of all graders."""
    return frozenset(GRADERS)


def find(name: str) -> Grader:
    """The grader of that name.

    Raises:
        SettingsError: There is none.
    """
    if name not in GRADERS:
        raise SettingsError(f"unknown grader {name!r}; known are {', '.join(sorted(GRADERS))}")
    return GRADERS[name]


def version(name: str) -> str:
    """Version of a grader.

    Raises:
        SettingsError: There is no grader of that name.
    """
    return find(name).version


def grade(request: GradeRequest, settings: GradingSettings) -> Grade:
    """Grade in this process, with no protection against hangs; `pool.grade_many` has it.

    Raises:
        SettingsError: There is no grader of that name.
    """
    return grade_quick(request, settings) or grade_slow(request, settings)


def grade_quick(request: GradeRequest, settings: GradingSettings) -> Grade | None:
    """The cheap and safe part: None means that `grade_slow` must decide.

    Raises:
        SettingsError: There is no grader of that name.
    """
    grader = find(request.grader)
    task = read_task(request)
    if isinstance(task, Outcome):
        return sign(request, task)
    outcome = _guarded(partial(grader.quick, task, settings))
    if outcome is None:
        return None if grader.slow else sign(request, ungraded("the grader gave no verdict"))
    return sign(request, outcome)


def grade_slow(request: GradeRequest, settings: GradingSettings) -> Grade:
    """The part that may hang or die.

    Raises:
        SettingsError: There is no grader of that name.
    """
    grader = find(request.grader)
    task = read_task(request)
    if isinstance(task, Outcome) or grader.slow is None:
        return sign(request, task if isinstance(task, Outcome) else ungraded("no slow part"))
    outcome = _guarded(partial(grader.slow, task, settings))
    return sign(request, outcome or ungraded("the grader gave no verdict"))


def _guarded(run: Callable[[], Outcome | None]) -> Outcome | None:
    try:
        return run()
    except MemoryError:
        return ungraded("the grader ran out of memory")
    except Exception as error:  # noqa: BLE001 - a grader's crash is a fault of ours, kept as data
        return ungraded(f"the grader failed: {type(error).__name__}: {str(error)[:200]}")


def sign(request: GradeRequest, outcome: Outcome) -> Grade:
    """The outcome as a grade; an answer that was cut off and is not correct is `truncated`."""
    if request.finish_reason == CUT_OFF and outcome.verdict in ("wrong", "parse_failure"):
        outcome = Outcome("truncated", 0.0, f"cut off by a token limit; {outcome.detail}")
    return Grade(*outcome, request.grader, version(request.grader))

"""Readers: rows of one upstream format in, questions or reasons why there is none out.

To add a suite, describe it in `suites.toml`; to add a format, write a reader and name it here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from pipeline.evaluation.suites.questions import Read, Row
from pipeline.evaluation.suites.readers import (
    arena,
    choices,
    contests,
    conversation,
    instructions,
    livebench,
    livecodebench,
    mathematics,
    programs,
)
from pipeline.evaluation.suites.registry import Suite

Reader = Callable[[Iterable[Row], Suite, Sequence[Row]], Iterator[Read]]

READERS: dict[str, Reader] = {
    "answers": mathematics.answers,
    "olympiad": mathematics.olympiad,
    "humaneval": programs.humaneval,
    "mbpp": programs.mbpp,
    "mt_bench": conversation.mt_bench,
    "ifeval": instructions.ifeval,
    "codeforces": contests.codeforces,
    "code_contests": contests.code_contests,
    "livecodebench": livecodebench.livecodebench,
    "gpqa": choices.gpqa,
    "livebench": livebench.livebench,
    "routerarena": arena.routerarena,
}

"""Known faults of upstream's graders, each with an answer that shows it."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from agreement.pairs import Pair

_SLEEPS = "import time\n\ndef f(x):\n    time.sleep(4.5)\n    return x"
_SAME = "def f(x):\n    return x"
_TABLE = {"header": ["Position", "Job"], "rows": [["1", "nurse"], ["2", "pilot"]]}
_NAMES = ["Emma", "Liam", "Wei"]
_QUESTION = "Which organelle makes ATP?"


class Fault(NamedTuple):
    """What goes wrong, and an answer that shows it."""

    what: str
    pair: Pair


def faults() -> Iterator[Fault]:
    """All of them."""
    yield from _choices()
    yield from _puzzles()
    yield from _grids()
    yield from _programs()
    yield from _code()
    yield from _numbers()


def _fault(
    what: str, domain: str, text: str, truth: Any, right: bool, ours: Any = None, **args: Any
) -> Fault:
    grader = "choice" if domain.endswith("gpqa") else domain
    extra = {"question": _QUESTION} if domain == "stem" else {}
    shown = truth if ours is None else ours
    return Fault(what, Pair(domain, what, text, truth, right, False, grader, shown, args, extra))


def _choices() -> Iterator[Fault]:
    what = "no letter found: a random one is taken"
    yield from (_fault(what, "supergpqa", "I cannot decide.", x, False) for x in "ABCDEFGHIJ")
    what = "the first letter after `Answer:` counts, even inside a word"
    yield _fault(what, "gpqa", "Answer: Because nobody can say.", "B", False)


def _puzzles() -> Iterator[Fault]:
    spoilt = {**_TABLE, "rows": [["1", "nurse"], ["2", "cook"]]}
    longer = {**_TABLE, "rows": [*_TABLE["rows"], ["3", "cook"]]}
    tags = "<answer>{}</answer>".format
    what = "a share of right cells is returned as `acc`: true to whoever reads it so"
    yield _fault(what, "zebra", tags(json.dumps(spoilt)), _TABLE, False)
    yield _fault("rows too many are not seen", "zebra", tags(json.dumps(longer)), _TABLE, False)
    what = "an answer on several lines is not found"
    yield _fault(what, "zebra", tags(json.dumps(_TABLE, indent=1)), _TABLE, True)
    what = "answers are put in small letters, truths are not"
    yield _fault(what, "ordering", tags(_NAMES), _NAMES, True)


def _grids() -> Iterator[Fault]:
    yield _fault("no grid found counts as `[[0]]`", "grid", "I see no rule.", [[0]], False)
    yield _fault(
        "cells are cut down to whole numbers", "grid", "<answer>[[3.9]]</answer>", [[3]], False
    )
    what = "a space between the brackets hides the grid"
    yield _fault(what, "grid", "<answer>[ [3, 1] ]</answer>", [[3, 1]], True)


def _programs() -> Iterator[Fault]:
    what = "a list or a number without a key is not found"
    yield _fault(what, "codeio", "```json\n[1]\n```", '"output": [1]', True, {"output": [1]})
    given = "assert f(2) == ??"
    same, sleeps = {"functional": _SAME}, {"functional": _SLEEPS}
    what = "any program that ends is right"
    text = "```python\nassert True\n```"
    yield _fault(what, "cruxeval", text, json.dumps(same), False, same, assertion=given)
    what = "a time limit on the wall clock: a wrong answer"
    text = "```python\nassert f(2) == 2\n```"
    yield _fault(
        what, "cruxeval", text, json.dumps(sleeps), True, sleeps, assertion=given, output="2"
    )


def _code() -> Iterator[Fault]:
    truth = {"functional": "assert f(2) == 4"}
    dumped = json.dumps(truth)
    what = "a program that ends before its tests is right"
    yield _fault(what, "code", "```python\nexit()\n```", dumped, False, truth)
    what = "blocks of all languages are joined to one program"
    text = "```bash\npython x.py\n```\n```python\ndef f(x): return x * x\n```"
    yield _fault(what, "code", text, dumped, True, truth)
    numbers = {"inputs": ["1"], "outputs": ["10000000000000001"]}
    what = "long whole numbers are compared as floats"
    text = "```python\nprint(10**16)\n```"
    yield _fault(what, "code", text, json.dumps(numbers), False, numbers)


def _numbers() -> Iterator[Fault]:
    what = "`tiemout` for `timeout`: with pi, no number is ever compared"
    yield _fault(what, "math", r"\boxed{6.28318531}", r"2\pi", True)
    what = "symbolic comparison is called in a way that always fails"
    yield _fault(what, "math", r"\boxed{(x+1)^{2}}", "x^{2}+2x+1", True)
    yield _fault("a hundred times the truth is right", "math", r"\boxed{1800}", "18", False)
    what = "counts are compared to 0.1 %"
    yield _fault(what, "table", r"\boxed{154990}", "154983.0", False)
    yield _fault("answers are run as Python", "table", r"\boxed{2016-17}", "2016-17", True)
    what = "a verifier that is down: a wrong answer"
    text = r"\boxed{mitochondria}"
    yield _fault(what, "stem", text, "the mitochondrion", True, question=_QUESTION)

"""Python problems with computed tests: functions to be called and programs over standard input.

The reference functions of this package are the solutions; their source text goes into the rows.
"""

import inspect
from collections.abc import Iterator
from itertools import product
from typing import Any

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample.code import specs
from pipeline.sources.sample.code.specs import Spec
from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.items import Item
from pipeline.sources.sample.rows import item_rows

VARIANTS = 2
"""Most problems made from one reference function, each with other fixed parameters.

Every distinct program costs the main job a sandbox: two a function keep it short.
"""

Test = tuple[tuple[object, ...], object]
"""Arguments and result."""

_TESTS = 9
_MOST_EQUAL = 6
_ATTEMPTS = 200
_OPENINGS = (
    "Write a Python function with the signature below.",
    "Implement this function in Python.",
    "Complete the following Python function.",
)
_PROGRAMS = (
    "Write a Python program that reads standard input and prints its result.",
    "Solve this task with a Python program that uses standard input and output.",
)
_BLOCK = "Answer with one complete ```python code block."


def rows() -> Iterator[SourceRow]:
    """All code rows of the sample."""
    return item_rows("codegen", "code", groups())


def groups() -> Iterator[tuple[str, int, Iterator[Item]]]:
    """(file, most rows, items) for every family and level, for `rows.item_rows`."""
    families = (
        ("numbers", specs.NUMBERS),
        ("lists", specs.LISTS),
        ("text", specs.TEXT),
        ("structures", specs.STRUCTURES),
        ("stdin", specs.STDIN),
    )
    for name, members in families:
        for level in range(1, 6):
            chosen = [spec for spec in members if spec.level == level]
            items = (item for spec in chosen for item in variants(spec, name == "stdin"))
            yield f"code/{name}/level_{level}", VARIANTS * len(chosen), items


def variants(spec: Spec, is_program: bool) -> Iterator[Item]:
    """Up to `VARIANTS` problems of one specification, with different fixed parameters."""
    name = spec.function.__name__
    combinations = list(product(*spec.fixed.values()))
    chosen = Draw("code/fixed", name).sample(combinations, VARIANTS)
    for values in chosen:
        fixed = dict(zip(spec.fixed, values, strict=True))
        draw, tests = _tests(spec, fixed, f"{name}{values}")
        yield (_program if is_program else _functional)(spec, fixed, draw, tests)


def _tests(spec: Spec, fixed: dict[str, Any], key: str) -> tuple[Draw, list[Test]]:
    """Arguments and results, drawn again until no constant answer passes most of them."""
    for attempt in range(_ATTEMPTS):
        draw = Draw("code/tests", f"{key}/{attempt}")
        tests = []
        for index in range(_TESTS):
            args = spec.inputs(draw, index)
            tests.append((args, spec.function(*_copied(args), **fixed)))
        results = [repr(result) for _, result in tests]
        if max(map(results.count, results)) <= _MOST_EQUAL:
            return draw, tests
    raise ValueError(f"{key}: over {_MOST_EQUAL} of {_TESTS} tests have the same result")


def _text(spec: Spec, fixed: dict[str, int | str]) -> str:
    paragraphs = (inspect.getdoc(spec.function) or "").split("\n\n")
    text = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    for key, value in fixed.items():
        shown = f'"{value}"' if isinstance(value, str) else str(value)
        text = text.replace(f"`{key}`", shown)
    return text


def _signature(spec: Spec, fixed: dict[str, int | str]) -> str:
    full = inspect.signature(spec.function)
    kept = [p for name, p in full.parameters.items() if name not in fixed]
    return f"{spec.function.__name__}{full.replace(parameters=kept)}"


def _functional(spec: Spec, fixed: dict[str, Any], draw: Draw, tests: list[Test]) -> Item:
    name = spec.function.__name__
    calls = [(_call(name, args), repr(result)) for args, result in tests]
    shown = draw.pick(calls[2:4])
    prompt = (
        f"{draw.pick(_OPENINGS)}\n\n```python\ndef {_signature(spec, fixed)}:\n```\n\n"
        f"{_text(spec, fixed)}\n\nExample: `{shown[0]}` returns `{shown[1]}`.\n\n{_BLOCK}"
    )
    asserts = "\n".join(f"assert {call} == {result}" for call, result in calls)
    truth = {"functional": asserts}
    return Item(prompt, truth, _block(_source(spec, fixed)), "code", {"entry_point": name})


def _program(spec: Spec, fixed: dict[str, Any], draw: Draw, tests: list[Test]) -> Item:
    inputs, outputs = [str(args[0]) for args, _ in tests], [f"{result}\n" for _, result in tests]
    prompt = (
        f"{draw.pick(_PROGRAMS)}\n\n{_text(spec, fixed)}\n\nExample input:\n```\n{inputs[1]}```\n"
        f"Example output:\n```\n{outputs[1]}```\n\n{_BLOCK}"
    )
    arguments = "".join(f", {value!r}" for value in fixed.values())
    main = f"import sys\n\nprint({spec.function.__name__}(sys.stdin.read(){arguments}))\n"
    truth = {"inputs": inputs, "outputs": outputs}
    return Item(prompt, truth, _block(f"{inspect.getsource(spec.function)}\n\n{main}"), "code", {})


def _call(name: str, args: tuple[object, ...]) -> str:
    return f"{name}({', '.join(map(repr, args))})"


def _copied(args: tuple[Any, ...]) -> list[Any]:
    return [list(value) if isinstance(value, list) else value for value in args]


def _source(spec: Spec, fixed: dict[str, int | str]) -> str:
    name, source = spec.function.__name__, inspect.getsource(spec.function)
    if not fixed:
        return source
    general = source.replace(f"def {name}(", f"def _{name}(", 1)
    names = [p for p in inspect.signature(spec.function).parameters if p not in fixed]
    arguments = ", ".join([*names, *(repr(value) for value in fixed.values())])
    wrapper = f"def {_signature(spec, fixed)}:\n    return _{name}({arguments})\n"
    return f"{general}\n\n{wrapper}"


def _block(source: str) -> str:
    return f"```python\n{source.strip()}\n```"

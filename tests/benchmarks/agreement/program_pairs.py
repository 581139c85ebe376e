"""Predicted values of programs: CodeI/O and CRUXEval, from small programs that are run here."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from agreement.pairs import Pair, dumped, thoughts

PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "def f(x):\n    return x[::-1]": lambda x: x[::-1],
    "def f(x):\n    return sorted(x)": lambda x: sorted(x),
    "def f(x):\n    return {k: x.count(k) for k in x}": lambda x: {k: x.count(k) for k in x},
    "def f(x):\n    return len(x), x[:2]": lambda x: (len(x), x[:2]),
    "def f(x):\n    return [v for i, v in enumerate(x) if i % 2]": lambda x: list(x[1::2]),
    "def f(x):\n    return str(x).upper()": lambda x: str(x).upper(),
    "def f(x):\n    return not x or x[0] == x[-1]": lambda x: not x or x[0] == x[-1],
}
CRUX_FORMS = [
    "right",
    "right",
    "wrong",
    "wrong",
    "spaces",
    "tautology",
    "own check",
    "bare",
    "prose",
]
CODEIO_FORMS = [
    "right", "right", "wrong", "wrong", "bare value", "no braces", "python", "boxed",
    "truth as text", "extra key", "two blocks", "float",
]  # fmt: skip


def cruxeval(number: int, rng: random.Random) -> Iterator[Pair]:
    """The hole is the input or the output."""
    for _ in range(number):
        source, function = rng.choice(sorted(PROGRAMS.items(), key=lambda item: item[0]))
        value, asks_output, form = _input(rng), rng.random() < 0.5, rng.choice(CRUX_FORMS)
        result = function(value)
        given = f"assert f({value!r}) == ??" if asks_output else f"assert f(??) == {result!r}"
        answer, said, right = value, result, form not in ("tautology", "own check")
        if form == "wrong" and asks_output:
            said, right = (result, 0), False
        elif form == "wrong":
            answer = value + value[:1] + value
            right = function(answer) == result
        text = _completed(form, f"f({answer!r})", repr(said), rng)
        args = {"assertion": given} | ({"output": repr(result)} if asks_output else {})
        yield Pair(
            "cruxeval", form, text, dumped({"functional": source}), right,
            form in ("right", "wrong", "spaces"), "cruxeval", {"functional": source}, args,
        )  # fmt: skip


def _completed(form: str, call: str, value: str, rng: random.Random) -> str:
    shown = {
        "spaces": f"assert {call.replace('f(', 'f( ')}   ==   {value}",
        "tautology": f"assert {call} == {call}",
        "own check": "assert True",
    }
    line = shown.get(form, f"assert {call} == {value}")
    if form in ("bare", "prose"):
        return line if form == "bare" else f"So I say\n\n{line}"
    return f"{thoughts(rng)}```python\n{line}\n```"


def _input(rng: random.Random) -> Any:
    if rng.random() < 0.5:
        return "".join(rng.choices("abcxyz ", k=rng.randint(1, 8)))
    return [rng.randint(-9, 99) for _ in range(rng.randint(1, 6))]


def codeio(number: int, rng: random.Random) -> Iterator[Pair]:
    """JSON in a fence, as the prompts end."""
    for _ in range(number):
        key, value, form = rng.choice(["input", "output"]), _value(rng), rng.choice(CODEIO_FORMS)
        if key == "input" and not isinstance(value, dict):
            value = {"x": value}
        if form == "truth as text":
            value = {"ok": rng.random() < 0.5}
        right = form not in ("wrong", "extra key")
        fine = form in ("right", "wrong", "extra key")
        truth = f'"{key}": {json.dumps(value)}'
        text = _shown(form, key, value, rng)
        yield Pair(
            "codeio", f"{form}, {_kind(form, value)}", text, truth,
            None if form in ("float", "python") else right, fine, "codeio", {key: value},
        )  # fmt: skip


def _kind(form: str, value: Any) -> str:
    return "object" if isinstance(value, dict) else "list" if isinstance(value, list) else "scalar"


def _shown(form: str, key: str, value: Any, rng: random.Random) -> str:
    whole = {key: value}
    if form == "wrong":
        whole = {key: [value, 1]}
    elif form == "extra key":
        whole = {key: {**value, "more": 1} if isinstance(value, dict) else [value]}
    elif form == "truth as text" and isinstance(value, dict):
        whole = {key: {name: str(v).lower() for name, v in value.items()}}
    elif form == "float":
        whole = {key: _floats(value)}
    block = dumped(whole)
    shown = {
        "bare value": dumped(value),
        "no braces": f'"{key}": {dumped(value)}',
        "python": repr(whole),
    }
    text = f"{thoughts(rng)}```json\n{shown.get(form, block)}\n```"
    if form == "boxed":
        return f"{thoughts(rng)}\\boxed{{{block}}}"
    if form == "two blocks":
        return f'```json\n{{"{key}": "a draft"}}\n```\nNo, better:\n{text}'
    return text


def _floats(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | list | dict):
        return value
    if isinstance(value, int):
        return float(value)
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return {name: _floats(item) for name, item in value.items()}


def _value(rng: random.Random, depth: int = 0) -> Any:
    makers: list[Callable[[], Any]] = [
        lambda: rng.randint(-1000, 1000),
        lambda: round(rng.uniform(-5, 5), 3),
        lambda: "".join(rng.choices("abc de", k=rng.randint(1, 9))),
        lambda: rng.random() < 0.5,
    ]
    if depth < 2:
        makers += [
            lambda: [_value(rng, depth + 1) for _ in range(rng.randint(1, 4))],
            lambda: {f"k{i}": _value(rng, depth + 1) for i in range(rng.randint(1, 3))},
        ] * 3
    return rng.choice(makers)()

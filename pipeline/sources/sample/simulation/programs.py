"""Small programs in a tiny language: one function renders them as Python, another one runs them."""

from typing import NamedTuple

from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.items import Family, Item, as_json, scaled, short

_LIMIT = 10**9


class Set(NamedTuple):
    """`target = left op right`; operands are variable names or integers."""

    target: str
    left: str | int
    op: str
    right: str | int


class For(NamedTuple):
    """`for name in range(start, stop)` over a body."""

    name: str
    start: int
    stop: int
    body: tuple["Node", ...]


class If(NamedTuple):
    """`if left % modulus == rest` with two branches, of which the second may be empty."""

    left: str
    modulus: int
    rest: int
    then: tuple["Node", ...]
    other: tuple["Node", ...]


Node = Set | For | If


def render(nodes: tuple[Node, ...], indent: int = 0) -> list[str]:
    """The program as lines of Python."""
    pad, lines = "    " * indent, []
    for node in nodes:
        if isinstance(node, Set):
            lines.append(f"{pad}{node.target} = {node.left} {node.op} {node.right}")
        elif isinstance(node, For):
            lines.append(f"{pad}for {node.name} in range({node.start}, {node.stop}):")
            lines += render(node.body, indent + 1)
        else:
            lines.append(f"{pad}if {node.left} % {node.modulus} == {node.rest}:")
            lines += render(node.then, indent + 1)
            if node.other:
                lines += [f"{pad}else:", *render(node.other, indent + 1)]
    return lines


def run(nodes: tuple[Node, ...], values: dict[str, int]) -> None:
    """Execute the program on `values`, in place."""
    for node in nodes:
        if isinstance(node, Set):
            values[node.target] = _apply(
                node.op, _value(node.left, values), _value(node.right, values)
            )
        elif isinstance(node, For):
            for turn in range(node.start, node.stop):
                values[node.name] = turn
                run(node.body, values)
        else:
            hit = values[node.left] % node.modulus == node.rest
            run(node.then if hit else node.other, values)


def _value(operand: str | int, values: dict[str, int]) -> int:
    return operand if isinstance(operand, int) else values[operand]


def _apply(op: str, a: int, b: int) -> int:
    results = {"+": a + b, "-": a - b, "*": a * b if abs(a * b) < _LIMIT else _LIMIT}
    return results[op] if op in results else a % b if op == "%" else a // b


def _step(draw: Draw, names: str, loops: str) -> Set:
    target, op = draw.pick(names), draw.pick(("+", "+", "-", "*", "%", "//"))
    if op in ("%", "//", "*"):
        return Set(target, draw.pick(names), op, draw.integer(2, 4 if op == "*" else 9))
    right: str | int = draw.pick(names + loops) if draw.chance(2, 3) else draw.integer(1, 9)
    return Set(target, draw.pick(names), op, right)


def _body(draw: Draw, names: str, loops: str, level: int) -> tuple[Node, ...]:
    steps: list[Node] = [_step(draw, names, loops) for _ in range(1 + level // 2)]
    if level >= 3:
        modulus = draw.integer(2, 4)
        then, other = _step(draw, names, loops), _step(draw, names, loops)
        extra = (other,) if draw.chance(1, 2) else ()
        test = draw.pick(names + loops)
        steps.append(If(test, modulus, draw.integer(0, modulus - 1), (then,), extra))
    return tuple(draw.shuffled(steps))


def program(draw: Draw, level: int) -> tuple[tuple[Node, ...], dict[str, int]]:
    """A random program and its starting values."""
    names = "abc"[: 2 + level // 3]
    start = {name: draw.integer(1, 12) for name in names}
    low = draw.integer(0, 3)
    nodes: list[Node] = [_step(draw, names, "") for _ in range(level - 1 if level < 3 else 1)]
    inner = _body(draw, names, "i", level)
    if level >= 5:
        first = draw.integer(1, 2)
        inner = (*inner, For("j", first, first + 2, _body(draw, names, "ij", 2)))
    nodes.append(For("i", low, low + 2 + level // 2, inner))
    return tuple(nodes), start


def _output(draw: Draw, level: int) -> Item:
    nodes, start = program(draw, level)
    values = dict(start)
    run(nodes, values)
    if any(abs(value) >= 100_000 for value in values.values()):
        return _output(draw, level)
    changed = [name for name in start if values[name] != start[name]]
    if not changed:
        return _output(draw, level)
    shown = draw.pick(changed)
    lines = [f"{name} = {value}" for name, value in start.items()] + render(nodes)
    final = {name: values[name] for name in start}
    work = f"At the end {', '.join(f'{name} = {value}' for name, value in final.items())}."
    if level % 2 == 0:
        source = "\n".join(lines)
        question = (
            f"Run this Python program in your head.\n\n```python\n{source}\n```\n\nWhich values "
            f"do its variables {', '.join(final)} have at the end?"
        )
        return as_json(draw, question, final, work, "a JSON object from variable name to value")
    source = "\n".join([*lines, f"print({shown})"])
    opening = draw.pick(
        ("What does this Python program print?", "Give the output of this program.")
    )
    question = f"{opening}\n\n```python\n{source}\n```"
    return short(draw, question, str(values[shown]), work, "number")


FAMILIES = (Family("programs", scaled(_output)),)

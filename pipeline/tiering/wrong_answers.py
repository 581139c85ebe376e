"""Plausible wrong answers: the truth comes in, something of the same shape but different goes out.

Whether the result is wrong is for the grader to say; nothing here grades.
"""

import ast
import re
from typing import Any

from pipeline.tiering.draws import Draws
from pipeline.tiering.right_answers import plain_truth

_NUMBER = re.compile(r"\d+")
_OPPOSITES = {"yes": "no", "no": "yes", "true": "false", "false": "true"}
_WORDS = ("none of these", "it cannot be determined", "both", "the first one")


def wrong_answer(truth: Any, grader_args: dict[str, Any], draws: Draws) -> Any:
    """A wrong value in the shape of `truth`."""
    value = plain_truth(truth)
    choices = grader_args.get("choices")
    if isinstance(value, str) and isinstance(choices, dict | list):
        return _other_letter(value, len(choices), draws)
    return _changed(value, draws)


def wrong_program(code: str, pick: int) -> str:
    """A program that runs to its end and gives wrong results.

    Only returned or printed values change, never a loop, so a mutant runs no longer than the
    original.

    Args:
        code: A Python program.
        pick: Which mutation to apply; the same number gives the same mutant.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return "def solution(*arguments):\n    return None\n"
    mutant = ast.fix_missing_locations(_Mutant(pick).visit(tree))
    return ast.unparse(mutant)


class _Mutant(ast.NodeTransformer):
    """Replaces what a program returns or prints."""

    def __init__(self, pick: int) -> None:
        self._pick = pick

    def visit_Return(self, node: ast.Return) -> ast.Return:
        if node.value is None:
            return node
        wrong: tuple[ast.expr, ...] = (
            ast.Constant(None),
            ast.List([node.value], ast.Load()),
            ast.UnaryOp(ast.Not(), node.value),
        )
        return ast.Return(wrong[self._pick % len(wrong)])

    def visit_Call(self, node: ast.Call) -> ast.Call:
        if isinstance(node.func, ast.Name) and node.func.id == "print":
            return ast.Call(node.func, [ast.Constant("0")], [])
        return node


def _other_letter(letter: str, count: int, draws: Draws) -> str:
    letters = [chr(ord("A") + index) for index in range(max(count, 2))]
    others = [other for other in letters if other != letter.strip("() .").upper()]
    return others[draws.below(len(others))]


def _changed(value: Any, draws: Draws) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1 + draws.below(3)
    if isinstance(value, str):
        return _changed_text(value, draws)
    if isinstance(value, list) and value:
        place = draws.below(len(value))
        return [_changed(v, draws) if i == place else v for i, v in enumerate(value)]
    if isinstance(value, dict) and value:
        place = sorted(value)[draws.below(len(value))]
        return {k: _changed(v, draws) if k == place else v for k, v in value.items()}
    return [0] if isinstance(value, list) else None if isinstance(value, dict) else 0


def _changed_text(text: str, draws: Draws) -> str:
    opposite = _OPPOSITES.get(text.strip().lower())
    numbers = list(_NUMBER.finditer(text))
    if opposite is not None:
        return opposite
    if numbers:
        number = numbers[draws.below(len(numbers))]
        # A very long run of digits is beyond what Python turns into an integer.
        new = str(int(number.group()[-18:]) + 1 + draws.below(9))
        return text[: number.start()] + new + text[number.end() :]
    if "|" in text and draws.random() < 0.5:
        return text[: text.rindex("|")]
    return _WORDS[draws.below(len(_WORDS))]

"""Reads the arguments of an instruction: of the right type, or the instruction says nothing."""

from collections.abc import Mapping
from typing import Any

Arguments = Mapping[str, Any]


class BadArgumentsError(Exception):
    """An argument is missing or of another type; the message names it."""


def number(arguments: Arguments, name: str) -> int:
    """A whole number from 0; Arrow may have made a float of it.

    Raises:
        BadArgumentsError: It is none.
    """
    value = arguments.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadArgumentsError(f"{name} is {value!r}, not a whole number")
    return value


def text(arguments: Arguments, name: str) -> str:
    """A text that is not blank, without spaces around it.

    Raises:
        BadArgumentsError: It is none.
    """
    value = arguments.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadArgumentsError(f"{name} is {value!r}, not a text")
    return value.strip()


def texts(arguments: Arguments, name: str) -> list[str]:
    """A list of texts, none of them blank.

    Raises:
        BadArgumentsError: It is none.
    """
    value = arguments.get(name)
    if not isinstance(value, list) or not value:
        raise BadArgumentsError(f"{name} is {value!r}, not a list of texts")
    return [text({name: item}, name) for item in value]


def enough(count: int, arguments: Arguments, limit: str, relation: str = "relation") -> bool:
    """Whether a count stands in the wanted relation to the limit.

    Raises:
        BadArgumentsError: The limit is no number, or the relation is unknown.
    """
    wanted, how = number(arguments, limit), text(arguments, relation)
    if how == "less than":
        return count < wanted
    if how == "at least":
        return count >= wanted
    if how == "at most":
        return count <= wanted
    raise BadArgumentsError(f"{relation} is {how!r}; known are less than, at least, at most")

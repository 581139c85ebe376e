"""Reads TOML files of this room. Every fault names the file, the model, the value and the fix."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipeline.catalog.models import ModelList
from pipeline.errors import InputError

MODELS_FILE = Path(__file__).with_name("models.toml")

FIXES = {
    "missing": "add it",
    "extra_forbidden": "no such field; remove it or correct its name",
    "greater_than_equal": "raise it to the bound",
    "too_short": "add at least one",
    "literal_error": "use one of the values named",
    "string_pattern_mismatch": "use 1 to 64 of the characters a-z A-Z 0-9 _ -",
}


def load_models(path: Path | None = None) -> ModelList:
    """Read and check a base list; None reads the one in the package.

    Raises:
        InputError: The file is missing, not TOML, or its content cannot be used.
    """
    path = path or MODELS_FILE
    raw = read_toml(path)
    try:
        return ModelList.model_validate(raw)
    except ValidationError as error:
        raise InputError(explain(path, raw, error)) from error


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        InputError: It is missing, unreadable or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); check the path") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML ({error}); correct that line") from error


def explain(path: Path, raw: Mapping[str, Any], error: ValidationError) -> str:
    """All faults of a file, one a line."""
    lines = [_line(raw, fault) for fault in error.errors(include_url=False)]
    return f"{path}: {len(lines)} fault(s)\n" + "\n".join(f"  {line}" for line in lines)


def _line(raw: Mapping[str, Any], fault: ErrorDetails) -> str:
    message = fault["msg"].removeprefix("Value error, ")
    where = _where(raw, fault["loc"])
    if fault["type"] == "value_error":
        return f"{where}: {message}"
    seen = "" if fault["type"] == "missing" else f" (value {str(fault['input'])[:80]!r})"
    return f"{where}: {message}{seen}; {FIXES.get(fault['type'], 'correct it')}"


def _where(raw: Mapping[str, Any], loc: Sequence[int | str]) -> str:
    """The place of a fault in the words of the file: a model goes by its id, not its position."""
    parts = list(loc)
    if len(parts) > 1 and parts[0] == "models" and isinstance(parts[1], int):
        entry = raw["models"][parts[1]]
        name = entry.get("id", f"number {parts[1] + 1}") if isinstance(entry, dict) else parts[1]
        rest = ".".join(str(part) for part in parts[2:])
        return f"model {name!r}" + (f", {rest}" if rest else "")
    return ".".join(str(part) for part in parts) or "the list"

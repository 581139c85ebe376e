"""Brings a row's ground truth into the shape its grader expects.

In: whatever the parquet column held (text, number, list, struct). Out: a JSON value and the final
grader; the graders' own readers say whether they could use it. Knows no files and grades nothing.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pipeline.grading import grid, ifeval, zebra
from pipeline.grading.literals import NotALiteral, read
from pipeline.grading.words import is_plain

MALFORMED = "malformed_ground_truth"
MISSING = "missing_answer"
CODE_TESTS = {
    "functional": "code",
    "solution_file": "solution_file",
    "pytest": "pytest",
    "inputs": "code",
}


class BadRowError(Exception):
    """A row that cannot be used; readers turn it into a reject."""

    def __init__(self, reason: str, detail: str | None = None) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class Truth(NamedTuple):
    """A ground truth and the grader that understands it."""

    grader: str
    value: Any


def normalise(grader: str, raw: Any, extra: Mapping[str, Any] | None = None) -> Truth:
    """Shape a raw ground truth for `grader`.

    Args:
        grader: Name in the registry; `code` becomes the kind of test that the truth holds.
        raw: As the column held it.
        extra: The row's `extra_info`: IFEval keeps the names of its instructions there.

    Raises:
        BadRowError: The truth is missing, or cannot be what the grader needs.
    """
    value = raw if isinstance(raw, str) else _without_nulls(raw)
    if _blank(value):
        raise BadRowError(MISSING, "reward_model.ground_truth is null or blank")
    if grader == "ifeval":
        truth = _instructions(value, extra or {})
    else:
        shape = _SHAPES.get(grader)
        truth = shape(grader, value) if shape else Truth(grader, value)
    if not isinstance(truth.value, str):
        _check_json(truth.value)
    return truth


def _blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or value in ([], {})


def _without_nulls(value: Any) -> Any:
    """Drop the keys that Arrow fills with null where structs of different rows were merged."""
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(v) for v in value]
    return value


def _check_json(value: Any) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadRowError(MALFORMED, f"not a JSON value: {error}") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def parse_json(text: str) -> Any:
    """Strict JSON: no NaN, no Infinity.

    Raises:
        BadRowError: The text is not JSON.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRowError(MALFORMED, f"not JSON: {error}; starts with {text[:60]!r}") from error


def _texts(grader: str, value: Any) -> Truth:
    """A string, or a list of acceptable strings."""
    if isinstance(value, list):
        texts = [str(v) for v in value if v is not None and str(v).strip()]
        if any(isinstance(v, dict | list) for v in value):
            raise BadRowError(MALFORMED, f"{grader} needs text or a list of texts")
        if not texts:
            raise BadRowError(MISSING, "reward_model.ground_truth holds only blanks")
        return Truth(grader, texts)
    return Truth(grader, _scalar(grader, value))


def _scalar(grader: str, value: Any) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise BadRowError(MALFORMED, f"{grader} needs text, found {type(value).__name__}")


def _table(grader: str, value: Any) -> Truth:
    texts = _texts(grader, value).value
    return Truth(grader, "|".join(texts) if isinstance(texts, list) else texts)


def _letter(grader: str, value: Any) -> Truth:
    letter = _scalar(grader, value).strip().strip("().").upper()
    if len(letter) != 1 or not "A" <= letter <= "Z":
        raise BadRowError(MALFORMED, f"choice needs one letter, found {str(value)[:60]!r}")
    return Truth(grader, letter)


def _code(grader: str, value: Any) -> Truth:
    tests = _without_nulls(parse_json(value)) if isinstance(value, str) else value
    if not isinstance(tests, dict):
        raise BadRowError(MALFORMED, f"code needs a JSON object, found {type(tests).__name__}")
    kind = next((key for key in CODE_TESTS if key in tests), None)
    if kind is None:
        raise BadRowError(MALFORMED, f"no known tests under the keys {sorted(tests)[:8]}")
    if _blank(tests[kind]):
        raise BadRowError(MISSING, f"the tests under '{kind}' are blank")
    if kind == "inputs":
        _check_pairs(tests)
    return Truth(CODE_TESTS[kind], tests)


def _check_pairs(tests: dict[str, Any]) -> None:
    inputs, outputs = tests["inputs"], tests.get("outputs")
    if not isinstance(inputs, list) or not isinstance(outputs, list) or len(inputs) != len(outputs):
        raise BadRowError(MALFORMED, "inputs and outputs must be lists of equal length")


def _json_text(grader: str, value: Any) -> Truth:
    """Text that looks like JSON is parsed; any other text is itself the answer."""
    if not isinstance(value, str):
        return Truth(grader, value)
    try:
        return Truth(grader, parse_json(value))
    except BadRowError:
        if value.lstrip()[:1] in "[{":
            raise
        return Truth(grader, value)


def _codeio(grader: str, value: Any) -> Truth:
    """`"output": value`, as the rows have it, becomes an object."""
    parsed = value
    if isinstance(value, str):
        text = value.strip()
        parsed = parse_json(text if text.startswith("{") else f"{{{text}}}")
    if not isinstance(parsed, dict) or list(parsed) not in (["input"], ["output"]):
        raise BadRowError(MALFORMED, f"codeio needs an input or an output: {str(value)[:60]!r}")
    return Truth(grader, parsed)


def _structure(value: Any) -> Any:
    """A list or an object, also where it came as text."""
    if not isinstance(value, str):
        return value
    try:
        return read(value)
    except NotALiteral as error:
        raise BadRowError(MALFORMED, f"{error}; starts with {value[:60]!r}") from error


def _grid(grader: str, value: Any) -> Truth:
    cells = grid.as_grid(_structure(value))
    if cells is None:
        raise BadRowError(MALFORMED, "grid needs rows of whole numbers, all of one length")
    return Truth(grader, cells)


def _zebra(grader: str, value: Any) -> Truth:
    found = _structure(value)
    if not zebra.is_table(found):
        raise BadRowError(MALFORMED, "zebra needs an object with a header and rows of its length")
    return Truth(grader, {"header": list(found["header"]), "rows": [*map(list, found["rows"])]})


def _ordering(grader: str, value: Any) -> Truth:
    names = _structure(value)
    if not isinstance(names, list) or not names or not all(map(is_plain, names)):
        raise BadRowError(MALFORMED, "ordering needs a list of names")
    return Truth(grader, [str(name) for name in names])


def _word(grader: str, value: Any) -> Truth:
    return Truth(grader, _scalar(grader, value).strip())


def _cruxeval(grader: str, value: Any) -> Truth:
    function = parse_json(value) if isinstance(value, str) else value
    if not isinstance(function, dict) or not isinstance(function.get("functional"), str):
        raise BadRowError(MALFORMED, "cruxeval needs a JSON object with a function")
    return Truth(grader, {"functional": function["functional"]})


def _instructions(value: Any, extra: Mapping[str, Any]) -> Truth:
    """IFEval: arguments here and names in `extra_info`; IFBench: both here, in a text."""
    names, arguments = extra.get("instruction_id_list"), _structure(value)
    if names is None and isinstance(arguments, list) and isinstance(next(iter(arguments), 0), dict):
        names, arguments = arguments[0].get("instruction_id"), arguments[0].get("kwargs")
    if not isinstance(names, list) or not isinstance(arguments, list) or not names:
        raise BadRowError(MALFORMED, "ifeval needs a list of instructions and one of arguments")
    if len(names) != len(arguments):
        raise BadRowError(MALFORMED, f"{len(names)} instructions, {len(arguments)} arguments")
    unknown = [name for name in names if ifeval.known_name(name) is None]
    if unknown:
        raise BadRowError("unknown_instruction", ", ".join(map(str, unknown))[:200])
    pairs = zip(names, arguments, strict=True)
    return Truth("ifeval", [{"id": name, "kwargs": _without_nulls(a or {})} for name, a in pairs])


_SHAPES: dict[str, Callable[[str, Any], Truth]] = {
    "math": _texts,
    "stem": _texts,
    "table": _table,
    "choice": _letter,
    "code": _code,
    "json": _json_text,
    "codeio": _codeio,
    "grid": _grid,
    "zebra": _zebra,
    "ordering": _ordering,
    "graph": _word,
    "cruxeval": _cruxeval,
}

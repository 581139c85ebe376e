"""One foreign row as a problem and its outcomes, the way a mapping says. Counts nothing."""

import fnmatch
import re
from decimal import Decimal
from typing import Any

from pipeline.bank import cells
from pipeline.bank.cells import Spot, is_missing, look
from pipeline.bank.mapping import JOIN, MODEL, PROMPT, Mapping, Place
from pipeline.bank.reading import Row
from schemas.attempts import TIERS
from schemas.columns import ID_PATTERN
from schemas.problems import problem_id, to_json

COUNTS = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")


def problem_of(mapping: Mapping, row: Row, spot: Spot) -> Row:
    """Row of table `bank_problems` that a foreign row is about.

    Raises:
        InputError: A cell cannot be used.
    """
    places = mapping.problem

    def given(place: Place | None) -> Any:
        return optional(row, place, spot)

    own = given(places.data_source)
    source = "/".join(part for part in (mapping.data_source, str(own or "")) if part)
    if not source:
        raise spot.fault(places.data_source or (), "the data source is missing; name it")
    messages = _messages(mapping, row, spot)
    truth, tier = given(places.ground_truth), given(places.tier)
    if tier is not None and tier not in TIERS:
        known = ", ".join(TIERS)
        raise spot.fault(places.tier or (), f"{tier!r} is no tier; known are {known}")
    grader, metric = given(places.grader), given(places.metric)
    return {
        "problem_id": problem_id(source, messages) if messages else _named(mapping, row, spot),
        "data_source": source,
        "messages": messages,
        "tier": tier,
        "grader": None if grader is None else str(grader),
        "ground_truth": None if truth is None else cells.text(to_json(truth)),
        "grader_args": None,
        "metric": None if metric is None else str(metric),
        "part": part_of(mapping, spot.file),
    }


def part_of(mapping: Mapping, file: str) -> str | None:
    """Part of the set that a file is."""
    fitting = (name for p, name in mapping.parts.items() if fnmatch.fnmatchcase(file, p))
    return next(fitting, None)


def optional(row: Row, place: Place | None, spot: Spot) -> Any:
    """A value that may be missing."""
    if place is None or (place[0] == JOIN and not row[JOIN]):
        return None
    value = look(row, place, spot)
    return None if is_missing(value) else value


def _messages(mapping: Mapping, row: Row, spot: Spot) -> list[dict[str, str]] | None:
    place = mapping.problem.prompt or mapping.problem.messages
    if place is None:
        return None
    value = look(row, place, spot)
    if is_missing(value):
        raise spot.fault(place, "the question is missing; add it, or take the row out")
    if mapping.problem.prompt:
        content = mapping.prompt_template.replace(PROMPT, cells.text(value))
        return [{"role": "user", "content": content}]
    sound = isinstance(value, list) and all(
        isinstance(m, dict) and isinstance(m.get("content"), str) and m.get("role") for m in value
    )
    if not sound:
        raise spot.fault(place, f"{str(value)[:60]!r} is no list of chat messages; correct it")
    return [{"role": str(m["role"]), "content": cells.text(m["content"])} for m in value]


def _named(mapping: Mapping, row: Row, spot: Spot) -> str:
    place = mapping.problem.problem_id
    assert place is not None
    value = look(row, place, spot)
    if not isinstance(value, str) or not re.match(ID_PATTERN, value):
        raise spot.fault(place, f"{str(value)[:60]!r} is no problem id of 16 hex digits")
    return value


def values_of(mapping: Mapping, row: Row, stem: str, spot: Spot) -> Row | None:
    """The parts of a model's outcome; None where there is none.

    Raises:
        InputError: A cell cannot be used.
    """
    places = mapping.cells.places()
    raw = {name: look(row, place, spot, stem) for name, place in places.items()}
    if is_missing(raw[mapping.cells.deciding]):
        return None
    given = {name: value for name, value in raw.items() if not is_missing(value)}
    shown = {
        name: tuple(step.replace(MODEL, stem) for step in place) for name, place in places.items()
    }
    values: Row = dict.fromkeys((*COUNTS, "seconds", "cost_usd", "text"))
    for name in COUNTS:
        if name in given:
            values[name] = cells.whole(given[name], shown[name], spot)
    for name in ("seconds", "cost_usd"):
        if name in given:
            values[name] = cells.number(given[name], shown[name], spot)
    if values["cost_usd"] is not None and mapping.usd_per_unit is not None:
        # In decimals: 0.1 units at 1.1 are 0.11 USD, and not a hair more.
        worth = Decimal(str(values["cost_usd"])) * Decimal(str(mapping.usd_per_unit))
        values["cost_usd"] = float(worth)
    if "text" in given:
        values["text"] = cells.text(given["text"])
    return values | _judged(given, shown, spot, mapping.full_score)


def _judged(given: Row, shown: dict[str, Place], spot: Spot, full: float) -> Row:
    """Verdict and score, each out of what there is."""
    score: float | None = None
    if "score" in given:
        score = cells.number(given["score"], shown["score"], spot, full) / full
    if "verdict" in given:
        return {"verdict": cells.verdict(given["verdict"], shown["verdict"], spot), "score": score}
    if "correct" in given:
        right = cells.boolean(given["correct"], shown["correct"], spot)
        verdict = "correct" if right else "wrong"
        return {"verdict": verdict, "score": float(right) if score is None else score}
    verdict = "correct" if score is not None and score >= 1.0 else "wrong"
    return {"verdict": None if score is None else verdict, "score": score}

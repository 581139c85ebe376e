"""Says what a Reasoning360 row is: its domain, its grader, its dataset and licence.

All rules are in `reasoning360.toml` and `licences.toml`. File names are never looked at: ARC rows
sit in `logic__*` files with `simulation__*` sources.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple


class Route(NamedTuple):
    """Domain and grader of a row; `grader` is None where none is known."""

    domain: str
    grader: str | None


class Licence(NamedTuple):
    """Upstream dataset and its licence."""

    dataset: str
    licence: str


@cache
def data_file(name: str) -> dict[str, Any]:
    """Parse a TOML file of this package."""
    return tomllib.loads(resources.files("pipeline.sources").joinpath(name).read_text("utf-8"))


def longest_prefix(table: Mapping[str, str], text: str) -> str | None:
    """Value of the longest key that `text` starts with."""
    keys = [key for key in table if text.startswith(key)]
    return table[max(keys, key=len)] if keys else None


@cache
def route(data_source: str, ability: str | None) -> Route | None:
    """Domain and grader of a row, or None where the domain is unknown."""
    rules = data_file("reasoning360.toml")
    domain = longest_prefix(rules["domains"], data_source)
    grader = longest_prefix(rules["graders"], data_source)
    if domain is None and ability is not None:
        domain = rules["abilities"].get(ability.strip().lower())
        grader = grader or rules["domain_graders"].get(domain)
    return Route(domain, grader) if domain else None


@cache
def licence(data_source: str, fallback: Licence | None = None) -> Licence:
    """Dataset and licence of a data source; `fallback` replaces the file's default."""
    known = data_file("licences.toml")
    entry = known["data_source"].get(data_source)
    if entry is None and fallback is not None:
        return fallback
    return Licence(**(entry or known["default"]))

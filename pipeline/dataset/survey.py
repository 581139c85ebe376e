"""The light pass: what the mix needs to know of every problem, as integers.

Tables `problems` and `pass_rates` come in, streamed; about 30 bytes a problem go out, on disk.
Knows nothing of quotas, catalogues or prompts.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.dataset.budget import message_tokens
from pipeline.dataset.columns import (
    Array,
    Bools,
    Codes,
    Ints,
    Positions,
    is_text,
    keys_of,
    one_chunk,
    stream,
)
from pipeline.dataset.rates import Names, Rates, Rising, Window, read_rates
from pipeline.dataset.scratch import Scratch, Spool, kind_of
from pipeline.layout import Layout
from pipeline.left_out import left_out
from pipeline.rng import Floats, Keys
from schemas.examples import EXAMPLE_TIERS, MESSAGES

UNTIERED = EXAMPLE_TIERS.index("untiered")

_PROBLEMS = pa.schema(
    [
        ("problem_id", pa.string()),
        ("data_source", pa.string()),
        ("kind", pa.string()),
        ("messages", MESSAGES),
    ]
)


class Facts(NamedTuple):
    """One entry per problem, in the order of the file, which is that of the keys.

    Attributes:
        keys: Problem ids as numbers.
        everyday: Whether the problem needs no call.
        tier: Position in `EXAMPLE_TIERS`; everyday problems are untiered.
        pass_rate: Rate of the selected reference, NaN where there is none.
        reference: Position in the survey's references, -1 where there is none.
        source: Position in the survey's sources.
        tokens: Estimated tokens of the problem's own messages.
        left_out: Whether decontamination dropped the problem.
    """

    keys: Keys
    everyday: Bools
    tier: Codes
    pass_rate: Floats
    reference: Ints
    source: Ints
    tokens: Ints
    left_out: Bools


class Survey(NamedTuple):
    """What is known of all problems.

    Attributes:
        facts: Of each problem.
        references: Names of the selected references.
        sources: Names of the data sources.
        left_out: Problems that decontamination dropped.
    """

    facts: Spool[Facts]
    references: tuple[str, ...]
    sources: tuple[str, ...]
    left_out: int


FACTS = kind_of(Facts, "u8", "?", "i1", "f8", "i4", "i4", "i4", "?")


def survey(layout: Layout, scratch: Scratch) -> Survey:
    """Read what the mix needs of every problem.

    Raises:
        InputError: `problems` or `pass_rates` is missing or not the table.
        IntegrityError: The problems are not sorted by id, or ids repeat.
        MachineError: The disk is full.
    """
    rates, references = read_rates(layout.pass_rates, scratch)
    sources, dropped = Names(), _left_out(layout)
    facts, count = scratch.spool(Facts, FACTS), 0
    for block in _facts(layout.problems, rates, sources, dropped):
        count += int(block.left_out.sum())
        facts.append(block)
    rates.close()
    return Survey(facts, references, sources.names(), count)


def _facts(path: Path, rates: Spool[Rates], sources: Names, dropped: Keys) -> Iterator[Facts]:
    """Facts of one table of problems after the other."""
    rising, window = Rising(f"{path}: ids are not sorted or repeat"), Window(rates)
    for table in stream(path, _PROBLEMS):
        keys = keys_of(table["problem_id"])
        if not len(keys):
            continue
        rising.check(keys)
        rated = window.upto(keys[-1])
        everyday = is_text(table["kind"], "everyday")
        at, known = _find(keys, rated.keys)
        tier = np.where(everyday, UNTIERED, _taken(rated.tier, at, known, UNTIERED))
        yield Facts(
            keys=keys,
            everyday=everyday,
            tier=tier.astype(np.int8),
            pass_rate=_taken(rated.pass_rate, at, known, np.nan),
            reference=_taken(rated.reference, at, known, -1),
            source=sources.of(table["data_source"]),
            tokens=message_tokens(one_chunk(table["messages"])),
            left_out=_find(keys, dropped)[1],
        )


def _left_out(layout: Layout) -> Keys:
    return np.sort(np.array([int(key, 16) for key in left_out(layout)], np.uint64))


def _find(wanted: Keys, sorted_keys: Keys) -> tuple[Positions, Bools]:
    if not len(sorted_keys):
        return np.zeros(len(wanted), np.intp), np.zeros(len(wanted), np.bool_)
    at = np.minimum(np.searchsorted(sorted_keys, wanted), len(sorted_keys) - 1)
    return at, sorted_keys[at] == wanted


def _taken(values: Array, at: Positions, known: Bools, empty: float) -> Array:
    if not len(values):
        return np.full(len(at), empty, values.dtype)
    return np.where(known, values[at], values.dtype.type(empty))

"""The light pass: what the mix needs to know of every problem, as integers.

Tables `problems` and `pass_rates` come in, streamed; flat arrays go out, about 40 bytes a problem.
Knows nothing of quotas, catalogues or prompts.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.arrow import column
from pipeline.dataset.budget import message_tokens
from pipeline.dataset.columns import (
    BATCH_ROWS,
    Array,
    Bools,
    Codes,
    Ints,
    Positions,
    is_text,
    keys_of,
    numpy_of,
    one_chunk,
    stream,
)
from pipeline.errors import IntegrityError
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
_RATES = pa.schema(
    [
        ("problem_id", pa.string()),
        ("reference", pa.string()),
        ("pass_rate", pa.float64()),
        ("tier", pa.string()),
        ("selected", pa.bool_()),
    ]
)


class Survey(NamedTuple):
    """One entry per problem, in the order of the file, which is that of the keys.

    Attributes:
        keys: Problem ids as numbers.
        everyday: Whether the problem needs no call.
        tier: Position in `EXAMPLE_TIERS`; everyday problems are untiered.
        pass_rate: Rate of the selected reference, NaN where there is none.
        reference: Position in `references`, -1 where there is none.
        source: Position in `sources`.
        tokens: Estimated tokens of the problem's own messages.
        references: Names of the selected references.
        sources: Names of the data sources.
        left_out: Whether decontamination dropped the problem.
    """

    keys: Keys
    everyday: Bools
    tier: Codes
    pass_rate: Floats
    reference: Ints
    source: Ints
    tokens: Ints
    references: tuple[str, ...]
    sources: tuple[str, ...]
    left_out: Bools


class Rates(NamedTuple):
    """Selected pass rates, sorted by key."""

    keys: Keys
    tier: Codes
    pass_rate: Floats
    reference: Ints
    references: tuple[str, ...]


class _Codes:
    """Numbers names in order of appearance."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def of(self, names: pa.ChunkedArray) -> Ints:
        encoded = one_chunk(names).dictionary_encode()
        table = [
            self._codes.setdefault(n, len(self._codes)) for n in encoded.dictionary.to_pylist()
        ]
        positions = numpy_of(encoded.indices)
        return np.array(table, np.int32)[positions] if table else np.empty(0, np.int32)

    def names(self) -> tuple[str, ...]:
        return tuple(self._codes)


def read_rates(path: Path) -> Rates:
    """The selected rows of table `pass_rates`.

    Raises:
        InputError: The file is missing or not the table.
        IntegrityError: Two rows decide one problem's tier.
    """
    names, tiers = _Codes(), column(EXAMPLE_TIERS, pa.string())
    parts = []
    for table in stream(path, _RATES, 8 * BATCH_ROWS):
        chosen = table.filter(table["selected"])
        tier = numpy_of(pc.index_in(chosen["tier"], tiers)).astype(np.int8)
        rate = numpy_of(chosen["pass_rate"])
        parts.append((keys_of(chosen["problem_id"]), tier, rate, names.of(chosen["reference"])))
    keys, tier, rate, reference = _joined(parts, (np.uint64, np.int8, np.float64, np.int32))
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    _refuse_repeats(keys, f"{path}: two selected rows for one problem")
    return Rates(keys, tier[order], rate[order], reference[order], names.names())


def _joined(parts: Sequence[Sequence[Array]], types: Sequence[type]) -> list[Array]:
    columns = zip(*parts, strict=True) if parts else ([] for _ in types)
    return [np.concatenate([np.empty(0, t), *c]) for c, t in zip(columns, types, strict=True)]


def _refuse_repeats(keys: Keys, problem: str) -> None:
    repeated = np.flatnonzero(keys[1:] <= keys[:-1])
    if len(repeated):
        raise IntegrityError(f"{problem}: {int(keys[repeated[0] + 1]):016x}")


def survey(layout: Layout) -> Survey:
    """Read what the mix needs of every problem.

    Raises:
        InputError: `problems` or `pass_rates` is missing or not the table.
        IntegrityError: The problems are not sorted by id, or ids repeat.
    """
    rates, sources, parts = read_rates(layout.pass_rates), _Codes(), []
    for table in stream(layout.problems, _PROBLEMS):
        everyday = is_text(table["kind"], "everyday")
        tokens = message_tokens(one_chunk(table["messages"]))
        keys = keys_of(table["problem_id"])
        parts.append((keys, everyday, sources.of(table["data_source"]), tokens))
    keys, everyday, source, tokens = _joined(parts, (np.uint64, np.bool_, np.int32, np.int32))
    _refuse_repeats(keys, f"{layout.problems}: ids are not sorted or repeat")
    at, known = _find(keys, rates.keys)
    tier = np.where(known & ~everyday, rates.tier[at] if len(rates.tier) else UNTIERED, UNTIERED)
    return Survey(
        keys=keys,
        everyday=everyday,
        tier=tier.astype(np.int8),
        pass_rate=_taken(rates.pass_rate, at, known, np.nan),
        reference=_taken(rates.reference, at, known, -1),
        source=source,
        tokens=tokens,
        references=rates.references,
        sources=sources.names(),
        left_out=_left_out(layout, keys),
    )


def _left_out(layout: Layout, keys: Keys) -> Bools:
    dropped = np.array([int(key, 16) for key in left_out(layout)], np.uint64)
    return np.isin(keys, dropped)


def _find(wanted: Keys, sorted_keys: Keys) -> tuple[Positions, Bools]:
    if not len(sorted_keys):
        return np.zeros(len(wanted), np.intp), np.zeros(len(wanted), np.bool_)
    at = np.minimum(np.searchsorted(sorted_keys, wanted), len(sorted_keys) - 1)
    return at, sorted_keys[at] == wanted


def _taken(values: Array, at: Positions, known: Bools, empty: float) -> Array:
    if not len(values):
        return np.full(len(at), empty, values.dtype)
    return np.where(known, values[at], values.dtype.type(empty))

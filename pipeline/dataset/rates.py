"""Selected pass rates, in the order in which problems ask for them.

Table `pass_rates` comes in, streamed, in any order; rates sorted by key go out, from disk. Knows
nothing of the problems.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.arrow import column
from pipeline.dataset.columns import (
    BATCH_ROWS,
    Codes,
    Ints,
    joined,
    keys_of,
    numpy_of,
    one_chunk,
    picked,
    stream,
)
from pipeline.dataset.scratch import BLOCK_ROWS, Scratch, Spool, kind_of
from pipeline.dataset.sorting import by_key
from pipeline.errors import IntegrityError
from pipeline.rng import Floats, Keys
from schemas.examples import EXAMPLE_TIERS

_RATES = pa.schema(
    [
        ("problem_id", pa.string()),
        ("reference", pa.string()),
        ("pass_rate", pa.float64()),
        ("tier", pa.string()),
        ("selected", pa.bool_()),
    ]
)


class Rates(NamedTuple):
    """Selected pass rates."""

    keys: Keys
    tier: Codes
    pass_rate: Floats
    reference: Ints


RATES = kind_of(Rates, "u8", "i1", "f8", "i4")


class Names:
    """Numbers names in order of appearance."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def of(self, names: pa.ChunkedArray) -> Ints:
        """The number of each name."""
        encoded = one_chunk(names).dictionary_encode()
        table = [
            self._codes.setdefault(n, len(self._codes)) for n in encoded.dictionary.to_pylist()
        ]
        positions = numpy_of(encoded.indices)
        return np.array(table, np.int32)[positions] if table else np.empty(0, np.int32)

    def names(self) -> tuple[str, ...]:
        """All names, by number."""
        return tuple(self._codes)


class Rising:
    """Refuses keys that fall or repeat, within blocks and between them."""

    def __init__(self, complaint: str) -> None:
        self._complaint = complaint
        self._last = np.empty(0, np.uint64)

    def check(self, keys: Keys) -> None:
        """Look at the next block.

        Raises:
            IntegrityError: The complaint, with the first key that is wrong.
        """
        here = np.concatenate([self._last, keys])
        wrong = np.flatnonzero(here[1:] <= here[:-1])
        if len(wrong):
            raise IntegrityError(f"{self._complaint}: {int(here[wrong[0] + 1]):016x}")
        self._last = here[-1:]


class Window:
    """Hands out rates in the order of their keys, each once."""

    def __init__(self, rates: Spool[Rates]) -> None:
        self._rates, self._at = rates, 0
        self._held = rates.read(0, 0)

    def upto(self, last: np.uint64) -> Rates:
        """The rates of keys up to and with `last` that were not handed out before."""
        parts = []
        while True:
            count = int(np.searchsorted(self._held.keys, last, side="right"))
            parts.append(picked(self._held, slice(count)))
            self._held = picked(self._held, slice(count, None))
            if len(self._held.keys) or self._at >= len(self._rates):
                return joined(parts)
            self._held = self._rates.read(self._at, self._at + BLOCK_ROWS)
            self._at += len(self._held.keys)


def read_rates(path: Path, scratch: Scratch) -> tuple[Spool[Rates], tuple[str, ...]]:
    """The selected rows of table `pass_rates`, sorted by key, and the names of their references.

    Raises:
        InputError: The file is missing or not the table.
        IntegrityError: Two rows decide one problem's tier.
        MachineError: The disk is full.
    """
    names, tiers = Names(), column(EXAMPLE_TIERS, pa.string())
    found = scratch.spool(Rates, RATES)
    for table in stream(path, _RATES, 8 * BATCH_ROWS):
        chosen = table.filter(table["selected"])
        tier = numpy_of(pc.index_in(chosen["tier"], tiers)).astype(np.int8)
        rate = numpy_of(chosen["pass_rate"])
        found.append(
            Rates(keys_of(chosen["problem_id"]), tier, rate, names.of(chosen["reference"]))
        )
    rates = by_key(found)
    rising = Rising(f"{path}: two selected rows for one problem")
    for block in rates.blocks():
        rising.check(block.keys)
    return rates, names.names()

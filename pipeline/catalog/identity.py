"""The content hash of a catalogue: a function of its entries in the order in which they are shown.

It is a hash over two digests per entry, of its names and of all else, so that a bulk builder
hashes each distinct part once.
"""

import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from schemas.examples import CATALOG_ENTRY
from schemas.problems import to_json

DIGEST_BYTES = 8
ID_BYTES = 8
NAME_FIELDS = ("tool_name", "display_name")
CONTENT_FIELDS = tuple(f.name for f in CATALOG_ENTRY if f.name not in NAME_FIELDS)


def content_digest(entry: Mapping[str, Any]) -> bytes:
    """Digest of everything in an entry but its names."""
    return _digest({name: entry[name] for name in CONTENT_FIELDS})


def name_digest(tool_name: str, display_name: str) -> bytes:
    """Digest of an entry's names."""
    return _digest([tool_name, display_name])


def catalog_id(entries: Sequence[Mapping[str, Any]]) -> str:
    """16 hex digits that change if and only if an entry or the order changes."""
    parts = (
        content_digest(entry) + name_digest(entry["tool_name"], entry["display_name"])
        for entry in entries
    )
    joined = b"".join(parts)
    return catalog_ids(joined, [0, len(joined)])


def catalog_ids(digests: bytes | memoryview, ends: Sequence[int]) -> str:
    """Ids of many catalogues, end to end.

    Args:
        digests: Digests of all entries, end to end.
        ends: Byte offsets of the catalogues, one more than there are.
    """
    view, blake2b = memoryview(digests), hashlib.blake2b
    return b"".join(
        [blake2b(view[a:b], digest_size=ID_BYTES).digest() for a, b in pairwise(ends)]
    ).hex()


def _digest(value: Any) -> bytes:
    return hashlib.blake2b(to_json(value).encode(), digest_size=DIGEST_BYTES).digest()

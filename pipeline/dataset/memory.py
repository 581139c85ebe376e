"""Memory between the passes: which allocator Arrow uses, and what goes back to the system.

Knows nothing of the tables.
"""

import contextlib
import ctypes
from collections.abc import Iterator

import pyarrow as pa

ALLOCATOR = "jemalloc"


@contextlib.contextmanager
def returning_memory() -> Iterator[None]:
    """Use an allocator that takes freed tables back, where this build of Arrow has it.

    The default one keeps growing with the number of tables, and spends a fifth of the time in page
    faults.
    """
    before = pa.default_memory_pool()
    if ALLOCATOR in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def give_back() -> None:
    """Return what was freed to the system, where the C library can.

    Thousands of small arrays that a pass over the file frees keep their pages otherwise, since what
    is kept lies above them.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

"""Every error of the store, by who must act. A message names the thing, the value and the fix.

The command line prints the message and exits with `exit_code`, as for errors of the pipeline.
"""


class WarehouseError(Exception):
    """Base class."""

    exit_code = 1


class StoreError(WarehouseError):
    """The caller's store, file or SQL must change: missing, corrupt, mistyped, too new."""

    exit_code = 2


class StoreSpaceError(WarehouseError):
    """The machine must change: the disk is full."""

    exit_code = 3


class StoreBusyError(WarehouseError):
    """Another process holds the store: wait, or stop it."""

    exit_code = 4


class StoreIntegrityError(WarehouseError):
    """What was loaded is not what the files or the manifest say: the build must be made again."""

    exit_code = 5


def is_full(error: Exception) -> bool:
    """The disk is full; DuckDB has no error class for it."""
    return "No space left" in str(error)


def space_message(path: object) -> str:
    """What to say of a full disk."""
    return f"{path}: no space left on the device; free some, then run the same command again"

"""Room on the disk for what is under way: kept as a file, given up when it is needed.

What comes back from a paid call must find a place although the disk became full meanwhile.
"""

import errno
import os
from pathlib import Path
from typing import IO

from pipeline.errors import MachineError

# Answers of some hundred calls at one time, packed, and the pages of SQLite around them.
ROOM_BYTES = 16 << 20
_CHUNK = bytes(1 << 20)
_FULL = (errno.ENOSPC, errno.EDQUOT)
# Not every file system can set space aside: writing does it, too.
_UNABLE = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)


class Room:
    """A file that only takes up space.

    Attributes:
        path: Of the file.
        given: It was needed: the disk is full.
    """

    def __init__(self, path: Path) -> None:
        """Args: path of a file of which nobody else knows."""
        self.path = path
        self.given = False
        self._taken = False

    def take(self) -> None:
        """Take up the space, once.

        Raises:
            MachineError: There is not as much, or it was given up before.
        """
        if self.given:
            raise self._error()
        if self._taken:
            return
        try:
            with self.path.open("wb") as file:
                _allocate(file)
        except OSError as error:
            self.path.unlink(missing_ok=True)
            if error.errno in _FULL:
                raise self._error() from error
            raise
        self._taken = True

    def give(self) -> bool:
        """Free the space; whether there was any."""
        self.given, taken, self._taken = True, self._taken, False
        self.close()
        return taken

    def close(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)

    def _error(self) -> MachineError:
        return MachineError(
            f"{self.path.parent}: no space left on the device: {ROOM_BYTES >> 20} MB are kept for "
            "answers under way; free some or choose another directory, then run the same command "
            "again: every paid answer is kept"
        )


def _allocate(file: IO[bytes]) -> None:
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file.fileno(), 0, ROOM_BYTES)
            return
        except OSError as error:
            if error.errno not in _UNABLE:
                raise
    for _ in range(ROOM_BYTES // len(_CHUNK)):
        file.write(_CHUNK)

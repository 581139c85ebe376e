"""A file that is read again when it changes; a broken one keeps what was read before."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from pipeline.errors import XRouterError

Content = TypeVar("Content")
Mark = tuple[int, int, int]
_LOG = logging.getLogger("xrouter.serving")


class Watched(Generic[Content]):
    """The content of one file.

    Attributes:
        what: Its name in messages.
        content: As last read without fault.
        fault: Why the file as it is now cannot be used; None where it is in use.
    """

    def __init__(self, what: str, path: Path | None, load: Callable[[], Content]) -> None:
        """Read it.

        Args:
            what: For messages.
            path: None: what is loaded never changes.
            load: Reads it.

        Raises:
            XRouterError: Of `load`: at first there is nothing to keep.
        """
        self.what, self._path, self._load = what, path, load
        self.fault: str | None = None
        self._mark = self._look()
        self.content = load()

    def _look(self) -> Mark | None:
        """What changes with the file; None where it cannot be seen."""
        try:
            found = self._path.stat() if self._path else None
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None

    async def refresh(self) -> bool:
        """Read the file again if it has changed; says whether there is new content."""
        mark = self._look()
        if mark == self._mark:
            return False
        self._mark = mark
        try:
            self.content = await asyncio.to_thread(self._load)
        except (XRouterError, OSError) as error:
            self.fault = str(error)
            _LOG.error("%s has changed and is not used: %s", self.what, self.fault)
            return False
        self.fault = None
        _LOG.warning("%s has changed and is in use", self.what)
        return True

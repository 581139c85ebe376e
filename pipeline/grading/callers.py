"""Grades answers whose graders wait for a network: many at once, in threads of this process.

Threads are enough: each call is bounded by its grader, and nothing of a model's text is run.
"""

import queue
import threading
from collections.abc import Iterator, Sequence
from types import TracebackType

from pipeline.grading import registry, verifier
from pipeline.grading.crew import Item
from pipeline.grading.verdicts import Grade
from pipeline.settings import GradingSettings


class Callers:
    """Threads that start to grade at once; leaving the context stops them.

    They are daemons: a call under way does not keep an interrupted program alive.
    """

    def __init__(self, items: Sequence[Item], settings: GradingSettings) -> None:
        self._left: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[int, Grade] | BaseException] = queue.SimpleQueue()
        self._settings = settings
        self._stopped = threading.Event()
        self._number = len(items)
        for item in items:
            self._left.put(item)
        for _ in range(min(settings.verifier_in_flight, len(items))):
            threading.Thread(target=self._work, name="grading-caller", daemon=True).start()

    def _work(self) -> None:
        verifier.stopped.set(self._stopped)
        while not self._stopped.is_set():
            try:
                index, request = self._left.get_nowait()
            except queue.Empty:
                return
            try:
                self._done.put((index, registry.grade(request, self._settings)))
            except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
                self._done.put(error)

    def results(self) -> Iterator[tuple[int, Grade]]:
        """All grades, in the order in which they are known."""
        for _ in range(self._number):
            done = self._done.get()
            if isinstance(done, BaseException):
                raise done
            yield done

    def __enter__(self) -> "Callers":
        """The threads run already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let no thread begin another call."""
        self._stopped.set()

"""Progress bars on stderr for whoever watches; silent where nobody does."""

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Bars:
    """One bar per step of work, drawn with rich; implements `pipeline.accounting.Progress`."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("[bold]{task.description:<34}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=not console.is_terminal,
        )
        self._current: TaskID | None = None

    def __enter__(self) -> "Bars":
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def start(self, label: str, total: int) -> None:
        """Begin a bar of `total` steps; the bar before it is done."""
        self._finish()
        self._current = self._bars.add_task(label, total=total)

    def advance(self, steps: int = 1) -> None:
        """Move the current bar on."""
        if self._current is not None:
            self._bars.advance(self._current, steps)

    def _finish(self) -> None:
        if self._current is not None:
            task = self._bars.tasks[self._bars.task_ids.index(self._current)]
            self._bars.update(self._current, completed=task.total or task.completed)

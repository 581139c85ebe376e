"""Progress bars on stderr for whoever watches; silent where nobody does."""

import time
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

PRINT_SECONDS = 30.0


class Bars:
    """One bar per step of work, drawn with rich; implements `pipeline.accounting.Progress`."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("[bold]{task.description:<34}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[line]}"),
            console=console,
            transient=not console.is_terminal,
        )
        self._current: TaskID | None = None
        self._said = time.monotonic()

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
        self._current = self._bars.add_task(label, total=total, line="")

    def advance(self, steps: int = 1) -> None:
        """Move the current bar on."""
        if self._current is not None:
            self._bars.advance(self._current, steps)

    def say(self, text: str) -> None:
        """Show a line behind the bar; where no bar can be drawn, print it now and then."""
        if self._current is None:
            return
        self._bars.update(self._current, line=text)
        console = self._bars.console
        if not console.is_terminal and time.monotonic() - self._said > PRINT_SECONDS:
            self._said = time.monotonic()
            task = self._bars.tasks[self._bars.task_ids.index(self._current)]
            console.print(f"{task.description} {task.completed:,.0f}/{task.total:,.0f}: {text}")

    def _finish(self) -> None:
        if self._current is not None:
            task = self._bars.tasks[self._bars.task_ids.index(self._current)]
            self._bars.update(self._current, completed=task.total or task.completed)

"""What a sandbox says about an answer, read as data: nothing in it was checked by anybody."""

import json
import signal
from typing import Any, NamedTuple


class TestReport(NamedTuple):
    """Outcome of one test.

    Attributes:
        status: passed | returned | failed | timeout | flood, or fault where the tests are broken.
        value: Output of a script, or JSON text of a returned value.
        detail: What went wrong.
    """

    status: str
    value: str = ""
    detail: str = ""


class Fate(NamedTuple):
    """How the process that did a job ended.

    Attributes:
        code: Exit code, or minus a signal.
        why: timeout or stopped, where the sandbox ended it.
    """

    code: int
    why: str

    @property
    def text(self) -> str:
        """The same for people."""
        name = signal.Signals(-self.code).name if self.code < 0 else f"exit code {self.code}"
        return f"{self.why} ({name})" if self.why else name


class Exchange(NamedTuple):
    """What came out of one job: one report per test that was run."""

    reports: list[TestReport]
    fate: Fate


def clean(text: str) -> str:
    """A program's own words, without the halves of characters that cannot be written to a file."""
    return text.encode(errors="replace").decode()


def read_report(message: dict[str, Any]) -> TestReport:
    """A message of the sandbox as a report.

    Raises:
        ValueError: Or TypeError, AttributeError: it is none.
    """
    report = TestReport(**message)
    return report._replace(detail=clean(report.detail))


def messages(data: bytes | bytearray) -> list[dict[str, Any]]:
    """The messages that some bytes hold.

    Raises:
        ValueError: They hold something else.
    """
    found = []
    while data:
        size = 4 + int.from_bytes(data[:4], "big")
        if len(data) < size:
            raise ValueError("a message is cut off")
        found.append(json.loads(data[4:size]))
        data = data[size:]
    return found

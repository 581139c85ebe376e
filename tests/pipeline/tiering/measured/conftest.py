"""Problems whose pass rate under `stubs.players.Player` is known."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from pipeline.layout import Layout

Problems = Callable[..., Layout]


@pytest.fixture
def problems(build: Callable[..., Layout], row: Callable[..., dict[str, Any]]) -> Problems:
    """Build a table of problems with these pass rates; the answer to each is 7."""

    def _problems(rates: Iterable[float], name: str = "build", **more: Any) -> Layout:
        asked = [f"problem {index} {rate:g}" for index, rate in enumerate(rates)]
        return build([row(text, "7", **more) for text in asked], name)

    return _problems

"""What holds for every test of the project."""

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure: what a property holds does not depend on how long it took.
settings.register_profile("xrouter", deadline=None)
settings.load_profile("xrouter")

FLOWS = Path(__file__).parent / "flows"
DEAR = {"server", "built"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file stays in one process, and so do all that share a Prefect server and a build.

    What is dear to make is then made once, not once per process.
    """
    users = [item for item in items if DEAR & set(getattr(item, "fixturenames", ()))]
    dear = {item.path for item in users if item.path.is_relative_to(FLOWS)}
    for item in items:
        group = "dear" if item.path in dear else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))

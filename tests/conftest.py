"""What holds for every test of the project."""

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A busy machine is no failure: what a property holds does not depend on how long it took.
settings.register_profile("xrouter", deadline=None)
settings.load_profile("xrouter")

ROOT = Path(__file__).resolve().parents[1]
DEAR = re.compile(r"\b(?:server: None|built: Path)\b")


def pytest_configure(config: pytest.Config) -> None:
    """Processes of the tests share what they compile, also where Python may not write it.

    Containers often forbid that; hundreds of processes would compile the same libraries anew. It is
    written outside of the tree then, and is gone at the end.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        os.environ["PYTHONPYCACHEPREFIX"] = folder = tempfile.mkdtemp(prefix="xrouter-bytecode-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Tests that wait, for servers and for processes to end, leave a core free: one more."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file stays in one process, and so do all that share a Prefect server and a build.

    What is dear to make is then made once, not once per process.
    """
    from xdist.scheduler import LoadFileScheduling

    folder = ROOT / "tests" / "flows"
    dear = {path.name for path in folder.glob("test_*.py") if DEAR.search(path.read_text())}

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = Path(nodeid.partition("::")[0])
            return "dear" if path.parent.name == "flows" and path.name in dear else str(path)

    return Together(config, log) if config.getvalue("dist") == "loadfile" else None

"""The deployment, on a real server with a real worker; a free port, a home of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("prefect", reason="needs the extra `flows`")
STEPS = (
    "deployed: 9",
    "build: ",
    "ledger: ",
    "pages: ",
    "publication: ",
    "tiers: ",
    "evaluation: ",
)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_everything_that_is_deployed_works(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    run = subprocess.run(
        [sys.executable, "-m", "flows.smoke"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=1400,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    said = [line.partition(" s  ")[2] for line in run.stdout.splitlines()]
    assert said[-1] == "all of it works"
    for step in STEPS:
        assert any(line.startswith(step) for line in said), step

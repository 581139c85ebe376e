"""Schemathesis on the published document: whatever it makes up, nothing is a 5xx."""

import subprocess
import sys
from pathlib import Path

import pytest
from stubs.serving import Start

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)


@pytest.mark.slow
@pytest.mark.parametrize("phases", ["examples,coverage", "fuzzing"])
def test_nothing_made_up_is_a_server_error(start: Start, tmp_path: Path, phases: str) -> None:
    running = start()
    line = [
        str(Path(sys.executable).with_name("schemathesis")), "run",
        f"{running.address}/openapi.json", "--checks", CHECKS, "--phases", phases,
        "--max-examples", "120", "--seed", "7", "--no-color",
    ]  # fmt: skip
    found = subprocess.run(
        line, capture_output=True, text=True, cwd=tmp_path, timeout=600, check=False
    )
    assert found.returncode == 0, found.stdout[-6000:] + found.stderr[-2000:]
    assert running.ask().status_code == 200

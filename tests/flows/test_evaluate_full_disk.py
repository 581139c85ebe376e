"""`xrouter evaluate` on a disk that really is full: a small tmpfs in a mount namespace."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from stubs import evaluating as world
from stubs.provider import Provider, Reply

ITEMS = 120
# KiB at each run: room for some dozens of answers; for no more; for everything.
SIZES = (20_000, 20_000, 200_000)
SCRIPT = """
import json, shutil, sqlite3, subprocess, sys
from pathlib import Path
disk, order, back = Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
out = disk / "out"
command = [sys.executable, "-c", "from flows.cli import main; main()", *order, "--out", str(out)]

def evaluate():
    run = subprocess.run(command, capture_output=True, text=True)
    names = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
    books = sqlite3.connect(out / "evaluation" / "ledger.sqlite")
    asked = books.execute("SELECT count(*) FROM sent").fetchone()[0]
    books.close()
    found = {"code": run.returncode, "error": run.stderr, "out": run.stdout}
    return found | {"files": names, "asked": asked}

runs = []
for size in json.loads(sys.argv[4]):
    subprocess.run(["mount", "-o", f"remount,size={size}k", str(disk)], check=True)
    runs.append(evaluate())
shutil.copytree(out / "spool", back)
print(json.dumps(runs))
"""


def on_small_disk(disk: Path, order: list[str], back: Path) -> Any:
    """Run the script on a tmpfs, which grows between its runs; returns what it printed."""
    disk.mkdir()
    mount = f'mount -t tmpfs -o size={SIZES[0]}k none "$0" && exec "$@"'
    unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    if shutil.which("unshare") is None or _fails([*unshare, mount, str(disk), "true"]):
        pytest.skip("no mount namespace can be had here: a full disk cannot be tried")
    python = [sys.executable, "-c", SCRIPT, str(disk), json.dumps(order), str(back)]
    python += [json.dumps(SIZES)]
    ended = subprocess.run(
        [*unshare, mount, str(disk), *python],
        capture_output=True, text=True, timeout=400, check=False,
        env=os.environ | {"COLUMNS": "400"},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def _fails(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def settings_file(folder: Path, provider: Provider) -> Path:
    """Settings of a router whose models are at the provider."""
    path, reach = folder / "settings.toml", world.reached(provider)
    lines = ["[router]", f"tries = {reach['tries']}", "[router.limits]"]
    lines.append(f"call_tokens = {reach['limits']['call_tokens']}")
    for name, place in reach["deployments"].items():
        lines.append(f"[router.deployments.{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in place.items()]
    path.write_text("\n".join(lines))
    return path


def number(body: dict[str, Any]) -> int:
    return world.number_in(str(body["messages"][-1]["content"]))


@pytest.mark.slow
def test_what_was_paid_is_kept_and_paid_once(tmp_path: Path) -> None:
    adder = world.adder()

    def answer(body: dict[str, Any]) -> Reply:
        said = adder(body)
        # Does not compress, so that the disk is full after some dozens.
        noise = random.Random(number(body)).randbytes(60_000).hex()
        return said._replace(text=f"{noise} {said.text}", delay=0.02)

    with Provider(answer) as provider:
        order = [
            "evaluate", "--suite", world.SUITE, "--pool", "live", "--policy", "always:large",
            "--suites-from", str(world.write_suite(tmp_path / "suite", ITEMS)),
            "--catalog", str(world.write_prices(tmp_path / "models.toml")), "--workers", "1",
            "--budget-usd", "100", "--in-flight", "8", "--json",
            "--config", str(settings_file(tmp_path, provider)),
        ]  # fmt: skip
        *full, last = on_small_disk(tmp_path / "disk", order, tmp_path / "back" / "spool")
        asked = Counter(number(body) for body in provider.requests)
    for run in full:
        assert run["code"] == 3, run
        assert run["error"].strip().count("\n") == 0, run
        assert f"{tmp_path / 'disk' / 'out' / 'evaluation'}" in run["error"]
        assert "no space left on the device" in run["error"]
        assert "every paid answer is kept" in run["error"]
        half = [name for name in run["files"] if name.endswith((".partial", ".room"))]
        assert not [*half, *(name for name in run["files"] if name.startswith("spool/"))]
    assert 8 < full[0]["asked"] < ITEMS
    # Nothing is bought that could not be kept, and what is kept is not bought again.
    assert full[1]["asked"] == full[0]["asked"]
    assert asked == dict.fromkeys(range(ITEMS), 1)
    document = json.loads(last["out"])
    (found,) = document["results"]
    assert (last["code"], found["n"], found["accuracy"], found["left"]) == (0, ITEMS, 1.0, 0)
    assert document["in_doubt"] == [0, 0.0]
    assert document["spent_usd"] == pytest.approx(ITEMS * (50 * 10 + 100 * 40) / 1e6)
    rows = world.decisions(tmp_path / "back")
    assert len({row["problem_id"] for row in rows}) == len(rows) == ITEMS

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from stubs.hub_repo import TOKEN, HubState, serve
from stubs.publications import write_build

from pipeline.layout import Layout

Command = Callable[..., Any]
CODE = "from flows.cli import main; main()"


class Ended(NamedTuple):
    """How a process ended."""

    code: int
    out: str
    err: str


def alone(arguments: list[str], cwd: Path, place: dict[str, str]) -> Ended:
    """Run the command in a process of its own: huggingface_hub reads its settings at import."""
    command = [sys.executable, "-c", CODE, *arguments]
    run = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | {"COLUMNS": "160"} | place,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return Ended(run.returncode, run.stdout, run.stderr)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return write_build(tmp_path_factory.mktemp("small"), {"free": "CC0-1.0"})


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[HubState, dict[str, str]]]:
    with serve() as (state, url):
        place = {"HF_ENDPOINT": url, "HF_TOKEN": TOKEN, "HF_HOME": str(tmp_path / "hf")}
        yield state, place | {"HF_HUB_DISABLE_XET": "1"}


def test_a_directory_is_written_and_described(
    xrouter: Command, small: Layout, tmp_path: Path
) -> None:
    run = xrouter("publish", "--out", small.root, "--to", "hub", "--json", cwd=tmp_path)
    assert run.code == 0, run.err
    document = run.json()
    assert document["root"] == "hub"
    assert document["changed"]
    assert document["validated"]
    assert document["sent"] is None
    assert document["simulated"]
    assert (tmp_path / "hub" / "README.md").is_file()
    assert (tmp_path / "hub" / "croissant.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give a repository on the Hub, a directory, or both"),
        (["--repo", "name"], "ORG/NAME"),
        (["--to", "x", "--out", "nowhere"], "nowhere: no such build"),
        (["--to", "x", "--bank", "nobank"], "nobank: no outcome bank"),
        (["--to", "x", "--licences", "none.toml"], "none.toml"),
        (["--to", "x", "--accept-pii", "none.csv"], "none.csv"),
    ],
)
def test_mistakes_are_one_clear_line(
    xrouter: Command, small: Layout, tmp_path: Path, arguments: list[str], words: str
) -> None:
    build = [] if "--out" in arguments else ["--out", str(small.root)]
    run = xrouter("publish", *build, *arguments, cwd=tmp_path)
    assert run.code == 2, (run.out, run.err)
    assert words in run.err
    assert "Traceback" not in run.err


@pytest.mark.slow
def test_the_hub_gets_it_once_and_a_dry_run_sends_nothing(
    small: Layout, tmp_path: Path, hub: tuple[HubState, dict[str, str]]
) -> None:
    state, place = hub
    command = ["publish", "--out", str(small.root), "--repo", "org/name", "--tag", "v1"]
    planned = alone([*command, "--dry-run"], tmp_path, place)
    assert planned.code == 0, planned.err
    assert "would change org/name" in planned.out
    assert state.repos == {}
    first = alone(command, tmp_path, place)
    assert first.code == 0, first.err
    assert "every file of it verified" in first.out
    state.asked.clear()
    second = alone([*command, "--json"], tmp_path, place)
    assert json.loads(second.out)["changed"] is False
    assert state.wrote() == []
    assert "would not change" in alone([*command, "--dry-run"], tmp_path, place).out
    for run in (planned, first, second):
        assert TOKEN not in run.out + run.err


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["/commit/staging", "/tag/"])
def test_a_kill_at_any_moment_is_made_good_by_the_next_run(
    small: Layout, tmp_path: Path, hub: tuple[HubState, dict[str, str]], moment: str
) -> None:
    state, place = hub
    arguments = ["publish", "--out", str(small.root), "--repo", "org/name"]
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, *arguments],
        cwd=tmp_path,
        env=os.environ | place,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not any(moment in line for line in list(state.asked)):
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {n: dict(repo.tags) for n, repo in state.repos.items()}
    assert moment == "/tag/" or not any(before.values())
    run = alone([*arguments, "--json"], tmp_path, place)
    assert run.code == 0, run.err
    sent, repo = json.loads(run.out)["sent"], state.repos["org/name"]
    assert repo.tags == {sent["tag"]: sent["commit"]}
    assert repo.branches["staging"] == sent["commit"]
    ours = {n: d for n, d in repo.commits[sent["commit"]].items() if n != ".gitattributes"}
    assert ours.items() <= repo.commits[repo.branches["main"]].items()

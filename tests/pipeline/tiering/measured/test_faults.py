"""Faults that are ours: such problems end without a tier, never hard; a rerun does only those."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stubs import players
from stubs.players import Player, content, measure, prompt, rates, settings_for
from stubs.provider import Provider, Reply

from pipeline.grading import sandbox
from pipeline.layout import Layout

Problems = Callable[..., Layout]
Build = Callable[..., Layout]
MakeRow = Callable[..., dict[str, Any]]
UNSHARE = ("unshare", "--map-root-user", "--mount", "sh", "-c")
NOWHERE = "http://127.0.0.1:9/v1"


def rejects(layout: Layout) -> dict[str, tuple[str, str]]:
    """Reason and detail by problem id."""
    frame = pl.read_parquet(layout.rejects("tiering"))
    return {key: (reason, detail) for key, _, reason, detail in frame.drop("stage").iter_rows()}


def tiers(layout: Layout) -> dict[str, str]:
    return dict(rates(layout).select("problem_id", "tier").iter_rows())


@pytest.mark.parametrize(
    "fault",
    [
        Reply(raw="<html>gateway</html>"),
        Reply("CUDA error", status=500),
        Reply("The ans", finish="abort"),
        Reply("filtered", finish="content_filter"),
    ],
    ids=["garbage", "500", "abort", "filter"],
)
def test_a_fault_at_one_problem_only(problems: Problems, fault: Reply) -> None:
    """It has no tier, all others have theirs, and the next run asks for nothing else."""
    layout = problems([0.0, 1.0, 1.0, 1.0, 1.0])
    broken, player = "problem 2 1", Player()

    def answer(body: dict[str, Any]) -> Reply:
        return fault if prompt(body) == broken else player(body)

    with Provider(answer) as provider:
        report = measure(layout, provider.url, stop="fixed", samples=4, tries=1)
    assert not report.complete
    assert len(tiers(layout)) == 4
    assert Counter(tiers(layout).values()) == {"hard": 1, "easy": 3}
    ((reason, detail),) = rejects(layout).values()
    assert reason == "unsettled"
    assert "run the same command again" in detail
    before = content(layout)["attempts.parquet"]
    with Provider(player) as provider:
        assert measure(layout, provider.url, stop="fixed", samples=4, tries=1).complete
        assert {prompt(body) for body in provider.requests} == {broken}
        assert len(provider.requests) == 4
    assert Counter(tiers(layout).values()) == {"hard": 1, "easy": 4}
    assert rejects(layout) == {}
    assert content(layout)["attempts.parquet"] != before


def test_a_judge_that_is_down_for_a_while(build: Build, row: MakeRow) -> None:
    """Right or wrong, nobody knows: the answers are kept, and judged when it is back."""
    rows = [
        row(f"stem {n} 1", "a heavy gas", "stem", grader_args={"question": f"stem {n}?"})
        for n in range(3)
    ]
    layout = build([*rows, row("problem 0 1", "7"), row("problem 1 0", "7")])
    down = [True]

    def judge(body: dict[str, Any]) -> Reply:
        return Reply("loading", status=503) if down[0] else Reply("Final Decision: Yes")

    def model(body: dict[str, Any]) -> Reply:
        math = prompt(body).startswith("problem")
        return player(body) if math else Reply(f"\\boxed{{xenon, try {next(tries)}}}")

    player, tries = Player(), iter(range(1000))
    with Provider(model) as provider, Provider(judge) as verifier:
        grading = {"verifier_url": verifier.url, "verifier_patience_seconds": 0.3}
        report = measure(layout, provider.url, stop="fixed", samples=4, grading=grading)
        assert not report.complete
        assert Counter(tiers(layout).values()) == {"easy": 1, "hard": 1}
        assert {reason for reason, _ in rejects(layout).values()} == {"unsettled"}
        assert all("verifier gave no decision" in detail for _, detail in rejects(layout).values())
        assert len(rejects(layout)) == 3
        asked = Counter(prompt(body) for body in provider.requests)
        down[0] = False
        report = measure(layout, provider.url, stop="fixed", samples=4, grading=grading)
        after = Counter(prompt(body) for body in provider.requests)
    assert report.complete
    assert Counter(tiers(layout).values()) == {"easy": 4, "hard": 1}
    # What was sampled while the judge was away is judged now; only what is lacking is asked for.
    for text, count in after.items():
        assert count == max(4, asked[text])
        assert asked[text] == 4 or not text.startswith("problem")
    assert pl.read_parquet(layout.attempts).height == 20


def test_a_machine_without_a_sandbox(
    build: Build, row: MakeRow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = "def add(a, b): return a + b"
    truth = {"functional": "assert add(2, 3) == 5"}
    codes = [row(f"code {n} 1", truth, "code", domain="code") for n in range(2)]
    layout = build([*codes, row("problem 0 1", "7")])
    player = Player()

    def model(body: dict[str, Any]) -> Reply:
        if prompt(body).startswith("problem"):
            return player(body)
        text = f"```python\n{program}  # {next(tries)}\n```"
        return Reply("I do not know." if prompt(body).startswith("code 1") else text)

    tries = iter(range(1000))
    (tmp_path / "empty").mkdir()
    with Provider(model) as provider:
        monkeypatch.setenv("PATH", str(tmp_path / "empty"))
        sandbox.available.cache_clear()
        report = measure(layout, provider.url, stop="fixed", samples=4)
        unsettled = rejects(layout)
        first = tiers(layout)
        asked = Counter(prompt(body) for body in provider.requests)
        monkeypatch.undo()
        sandbox.available.cache_clear()
        if not sandbox.available().ok:
            pytest.skip(f"no sandbox here: {sandbox.available().reason}")
        again = measure(layout, provider.url, stop="fixed", samples=4)
        after = Counter(prompt(body) for body in provider.requests)
    assert {text for text in after if after[text] != asked[text]} <= {"code 0 1"}
    assert after["code 0 1"] == max(4, asked["code 0 1"])
    assert not report.complete
    assert Counter(first.values()) == {"easy": 1, "hard": 1}
    ((reason, detail),) = unsettled.values()
    assert reason == "unsettled"
    assert "no sandbox: bubblewrap is not installed" in detail
    assert again.complete
    assert Counter(tiers(layout).values()) == {"easy": 2, "hard": 1}


def on_a_small_disk(layout: Layout, disk: Path, url: str, size: str, back: Path) -> str:
    """Run the stage on a file system of this size; returns what it printed at its end."""
    disk.mkdir()
    at = Layout(disk / "build")
    order = disk.parent / "settings.json"
    settings = settings_for(at, url, stop="fixed", samples=8, in_flight=16)
    order.write_text(settings.model_dump_json(exclude_unset=True))
    files = f"{layout.problems} {layout.references}"
    mounted = (
        f"mount -t tmpfs -o size={size} none {disk} && mkdir {at.root} && cp {files} {at.root}"
    )
    if shutil.which("unshare") is None or _fails([*UNSHARE, mounted]):
        pytest.skip("no mount namespace can be had here: a full disk cannot be tried")
    script = f'{mounted} && "$@"; cp -r {at.root} {back}'
    command = [sys.executable, players.__file__, str(order)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    run = subprocess.run(
        [*UNSHARE, script, "sh", *command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def _fails(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_a_full_disk_ends_the_run_and_loses_nothing(problems: Problems, tmp_path: Path) -> None:
    layout = problems([1.0] * 60)

    def answer(body: dict[str, Any]) -> Reply:
        # Does not compress.
        return Reply(os.urandom(1500).hex() + " \\boxed{7}")

    with Provider(answer) as provider:
        back = tmp_path / "back"
        printed = on_a_small_disk(layout, tmp_path / "disk", provider.url, "1500k", back)
        assert printed.startswith("MachineError")
        assert "no space left on the device" in printed
        assert "run the same command again" in printed
        kept = Layout(back)
        assert not kept.pass_rates.exists()
        asked = len(provider.requests)
        assert asked < 8 * 60
        report = measure(kept, provider.url, stop="fixed", samples=8, in_flight=16)
        total = len(provider.requests)
    assert report.complete
    assert rates(kept)["n"].to_list() == [8] * 60
    # All that was written down is used: lost is what was in flight, and what did not fit.
    assert total <= 8 * 60 + 16 + 1

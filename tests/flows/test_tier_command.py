"""`xrouter tier` as a user meets it: what it prints, and how it ends when something is wrong."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stubs.players import Player, prompt
from stubs.provider import Provider, Reply

from flows.cli.app import main
from flows.cli.build import load_settings
from flows.tiering_job import tier as run_tier
from pipeline.accounting import Silent
from pipeline.layout import Layout
from schemas.problems import problem_id

Command = Callable[..., tuple[int, str, str]]
RATES = [0.0, 1.0, 0.5, 1.0, 0.0, 1.0] * 3
SMALL = """
[tiering.measure]
pilot = 6
samples = 8
in_flight = 8
tries = 1
gpu_tokens_per_second = 1000.0
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with problems and settings in it."""
    rows = [
        {
            "data_source": "math__cli",
            "prompt": [{"role": "user", "content": f"problem {index} {rate:g}"}],
            "ability": "math",
            "reward_model": {"style": "rule", "ground_truth": "7"},
            "extra_info": {"index": index},
        }
        for index, rate in enumerate(RATES)
    ]
    (tmp_path / "problems").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "problems" / "train.parquet")
    (tmp_path / "small.toml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tier(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """The command, run in this process: exit code, stdout, stderr."""

    def run(*options: str) -> tuple[int, str, str]:
        chosen = ["--problems", "problems", "--config", "small.toml", "--out", "out", *options]
        monkeypatch.setattr(sys, "argv", ["xrouter", "tier", *chosen])
        monkeypatch.setenv("COLUMNS", "160")
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(Player()) as running:
        yield running


def at(provider: Provider) -> tuple[str, str]:
    return ("--reference", f"endpoint:{provider.url}?model=stub")


def test_a_measurement_prints_one_json_object(tier: Command, provider: Provider) -> None:
    code, out, err = tier(*at(provider), "--json")
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    document = json.loads(out)
    assert [stage["stage"] for stage in document["stages"]] == ["sources", "tiering"]
    assert document["stages"][1]["complete"]
    tiers = {row["tier"]: row for row in document["tiers"]}
    assert list(tiers) == ["easy", "medium", "hard"]
    assert sum(row["problems"] for row in tiers.values()) == len(RATES)
    assert tiers["easy"]["problems"] >= 9
    assert all(1 <= row["samples"] <= 8 for row in tiers.values())
    assert all(row["truncated"] == 0 for row in tiers.values())
    asked = len(provider.requests)
    code, out, _ = tier(*at(provider), "--json")
    assert code == 0
    assert json.loads(out)["stages"][1]["reused"]
    assert len(provider.requests) == asked


def test_a_plan_samples_nothing(tier: Command, provider: Provider) -> None:
    code, out, err = tier(*at(provider), "--plan", "--json")
    assert (code, err) == (0, "")
    (forecast,) = json.loads(out)["forecasts"]
    assert forecast["problems"] == len(RATES)
    modes = {mode["mode"]: mode for mode in forecast["modes"]}
    assert list(modes) == ["fixed", "curtail", "dp", "dp-accurate"]
    assert modes["fixed"]["samples"] == pytest.approx(8 * len(RATES))
    assert modes["dp"]["samples"] < modes["fixed"]["samples"]
    assert modes["curtail"]["samples"] < modes["fixed"]["samples"]
    assert modes["dp-accurate"]["differing"] is None
    for mode in modes.values():
        assert mode["gpu_hours"] == pytest.approx(mode["tokens"] / 1000 / 3600)
        assert mode["usd"] == pytest.approx(mode["gpu_hours"] * 2.5)
    assert not provider.requests
    code, out, _ = tier(*at(provider), "--plan")
    assert code == 0
    assert f"stub: {len(RATES)} problems" in out
    assert "pass rates: assumed: U-shaped" in out
    assert "0 samples are in the ledger already" in out
    assert not provider.requests


def test_a_plan_with_a_pilot_samples_the_pilot(tier: Command, provider: Provider) -> None:
    code, out, _ = tier(*at(provider), "--plan", "--pilot", "--json")
    assert code == 0
    assert len(provider.requests) == 6 * 8
    (forecast,) = json.loads(out)["forecasts"]
    assert forecast["in_ledger"] == 6 * 8
    assert "pilot: 6 of 6 problems sampled" in forecast["basis"]
    assert not Layout(Path("out")).pass_rates.exists()
    assert tier(*at(provider), "--json")[0] == 0
    rest = len(provider.requests) - 6 * 8
    assert len(RATES) - 6 <= rest < 8 * (len(RATES) - 6)


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--reference", "endpoint:nowhere:8000"], ["'nowhere:8000' is no URL", "http://host"]),
        (["--reference", "endpoint:"], ["not a reference", "endpoint:URL"]),
        (
            ["--reference", "endpoint:http://me:secret@h/v1"],
            ["***@h", "is no URL such as", "api_key_env"],
        ),
        (["--reference", "vlm:x"], ["'vlm:x': not a reference", "known forms", "vllm[:MODEL]"]),
        (["--reference", "vllm", "--stop", "never"], ["stop", "fixed", "dp-accurate", "'never'"]),
        (["--reference", "vllm", "--samples", "0"], ["samples", "greater than or equal to 1"]),
        (["--plan"], ["--plan forecasts what sampling a model takes", "--reference"]),
        (["--plan", "--reference", "published:x"], ["--plan forecasts", "endpoint:URL"]),
    ],
)
def test_a_slip_is_named_and_ends_with_2(
    tier: Command, options: list[str], parts: list[str]
) -> None:
    code, out, err = tier(*options)
    assert code == 2
    assert err.lstrip().startswith("error: ")
    assert all(part in err for part in parts), err
    assert "Traceback" not in out + err
    assert "secret" not in out + err


def test_an_error_is_one_json_object_too(tier: Command) -> None:
    code, out, _ = tier("--reference", "endpoint:nowhere", "--json")
    assert code == 2
    assert json.loads(out)["error"]["type"] == "SettingsError"


def test_a_server_that_is_not_there(tier: Command) -> None:
    code, _, err = tier("--reference", "endpoint:http://127.0.0.1:9/v1?model=stub")
    assert code == 3
    assert "error: no server to sample from answers (http://127.0.0.1:9/v1/models" in err
    assert "start one and run the same command again" in err
    assert not Layout(Path("out")).pass_rates.exists()


def test_a_key_and_a_model_that_the_server_does_not_know(tier: Command) -> None:
    with Provider(lambda body: Reply("no key", status=401)) as strict:
        code, _, err = tier(*at(strict))
        assert code == 2
        assert "refuses every request: HTTP 401" in err
        code, _, err = tier("--reference", f"endpoint:{strict.url}?model=other")
        assert code == 2
        assert "serves stub, not 'other'" in err


def test_what_stays_unsettled_is_said(tier: Command) -> None:
    """A problem whose prompt is refused: the others have their tiers, and the next run tries it."""
    player, weak = Player(), "problem 4 0"

    def answer(body: dict[str, Any]) -> Reply:
        return Reply("no", status=400) if prompt(body) == weak and refusing else player(body)

    refusing = True
    with Provider(answer) as provider:
        code, out, _ = tier(*at(provider), "--stop", "fixed")
        assert code == 6
        assert "Unsettled problems remain: run the same command again" in out
        code, out, _ = tier(*at(provider), "--stop", "fixed", "--json")
        document = json.loads(out)
        assert (code, document["complete"]) == (6, False)
        assert not document["stages"][1]["complete"]
        assert document["stages"][1]["rejected"] == {"unsettled": 1}
        assert sum(row["problems"] for row in document["tiers"]) == len(RATES) - 1
        asked = len(provider.requests)
        refusing = False
        code, out, _ = tier(*at(provider), "--stop", "fixed")
        assert code == 0
        assert "Unsettled" not in out
        assert {prompt(body) for body in provider.requests[asked:]} == {weak}
    rejected = pq.read_table(Layout(Path("out")).rejects("tiering"))
    key = problem_id("math__cli", [{"role": "user", "content": weak}])
    assert key not in rejected["key"].to_pylist()


def test_two_runs_in_one_directory(tier: Command, provider: Provider) -> None:
    """The second one says so at once and harms nothing; the first one goes on to its end."""
    provider.answer = Player(0.3)
    reference = f"endpoint:{provider.url}?model=stub"
    settings = load_settings(
        Path("small.toml"),
        {"sources.problems": ["problems"], "tiering.references": [reference], "out": Path("out")},
    )
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(run_tier, settings, Silent())
        until = time.monotonic() + 60
        while not provider.requests and time.monotonic() < until:
            time.sleep(0.01)
        code, _, err = tier(*at(provider))
        assert not first.done()
        provider.answer = Player()
        assert code == 4
        assert "another build is writing here; wait for it or choose another --out" in err
        assert sum(row.problems for row in first.result().tiers) == len(RATES)

"""`xrouter host`: the right parsers for a backbone, and a clear error where there is no GPU."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import SettingsError
from pipeline.router.hosting import family_of, hosting
from pipeline.settings import VllmSettings
from pipeline.tiering.vllm.command import plan_launches
from pipeline.tiering.vllm.profiles import load_profiles

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("model", "family", "vllm", "sglang", "reasoning"),
    [
        ("Qwen/Qwen2.5-7B-Instruct", "qwen2.5", "hermes", "qwen", None),
        ("Qwen/Qwen3-8B", "qwen3", "hermes", "qwen", "qwen3"),
        ("Qwen/Qwen3-30B-A3B-Thinking-2507", "qwen3", "hermes", "qwen", "qwen3"),
        ("Qwen/QwQ-32B", "qwen3", "hermes", "qwen", "qwen3"),
        ("Qwen/Qwen3-4B-Instruct-2507", "qwen3-instruct", "hermes", "qwen", None),
        (
            "Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen3-coder", "qwen3_coder", "qwen3_coder", None,
        ),
        ("runs/step-200/qwen3-4b", "qwen3", "hermes", "qwen", "qwen3"),
    ],
)  # fmt: skip
def test_parsers(model: str, family: str, vllm: str, sglang: str, reasoning: str | None) -> None:
    chosen = hosting(model, port=9000, revision="abc")
    assert family_of(model).name == family
    assert f"--tool-call-parser {vllm}" in chosen.vllm
    assert "--enable-auto-tool-choice" in chosen.vllm
    assert chosen.sglang.partition("--tool-call-parser ")[2].split()[0] == sglang
    for command in (chosen.vllm, chosen.sglang):
        assert ("--reasoning-parser qwen3" in command) == (reasoning is not None)
        assert "--host 127.0.0.1 --port 9000" in command
        assert "--revision abc" in command
    assert "http://127.0.0.1:9000/v1" in chosen.use


@pytest.mark.parametrize(
    "model", ["runs/step-200", "Qwen/Qwen2.5-Coder-7B", "Qwen/Qwen3.5-9B", "meta/Llama-3"]
)
def test_a_name_that_does_not_say_it_needs_a_family(model: str) -> None:
    with pytest.raises(SettingsError, match="--family"):
        hosting(model)
    assert "hermes" in hosting(model, family="qwen2.5").vllm
    with pytest.raises(SettingsError, match="there are qwen3-coder"):
        hosting(model, family="llama")


def test_the_command_prints_both_servers(xrouter: Command, tmp_path: Path) -> None:
    shown = xrouter("host", "Qwen/Qwen3-8B", cwd=tmp_path)
    assert shown.code == 0, shown.err
    assert "vllm serve Qwen/Qwen3-8B" in shown.out
    assert "sglang.launch_server" in shown.out
    document = json.loads(xrouter("host", "Qwen/Qwen2.5-3B", "--json", cwd=tmp_path).out)
    assert document["vllm_args"][-1] == "hermes"
    assert document["reasoning"] is False


def test_no_gpu_is_said(xrouter: Command, tmp_path: Path) -> None:
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine has a GPU")
    seen = xrouter("host", "Qwen/Qwen3-8B", "--run", "--logs", "logs", cwd=tmp_path)
    assert seen.code == 3
    assert "no GPU" in seen.err
    assert "Traceback" not in seen.err


@pytest.mark.parametrize(("model", "parsed"), [("Qwen/Qwen3-8B", True), ("Qwen/Qwen2.5-3B", False)])
def test_the_launcher_is_told_the_parsers(model: str, parsed: bool, tmp_path: Path) -> None:
    chosen = hosting(model)
    settings = VllmSettings(model=model, args=chosen.vllm_args, reasoning=chosen.reasoning)
    profile = load_profiles(None)["h100"]
    (launch,) = plan_launches(settings, profile, "python", [("0", "1")], tmp_path)
    assert ("--reasoning-parser" in launch.command) == parsed
    assert launch.command[-3:] == ("--enable-auto-tool-choice", "--tool-call-parser", "hermes")

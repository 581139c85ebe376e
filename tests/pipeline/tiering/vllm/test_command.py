"""Commands, environments and revisions of servers."""

import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import VllmSettings
from pipeline.tiering.vllm.command import Launch, plan_launches
from pipeline.tiering.vllm.profiles import load_profiles
from pipeline.tiering.vllm.revision import fingerprint, loaded_revision

PYTHON = "/opt/vllm/bin/python"
LOGS = Path("/logs")
COMMIT = "9216db5781bf21249d130ec9da846c4624c16137"


def launches(settings: VllmSettings, *groups: tuple[str, ...]) -> list[Launch]:
    profile = load_profiles()[settings.profile]
    return plan_launches(settings, profile, PYTHON, groups or ((),), LOGS)


def value_of(launch: Launch, flag: str) -> str:
    return launch.command[launch.command.index(flag) + 1]


def test_a_replica_gets_flags_port_and_gpus() -> None:
    settings = VllmSettings(profile="h100", revision=COMMIT, args=("--max-logprobs", "0"))
    first, second = launches(settings, ("0", "1"), ("2", "3"))
    assert first.command[:3] == (PYTHON, "-m", "vllm.entrypoints.openai.api_server")
    assert value_of(second, "--port") == "8002"
    assert second.environment["CUDA_VISIBLE_DEVICES"] == "2,3"
    assert second.environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert second.log == LOGS / "replica-1.log"
    assert value_of(first, "--model") == value_of(first, "--served-model-name") == "Qwen/Qwen3-32B"
    assert value_of(first, "--revision") == COMMIT
    assert value_of(first, "--quantization") == "fp8_per_block"
    assert value_of(first, "--kv-cache-dtype") == "fp8"
    assert value_of(first, "--tensor-parallel-size") == "2"
    assert value_of(first, "--generation-config") == "vllm"
    assert first.command[-2:] == ("--max-logprobs", "0")
    assert "--enforce-eager" not in first.command


def test_what_a_profile_leaves_open_is_not_said() -> None:
    (launch,) = launches(VllmSettings(profile="h100-bf16"), ("0", "1", "2", "3"))
    assert not {"--quantization", "--kv-cache-dtype", "--revision"} & set(launch.command)


def test_a_cpu_server_sees_no_gpus_and_does_not_think(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    (launch,) = launches(VllmSettings(profile="cpu-test"))
    assert "CUDA_VISIBLE_DEVICES" not in launch.environment
    assert value_of(launch, "--default-chat-template-kwargs") == '{"enable_thinking": false}'
    assert "--enforce-eager" in launch.command
    assert launch.environment["VLLM_CPU_KVCACHE_SPACE"] == "1"


def test_a_folder_is_served_under_its_own_name(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    (launch,) = launches(VllmSettings(profile="cpu-test", model=f"{folder}/"))
    assert value_of(launch, "--model") == str(folder)
    assert value_of(launch, "--served-model-name") == "tiny"


def test_the_environment_is_the_servers_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "ours")
    monkeypatch.setenv("VLLM_API_KEY", "of another server")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "40")
    settings = VllmSettings.model_validate(
        {"profile": "cpu-test", "env": {"TORCHDYNAMO_DISABLE": "0"}}
    )
    environment = launches(settings)[0].environment
    assert not {"PYTHONPATH", "VLLM_API_KEY", "VIRTUAL_ENV"} & set(environment)
    assert environment["HF_TOKEN"] == "hf_secret"
    assert environment["PATH"].startswith("/opt/vllm/bin:")
    assert environment["VLLM_CPU_KVCACHE_SPACE"] == "1"
    assert environment["TORCHDYNAMO_DISABLE"] == "0"
    assert environment["VLLM_NO_USAGE_STATS"] == "1"


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        (("--port", "80"), "flag '--port' is set by the launcher"),
        (("--kv_cache_dtype=fp8",), "flag '--kv-cache-dtype' is set by the launcher"),
        (("-tp", "8"), "flag '--tensor-parallel-size' is set"),
        (("-q", "awq"), "flag '--quantization' is set"),
        (("--no-enforce-eager",), "flag '--enforce-eager' is set"),
        (("--api-key", "x"), "would show a secret; leave it out"),
        (("--hf-token=x",), "would show a secret; export HF_TOKEN"),
    ],
)
def test_flags_that_would_belie_what_is_recorded_are_refused(
    args: tuple[str, ...], fault: str
) -> None:
    with pytest.raises(SettingsError, match=fault):
        launches(VllmSettings(profile="h100-bf16", args=args), ("0", "1", "2", "3"))


def test_values_of_variables_are_never_shown() -> None:
    settings = VllmSettings.model_validate({"env": {"HF_TOKEN": "hf_secret"}})
    assert "hf_secret" not in repr(settings) + settings.model_dump_json()


def test_the_revision_of_a_hub_model_is_the_cached_commit(tmp_path: Path) -> None:
    refs = tmp_path / "hub" / "models--Qwen--Qwen3-32B" / "refs"
    refs.mkdir(parents=True)
    (refs / "main").write_text(COMMIT)
    here: dict[str, Any] = {"HF_HOME": str(tmp_path)}
    assert loaded_revision("Qwen/Qwen3-32B", None, here) == COMMIT
    assert loaded_revision("Qwen/Qwen3-32B", "v2", here) == "v2"
    assert loaded_revision("Qwen/Qwen3-32B", "a" * 40, here) == "a" * 40
    elsewhere = {"HF_HUB_CACHE": str(tmp_path / "none")}
    assert loaded_revision("Qwen/Qwen3-32B", None, elsewhere) == "main"


def test_the_revision_of_a_folder_is_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.tiering.vllm.revision.WHOLE_BYTES", 1000)
    monkeypatch.setattr("pipeline.tiering.vllm.revision.SAMPLE_BYTES", 100)
    weights = bytearray(range(256)) * 40
    (tmp_path / "model.safetensors").write_bytes(weights)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "notes.md").write_text("not loaded")
    first = fingerprint(tmp_path)
    assert loaded_revision(str(tmp_path), None, {}) == f"files-{first}"
    (tmp_path / "notes.md").write_text("changed")
    assert fingerprint(tmp_path) == first
    seen = {first}
    for place in (0, 5_000, len(weights) - 1):
        changed = bytearray(weights)
        changed[max(0, place - 400) : place + 400] = b"x" * len(
            changed[max(0, place - 400) : place + 400]
        )
        (tmp_path / "model.safetensors").write_bytes(changed)
        seen.add(fingerprint(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(weights)
    (tmp_path / "config.json").write_text("{ }")
    assert fingerprint(tmp_path) not in seen
    assert len(seen) == 4


def test_our_interpreter_is_not_theirs() -> None:
    assert launches(VllmSettings(profile="cpu-test"))[0].command[0] != sys.executable

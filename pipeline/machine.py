"""What this machine can run. Looks only: starts no model, shows no key, opens no connection."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from pipeline.grading.sandbox import available as sandbox_available

KEYS = ("OPENAI_API_KEY", "TOGETHERAI_API_KEY", "GEMINI_API_KEY", "HF_TOKEN")


class Finding(NamedTuple):
    """One thing a part of the project needs."""

    check: str
    ok: bool
    found: str
    fix: str


def examine() -> list[Finding]:
    """Every check, in the order in which a build needs them."""
    return [_python(), _hardware(), _disk(), _sandbox(), _gpu(), *_packages(), *_keys()]


def _python() -> Finding:
    return Finding("python", True, platform.python_version(), "")


def _hardware() -> Finding:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Finding("cores, memory", True, f"{os.cpu_count()} cores, {pages / 2**30:.0f} GiB", "")


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    return Finding(
        "free disk here", free >= 2, f"{free:.0f} GiB", "" if free >= 2 else "free 2 GiB, or --out"
    )


def _sandbox() -> Finding:
    status = sandbox_available()
    found = "bubblewrap" if status.ok else status.reason
    return Finding("sandbox for code", status.ok, found, status.remedy)


def _gpu() -> Finding:
    """Ask nvidia-smi, which needs no CUDA library of ours."""
    fix = "needed for `gpu` and for the larger training presets only"
    program = shutil.which("nvidia-smi")
    if program is None:
        return Finding("GPU", False, "no nvidia-smi", fix)
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        seen = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return Finding("GPU", False, "nvidia-smi does not answer", fix)
    names = seen.stdout.strip().replace("\n", "; ")
    return Finding("GPU", seen.returncode == 0 and bool(names), names or seen.stderr.strip(), fix)


def _packages() -> list[Finding]:
    wanted = {
        "litellm": "comes with the base install",
        "prefect": "pip install 'xrouter[flows]'",
        "uvicorn": "pip install 'xrouter[serve]'",
        "vllm": "in an environment of its own: it does not share one with prefect",
        "verl": "in an environment of its own, with a torch that fits the machine",
    }
    return [_package(name, fix) for name, fix in wanted.items()]


def _package(name: str, fix: str) -> Finding:
    try:
        return Finding(name, True, importlib.metadata.version(name), "")
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, "not installed", fix)


def _keys() -> list[Finding]:
    fix = "export it; only live models and private datasets need it"
    return [
        Finding(
            name,
            bool(os.environ.get(name)),
            "present" if os.environ.get(name) else "absent",
            "" if os.environ.get(name) else fix,
        )
        for name in KEYS
    ]

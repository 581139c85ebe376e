"""Runs model code in a bubblewrap sandbox: one sandbox for each answer, all its tests inside it.

Without a working sandbox nothing runs: `available` says why and how to get one. Knows nothing of
verdicts.
"""

import compileall
import functools
import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.grading.inside.limits import ARCHITECTURES, WALL_FACTOR
from pipeline.grading.inside.wire import MAX_FRAME

GRACE_SECONDS = 20.0
TMPFS_BYTES = 64 << 20
INSIDE = Path(__file__).with_name("inside")
START = "import sys; sys.path.insert(0, '/opt'); from inside.runner import main; main()"


class SandboxStatus(NamedTuple):
    """Whether model code can be run here.

    Attributes:
        ok: A trial run went through.
        reason: What is missing; empty when `ok`.
        remedy: How to get it; empty when `ok`.
    """

    ok: bool
    reason: str = ""
    remedy: str = ""


class SandboxError(Exception):
    """The sandbox itself failed: a fault of ours."""


class Limits(NamedTuple):
    """Bounds of one test.

    Attributes:
        seconds: Processor time; three times as much wall clock.
        memory_mb: Address space of each of its processes.
    """

    seconds: float
    memory_mb: int


class TestReport(NamedTuple):
    """Outcome of one test.

    Attributes:
        status: passed | returned | failed | timeout | flood, or fault where the tests are broken.
        value: Output of a script, or JSON text of a returned value.
        detail: What went wrong.
    """

    status: str
    value: str = ""
    detail: str = ""


def run_asserts(program: str, tests: str, limits: Limits) -> TestReport:
    """Run assertions against a program; `passed` only if all were reached and held.

    Raises:
        SandboxError: The sandbox did not start or did not end.
    """
    job = {"mode": "asserts", "program": program, "tests": 1, "limits": limits}
    return _run([job, tests], 1, limits)[0]


def run_scripts(
    program: str, inputs: Sequence[str], max_bytes: Sequence[int], limits: Limits
) -> list[TestReport]:
    """Run a program once for each standard input; ends early at a test that takes too long.

    Raises:
        SandboxError: The sandbox did not start or did not end.
    """
    job = {"mode": "script", "program": program, "tests": len(inputs), "limits": limits}
    return _run([job, *map(list, zip(inputs, max_bytes, strict=True))], len(inputs), limits)


def run_calls(
    program: str, function: str, arguments: Sequence[list[Any]], limits: Limits
) -> list[TestReport]:
    """Call one function of a program for each argument list; ends early like `run_scripts`.

    Raises:
        SandboxError: The sandbox did not start or did not end.
    """
    job = {"mode": "calls", "program": program, "tests": len(arguments), "function": function}
    return _run([job | {"limits": limits}, *arguments], len(arguments), limits)


def _run(frames: Sequence[Any], tests: int, limits: Limits) -> list[TestReport]:
    status = available()
    if not status.ok:
        raise SandboxError(f"no sandbox: {status.reason}; {status.remedy}")
    return _launch(frames, GRACE_SECONDS + tests * (WALL_FACTOR * limits.seconds + 1))


def _launch(frames: Sequence[Any], seconds: float) -> list[TestReport]:
    payload = b"".join(_frame(frame) for frame in frames)
    try:
        done = subprocess.run(
            command(), input=payload, capture_output=True, timeout=seconds, check=False, cwd="/"
        )
    except subprocess.TimeoutExpired as error:
        raise SandboxError(f"the sandbox did not end within {seconds:g} s") from error
    except OSError as error:
        raise SandboxError(f"the sandbox did not start: {error}") from error
    reports = _reports(done.stdout)
    if [reports[0].status, reports[-1].status] != ["started", "end"]:
        text = done.stderr[-500:].decode(errors="replace").strip().replace("\n", " ")
        raise SandboxError(f"the sandbox ended with exit code {done.returncode}: {text}")
    return reports[1:-1]


def _frame(message: Any) -> bytes:
    data = json.dumps(message).encode()
    if len(data) > MAX_FRAME:
        raise SandboxError(f"a program or test of {len(data)} bytes is too large")
    return len(data).to_bytes(4, "big") + data


def _reports(data: bytes) -> list[TestReport]:
    reports = []
    while len(data) >= 4:
        size = int.from_bytes(data[:4], "big")
        reports.append(TestReport(**json.loads(data[4 : 4 + size])))
        data = data[4 + size :]
    return reports or [TestReport("nothing")]


@functools.cache
def command() -> tuple[str, ...]:
    """The bubblewrap command line that starts the runner."""
    # Without compiled files every start would compile the runner again: 30 ms.
    compileall.compile_dir(INSIDE, quiet=2)
    bwrap = shutil.which("bwrap") or "bwrap"
    return (
        *(bwrap, "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc"),
        *("--unshare-uts", "--unshare-cgroup", "--die-with-parent", "--new-session"),
        *("--uid", "65534", "--gid", "65534", "--hostname", "sandbox", "--cap-drop", "ALL"),
        *_system_libraries(),
        *_python(),
        *("--ro-bind", str(INSIDE), "/opt/inside"),
        *(part for name in ("null", "zero", "urandom") for part in _device(name)),
        *("--size", str(TMPFS_BYTES), "--tmpfs", "/tmp"),
        *("--size", str(TMPFS_BYTES), "--tmpfs", "/work", "--chdir", "/work", "--remount-ro", "/"),
        *("--clearenv", "--setenv", "PATH", "/opt/python/bin", "--setenv", "HOME", "/work"),
        *("--setenv", "LANG", "C.UTF-8", "--setenv", "LD_LIBRARY_PATH", "/opt/python/lib"),
        # The environment is ours alone, so `-s -P` stand for `-I`, which would ignore the hash
        # seed.
        *("--setenv", "PYTHONHASHSEED", "0", "--"),
        *("/opt/python/bin/python3", "-s", "-P", "-S", "-B", "-X", "utf8", "-c", START),
    )


def _device(name: str) -> tuple[str, ...]:
    return ("--dev-bind", f"/dev/{name}", f"/dev/{name}")


def _system_libraries() -> list[str]:
    """Shared libraries of the system, whether /lib is a directory or a link into /usr."""
    parts = []
    for name in ("lib", "lib32", "lib64", "usr/lib", "usr/lib32", "usr/lib64"):
        path = Path("/", name)
        if path.is_symlink():
            parts += ["--symlink", str(path.readlink()), f"/{name}"]
        elif path.is_dir():
            parts += ["--ro-bind", str(path), f"/{name}"]
    return [*parts, "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]


def _python() -> list[str]:
    """The interpreter, its standard library and its shared library, under a neutral path."""
    base = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    binary = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    parts = ["--ro-bind", str(binary), "/opt/python/bin/python3"]
    for folder in dict.fromkeys(("lib", sys.platlibdir)):
        library = base / folder / version
        if not library.is_dir():
            continue
        parts += ["--ro-bind", str(library), f"/opt/python/{folder}/{version}"]
        for packages in ("site-packages", "dist-packages"):
            if (library / packages).is_dir():
                parts += ["--tmpfs", f"/opt/python/{folder}/{version}/{packages}"]
                parts += ["--remount-ro", f"/opt/python/{folder}/{version}/{packages}"]
    shared = sysconfig.get_config_var("INSTSONAME")
    if shared and (base / "lib" / shared).is_file():
        parts += ["--ro-bind", str(base / "lib" / shared), f"/opt/python/lib/{shared}"]
    return parts


@functools.cache
def available() -> SandboxStatus:
    """Try the sandbox once in this process and say how to get one where it fails."""
    machine = _machine()
    if sys.platform != "linux" or machine not in ARCHITECTURES:
        known = " or ".join(ARCHITECTURES)
        return SandboxStatus(False, f"{sys.platform} on {machine}", f"use Linux on {known}")
    if shutil.which("bwrap") is None:
        return SandboxStatus(
            False, "bubblewrap is not installed", "apt-get install bubblewrap (or dnf, apk, pacman)"
        )
    tests = "assert probe(20, 22) == 42"
    job = {"mode": "asserts", "program": "def probe(a, b): return a + b", "tests": 1}
    try:
        reports = _launch([job | {"limits": (20.0, 256)}, tests], 60)
    except SandboxError as error:
        return SandboxStatus(False, str(error), _remedy(str(error)))
    if [report.status for report in reports] != ["passed"]:
        return SandboxStatus(False, f"the trial program did not pass: {reports}", _remedy(""))
    return SandboxStatus(True)


def _machine() -> str:
    import platform

    return platform.machine()


def _remedy(message: str) -> str:
    if "ermitted" in message or "namespace" in message or "uid map" in message:
        return (
            "allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 "
            "user.max_user_namespaces=10000 kernel.apparmor_restrict_unprivileged_userns=0; in a "
            "container, run it with --security-opt seccomp=unconfined"
        )
    return "run the command by hand: bwrap --unshare-user --ro-bind / / true"

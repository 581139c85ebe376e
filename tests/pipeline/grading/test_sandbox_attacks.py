"""Model code that attacks: it must neither get out, nor hurt the machine, nor forge a verdict."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.grading import sandbox

LIMITS = sandbox.Limits(5.0, 256)
REPOSITORY = Path(__file__).resolve().parents[3]
TESTS = "assert f(20) == 42"

pytestmark = pytest.mark.skipif(
    not sandbox.available().ok, reason=f"no sandbox: {sandbox.available().reason}"
)


def outcome(program: str, limits: sandbox.Limits = LIMITS) -> sandbox.TestReport:
    return sandbox.run_scripts(program, [""], [1 << 16], limits)[0]


def says(program: str) -> str:
    report = outcome(program)
    assert report.status == "returned", report
    return report.value.strip()


def attempt(statement: str) -> str:
    """What a statement comes to: `done`, or the name of the exception."""
    body = "\n".join(f"    {line}" for line in statement.splitlines())
    return says(
        f"try:\n{body}\n    print('done')\nexcept BaseException as e:\n    print(type(e).__name__)"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "import socket\nsocket.create_connection(('1.1.1.1', 53), timeout=1)",
        "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:80', timeout=1)",
        "import os\nos.fork()",
        "import os\nos.execv('/opt/python/bin/python3', ['python3', '-c', 'print(1)'])",
        "import subprocess\nsubprocess.run(['/opt/python/bin/python3', '-c', ''], check=True)",
        "import os\nos.posix_spawn('/opt/python/bin/python3', ['python3'], {})",
        "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
        "import os, signal\nos.kill(1, signal.SIGKILL)",
        "import os, signal\nos.kill(-1, signal.SIGKILL)",
        "import os, signal\nos.killpg(0, signal.SIGKILL)",
        "import os\nos.pidfd_open(os.getppid())",
        "import os\nos.memfd_create('x')",
        "import os, resource\nresource.prlimit(os.getppid(), resource.RLIMIT_CPU, (0, 0))",
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        "import os\nos.setuid(0)",
        "import os\nos.chroot('/')",
        "import os\nos.mknod('/work/disk', 0o60600, os.makedev(8, 0))",
        "import ctypes\nif ctypes.CDLL(None, use_errno=True).unshare(0x10000000): raise OSError",
        "import ctypes\nif ctypes.CDLL(None).ptrace(16, 2, 0, 0): raise OSError",
        "open('/opt/inside/runner.py', 'a')",
        "open('/usr/lib/evil', 'w')",
        "open('/etc/passwd').read()",
        "open('/etc/shadow').read()",
        "open('/proc/self/environ').read()",
        "open('/proc/1/mem', 'rb')",
        "import os\nos.listdir('/home')",
        "import os\nos.listdir('/sys')",
        f"open({str(REPOSITORY / 'pyproject.toml')!r}).read()",
        f"open({str(REPOSITORY / 'pipeline' / 'evil.py')!r}, 'w')",
        f"import os\nos.listdir({str(Path.home())!r})",
        "import numpy",
        "import pip",
        "open('/dev/sda', 'rb')",
        "open('/dev/shm/x', 'w')",
        "import multiprocessing\nmultiprocessing.Process(target=print).start()",
    ],
)
def test_what_is_forbidden_fails(statement: str) -> None:
    assert attempt(statement) not in ("done", "SyntaxError", "NameError", "AttributeError")


def test_symlinks_lead_nowhere() -> None:
    target = REPOSITORY / "pyproject.toml"
    program = (
        f"import os\nos.symlink({str(target)!r}, '/work/a')\nos.symlink('/', '/tmp/root')\n"
        f"print(os.path.exists('/work/a'), os.path.exists('/tmp/root' + {str(target)!r}))"
    )
    assert says(program) == "False False"


def test_a_dot_dot_path_out_of_the_root_stays_in_it() -> None:
    assert (
        says("import os\nprint(sorted(os.listdir('/../../..')) == sorted(os.listdir('/')))")
        == "True"
    )


def test_the_root_holds_only_what_python_needs() -> None:
    found = set(says("import os\nprint(*os.listdir('/'))").split())
    assert found <= {"dev", "etc", "lib", "lib32", "lib64", "opt", "tmp", "usr", "work"}


def test_the_environment_is_ours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    names = set(says("import os\nprint(*os.environ)").split())
    assert names <= {"PATH", "HOME", "LANG", "LC_CTYPE", "LD_LIBRARY_PATH", "PYTHONHASHSEED", "PWD"}


def test_no_secret_of_the_parent_is_in_reach_of_an_inherited_descriptor() -> None:
    program = (
        "import os\nfound = []\n"
        "for fd in range(3, 64):\n"
        "    try: os.fstat(fd)\n    except OSError: continue\n"
        "    found.append(fd)\nprint(found)"
    )
    assert says(program) == "[]"


def test_a_fork_bomb_does_not_fork() -> None:
    program = (
        "import os\nn = 0\nfor _ in range(10000):\n"
        "    try:\n        os.fork(); n += 1\n    except OSError: pass\nprint(n)"
    )
    assert says(program) == "0"


def test_a_thread_bomb_ends_at_the_limits() -> None:
    program = (
        "import _thread, time\nn = 0\ntry:\n"
        "    while True:\n        _thread.start_new_thread(time.sleep, (60,)); n += 1\n"
        "except BaseException as e: print(n < 500)\nimport os, sys\nsys.stdout.flush()\nos._exit(0)"
    )
    assert says(program) == "True"


@pytest.mark.parametrize(
    "program",
    [
        "x = 'a' * (8 << 30)",
        "x = []\nwhile True: x.append(bytearray(1 << 24))",
        "import mmap\nx = [mmap.mmap(-1, 1 << 24) for _ in range(1000)]",
    ],
)
def test_a_memory_bomb_is_an_error_of_the_program(program: str) -> None:
    report = outcome(program)
    assert report.status == "failed"
    assert "Memory" in report.detail or "memory" in report.detail or "SIG" in report.detail


def test_a_huge_file_ends_at_the_limit() -> None:
    assert attempt(
        "with open('/work/x', 'wb') as f:\n    for _ in range(100): f.write(bytes(1 << 20))"
    ) == ("OSError")


def test_many_files_end_at_the_size_of_the_temporary_file_system() -> None:
    statement = (
        "for i in range(64):\n    with open(f'/tmp/{i}', 'wb') as f: f.write(bytes(15 << 20))"
    )
    assert attempt(statement) == "OSError"


@pytest.mark.parametrize(
    "program",
    [
        "while True: print('x' * 100000)",
        "import os\nwhile True: os.write(1, bytes(1 << 20))",
    ],
)
def test_a_flood_of_output_is_cut_off(program: str) -> None:
    report = outcome(program)
    assert report.status == "flood"
    assert len(report.value) < 1 << 20


def test_a_flood_of_errors_does_not_fill_memory() -> None:
    report = outcome(
        "import sys\nfor _ in range(1000): sys.stderr.write('e' * 100000)\nprint('ok')"
    )
    assert (report.status, report.value) == ("returned", "ok\n")
    assert len(report.detail) <= 4096


@pytest.mark.parametrize(
    "program",
    [
        "while True: pass",
        "import time\ntime.sleep(1000)",
        "import signal\nfor s in range(1, 65):\n"
        "    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True: pass",
        "import os\nos.close(1); os.close(2)\nwhile True: pass",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()",
        "9 ** 9 ** 9",
        "import re\nre.match('(a+)+$', 'a' * 40 + 'b')",
        "input()\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass",
    ],
)
def test_an_endless_program_ends_in_time(program: str) -> None:
    began = time.monotonic()
    report = sandbox.run_scripts(program, ["\n"], [1000], sandbox.Limits(1.0, 256))[0]
    assert report.status == "timeout"
    assert time.monotonic() - began < 30


def test_an_ordinary_user_without_a_writable_folder_has_a_sandbox() -> None:
    python = Path("/usr/bin/python3")
    if os.getuid() != 0 or not python.exists():
        pytest.skip("needs root to become an ordinary user, and a system Python")
    version = subprocess.run(
        [python, "-c", "import sys; print(sys.version_info >= (3, 11))"],
        capture_output=True,
        text=True,
    )
    if version.stdout.strip() != "True":
        pytest.skip("the system Python is older than 3.11")
    code = (
        "import sys, types, pathlib, importlib.util\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "for name in ('pipeline', 'pipeline.grading', 'pipeline.grading.inside'):\n"
        "    package = types.ModuleType(name)\n"
        "    package.__path__ = [str(root / name.replace('.', '/'))]\n"
        "    sys.modules[name] = package\n"
        "from pipeline.grading import sandbox\n"
        "print(sandbox.available())"
    )
    done = _as_nobody(python, code)
    assert "ok=True" in done.stdout, done.stdout + done.stderr


def _as_nobody(python: Path, code: str) -> "subprocess.CompletedProcess[str]":
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        copy = Path(folder, "pipeline", "grading")
        shutil.copytree(REPOSITORY / "pipeline" / "grading", copy)
        return subprocess.run(
            [str(python), "-B", "-c", code, folder],
            capture_output=True,
            text=True,
            user=65534,
            group=65534,
            extra_groups=[],
            cwd="/",
            env={"PATH": os.environ["PATH"]},
            check=False,
        )


def test_the_runner_is_python_alone() -> None:
    inside = REPOSITORY / "pipeline" / "grading" / "inside"
    for path in inside.glob("*.py"):
        assert "from pipeline" not in path.read_text()
    assert sys.version_info >= (3, 11)

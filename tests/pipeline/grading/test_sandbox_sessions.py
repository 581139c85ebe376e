"""A kept sandbox: no answer leaves anything for the next one, and none outlives its owner."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.grading import sandbox
from pipeline.grading.session import Session

LIMITS = sandbox.Limits(5.0, 256)
HONEST, TESTS = "def f(x): return x + 1", "assert f(1) == 2"

pytestmark = pytest.mark.skipif(
    not sandbox.available().ok, reason=f"no sandbox: {sandbox.available().reason}"
)


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """Each test starts without kept sandboxes, and leaves none."""
    sandbox.close()
    yield
    sandbox.close()


def says(program: str) -> str:
    report = sandbox.run_scripts(program, [""], [1 << 16], LIMITS)[0]
    assert report.status == "returned", report
    return report.value.strip()


def passes() -> bool:
    return sandbox.run_asserts(HONEST, TESTS, LIMITS) == sandbox.TestReport("passed")


def children(pid: int) -> list[int]:
    """Direct children of a process, those in its own process namespaces too."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found


def below(pid: int) -> list[int]:
    return [pid for child in children(pid) for pid in (child, *below(child))]


def sandboxes() -> list[int]:
    names = {pid: Path(f"/proc/{pid}/comm").read_text().strip() for pid in children(os.getpid())}
    return [pid for pid, name in names.items() if name == "bwrap"]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def kept() -> Session:
    (session,) = sandbox._idle
    return session


ANSWERS = {
    "a thread": "import threading, time\n"
    "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "an endless loop": "while True: pass",
    "a thread in a call": "import _thread, time\n"
    "def f(x):\n    _thread.start_new_thread(time.sleep, (60,))\n    return x + 1",
    "forks": "import os\nfor _ in range(9):\n    try: os.fork()\n    except OSError: pass",
}


@pytest.mark.parametrize("program", ANSWERS.values(), ids=ANSWERS.keys())
def test_only_the_runner_is_left_running_and_nothing_after_the_end(program: str) -> None:
    limits = sandbox.Limits(0.4, 256)
    sandbox.run_asserts(program, TESTS, limits)
    sandbox.run_asserts(program, f"x = 1\n{TESTS}\nassert x", limits)
    sandbox.run_scripts(program, [""], [100], limits)
    assert passes()
    (bwrap,) = sandboxes()
    assert len(below(bwrap)) == 1
    sandbox.close()
    assert sandboxes() == []


@pytest.mark.parametrize("at_work", [False, True])
def test_sandboxes_end_when_their_owner_is_killed(at_work: bool) -> None:
    last = "sandbox.run_scripts('while True: pass', [''], [9], sandbox.Limits(99.0, 256))"
    code = (
        "import time\nfrom pipeline.grading import sandbox\n"
        f"sandbox.run_asserts({HONEST!r}, {TESTS!r}, sandbox.Limits(5.0, 256))\n"
        f"print(len(sandbox._idle), flush=True)\n{last if at_work else 'time.sleep(60)'}"
    )
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=root) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"1\n"
        # bwrap, the runner and, at work, a process for the answer and one for its program.
        until = time.monotonic() + 10
        while len(below(owner.pid)) < (4 if at_work else 2) and time.monotonic() < until:
            time.sleep(0.01)
        found = below(owner.pid)
        assert len(found) == (4 if at_work else 2)
        owner.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while any(map(alive, found)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(map(alive, found))


TRACES = {
    "files": (
        "open('/work/a', 'w').write('x')\nopen('/tmp/b', 'w').write('x')",
        "import os\nprint(os.listdir('/work'), os.listdir('/tmp'))",
        "[] []",
    ),
    "files that are gone again": (
        "import os\nopen('/tmp/a', 'w').write('x')\nos.remove('/tmp/a')",
        "import os\nprint(os.listdir('/tmp'))",
        "[]",
    ),
    "a full disk": (
        "for i in range(9):\n    try: open(f'/tmp/{i}', 'wb').write(bytes(15 << 20))\n"
        "    except OSError: break",
        "print(open('/tmp/a', 'wb').write(bytes(9 << 20)))",
        str(9 << 20),
    ),
    "environment": (
        "import os\nos.environ['LEFT'] = 'x'\nos.putenv('LEFT', 'x')\nos.chdir('/tmp')",
        "import os\nprint(os.environ.get('LEFT'), os.getcwd())",
        "None /work",
    ),
    "modules": (
        "import sys, builtins, json, math\nsys.modules['left'] = sys\nbuiltins.left = 1\n"
        "math.pi = 3\nsys.path.insert(0, '/tmp')",
        "import sys, builtins, math\n"
        "print('left' in sys.modules, hasattr(builtins, 'left'), math.pi, '/tmp' in sys.path)",
        "False False 3.141592653589793 False",
    ),
    "signals": (
        "import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {15, 27})\nsignal.alarm(1)",
        "import signal\nprint(signal.getsignal(15) == signal.SIG_DFL, signal.alarm(0), "
        "signal.pthread_sigmask(signal.SIG_BLOCK, []))",
        "True 0 set()",
    ),
    "limits": (
        "import resource, os\nresource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))\nos.umask(0o777)",
        "import resource, os\nprint(resource.getrlimit(resource.RLIMIT_NOFILE)[0], os.umask(0))",
        "64 18",
    ),
    "descriptors": (
        "import os\nfor fd in range(10, 60):\n    try: os.dup2(0, fd)\n    except OSError: pass",
        "import os\ndef there(fd):\n    try: return bool(os.fstat(fd))\n"
        "    except OSError: return False\nprint([fd for fd in range(3, 70) if there(fd)])",
        "[]",
    ),
    "randomness": (
        "import random\nrandom.seed(9)\nrandom.random()",
        "import random\nprint(random.random())",
        "0.8444218515250481",
    ),
    "input and output": (
        "import os, fcntl\nfor fd in range(3):\n"
        "    try: fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK)\n    except OSError: pass\n"
        "for fd in range(3, 300):\n    try: os.write(fd, b'{\"code\": 0}')\n"
        "    except OSError: pass",
        "import os, fcntl\nprint([fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK "
        "for fd in range(3)])",
        "[0, 0, 0]",
    ),
}


@pytest.mark.parametrize(("first", "second", "wanted"), TRACES.values(), ids=TRACES.keys())
def test_an_answer_leaves_no_trace_for_the_next_one(first: str, second: str, wanted: str) -> None:
    assert says(second) == wanted
    said = f"{first}\nprint('ok')"
    assert says(said) == "ok"
    assert says(second) == wanted
    for tests in (TESTS, f"x = 1\n{TESTS}\nassert x"):  # by plan, and beside the tests' process
        # One that wrote into its own connection has failed, which is no matter here.
        report = sandbox.run_asserts(f"{first}\n{HONEST}", tests, LIMITS)
        assert report.status in ("passed", "failed")
        assert says(second) == wanted


def test_a_sandbox_with_changed_folders_is_thrown_away_and_others_are_kept() -> None:
    assert passes()
    first = kept()
    assert passes()
    assert kept() is first
    says("import os\nos.mkdir('/tmp/x')\nos.rmdir('/tmp/x')")
    assert sandbox._idle == []
    assert passes()
    assert kept() is not first


def test_a_broken_sandbox_is_replaced_and_its_answer_tried_again() -> None:
    assert passes()
    broken = kept()
    os.kill(below(sandboxes()[0])[0], signal.SIGKILL)
    assert passes()
    assert kept() is not broken
    assert len(sandboxes()) == 1


def test_an_answer_is_tried_only_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert passes()
    tried = []

    def fail(session: Session, *_: object) -> None:
        tried.append(session)
        raise sandbox.SandboxError("broken")

    monkeypatch.setattr(Session, "ask", fail)
    with pytest.raises(sandbox.SandboxError, match="broken"):
        passes()
    assert len(set(map(id, tried))) == 2
    assert sandboxes() == []


def test_a_sandbox_serves_no_more_than_so_many_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MAX_ANSWERS", 3)
    assert passes()
    first = kept()
    assert passes()
    assert kept() is first
    assert passes()
    assert sandbox._idle == []
    assert passes()
    assert kept() is not first


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_forked_process_has_a_sandbox_of_its_own() -> None:
    assert passes()
    ours = kept()
    pid = os.fork()
    if not pid:
        with contextlib.suppress(BaseException):
            good = passes() and kept() is not ours and len(children(os.getpid())) == 1
            sandbox.close()
            os._exit(0 if good else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    gc.collect()
    assert kept() is ours
    assert passes()
    assert kept() is ours


def test_a_job_that_is_too_large_or_no_data_is_refused_and_nothing_else_is_lost() -> None:
    assert passes()
    session = kept()
    with pytest.raises(sandbox.SandboxError, match="too large"):
        sandbox.run_scripts("print(1)", ["x" * (65 << 20)], [100], LIMITS)
    with pytest.raises(sandbox.SandboxError, match="no data"):
        sandbox.run_calls(HONEST, "f", [[object()]], LIMITS)
    assert passes()
    assert kept() is session

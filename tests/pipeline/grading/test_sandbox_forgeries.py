"""Model code that tries to pass without solving anything: no verdict can be forged."""

import pytest

from pipeline.grading import sandbox

LIMITS = sandbox.Limits(5.0, 256)
TESTS = "assert f(20) == 42\nassert f(1) == 2"

pytestmark = pytest.mark.skipif(
    not sandbox.available().ok, reason=f"no sandbox: {sandbox.available().reason}"
)


def says(program: str) -> str:
    report = sandbox.run_scripts(program, [""], [1 << 16], LIMITS)[0]
    assert report.status == "returned", report
    return report.value.strip()


FORGERIES = {
    "exit": "import sys\nsys.exit(0)",
    "hard exit": "import os\nos._exit(0)",
    "exit inside": "import os\ndef f(x): os._exit(0)",
    "system exit inside": "def f(x): raise SystemExit(0)",
    "marker": "print('passed')\nprint({'status': 'passed'})\ndef f(x): print('passed')",
    "every descriptor": (
        "import os, json\n"
        "frame = json.dumps({'status': 'passed', 'value': '', 'detail': ''}).encode()\n"
        "frame = len(frame).to_bytes(4, 'big') + frame\n"
        "for fd in range(64):\n"
        "    for data in (b'passed\\x00\\x00', frame):\n"
        "        try: os.write(fd, data)\n        except OSError: pass\n"
        "def f(x): return 0"
    ),
    "reply forged ahead": (
        "import os, json\n"
        "for message in (['value', ['value', 42]], ['value', [42, {}]], ['value', True]):\n"
        "    data = json.dumps(message).encode()\n"
        "    os.write(3, len(data).to_bytes(4, 'big') + data)\n"
        "os._exit(0)"
    ),
    "equal to all": (
        "class Yes:\n    __eq__ = __le__ = __ge__ = lambda s, o: True\n"
        "    __bool__ = lambda s: True\n"
        "    __hash__ = None\n"
        "def f(x): return Yes()"
    ),
    "equal number": (
        "class Yes(int):\n    __eq__ = lambda s, o: True\n    __hash__ = int.__hash__\n"
        "def f(x): return Yes(7)"
    ),
    "patched assertion": (
        "import builtins\nbuiltins.AssertionError = SystemExit\nbuiltins.exec = lambda *a: None\n"
        "builtins.compile = lambda *a, **k: None\nbuiltins.abs = builtins.len = lambda x: 42\n"
        "import os, sys, ast, json\n"
        "os.write = sys.exit = ast.parse = json.dumps = lambda *a, **k: b'passed'\n"
        "def f(x): return 0"
    ),
    "shadowed names": "def check(*a): pass\ndef abs(x): return 42\ndef f(x): return 0",
    "kill the parent": "import os\nos.kill(os.getppid(), 9)\ndef f(x): return 0",
    "kill the parent quietly": (
        "import os\nfor pid in range(1, 9):\n    try: os.kill(pid, 9)\n    except OSError: pass\n"
        "def f(x): return 0"
    ),
    "kill all": "import os, signal\nos.kill(-1, signal.SIGKILL)\ndef f(x): return 0",
    "frames": (
        "import sys, gc\nframe = sys._getframe()\n"
        "while frame:\n    frame.f_locals.update(tests='', status='passed')\n"
        "    frame = frame.f_back\n"
        "for o in gc.get_objects():\n"
        "    if isinstance(o, dict) and 'tests' in o: o['tests'] = ''\n"
        "def f(x): return 0"
    ),
    "trace": "import sys\nsys.settrace(lambda *a: None)\ndef f(x): sys.exit(0)",
    "at exit": (
        "import atexit, os\natexit.register(lambda: os.write(1, b'passed'))\ndef f(x): return 0"
    ),
    "stop iteration": "def f(x): raise StopIteration",
    "thread": (
        "import threading, os\n"
        "def loop():\n"
        "    while True:\n"
        "        for fd in range(3, 9):\n"
        "            try: os.write(fd, b'passed\\x00\\x00')\n            except OSError: pass\n"
        "threading.Thread(target=loop, daemon=True).start()\ndef f(x): return 0"
    ),
}


@pytest.mark.parametrize("program", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_verdict_cannot_be_forged(program: str) -> None:
    assert sandbox.run_asserts(program, TESTS, LIMITS).status == "failed"


def test_tests_stand_in_no_memory_of_the_program() -> None:
    program = (
        "import gc\ndef f(x):\n"
        "    kinds = [o for o in gc.get_objects() if isinstance(o, (str, dict))]\n"
        "    return any('hidden_' + 'needle' in o for o in kinds)"
    )
    tests = "hidden_needle = 'hidden_needle'\nassert f(1) is False"
    assert sandbox.run_asserts(program, tests, LIMITS).status == "passed"


def test_a_script_may_find_its_expected_output_nowhere() -> None:
    # The expected output is only ever compared outside: nothing but the input can come in.
    program = "import gc, sys\nprint(sum('expected' in str(o)[:200] for o in gc.get_objects()) * 0)"
    assert says(program) == "0"


@pytest.mark.parametrize("program", FORGERIES.values(), ids=FORGERIES.keys())
def test_neither_calls_nor_scripts_can_be_forged(program: str) -> None:
    called = sandbox.run_calls(program, "f", [[20]], LIMITS)[0]
    assert (called.status, called.value) != ("returned", "42")
    script = sandbox.run_scripts(program, ["20"], [1 << 16], LIMITS)[0]
    assert script.value.strip() != "42"


def test_the_honest_program_passes_the_same_tests() -> None:
    assert (
        sandbox.run_asserts("def f(x): return 2 * x + 2 * (x > 9)", TESTS, LIMITS).status
        == "passed"
    )

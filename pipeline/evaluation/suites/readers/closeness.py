"""What the tests of HumanEval+ use of numpy, in plain Python: the sandbox holds no packages.

They compare nested lists of numbers within tolerances, and ask whether a value is an array, which
no value of a program without numpy is.
"""

import re

IMPORT = re.compile(r"^[ \t]*import numpy as np[ \t]*$", re.MULTILINE)
_USED = re.compile(r"\bnp\.(\w+(?:\.\w+)?)")
_KNOWN = {"allclose", "testing.assert_allclose"}
_KNOWN_HEADS = {"ndarray", "float64", "float32"}

STAND_IN = """\
class np:
    class ndarray:
        dtype = None

    float64 = float32 = "no array"

    @staticmethod
    def allclose(out, exp, rtol=1e-05, atol=1e-08, equal_nan=False):
        if isinstance(out, (list, tuple)) or isinstance(exp, (list, tuple)):
            if not isinstance(out, (list, tuple)):
                return all(np.allclose(out, b, rtol, atol, equal_nan) for b in exp)
            if not isinstance(exp, (list, tuple)):
                return all(np.allclose(a, exp, rtol, atol, equal_nan) for a in out)
            if len(out) != len(exp):
                raise ValueError("shapes differ")
            return all(np.allclose(a, b, rtol, atol, equal_nan) for a, b in zip(out, exp))
        if out == exp:
            return True
        if out != out or exp != exp:
            return equal_nan and out != out and exp != exp
        return abs(out - exp) <= atol + rtol * abs(exp) < float("inf")

    class testing:
        @staticmethod
        def assert_allclose(out, exp, rtol=1e-07, atol=0):
            assert np.allclose(out, exp, rtol, atol, True)
"""


def without_numpy(tests: str) -> str | None:
    """The same tests without numpy; None where they want more of it than is known here."""
    if not IMPORT.search(tests):
        return tests
    used = set(_USED.findall(tests))
    if any(name not in _KNOWN and name.split(".")[0] not in _KNOWN_HEADS for name in used):
        return None
    return IMPORT.sub(lambda _: STAND_IN, tests, count=1)

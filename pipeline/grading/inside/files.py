"""Test files that import the program: as a plain script, or as pytest would run them."""

import json
import sys
from types import ModuleType
from typing import Any

from . import mini_pytest
from .collection import Test, collect
from .pair import Link
from .program import CALLED
from .tester import FILE, Report, failure, reason


class Solution(ModuleType):
    """What the tests import as `solution`: its names are the program's."""

    def __init__(self, link: Link) -> None:
        super().__init__(CALLED)
        self.__dict__["_link"] = link

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return self._link.public_names()
        found = {} if name.startswith("__") else self._link.names([name])
        if name not in found:
            raise AttributeError(f"the program has no {name}")
        return found[name]

    def __setattr__(self, name: str, value: Any) -> None:
        raise self._link.refuse(f"the tests set solution.{name}")


def run_module(source: str, link: Link) -> Report:
    """Run the file as a script; it passes if it ends without an error."""
    try:
        _execute(source, "__main__", link)
    except SystemExit as error:
        if error.code not in (None, 0, False):
            return Report("failed", detail=f"the tests ended with exit code {error.code}")
    except BaseException as error:  # noqa: BLE001 - the tests may raise anything
        return failure(error)
    return Report("passed")


def _execute(source: str, name: str, link: Link) -> ModuleType:
    module = ModuleType(name)
    sys.modules[name] = module
    sys.modules[CALLED] = Solution(link)
    sys.argv = [FILE]
    exec(compile(source, FILE, "exec"), module.__dict__)
    return module


def run_pytest(source: str, link: Link) -> Report:
    """Run all tests of the file in turn; each has the time of one test."""
    sys.modules["pytest"] = mini_pytest
    score = Score(link)
    try:
        module = _execute(source, "test_solution", link)
        for test in collect(module):
            if not score.add(test):
                break
    except mini_pytest.Unsupported as error:
        return Report("fault", detail=f"not offered to tests: {error}")
    except BaseException as error:  # noqa: BLE001 - the tests may raise anything
        return failure(error)
    return score.report()


class Score:
    """How many tests passed so far."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._passed = self._tests = 0
        self._first = ""
        self._in_time = True

    def add(self, test: Test) -> bool:
        """Run one more test; False where there is no point in going on."""
        wrong = ""
        try:
            test.run()
        except mini_pytest.Skipped:
            return True
        except mini_pytest.Unsupported:
            raise
        except BaseException as error:  # noqa: BLE001 - the tests may raise anything
            wrong = "" if test.may_fail else f"{test.name}: {reason(error)}"
        self._in_time = self._link.next_test()
        self._tests += 1
        self._passed += self._in_time and not wrong
        self._first = self._first or wrong
        self._link.progress = json.dumps([self._passed, self._tests])
        return self._in_time and not self._link.lost and not self._link.uncarried

    def report(self) -> Report:
        """What came out in all."""
        if not self._tests:
            return Report("fault", detail="no test of the file was run")
        status = "passed" if self._passed == self._tests else "failed"
        return Report(status if self._in_time else "timeout", self._link.progress, self._first)

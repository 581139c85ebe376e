"""What a program printed, against what it should have; and what can be read off tests' source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.grading import suites
from pipeline.grading.printed import same


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("", ""),
        ("1\n", "1"),
        ("1\r\n2\r\n", "1\n2"),
        ("  1   2 \n\n", "1 2"),
        ("\n\n1", "1"),
        ("yes", "YES"),
        ("No\nyes", "NO\nYes"),
        ("1.0", "1"),
        ("0.3333333", "0.33333333"),
        ("1e3", "1000"),
        ("-0.0", "0"),
        ("007", "7"),
        ("+5", "5"),
        ("a  b", "a b"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_same_output(printed: str, wanted: str) -> None:
    assert same(printed, wanted)
    assert same(wanted, printed)


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("", "1"),
        ("1\n2", "1 2"),
        ("1\n\n2", "1\n2"),
        ("12", "1 2"),
        ("True", "true"),
        ("Yes.", "yes"),
        ("yes", "no"),
        ("0.33333", "0.33334"),
        ("10000000000000001", "10000000000000000"),
        ("1" + "0" * 4500, "1" + "0" * 4499 + "1"),
        ("nan", "1"),
        ("inf", "1e999"),
        ("1_000", "1000"),
        ("0x10", "16"),
        ("१", "1"),
        ("[1,2]", "[1, 2]"),
        ("1 2 3", "1 2"),
    ],
)
def test_other_output(printed: str, wanted: str) -> None:
    assert not same(printed, wanted)
    assert not same(wanted, printed)


@given(st.lists(st.integers() | st.sampled_from(["a", "Yes", "x1"]), min_size=1, max_size=6))
def test_spaces_never_matter_and_a_change_of_a_word_does(words: list[int | str]) -> None:
    line = " ".join(map(str, words))
    assert same(f"\n  {line.replace(' ', '   ')} \n", line)
    changed = " ".join([*map(str, words[:-1]), f"{words[-1]}7"])
    assert not same(changed, line)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("assert f(1) == 2", ("f",)),
        ("x = g(1)\nassert f(x) == abs(2)", ("f", "g")),
        ("assert sum(1, 2) == 4", ("sum",)),
        ("def check(c, *, k=d):\n    assert c(k)\ncheck(f)", ("d", "f")),
        ("import math\nfrom a.b import c as e\nassert f(math.pi, e)", ("f",)),
        ("class T: pass\nassert [f(i) for i in range(3)] == T", ("f",)),
        ("try: f()\nexcept ValueError as e: assert e", ("f",)),
    ],
)
def test_the_names_that_assertions_want_from_a_program(source: str, names: tuple[str, ...]) -> None:
    assert set(suites.read_asserts(source).names) - {"e"} == set(names)


def test_large_assertions_are_not_read_as_a_tree() -> None:
    source = "assert f(1) == 2\n" + "# long\n" * 40_000
    found = suites.read_asserts(source)
    assert found.code == source
    assert "f" in found.names
    assert "abs" not in found.names
    assert not suites.never_runs(source)


@pytest.mark.parametrize(
    ("source", "never"),
    [
        ("def t():\n    assert f()", True),
        ("import math\nX = [1]\n'doc'\nclass T:\n    def t(self): assert f()", True),
        ("", True),
        ("def t():\n    assert f()\nt()", False),
        ("x = f()", False),
        ("class T:\n    assert f()", False),
        ("@run\ndef t():\n    assert f()", False),
        ("if True:\n    assert f()", False),
        ("assert f(", False),
    ],
)
def test_tests_that_nothing_calls(source: str, never: bool) -> None:
    assert suites.never_runs(source) == never
    if never:
        with pytest.raises(ValueError, match="nothing calls them"):
            suites.read_asserts(source)


@pytest.mark.parametrize(
    ("source", "form", "reason"),
    [
        ("assert f(1) == 2", "functional", None),
        ("def test_f(): assert f(1) == 2", "pytest", None),
        ("def test_f():\n    with pytest.raises(ValueError): f(1)", "pytest", None),
        (" \n", "functional", "empty"),
        ("f(1)", "functional", "check nothing"),
        ("assert f(1) == 2", "pytest", "holds no test"),
        ("def test_f(capsys): assert f(1)", "pytest", "capsys"),
        ("import sys\nassert f(sys.stdin)", "solution_file", "sys.stdin"),
        ("import unittest.mock\nassert f(1)", "functional", "unittest.mock"),
    ],
)
def test_why_tests_cannot_judge(source: str, form: str, reason: str | None) -> None:
    found = suites.fault(source, form)
    assert (found is None) if reason is None else (found is not None and reason in found)


def test_each_test_function_is_counted_once() -> None:
    source = "def test_a(): pass\nclass T:\n    def test_b(self): pass\nasync def test_c(): pass\n"
    assert suites.count_functions(source + "def helper(): pass\n# def test_d") == 3

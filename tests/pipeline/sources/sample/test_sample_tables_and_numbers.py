"""Table answers and arithmetic are worked out again from the prompt's text."""

import re
from fractions import Fraction
from math import comb, factorial, gcd, lcm

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample import math, table

TABLES, MATH = list(table.rows()), list(math.rows())


def text(row: SourceRow) -> str:
    return row.messages[0]["content"]


def grid(row: SourceRow) -> tuple[list[str], list[list[str]]]:
    lines = [line for line in text(row).split("\n") if line.startswith("| ")]
    split = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert all(set(cell) == {"-"} for cell in split[1])
    return split[0], split[2:]


def column(row: SourceRow, name: str) -> dict[str, int]:
    head, body = grid(row)
    return {line[0]: int(line[head.index(name)]) for line in body}


def test_highest_and_lowest_are_unique_and_right() -> None:
    checked = 0
    for row in TABLES:
        if m := re.search(r'the (highest|lowest) (?:value|entry) (?:in|under) "(.+?)"', text(row)):
            if "extremes" not in str(row.file):
                continue
            values = column(row, m[2])
            best = (max if m[1] == "highest" else min)(values.values())
            names = [name for name, value in values.items() if value == best]
            assert len(names) == 1
            answer = row.ground_truth.split("|")
            assert answer[0] == names[0]
            assert answer[1:] in ([], [str(best)])
            checked += 1
    assert checked >= 20


def test_sums_of_columns_are_right() -> None:
    checked = 0
    for row in TABLES:
        if m := re.search(r'What is the sum of the column "(.+?)"\?', text(row)):
            assert int(row.ground_truth) == sum(column(row, m[1]).values())
            checked += 1
        if m := re.search(r'What is the mean of the column "(.+?)"\?', text(row)):
            values = column(row, m[1]).values()
            assert abs(Fraction(row.ground_truth) - Fraction(sum(values), len(values))) <= Fraction(
                1, 200
            )
            checked += 1
    assert checked >= 20


def test_simple_filters_are_right() -> None:
    checked = 0
    for row in TABLES:
        m = re.search(r'for which "([^"]+)" is (greater than|at most) (\d+)\.', text(row))
        if m and "filters" in str(row.file):
            values, limit = column(row, m[1]), int(m[3])
            found = [
                n
                for n, v in values.items()
                if (v > limit if m[2] == "greater than" else v <= limit)
            ]
            assert row.ground_truth == "|".join(found)
            checked += 1
    assert checked >= 8


def test_answers_of_tables_never_hold_empty_cells() -> None:
    assert all(all(part.strip() for part in row.ground_truth.split("|")) for row in TABLES)
    assert sum("|" in row.ground_truth for row in TABLES) >= 80


def test_easy_number_theory_again() -> None:
    checked = 0
    for row in MATH:
        t, truth = text(row), row.ground_truth
        if m := re.match(r"Compute (\d+) mod (\d+)\.", t):
            assert int(truth) == int(m[1]) % int(m[2])
        elif m := re.search(r"greatest common divisor of (\d+) and (\d+)", t):
            assert int(truth) == gcd(int(m[1]), int(m[2]))
        elif m := re.search(r"least common multiple of (\d+), (\d+) and (\d+)", t):
            assert int(truth) == lcm(*map(int, m.groups()))
        elif m := re.search(r"largest k such that (\d)\^k divides (\d+)!", t):
            p, n, k = int(m[1]), factorial(int(m[2])), int(truth)
            assert n % p**k == 0
            assert n % p ** (k + 1) != 0
        elif m := re.search(r"subsets with exactly (\d+) elements does a set of (\d+)", t):
            assert int(truth) == comb(int(m[2]), int(m[1]))
        elif m := re.search(
            r"remainder N on division by N, N on division by N and N on division by N".replace(
                "N", r"(\d+)"
            ),
            t,
        ):
            a, p, b, q, c, r = map(int, m.groups())
            fit = [x for x in range(1, p * q * r + 1) if (x % p, x % q, x % r) == (a, b, c)]
            assert fit == [int(truth)]
        else:
            continue
        checked += 1
    assert checked >= 15


def test_roots_solve_their_equations() -> None:
    checked = 0
    for row in MATH:
        m = re.search(r"(x\^[23][^=]*) = 0", text(row))
        if m and str(row.file).endswith(("level_2", "level_4")):
            source = re.sub(r"(\d)x", r"\1*x", m[1]).replace("^", "**")
            assert eval(source, {"x": int(row.ground_truth)}) == 0
            checked += 1
    assert checked >= 18


def test_probabilities_lie_between_zero_and_one() -> None:
    for row in MATH:
        if "/probability/" in str(row.file) and "probability that" in text(row):
            assert 0 <= Fraction(row.ground_truth) <= 1

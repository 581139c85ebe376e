"""Simulations are run again from their text, and small machines are checked by hand."""

import json
import re
import subprocess
import sys
from fractions import Fraction

import pytest

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample import simulation
from pipeline.sources.sample.draw import decimal, latex, plain
from pipeline.sources.sample.simulation.ledgers import round_robin
from pipeline.sources.sample.simulation.machines import evolve
from pipeline.sources.sample.stem.chemistry import EQUATIONS

SIMULATION = list(simulation.rows())


def family(rows: list[SourceRow], name: str) -> list[SourceRow]:
    found = [row for row in rows if f"/{name}/" in str(row.file)]
    assert len(found) >= 50
    return found


def text(row: SourceRow) -> str:
    return row.messages[0]["content"]


def test_python_prints_what_the_program_rows_say() -> None:
    parts, wanted = [], []
    for row in family(SIMULATION, "programs"):
        source = text(row).split("```python\n")[1].split("\n```")[0]
        if row.grader == "json":
            names = ", ".join(f'"{name}": {name}' for name in row.ground_truth)
            source += f"\nimport json\nprint(json.dumps({{{names}}}))"
        parts.append(source)
        wanted.append(row.ground_truth)
    script = "import json, sys\nfor part in json.load(sys.stdin):\n    exec(part, {})\n"
    done = subprocess.run([sys.executable, "-I", "-c", script], input=json.dumps(parts),
                          capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
    lines = done.stdout.splitlines()
    assert [json.loads(line) for line in lines] == [
        int(w) if isinstance(w, str) else w for w in wanted
    ]


def test_robots_end_where_they_should() -> None:
    ways = {"north": (0, 1), "east": (1, 0), "south": (0, -1), "west": (-1, 0)}
    compass = list(ways)
    for row in family(SIMULATION, "robots"):
        x, y, size, facing = re.search(
            r"field \((\d), (\d)\).+?0 to (\d) and faces (\w+)", text(row)
        ).groups()  # type: ignore[union-attr]
        at, top = (int(x), int(y)), int(size)
        rocks = re.search(r"Rocks lie on (.+?)\. It", text(row))
        blocked = (
            {tuple(map(int, p)) for p in re.findall(r"\((\d), (\d)\)", rocks[1])}
            if rocks
            else set()
        )
        for word in re.search(r"carries out: (.+?)\. ", text(row))[1].split(", "):  # type: ignore[index]
            if word == "step":
                to = (at[0] + ways[facing][0], at[1] + ways[facing][1])
                at = to if to not in blocked and min(to) >= 0 and max(to) <= top else at
            else:
                facing = compass[(compass.index(facing) + (1 if word == "right" else 3)) % 4]
        assert row.ground_truth == {"x": at[0], "y": at[1], "facing": facing}


@pytest.mark.parametrize(
    ("cells", "rule", "after"),
    [
        ("00100", 90, "01010"),
        ("00100", 30, "01110"),
        ("01100", 110, "11100"),
        ("11111", 110, "00000"),
    ],
)
def test_cellular_automata_follow_wolframs_tables(cells: str, rule: int, after: str) -> None:
    assert evolve(cells, rule) == after


def test_round_robin_by_hand() -> None:
    # a: 0-2, b: 2-4, c: 4-5 done, a: 5-7, b: 7-8 done, a: 8-9 done.
    assert round_robin({"a": 5, "b": 3, "c": 1}, 2) == {"a": 9, "b": 8, "c": 5}


def atoms(formula: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for element, number in re.findall(r"([A-Z][a-z]?)(\d*)", formula):
        counts[element] = counts.get(element, 0) + int(number or 1)
    return counts


def test_reaction_equations_are_balanced() -> None:
    for equation in EQUATIONS:
        sides = []
        for terms in equation:
            total: dict[str, int] = {}
            for n, formula in terms:
                for element, count in atoms(formula).items():
                    total[element] = total.get(element, 0) + n * count
            sides.append(total)
        assert sides[0] == sides[1], equation


def test_numbers_are_written_exactly() -> None:
    assert plain(Fraction(6, 4)) == "3/2"
    assert latex(Fraction(-6, 4)) == r"-\frac{3}{2}"
    assert decimal(Fraction(1, 8), 2) == "0.13"
    assert decimal(Fraction(-1, 1000), 2) == "0.00"
    assert decimal(Fraction(-5, 4), 1) == "-1.3"
    assert decimal(7, 0) == "7"

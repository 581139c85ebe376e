"""Zebra, ordering and graph puzzles and grids, in the formats that upstream's prompts ask for."""

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from agreement.pairs import Pair, dumped, tagged, thoughts

NAMES = {
    "birds": [
        "hawk",
        "quail",
        "owl",
        "crow",
        "robin",
        "cardinal",
        "sparrow",
        "bluejay",
        "pigeon",
        "eagle",
        "kiwi",
    ],
    "fruits": ["apple", "fig", "passion fruit", "plum", "lychee", "lime", "guava", "date", "pear"],
    "vehicles": ["car", "tram", "golf cart", "hot air balloon", "yacht", "canoe", "jet", "taxi"],
    "people": ["Emma", "Liam", "Wei", "Priya", "Mohammed", "Sofia", "Jamal", "Yuki", "Raj", "Noah"],
}
ATTRIBUTES = {
    "Nationality": ["british", "polish", "french", "thai", "german", "swedish"],
    "Job": ["plumber", "carpenter", "nurse", "pilot", "teacher", "chef"],
    "Pet": ["dog", "cat", "goldfish", "parrot", "hamster", "snail"],
    "Beverage": ["tea", "green tea", "coffee", "orange juice", "milk", "root beer"],
    "Transport": ["car", "bike", "train", "bus", "trike", "quad-bike"],
}


def ordering(number: int, rng: random.Random, kinds: Sequence[str]) -> Iterator[Pair]:
    """Names in a row. Upstream's own puzzles are of people in one case of seven."""
    for _ in range(number):
        kind = rng.choice(kinds)
        truth = rng.sample(NAMES[kind], rng.randint(3, 7))
        form = rng.choice(
            ["right", "right", "swapped", "short", "reversed", "bare", "lines", "case"]
        )
        answer = list(truth)
        if form == "swapped":
            i = rng.randrange(len(answer) - 1)
            answer[i], answer[i + 1] = answer[i + 1], answer[i]
        elif form == "short":
            answer.pop()
        elif form == "reversed":
            answer.reverse()
        elif form == "case":
            answer = [name.title() for name in answer]
        right = form not in ("swapped", "short", "reversed")
        shown = {"bare": ", ".join(answer), "lines": "[\n" + ",\n".join(map(repr, answer)) + "\n]"}
        text = tagged(shown.get(form, repr(answer)), rng)
        yield Pair(
            "ordering", form, text, truth, right, form not in ("bare", "lines", "case"),
            "ordering", truth,
        )  # fmt: skip


def graph(number: int, rng: random.Random) -> Iterator[Pair]:
    """Made-up words of two syllables."""
    for _ in range(number):
        truth = _noun(rng)
        form = rng.choice(
            ["right", "right", "wrong", "wrong", "quoted", "sentence", "lines", "case"]
        )
        answer = {"wrong": _noun(rng), "quoted": f'"{truth}".', "sentence": f"it is {truth}"}
        answer |= {"lines": f"\n{truth}\n", "case": truth.upper()}
        text = tagged(answer.get(form, truth), rng)
        right = {"wrong": answer["wrong"] == truth, "sentence": None}.get(form, True)
        fine = form in ("right", "wrong")
        yield Pair("graph", form, text, truth, right, fine, "graph", truth)


def _noun(rng: random.Random) -> str:
    shapes = rng.choices(["cv", "vc", "cvc", "cvv", "ccv", "vcv", "vcc"], k=2)
    letters = {"v": "aeiou", "c": "bcdfghjklmnpqrstvwxyz"}
    return "".join(rng.choice(letters[kind]) for shape in shapes for kind in shape)


def zebra(number: int, rng: random.Random) -> Iterator[Pair]:
    """Tables of two to six rows, as one object on a line."""
    for _ in range(number):
        truth = _table(rng)
        form = rng.choice(
            ["right", "right", "one cell", "cells", "columns", "pretty", "python", "case",
             "numbers", "short", "extra row", "rows moved"]
        )  # fmt: skip
        answer, right = _changed(truth, form, rng)
        shown = repr(answer) if form == "python" else dumped(answer)
        if form == "pretty":
            shown = json.dumps(answer, indent=2)
        fine = form in ("right", "one cell", "cells", "columns", "python")
        text = tagged(shown, rng)
        yield Pair("zebra", form, text, truth, right, fine, "zebra", truth)


def _table(rng: random.Random) -> dict[str, Any]:
    rows, columns = rng.randint(2, 6), rng.randint(1, 4)
    header = rng.sample(sorted(ATTRIBUTES), columns)
    cells = [rng.sample(ATTRIBUTES[name], rows) for name in header]
    body = [[str(i + 1), *(column[i] for column in cells)] for i in range(rows)]
    return {"header": ["Position", *header], "rows": body}


def _changed(truth: dict[str, Any], form: str, rng: random.Random) -> tuple[Any, bool | None]:
    header, rows = list(truth["header"]), [list(row) for row in truth["rows"]]
    if form in ("one cell", "cells"):
        for row in rows[: 1 if form == "one cell" else len(rows)]:
            row[rng.randrange(1, len(row))] = "nobody"
        return {"header": header, "rows": rows}, False
    if form == "columns":
        column = rng.randrange(1, len(header))
        first, second = rng.sample(range(len(rows)), 2)
        rows[first][column], rows[second][column] = rows[second][column], rows[first][column]
        return {"header": header, "rows": rows}, False
    if form == "short":
        return {"header": header, "rows": rows[:-1]}, False
    if form == "extra row":
        return {"header": header, "rows": [*rows, ["9", *rows[0][1:]]]}, False
    if form == "case":
        rows = [[cell.title() for cell in row] for row in rows]
    elif form == "numbers":
        rows = [[int(row[0]), *row[1:]] for row in rows]
    elif form == "rows moved":
        rows = rows[::-1]
    return {"header": header, "rows": rows}, True


def grid(number: int, rng: random.Random) -> Iterator[Pair]:
    """Grids of digits of up to 12 by 12."""
    for _ in range(number):
        rows, columns = rng.randint(1, 12), rng.randint(1, 12)
        truth = [[rng.randint(0, 9) for _ in range(columns)] for _ in range(rows)]
        form = rng.choice(
            ["right", "right", "one cell", "short", "wide", "rows on lines", "indented", "fenced",
             "floats", "fractions", "no tags", "tiny"]
        )  # fmt: skip
        if form == "tiny":
            truth = [[0]]
        answer: Any = [list(row) for row in truth]
        if form == "one cell":
            answer[0][0] = (answer[0][0] + rng.randint(1, 9)) % 10
        elif form == "short":
            answer = answer[:-1] or [[*answer[0], 1]]
        elif form == "wide":
            answer = [[*row, 0] for row in answer]
        elif form in ("floats", "fractions"):
            shift = 0.0 if form == "floats" else 0.4
            answer = [[cell + shift for cell in row] for row in answer]
        right = form in ("right", "rows on lines", "indented", "fenced", "floats", "no tags")
        fine = form in ("right", "one cell", "short", "wide", "rows on lines")
        verdict = None if form == "no tags" else right
        yield Pair("grid", form, _shown(answer, form, rng), truth, verdict, fine, "grid", truth)


def _shown(answer: Any, form: str, rng: random.Random) -> str:
    lines = [str(row) for row in answer]
    if form == "tiny":
        return f"{thoughts(rng)}I cannot find the rule."
    if form == "no tags":
        return f"{thoughts(rng)}{answer}"
    shown = {
        "rows on lines": "[" + ",\n".join(lines) + "]",
        "indented": "[\n  " + ",\n  ".join(lines) + "\n]",
        "fenced": "```\n" + str(answer) + "\n```",
    }
    return tagged(shown.get(form, str(answer)), rng)

"""Puzzles are solved again from their text alone, by code independent of the generators."""

import re
from itertools import permutations, product

import pytest

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample import logic
from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.items import choice
from pipeline.sources.sample.logic.worlds import Clue, fair, orders

LOGIC = list(logic.rows())
PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


def family(rows: list[SourceRow], name: str) -> list[SourceRow]:
    found = [row for row in rows if f"/{name}/" in str(row.file)]
    assert len(found) >= 50
    return found


def text(row: SourceRow) -> str:
    return row.messages[0]["content"]


def holds(clue: str, order: tuple[str, ...]) -> bool:
    place = {name: i for i, name in enumerate(order)}
    words = r"(?:finished|stands|spoke)"
    if m := re.fullmatch(rf"(\w+) {words} somewhere (?:before|in front of) (\w+)\.", clue):
        return place[m[1]] < place[m[2]]
    if m := re.fullmatch(rf"(\w+) {words} directly (?:after|behind) (\w+)\.", clue):
        return place[m[1]] == place[m[2]] + 1
    if m := re.fullmatch(rf"Exactly one person {words} between (\w+) and (\w+)\.", clue):
        return abs(place[m[1]] - place[m[2]]) == 2
    if m := re.fullmatch(r"(\w+) and (\w+) are not next to each other in the order\.", clue):
        return abs(place[m[1]] - place[m[2]]) != 1
    if m := re.fullmatch(r"(\w+) is not (\w+) in the order\.", clue):
        return order[PLACES.index(m[2])] != m[1]
    m = re.fullmatch(rf"(\w+) {words} (\w+)\.", clue)
    assert m, clue
    return order[PLACES.index(m[2])] == m[1]


def test_orderings_have_one_solution() -> None:
    for row in family(LOGIC, "ordering"):
        lines = text(row).split("\n")
        names = re.findall(r"[A-Z]\w+", lines[0])
        clues = [line[2:] for line in lines if line.startswith("- ")]
        found = [o for o in permutations(names) if all(holds(clue, o) for clue in clues)]
        asked = re.search(r"Who \w+ (\w+)\?", text(row))
        assert asked
        assert [order[PLACES.index(asked[1])] for order in found] == [row.ground_truth]


def lives(clue: str, at: dict[str, int]) -> bool:
    clue = clue[0].lower() + clue[1:] if clue.startswith("The ") else clue
    if m := re.fullmatch(r"(.+) does not live in house (\d)\.", clue):
        return at[m[1]] != int(m[2])
    if m := re.fullmatch(r"(.+) lives in house (\d)\.", clue):
        return at[m[1]] == int(m[2])
    if m := re.fullmatch(r"(.+) lives directly to the left of (.+)\.", clue):
        return at[m[1]] == at[m[2]] - 1
    if m := re.fullmatch(r"(.+) lives somewhere to the right of (.+)\.", clue):
        return at[m[1]] > at[m[2]]
    if m := re.fullmatch(r"(.+) and (.+) are neighbours\.", clue):
        return abs(at[m[1]] - at[m[2]]) == 1
    if m := re.fullmatch(r"(.+) is not (.+)\.", clue):
        return at[m[1]] != at[m[2]]
    m = re.fullmatch(r"(.+) is (.+)\.", clue)
    assert m, clue
    return at[m[1]] == at[m[2]]


def test_houses_have_one_solution() -> None:
    for row in family(LOGIC, "houses")[::3]:
        lines = text(row).split("\n")
        names = re.findall(r"[A-Z]\w+", lines[0].split(" live in ")[0])
        groups = re.findall(r"(?:Among them are|There are also) (.+?)\.", lines[0])
        kinds = [names, *(re.split(r", | and (?=the )", group) for group in groups)]
        clues = [line.split(". ", 1)[1] for line in lines if re.match(r"\d+\. ", line)]
        answers = []
        for places in product(*(permutations(range(1, len(names) + 1)) for _ in kinds)):
            at = {
                thing: place
                for kind, order in zip(kinds, places, strict=True)
                for thing, place in zip(kind, order, strict=True)
            }
            if all(lives(clue, at) for clue in clues):
                asked = re.search(r"What is the name of (.+)\?", text(row))
                assert asked
                answers.append(next(name for name in names if at[name] == at[asked[1]]))
        assert answers == [row.ground_truth], row.file


def said(claim: str, me: str, knight: dict[str, bool]) -> bool:
    if m := re.fullmatch(r"(\w+) is a knave\.", claim):
        return not knight[m[1]]
    if m := re.fullmatch(r"(\w+) and I are of the same kind\.", claim):
        return knight[m[1]] == knight[me]
    if m := re.fullmatch(r"Exactly (\d) of us (?:is a knight|are knights)\.", claim):
        return sum(knight.values()) == int(m[1])
    if claim == "At least one of us is a knave.":
        return not all(knight.values())
    if m := re.fullmatch(r"I am a knave or (\w+) is a knight\.", claim):
        return not knight[me] or knight[m[1]]
    if m := re.fullmatch(r"If (\w+) is a knight, then (\w+) is a knave\.", claim):
        return not knight[m[1]] or not knight[m[2]]
    m = re.fullmatch(r"(\w+) and (\w+) are of different kinds\.", claim)
    assert m, claim
    return knight[m[1]] != knight[m[2]]


def test_knights_and_knaves_have_one_solution() -> None:
    for row in family(LOGIC, "knights_and_knaves"):
        claims = dict(re.findall(r'^(\w+): "(.+)"$', text(row), re.MULTILINE))
        worlds = [
            dict(zip(claims, v, strict=True)) for v in product((True, False), repeat=len(claims))
        ]
        fit = [w for w in worlds if all(said(c, me, w) == w[me] for me, c in claims.items())]
        assert len(fit) == 1
        kinds = {name: "knight" if good else "knave" for name, good in fit[0].items()}
        if row.grader == "json":
            assert row.ground_truth == kinds
        else:
            right = row.grader_args["choices"][row.ground_truth]
            assert dict(re.findall(r"(\w+) is a (\w+)", right)) == kinds


def truth_table(formula: str, names: list[str]) -> list[tuple[dict[str, bool], bool]]:
    names_in = {"implies": "<=", "iff": "==", "xor": "!="}
    tokens = re.findall(r"\w+|[()]", formula)

    def parse(i: int) -> tuple[str, int]:
        if tokens[i] == "not":
            inner, i = parse(i + 1)
            return f"(not {inner})", i
        if tokens[i] == "(":
            a, i = parse(i + 1)
            op = names_in.get(tokens[i], tokens[i])
            b, i = parse(i + 1)
            assert tokens[i] == ")"
            return f"({a} {op} {b})", i + 1
        return tokens[i], i + 1

    code, end = parse(0)
    assert end == len(tokens)
    rows = [dict(zip(names, v, strict=True)) for v in product((False, True), repeat=len(names))]
    return [(row, bool(eval(code, {}, dict(row)))) for row in rows]


def test_formulas_are_counted_right() -> None:
    for row in family(LOGIC, "boolean"):
        if m := re.search(
            r"assignments of true and false to (.+) is the formula (.+) (true|false)\?", text(row)
        ):
            table = truth_table(m[2], re.findall(r"\b[pqrst]\b", m[1]))
            assert sum(value == (m[3] == "true") for _, value in table) == int(row.ground_truth)
            continue
        m = re.search(r"Which assignment makes (.+) (true|false)\?", text(row))
        assert m
        for letter, option in row.grader_args["choices"].items():
            given = {n: v == "true" for n, v in re.findall(r"([pqrst]) (true|false)", option)}
            value = dict((tuple(r.items()), v) for r, v in truth_table(m[1], list(given)))[
                tuple(given.items())
            ]
            assert (value == (m[2] == "true")) == (letter == row.ground_truth)


def follows(sentence: str, members: list[frozenset[str]]) -> bool:
    if m := re.fullmatch(r"All (\w+) are (\w+)\.", sentence):
        return all(m[2] in kind for kind in members if m[1] in kind)
    if m := re.fullmatch(r"No (\w+) are (\w+)\.", sentence):
        return not any(m[1] in kind and m[2] in kind for kind in members)
    if m := re.fullmatch(r"Some (\w+) are not (\w+)\.", sentence):
        return any(m[1] in kind and m[2] not in kind for kind in members)
    m = re.fullmatch(r"Some (\w+) are (\w+)\.", sentence)
    assert m, sentence
    return any(m[1] in kind and m[2] in kind for kind in members)


def test_only_the_right_conclusion_of_a_syllogism_follows() -> None:
    for row in family(LOGIC, "syllogisms")[:30]:
        premises = re.findall(r"^- (.+)$", text(row), re.MULTILINE)
        options = row.grader_args["choices"]
        sentences = " ".join([*premises, *options.values()])
        pairs = re.findall(r"(?:All|No|Some) (\w+) are(?: not)? (\w+)", sentences)
        terms = sorted({word for pair in pairs for word in pair})
        kinds = [
            frozenset(t for t, on in zip(terms, v, strict=True) if on)
            for v in product((0, 1), repeat=len(terms))
        ]
        if len(kinds) > 8:
            continue
        always = dict.fromkeys(options, True)
        for chosen in product((0, 1), repeat=len(kinds)):
            members = [kind for kind, on in zip(kinds, chosen, strict=True) if on]
            exist = all(any(term in kind for kind in members) for term in terms)
            if exist and all(follows(premise, members) for premise in premises):
                for letter, option in options.items():
                    always[letter] &= follows(option, members)
        assert [letter for letter, yes in always.items() if yes] == [row.ground_truth]


def test_locks_have_one_code() -> None:
    for row in family(LOGIC, "locks"):
        length, top = map(
            int, re.search(r"(\d) different digits,? (?:each )?from 1 to (\d)", text(row)).groups()
        )  # type: ignore[union-attr]
        hints = re.findall(
            r"^- (\d+): (\d) in the right place, (\d) in a wrong place", text(row), re.MULTILINE
        )
        fit = []
        for digits in permutations("123456789"[:top], length):
            right = [sum(a == b for a, b in zip(digits, g, strict=True)) for g, _, _ in hints]
            common = [len(set(digits) & set(g)) for g, _, _ in hints]
            if all(
                (r, c - r) == (int(p), int(w))
                for r, c, (_, p, w) in zip(right, common, hints, strict=True)
            ):
                fit.append("".join(digits))
        assert fit == [row.ground_truth]


def test_an_unfair_puzzle_is_refused() -> None:
    worlds = orders(3)
    clue = Clue("a is before b", worlds[:, 0] < worlds[:, 1])
    assert fair(Draw("test", "x"), [clue], 0) is None


def test_options_must_be_distinct() -> None:
    with pytest.raises(ValueError, match="not distinct"):
        choice(Draw("test", "x"), "Which?", "a", ["b", "a"], "")

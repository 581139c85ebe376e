"""Sets and codes: counting with overlaps, set operations, and locks opened by hints."""

from functools import partial
from itertools import combinations, product

from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.items import Family, Item, as_json, scaled, short
from pipeline.sources.sample.words import FRUITS, NAMES, TOWNS

_CLUBS = ("chess", "choir", "football", "pottery", "swimming", "theatre", "drawing", "robotics")


def _two_clubs(draw: Draw) -> Item:
    first, second = draw.sample(_CLUBS, 2)
    only_first, only_second, both, neither = draw.integers(4, 1, 14)
    total, town = only_first + only_second + both + neither, draw.pick(TOWNS)
    facts = [
        f"{only_first + both} are in the {first} club",
        f"{only_second + both} are in the {second} club",
    ]
    fact, ask, value = draw.pick(
        (
            (f"{both} are in both", "How many are in neither of the two?", neither),
            (
                f"{both} are in both",
                "How many are in exactly one of the two?",
                only_first + only_second,
            ),
            (f"{neither} are in neither of the two", "How many are in both?", both),
        )
    )
    question = (
        f"Of the {total} pupils of a school in {town}, {facts[0]}, {facts[1]} and {fact}. {ask}"
    )
    return short(draw, question, str(value), "Fill in the Venn diagram from the inside.", "number")


def _three_clubs(draw: Draw) -> Item:
    clubs, town = draw.sample(_CLUBS, 3), draw.pick(TOWNS)
    people = {key: draw.integer(1, 14) for key in product((False, True), repeat=3)}
    facts = []
    for i, club in enumerate(clubs):
        facts.append(f"{sum(n for key, n in people.items() if key[i])} are in the {club} club")
    for i, j in combinations(range(3), 2):
        both = sum(n for key, n in people.items() if key[i] and key[j])
        facts.append(f"{both} are in both the {clubs[i]} and the {clubs[j]} club")
    every, none = people[(True,) * 3], people[(False,) * 3]
    exactly_one = sum(n for key, n in people.items() if sum(key) == 1)
    fact, ask, value = draw.pick(
        (
            (f"{none} are in none of them", "How many are in all three clubs?", every),
            (f"{every} are in all three", "How many are in exactly one club?", exactly_one),
        )
    )
    question = (
        f"Of the {sum(people.values())} pupils of a school in {town}, {', '.join(facts)} and "
        f"{fact}. {ask}"
    )
    return short(draw, question, str(value), "Fill in the Venn diagram from the inside.", "number")


def _sets(draw: Draw, level: int) -> Item:
    numeric = draw.chance(1, 2)
    pool = [str(n) for n in range(1, 10 + 4 * level)] if numeric else list(FRUITS)
    names = "ABCD"[: (level + 3) // 2]
    sets = {name: set(draw.sample(pool, draw.integer(4, 4 + level))) for name in names}
    text, value = "A", sets["A"]
    for name in names[1:]:
        symbol, value = draw.pick(
            (
                ("union", value | sets[name]),
                ("intersection", value & sets[name]),
                ("minus", value - sets[name]),
                ("symmetric difference", value ^ sets[name]),
            )
        )
        text = f"({text}) {symbol} {name}" if " " in text else f"{text} {symbol} {name}"
    if not value:
        return _sets(draw, level)
    lines = [f"{n} = {{{', '.join(draw.shuffled(sorted(s)))}}}" for n, s in sets.items()]
    result = sorted(map(int, value)) if numeric else sorted(value)
    shape = f"a JSON list in {'increasing' if numeric else 'alphabetical'} order"
    question = "\n".join(["Let", *lines, f"Determine {text}."])
    return as_json(draw, question, result, f"The number of elements is {len(result)}.", shape)


def hint(code: tuple[int, ...], guess: tuple[int, ...]) -> tuple[int, int]:
    """(right digits in the right place, right digits in a wrong place); digits are distinct."""
    placed = sum(a == b for a, b in zip(code, guess, strict=True))
    return placed, len(set(code) & set(guess)) - placed


def _codes(length: int, digits: int) -> list[tuple[int, ...]]:
    return [c for c in product(range(1, digits + 1), repeat=length) if len(set(c)) == length]


def _lock(draw: Draw, level: int) -> Item:
    length, digits = ((2, 5), (3, 5), (3, 7), (3, 9), (4, 7))[level - 1]
    candidates = _codes(length, digits)
    secret, left, hints = draw.pick(candidates), candidates, []
    while len(left) > 1:
        guess = draw.pick(candidates)
        result = hint(secret, guess)
        kept = [code for code in left if hint(code, guess) == result]
        if guess != secret and len(kept) < len(left):
            hints.append((guess, result))
            left = kept
    lines = "\n".join(
        f"- {''.join(map(str, g))}: {p} in the right place, {m} in a wrong place"
        for g, (p, m) in hints
    )
    name, answer = draw.pick(NAMES), "".join(map(str, secret))
    question = draw.pick(
        (
            f"{name} forgot the code of a lock. It has {length} different digits from 1 to "
            f"{digits}. For each attempt the lock shows how many digits of the attempt are "
            f"in the code, in the right or in a wrong place:\n{lines}\nWhat is the code?",
            f"A secret number consists of {length} different digits, each from 1 to "
            f"{digits}. Guesses and how many of their digits occur in the number:\n{lines}\n"
            "Find the secret number.",
        )
    )
    return short(
        draw, question, answer, f"Only {answer} agrees with all {len(hints)} hints.", "number"
    )


FAMILIES = (
    Family(
        "sets",
        (
            partial(_sets, level=1),
            _two_clubs,
            partial(_sets, level=3),
            _three_clubs,
            partial(_sets, level=5),
        ),
    ),
    Family("locks", scaled(_lock)),
)

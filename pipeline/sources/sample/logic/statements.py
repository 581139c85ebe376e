"""Truth and falsehood: knights and knaves, formulas, syllogisms; all checked over every world."""

from functools import cache
from itertools import permutations, product

import numpy as np

from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.items import Family, Item, as_json, choice, scaled, short
from pipeline.sources.sample.logic.worlds import Clue, Mask, Worlds, left
from pipeline.sources.sample.words import NAMES

_NONSENSE = (
    "blickets", "dorvels", "fimps", "glonds", "hurples", "jandors", "kreels", "lumvits", "merroks",
    "norpins",
    "plivers", "quandos", "ramples", "snorbs", "tovens", "urflaps", "veskins", "wugs", "yandels",
    "zimbos",
)  # fmt: skip


@cache
def assignments(count: int) -> Worlds:
    """All rows of 0 and 1: shape (2**count, count)."""
    return np.array(list(product((0, 1), repeat=count)), dtype=np.int64)


def _claim(draw: Draw, names: list[str], speaker: int) -> tuple[str, Mask]:
    """A sentence of one speaker and the worlds in which it is true (1 = knight)."""
    worlds = assignments(len(names))
    others = [i for i in range(len(names)) if i != speaker]
    a, b = draw.pick(others), draw.pick(others)
    knights, count = worlds.sum(axis=1), draw.integer(1, len(names) - 1)
    claims = [
        (f"{names[a]} is a knave.", worlds[:, a] == 0),
        (f"{names[a]} and I are of the same kind.", worlds[:, a] == worlds[:, speaker]),
        (
            f"Exactly {count} of us {'is a knight' if count == 1 else 'are knights'}.",
            knights == count,
        ),
        ("At least one of us is a knave.", knights < len(names)),
        (
            f"I am a knave or {names[a]} is a knight.",
            (worlds[:, speaker] == 0) | (worlds[:, a] == 1),
        ),
    ]
    if a != b:
        both = f"If {names[a]} is a knight, then {names[b]} is a knave."
        claims.append((both, (worlds[:, a] == 0) | (worlds[:, b] == 0)))
        claims.append(
            (f"{names[a]} and {names[b]} are of different kinds.", worlds[:, a] != worlds[:, b])
        )
    return draw.pick(claims)


def _knights(draw: Draw, level: int) -> Item:
    names = draw.sample(NAMES, level + 1)
    worlds = assignments(len(names))
    claims = [_claim(draw, names, i) for i in range(len(names))]
    clues = [Clue(text, (worlds[:, i] == 1) == mask) for i, (text, mask) in enumerate(claims)]
    solutions = np.flatnonzero(left(clues, len(worlds)))
    if len(solutions) != 1:
        return _knights(draw, level)
    roles = ["knight" if value else "knave" for value in worlds[solutions[0]]]
    said = "\n".join(f'{name}: "{text}"' for name, (text, _) in zip(names, claims, strict=True))
    intro = draw.pick(
        (
            "On an island, knights always tell the truth and knaves always lie.",
            "Everybody here is either a knight, who only says true things, or a knave, who "
            "only lies.",
        )
    )
    found = dict(zip(names, roles, strict=True))
    work = "Only one assignment agrees with all statements: " + ", ".join(
        f"{n} is a {r}" for n, r in found.items()
    )
    if level <= 2:
        options = [" and ".join(f"{n} is a {r}" for n, r in zip(names, row, strict=True))
                   for row in product(("knight", "knave"), repeat=len(names))]  # fmt: skip
        right = " and ".join(f"{n} is a {r}" for n, r in found.items())
        wrong = draw.sample([text for text in options if text != right], 3)
        return choice(draw, f"{intro}\n{said}\nWhich is the case?", right, wrong, f"{work}.")
    question = f"{intro}\n{said}\nDetermine the kind of every speaker."
    shape = 'a JSON object from each name to "knight" or "knave"'
    return as_json(draw, question, found, f"{work}.", shape)


def _formula(draw: Draw, names: str, size: int) -> tuple[str, Mask]:
    """A random formula over `names` with `size` operators, and where it is true."""
    if size == 0:
        index = draw.integer(0, len(names) - 1)
        return names[index], assignments(len(names))[:, index] == 1
    if draw.chance(1, 4):
        text, mask = _formula(draw, names, size - 1)
        return f"not {text}", ~mask
    split = draw.integer(0, size - 1)
    (a, p), (b, q) = _formula(draw, names, split), _formula(draw, names, size - 1 - split)
    word, mask = draw.pick(
        (("and", p & q), ("or", p | q), ("xor", p ^ q), ("implies", ~p | q), ("iff", p == q))
    )
    return f"({a} {word} {b})", mask


def _boolean(draw: Draw, level: int) -> Item:
    names = "pqrst"[: min(5, level + 1)]
    text, mask = _formula(draw, names, level + 2)
    if mask.all() or not mask.any() or len(set(text) & set("pqrst")) < 2:
        return _boolean(draw, level)
    listing = ", ".join(names[:-1]) + f" and {names[-1]}"
    rules = (
        '"xor" means exactly one of the two, "implies" is false only for true implies false, '
        '"iff" means equal.'
    )
    if draw.chance(1, 2):
        want = draw.chance(1, 2)
        count = int((mask == want).sum())
        question = (
            f"For how many of the {len(mask)} assignments of true and false to {listing} is "
            f"the formula {text} {'true' if want else 'false'}? Here {rules}"
        )
        return short(
            draw, question, str(count), f"The truth table has {count} such rows.", "number"
        )
    rows = [dict(zip(names, map(bool, row), strict=True)) for row in assignments(len(names))]
    spoken = [", ".join(f"{n} {'true' if v else 'false'}" for n, v in row.items()) for row in rows]
    true = [row for row, value in zip(spoken, mask, strict=True) if value]
    false = [row for row, value in zip(spoken, mask, strict=True) if not value]
    want = len(false) >= len(true)
    right, wrong = (true, false) if want else (false, true)
    question = f"Which assignment makes {text} {'true' if want else 'false'}? Here {rules}"
    picked = draw.pick(right)
    return choice(draw, question, picked, draw.sample(wrong, 3), f"Inserting the values: {picked}.")


@cache
def _types(terms: int) -> Worlds:
    """Every combination of inhabited kinds of things: shape (2**(2**terms), 2**terms)."""
    kinds = 2**terms
    numbers = np.arange(2**kinds, dtype=np.int64)
    return (numbers[:, None] >> np.arange(kinds)) & 1


def _some(worlds: Worlds, kinds: Mask) -> Mask:
    return np.asarray(worlds[:, kinds].any(axis=1), dtype=np.bool_)


@cache
def sentences(count: int) -> list[Clue]:
    """All simple sentences over terms 0, 1, ..., with `{0}`, `{1}`, ... for the words."""
    worlds, kinds = _types(count), np.arange(2**count)
    result = []
    for i, j in permutations(range(count), 2):
        has_a, has_b = (kinds >> i) & 1 == 1, (kinds >> j) & 1 == 1
        both, only = _some(worlds, has_a & has_b), _some(worlds, has_a & ~has_b)
        a, b = f"{{{i}}}", f"{{{j}}}"
        result += [Clue(f"All {a} are {b}.", ~only), Clue(f"Some {a} are not {b}.", only)]
        if i < j:
            result += [Clue(f"No {a} are {b}.", ~both), Clue(f"Some {a} are {b}.", both)]
    return result


@cache
def inhabited(count: int) -> Mask:
    """Worlds in which each of `count` terms has at least one member."""
    worlds, kinds = _types(count), np.arange(2**count)
    masks = np.array([_some(worlds, (kinds >> i) & 1 == 1) for i in range(count)])
    return np.asarray(masks.all(axis=0), dtype=np.bool_)


def _syllogism(draw: Draw, level: int) -> Item:
    names = draw.sample(_NONSENSE, 3 if level <= 3 else 4)
    everything, base = sentences(len(names)), inhabited(len(names))
    premises = draw.sample(everything, (2, 2, 3, 3, 4)[level - 1])
    mask = base & left(premises, len(base))
    rest = [clue for clue in everything if all(clue is not p for p in premises)]
    follows = [clue for clue in rest if mask.any() and clue.mask[mask].all()]
    if level > 1:
        follows = [c for c in follows if not any(c.mask[base & p.mask].all() for p in premises)]
    unsure = [clue for clue in rest if not clue.mask[mask].all()]
    if not follows or len(unsure) < 3:
        return _syllogism(draw, level)
    right = draw.pick(follows).text.format(*names)
    wrong = [clue.text.format(*names) for clue in draw.sample(unsure, 3)]
    given = "\n".join(f"- {clue.text.format(*names)}" for clue in premises)
    question = draw.pick(
        (
            f"Suppose the following is true (and that each kind mentioned exists):\n{given}\n"
            "Which statement must be true as well?",
            f"Given:\n{given}\nThere is at least one thing of each kind. Which conclusion follows?",
        )
    )
    return choice(draw, question, right, wrong, f'Each world with these premises has: "{right}"')


FAMILIES = (
    Family("knights_and_knaves", scaled(_knights)),
    Family("boolean", scaled(_boolean)),
    Family("syllogisms", scaled(_syllogism)),
)

"""Test inputs for the code problems: each function gives the arguments of test number `index`.

Test 0 is the edge case of its kind (empty or smallest), later tests grow.
"""

from collections.abc import Callable

from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.words import FRUITS, NAMES

Arguments = tuple[object, ...]
Inputs = Callable[[Draw, int], Arguments]

_WORDS = (
    "Anna", "saw", "the", "level", "of", "a", "river", "near", "old", "Otto", "mill", "banana",
    "radar",
    "and", "kayak", "rotor", "stone", "Eve", "on", "noon", "deed", "green", "apple", "civic", "The",
)  # fmt: skip


def whole(low: int, high: int) -> Inputs:
    """One integer; test 0 is `low`."""
    return lambda draw, index: (draw.integer(low, high) if index else low,)


def power(draw: Draw, index: int) -> Arguments:
    """A base and an exponent that grows to about 200 digits."""
    return draw.integer(2, 999), draw.integer(1, 9) ** (index * index * 3) if index else 0


def ints(draw: Draw, index: int) -> Arguments:
    """A list of small integers of either sign."""
    return (draw.integers(index * 2, -12, 30),)


def counts(draw: Draw, index: int) -> Arguments:
    """A list of small non-negative integers."""
    return (draw.integers(index * 2, 0, 15),)


def two_sorted(draw: Draw, index: int) -> Arguments:
    """Two sorted lists of different lengths."""
    return sorted(draw.integers(index, -20, 40)), sorted(draw.integers(index // 2, -20, 40))


def sentence(draw: Draw, index: int) -> Arguments:
    """Words separated by single spaces."""
    return (" ".join(draw.pick(_WORDS) for _ in range(index)),)


def letters(draw: Draw, index: int) -> Arguments:
    """A string over a, b, c and d."""
    return ("".join(draw.pick("aabbcd") for _ in range(index * 2)),)


def two_words(draw: Draw, index: int) -> Arguments:
    """Two strings over few letters."""
    return letters(draw, index)[0], letters(draw, max(index - 1, 1))[0]


def brackets(draw: Draw, index: int) -> Arguments:
    """A string of round brackets and letters, balanced in about half of the tests."""
    text = "x"
    for _ in range(index):
        text = draw.pick((f"({text})", f"{text}()", f"(a){text}", f"({text}b)"))
    return (text if draw.chance(1, 2) else draw.pick((text[1:], text + ")", ")" + text)),)


def groups(draw: Draw, index: int) -> Arguments:
    """A string with nested repetition groups."""
    text = draw.pick(("", "x")) if index < 2 else "ab"
    for _ in range(index // 2):
        text = draw.pick((f"{draw.integer(2, 4)}[{text}]c", f"d{draw.integer(2, 12)}[e]{text}"))
    return (text,)


def matrix(draw: Draw, index: int) -> Arguments:
    """A rectangular, non-empty matrix."""
    columns = draw.integer(1, 1 + index)
    return ([draw.integers(columns, -9, 20) for _ in range(draw.integer(1, 1 + index // 2))],)


def costs(draw: Draw, index: int) -> Arguments:
    """A rectangular, non-empty matrix of positive integers."""
    columns = draw.integer(1, 1 + index)
    return ([draw.integers(columns, 1, 20) for _ in range(draw.integer(1, 1 + index // 2))],)


def bits(draw: Draw, index: int) -> Arguments:
    """A grid of 0s and 1s with about a third of 1s."""
    width = 1 + index
    rows = [[int(draw.chance(1, 3)) for _ in range(width)] for _ in range(1 + index // 2)]
    return (rows,)


def entries(draw: Draw, index: int) -> Arguments:
    """A list of [name, amount] lists with repeated names."""
    names = NAMES[:4]
    return ([[draw.pick(names), draw.integer(1, 20)] for _ in range(index)],)


def intervals(draw: Draw, index: int) -> Arguments:
    """A list of [start, end] lists."""
    starts = draw.integers(index, 0, 40)
    return ([[start, start + draw.integer(0, 9)] for start in starts],)


def commands(draw: Draw, index: int) -> Arguments:
    """A list of "add N" and "take N"."""
    return ([f"{draw.pick(('add', 'take'))} {draw.integer(1, 30)}" for _ in range(index * 2)],)


def graph(draw: Draw, index: int) -> Arguments:
    """Edges over the nodes 0 to 7, and a start node."""
    edges = [[draw.integer(0, 7), draw.integer(0, 7)] for _ in range(index * 2)]
    return edges, draw.integer(0, 7)


def graph_pair(draw: Draw, index: int) -> Arguments:
    """Edges over the nodes 0 to 9, a start and an end node."""
    edges = [[draw.integer(0, 9), draw.integer(0, 9)] for _ in range(index * 2)]
    return edges, draw.integer(0, 9), draw.integer(0, 9) if index else 0


def order_edges(draw: Draw, index: int) -> Arguments:
    """Edges among the nodes 0 to 4, mostly without a cycle."""
    pairs = [sorted(draw.sample(range(5), 2)) for _ in range(index)]
    return ([pair[::-1] if draw.chance(1, 12) else pair for pair in pairs],)


def postfix(draw: Draw, index: int) -> Arguments:
    """A valid postfix expression."""
    tokens = [str(draw.integer(0, 30))]
    for _ in range(index):
        tokens += [str(draw.integer(0, 30)), draw.pick(("+", "-", "*"))]
    return (tokens,)


def items(draw: Draw, index: int) -> Arguments:
    """A list of [weight, value] lists."""
    return ([[draw.integer(1, 12), draw.integer(1, 30)] for _ in range(index)],)


def line(low: int, high: int) -> Inputs:
    """Standard input: one line of integers."""
    return lambda draw, index: (" ".join(map(str, draw.integers(3 + 2 * index, low, high))) + "\n",)


def column(draw: Draw, index: int) -> Arguments:
    """Standard input: one integer a line."""
    return ("\n".join(map(str, draw.integers(1 + index, -50, 90))) + "\n",)


def counted_words(draw: Draw, index: int) -> Arguments:
    """Standard input: a count, then that many words, one a line."""
    return ("\n".join([str(index + 1), *(draw.pick(_WORDS) for _ in range(index + 1))]) + "\n",)


def counted_line(draw: Draw, index: int) -> Arguments:
    """Standard input: a count, then a line of that many integers."""
    numbers = draw.integers(index + 1, -60, 60)
    return (f"{index + 1}\n{' '.join(map(str, numbers))}\n",)


def stock_lines(draw: Draw, index: int) -> Arguments:
    """Standard input: lines "in NAME COUNT" and "out NAME COUNT"."""
    lines = [
        f"{draw.pick(('in', 'out'))} {draw.pick(FRUITS[:5])} {draw.integer(1, 9)}"
        for _ in range(index + 1)
    ]
    return ("\n".join(lines) + "\n",)


def range_queries(draw: Draw, index: int) -> Arguments:
    """Standard input: a line of integers, then lines of two positions."""
    size = index + 2
    lines = [" ".join(map(str, draw.integers(size, -9, 30)))]
    for _ in range(index + 1):
        a, b = sorted(draw.integers(2, 1, size))
        lines.append(f"{a} {b}")
    return ("\n".join(lines) + "\n",)


def moves(draw: Draw, index: int) -> Arguments:
    """Standard input: a line of the letters N, S, E and W."""
    return ("".join(draw.pick("NNSEEW") for _ in range(3 * index + 1)) + "\n",)


def score_lines(draw: Draw, index: int) -> Arguments:
    """Standard input: lines "NAME SCORE" with distinct names and some equal scores."""
    names = draw.sample(NAMES, index + 1)
    return ("\n".join(f"{name} {draw.integer(1, 6) * 10}" for name in names) + "\n",)


def wall_grid(draw: Draw, index: int) -> Arguments:
    """Standard input: a grid of "." and "#" with free corners."""
    width, height = index + 2, index // 2 + 2
    rows = [["#" if draw.chance(1, 4) else "." for _ in range(width)] for _ in range(height)]
    rows[0][0] = rows[-1][-1] = "."
    return ("\n".join("".join(row) for row in rows) + "\n",)


def bracket_lines(draw: Draw, index: int) -> Arguments:
    """Standard input: lines of brackets of three kinds, some broken."""
    lines = []
    for _ in range(index + 1):
        text = "()"
        for _ in range(draw.integer(0, 5)):
            text = draw.pick((f"[{text}]", f"{text}{{}}", f"({text})", f"{{{text}}}"))
        lines.append(text if draw.chance(2, 3) else draw.pick((text[:-1], text[::-1], text + "]")))
    return ("\n".join(lines) + "\n",)

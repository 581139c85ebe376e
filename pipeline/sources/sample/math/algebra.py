"""Algebra: linear systems, polynomials, sequences."""

from fractions import Fraction

from pipeline.sources.sample.draw import Draw, plain
from pipeline.sources.sample.items import Family, Item, number
from pipeline.sources.sample.words import GOODS, NAMES


def _signed(coefficient: int, symbol: str) -> str:
    sign = "+" if coefficient >= 0 else "-"
    size = "" if abs(coefficient) == 1 and symbol else str(abs(coefficient))
    return f" {sign} {size}{symbol}"


def linear(coefficients: dict[str, int]) -> str:
    """`3x - y + 4` from {"x": 3, "y": -1, "": 4}; zero terms are left out."""
    terms = [_signed(value, symbol) for symbol, value in coefficients.items() if value]
    text = "".join(terms).strip() or "0"
    return text[2:] if text.startswith("+ ") else text.replace("- ", "-", 1)


def _one_unknown(draw: Draw) -> Item:
    x, a, b = draw.nonzero(15), draw.integer(2, 12), draw.nonzero(30)
    left = linear({"x": a, "": b})
    question = draw.pick(
        (
            f"Solve {left} = {a * x + b} for x.",
            f"For which x is {left} equal to {a * x + b}?",
            f"A number times {a}, changed by {b:+d}, gives {a * x + b}. What is the number?",
        )
    )
    return number(draw, question, x, f"{a}x = {a * x + b} - ({b}) = {a * x}, so x = {x}.")


def _two_unknowns(draw: Draw) -> Item:
    x, y = draw.nonzero(9), draw.nonzero(9)
    a, b, c, d = draw.nonzero(6), draw.nonzero(6), draw.nonzero(6), draw.nonzero(6)
    if a * d == b * c:
        d += 1 if d != -1 else 2
    if a * d == b * c:
        return _two_unknowns(draw)
    first = f"{linear({'x': a, 'y': b})} = {a * x + b * y}"
    second = f"{linear({'x': c, 'y': d})} = {c * x + d * y}"
    name, value = draw.pick((("x", x), ("y", y), ("x + y", x + y), ("x - y", x - y)))
    question = f"The numbers x and y satisfy\n{first}\n{second}\nWhat is {name}?"
    return number(draw, question, value, f"Elimination gives x = {x} and y = {y}.")


def _tickets(draw: Draw) -> Item:
    first, second = draw.sample(GOODS, 2)
    p, q = draw.sample(range(2, 15), 2)
    a, b = draw.integer(6, 40), draw.integer(6, 40)
    name = draw.pick(NAMES)
    question = draw.pick(
        (
            f"{name} sells {first} at {p} euros and {second} at {q} euros apiece. {a + b} "
            f"things are sold for {a * p + b * q} euros in all. How many {first} were sold?",
            f"A shop sold {a + b} articles, {first} for {p} dollars each and {second} for "
            f"{q} dollars each, and took {a * p + b * q} dollars. Find the number of "
            f"{first}.",
        )
    )
    work = f"With f + s = {a + b} and {p}f + {q}s = {a * p + b * q}: f = {a}, s = {b}."
    return number(draw, question, a, work)


def _determinant(m: list[list[int]]) -> int:
    (a, b, c), (d, e, f), (g, h, i) = m
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def _three_unknowns(draw: Draw, limit: int, questions: tuple[str, ...]) -> Item:
    x, y, z = draw.nonzero(limit), draw.nonzero(limit), draw.nonzero(limit)
    matrix = [[draw.nonzero(5) for _ in range(3)] for _ in range(3)]
    if _determinant(matrix) == 0:
        return _three_unknowns(draw, limit, questions)
    lines = [f"{linear({'x': a, 'y': b, 'z': c})} = {a * x + b * y + c * z}" for a, b, c in matrix]
    values = {"x + y + z": x + y + z, "xyz": x * y * z, "x^2 + y^2 + z^2": x * x + y * y + z * z}
    values |= {"x": x, "y": y, "z": z, "xy + yz + zx": x * y + y * z + z * x}
    name = draw.pick(questions)
    question = "\n".join(["Solve the system", *lines, f"and give the value of {name}."])
    return number(draw, question, values[name], f"The solution is x = {x}, y = {y}, z = {z}.")


def _system_small(draw: Draw) -> Item:
    return _three_unknowns(draw, 6, ("x", "y", "z"))


def _system_large(draw: Draw) -> Item:
    return _three_unknowns(draw, 12, ("x + y + z", "xyz", "x^2 + y^2 + z^2", "xy + yz + zx"))


def _evaluate(draw: Draw) -> Item:
    a, b, c, x = draw.nonzero(5), draw.nonzero(9), draw.nonzero(9), draw.nonzero(6)
    form = linear({"x^2": a, "x": b, "": c})
    value = a * x * x + b * x + c
    question = draw.pick((f"Let f(x) = {form}. What is f({x})?", f"Evaluate {form} at x = {x}."))
    return number(draw, question, value, f"{a} * {x * x} + {b} * ({x}) + ({c}) = {value}.")


def _larger_root(draw: Draw) -> Item:
    r, s = draw.sample(range(-12, 13), 2)
    form = linear({"x^2": 1, "x": -(r + s), "": r * s})
    which, value = draw.pick((("larger", max(r, s)), ("smaller", min(r, s))))
    question = draw.pick(
        (
            f"What is the {which} solution of {form} = 0?",
            f"The equation {form} = 0 has two real solutions. Give the {which} one.",
        )
    )
    return number(draw, question, value, f"The roots are {r} and {s}.")


def _vieta(draw: Draw) -> Item:
    a, s, p = draw.integer(1, 5), draw.nonzero(14), draw.nonzero(14)
    form = linear({"x^2": a, "x": -s, "": p})
    total, product = Fraction(s, a), Fraction(p, a)
    name, value = draw.pick(
        (
            ("r^2 + s^2", total**2 - 2 * product),
            ("1/r + 1/s", total / product),
            ("(r - s)^2", total**2 - 4 * product),
            ("(r + 1)(s + 1)", product + total + 1),
        )
    )
    question = f"Let r and s be the (possibly complex) roots of {form} = 0. Find {name}."
    work = f"r + s = {plain(total)} and rs = {plain(product)}, hence {name} = {plain(value)}."
    return number(draw, question, value, work)


def _cubic(draw: Draw) -> Item:
    p, q, r = draw.sample(range(-9, 10), 3)
    form = linear({"x^3": 1, "x^2": -(p + q + r), "x": p * q + q * r + p * r, "": -p * q * r})
    which, value = draw.pick(
        (("largest", max(p, q, r)), ("smallest", min(p, q, r)), ("middle", sorted((p, q, r))[1]))
    )
    question = f"All three roots of {form} = 0 are integers. What is the {which} root?"
    return number(draw, question, value, f"It factors with the roots {p}, {q} and {r}.")


def _expansion(draw: Draw) -> Item:
    a, b, n, c = draw.integer(1, 3), draw.nonzero(4), draw.integer(4, 7), draw.nonzero(3)
    power = draw.integer(2, n - 1)
    row = [1]
    for factor in [(b, a)] * n + [(c, 1)]:
        longer = [0] * (len(row) + 1)
        for i, value in enumerate(row):
            longer[i] += value * factor[0]
            longer[i + 1] += value * factor[1]
        row = longer
    base, other = linear({"x": a, "": b}), linear({"x": 1, "": c})
    question = f"What is the coefficient of x^{power} in the expansion of ({base})^{n} ({other})?"
    work = f"Expanding gives the coefficients {row} from x^0 upwards."
    return number(draw, question, row[power], work)


def _next_term(draw: Draw) -> Item:
    start, step, shown = draw.integer(-20, 60), draw.nonzero(17), draw.integer(4, 6)
    terms = ", ".join(str(start + i * step) for i in range(shown))
    question = draw.pick(
        (
            f"The sequence {terms}, ... is arithmetic. What is the next term?",
            f"Continue by one term: {terms}, ...",
        )
    )
    return number(draw, question, start + shown * step, f"The common difference is {step}.")


def _geometric(draw: Draw) -> Item:
    start, ratio, n = draw.integer(2, 9), Fraction(draw.integer(2, 5), draw.integer(1, 3)), 6
    n = draw.integer(5, 7)
    value = start * ratio ** (n - 1)
    question = (
        f"A geometric sequence starts with {start} and has the common ratio {plain(ratio)}. "
        f"What is its term number {n}? Give an exact value."
    )
    return number(draw, question, value, f"{start} * ({plain(ratio)})^{n - 1} = {plain(value)}.")


def _series(draw: Draw) -> Item:
    start, step, n = draw.integer(-9, 20), draw.nonzero(9), draw.integer(15, 60)
    value = n * (2 * start + (n - 1) * step) // 2
    name = draw.pick(NAMES)
    question = draw.pick(
        (
            f"Add the first {n} terms of the arithmetic sequence {start}, {start + step}, "
            f"{start + 2 * step}, ...",
            f"An arithmetic sequence has first term {start} and common difference {step}. "
            f"{name} sums its first {n} terms. What is the sum?",
        )
    )
    return number(draw, question, value, f"{n}/2 * (2 * {start} + {n - 1} * {step}) = {value}.")


def _recurrence(draw: Draw) -> Item:
    p, q, n = draw.integer(1, 3), draw.nonzero(3), draw.integer(6, 9)
    terms = draw.integers(2, -3, 6)
    rule = linear({"a_{n-1}": p, "a_{n-2}": q})
    first, second = terms
    for _ in range(n - 2):
        terms.append(p * terms[-1] + q * terms[-2])
    question = f"Let a_1 = {first}, a_2 = {second} and a_n = {rule} for n >= 3. What is a_{n}?"
    return number(draw, question, terms[-1], f"The terms are {', '.join(map(str, terms))}.")


def _telescoping(draw: Draw) -> Item:
    d, n = draw.integer(1, 3), draw.integer(8, 40)
    value = sum((Fraction(1, k * (k + d)) for k in range(1, n + 1)), Fraction(0))
    question = draw.pick(
        (
            f"Find the exact value of the sum of 1/(k(k + {d})) for k = 1, 2, ..., {n}.",
            f"As a fraction in lowest terms, what is $\\sum_{{k=1}}^{{{n}}} "
            f"\\frac{{1}}{{k(k+{d})}}$?",
        )
    )
    return number(draw, question, value, f"Partial fractions telescope to {plain(value)}.")


FAMILIES = (
    Family("linear_systems", (_one_unknown, _two_unknowns, _tickets, _system_small, _system_large)),
    Family("polynomials", (_evaluate, _larger_root, _vieta, _cubic, _expansion)),
    Family("sequences", (_next_term, _geometric, _series, _recurrence, _telescoping)),
)

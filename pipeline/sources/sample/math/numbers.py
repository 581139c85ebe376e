"""Number theory and counting: modular arithmetic, divisors, combinatorics."""

import math
from collections import Counter
from itertools import permutations

from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.items import Family, Item, number
from pipeline.sources.sample.words import NAMES


def _remainder(draw: Draw) -> Item:
    a, m = draw.integer(120, 980), draw.integer(7, 29)
    name = draw.pick(NAMES)
    question = draw.pick(
        (
            f"What is the remainder when {a} is divided by {m}?",
            f"{name} packs {a} eggs into boxes of {m}. How many eggs are left over?",
            f"Compute {a} mod {m}.",
        )
    )
    return number(draw, question, a % m, f"{a} = {m} * {a // m} + {a % m}.")


def _product_mod(draw: Draw) -> Item:
    a, b, m = draw.integer(31, 99), draw.integer(31, 99), draw.integer(11, 37)
    question = draw.pick(
        (
            f"Find the remainder of {a} * {b} on division by {m}.",
            f"Let n = {a} * {b}. Which number between 0 and {m - 1} is congruent to n modulo {m}?",
        )
    )
    work = f"{a} is {a % m} and {b} is {b % m} modulo {m}; their product leaves {a * b % m}."
    return number(draw, question, a * b % m, work)


def _power_mod(draw: Draw) -> Item:
    a, n, m = draw.integer(2, 19), draw.integer(12, 90), draw.integer(11, 43)
    question = draw.pick(
        (
            f"What is the remainder when {a}^{{{n}}} is divided by {m}?",
            f"Determine {a}^{{{n}}} modulo {m}.",
        )
    )
    return number(
        draw, question, pow(a, n, m), f"Repeated squaring modulo {m} gives {pow(a, n, m)}."
    )


def _inverse(draw: Draw) -> Item:
    p = draw.pick((23, 29, 31, 37, 41, 43, 47, 53, 59, 61))
    a = draw.integer(3, p - 2)
    x = pow(a, -1, p)
    question = draw.pick(
        (
            f"Find the smallest positive integer x with {a}x congruent to 1 modulo {p}.",
            f"What is the multiplicative inverse of {a} modulo {p}, as a number from 1 to {p - 1}?",
        )
    )
    return number(draw, question, x, f"{a} * {x} = {a * x} = {p} * {a * x // p} + 1.")


def _remainders(draw: Draw) -> Item:
    first, second, third = draw.pick(((3, 5, 7), (4, 5, 9), (5, 7, 8), (7, 9, 11), (5, 8, 11)))
    x = draw.integer(20, first * second * third - 1)
    a, b, c = x % first, x % second, x % third
    name = draw.pick(NAMES)
    question = draw.pick(
        (
            f"Find the smallest positive integer that leaves remainder {a} on division by {first}, "
            f"{b} on division by {second} and {c} on division by {third}.",
            f"{name} counts a pile of coins. In groups of {first}, {a} remain; in groups of "
            f"{second}, {b} remain; in groups of {third}, {c} remain. What is the smallest "
            "positive number of coins that fits?",
        )
    )
    work = f"The moduli are coprime, so one solution exists below {first * second * third}: {x}."
    return number(draw, question, x, work)


def _gcd(draw: Draw) -> Item:
    g = draw.integer(4, 18)
    a, b = g * draw.integer(5, 19), g * draw.integer(20, 34)
    question = draw.pick(
        (
            f"What is the greatest common divisor of {a} and {b}?",
            f"Two ribbons are {a} cm and {b} cm long. They are cut into equal pieces, as long as "
            "possible, with nothing left over. How long is each piece, in cm?",
        )
    )
    return number(draw, question, math.gcd(a, b), f"Euclid's algorithm ends at {math.gcd(a, b)}.")


def _lcm(draw: Draw) -> Item:
    a, b, c = draw.sample(range(6, 31), 3)
    value = math.lcm(a, b, c)
    question = draw.pick(
        (
            f"Three lamps blink every {a}, {b} and {c} seconds. They have just blinked together. "
            "After how many seconds do they next blink together?",
            f"Find the least common multiple of {a}, {b} and {c}.",
        )
    )
    return number(
        draw, question, value, f"lcm({a}, {b}) = {math.lcm(a, b)}; with {c} it is {value}."
    )


def _divisors(draw: Draw) -> Item:
    n = draw.pick((2, 4, 6, 12)) * draw.pick((9, 15, 21, 25, 27, 33, 35)) * draw.integer(1, 9)
    found = [d for d in range(1, n + 1) if n % d == 0]
    text, value = draw.pick(
        (
            (f"How many positive divisors does {n} have?", len(found)),
            (f"What is the sum of all positive divisors of {n}?", sum(found)),
            (f"How many positive divisors of {n} are even?", sum(d % 2 == 0 for d in found)),
        )
    )
    return number(draw, text, value, f"The divisors are {', '.join(map(str, found))}.")


def _factorial_power(draw: Draw) -> Item:
    p, n = draw.pick((2, 3, 5, 7)), draw.integer(40, 190)
    value, rest = 0, n
    while rest:
        rest //= p
        value += rest
    question = draw.pick(
        (
            f"What is the largest k such that {p}^k divides {n}!?",
            f"How often does the prime {p} occur in the factorisation of {n}! (n factorial)?",
        )
    )
    return number(draw, question, value, f"Legendre: sum of floor({n}/{p}^i) over i is {value}.")


def _coprime_count(draw: Draw) -> Item:
    n = draw.pick((30, 42, 60, 66, 70, 78, 84, 90, 105, 110)) * draw.integer(1, 4)
    low = draw.integer(1, 25)
    value = sum(math.gcd(k, n) == 1 for k in range(low, n + 1))
    question = (
        f"How many integers k with {low} <= k <= {n} have no common factor with {n} except 1?"
    )
    return number(draw, question, value, f"Counting the k with gcd(k, {n}) = 1 gives {value}.")


def _committee(draw: Draw) -> Item:
    n, r = draw.integer(6, 14), draw.integer(2, 4)
    question = draw.pick(
        (
            f"A club has {n} members. In how many ways can it choose a committee of {r}?",
            f"How many subsets with exactly {r} elements does a set of {n} elements have?",
            f"{n} players meet. How many different groups of {r} can be formed?",
        )
    )
    return number(draw, question, math.comb(n, r), f"C({n}, {r}) = {math.comb(n, r)}.")


def _anagrams(draw: Draw) -> Item:
    word = draw.pick(
        (
            "LEVEL", "BANANA", "PEPPER", "COFFEE", "LETTER", "BALLOON", "MISSISSIPPI", "TOMATO",
            "SUCCESS", "PARALLEL", "CANAL", "KAYAK", "ORDERED", "COMMITTEE", "REFERRAL", "ENGINE",
        )
    )  # fmt: skip
    value = math.factorial(len(word))
    for count in Counter(word).values():
        value //= math.factorial(count)
    question = draw.pick(
        (
            f"In how many distinct ways can the letters of {word} be arranged?",
            f"How many different strings use exactly the letters of the word {word}?",
        )
    )
    return number(draw, question, value, f"{len(word)}! over the factorials of the letter counts.")


def _mixed_committee(draw: Draw) -> Item:
    a, b = draw.integer(4, 9), draw.integer(4, 9)
    size = draw.integer(3, 4)
    least = draw.integer(1, 2)
    value = sum(math.comb(a, k) * math.comb(b, size - k) for k in range(least, size + 1))
    question = (
        f"A jury of {size} is drawn from {a} teachers and {b} parents. How many juries contain at "
        f"least {least} teacher{'s' if least > 1 else ''}?"
    )
    work = f"Sum C({a}, k) * C({b}, {size} - k) for k from {least} to {size}."
    return number(draw, question, value, work)


def _stars_and_bars(draw: Draw) -> Item:
    total, children, least = draw.integer(12, 25), draw.integer(3, 5), draw.integer(1, 2)
    free = total - children * least
    value = math.comb(free + children - 1, children - 1)
    question = draw.pick(
        (
            f"In how many ways can {total} identical marbles be given to {children} "
            f"children if each child gets at least {least}?",
            f"How many solutions in integers, each at least {least}, has the equation "
            f"{' + '.join(f'x_{i}' for i in range(1, children + 1))} = {total}?",
        )
    )
    work = (
        f"Give {least} to each; the other {free} go in C({free + children - 1}, {children - 1}) "
        "ways."
    )
    return number(draw, question, value, work)


def _restricted_seating(draw: Draw) -> Item:
    people = draw.sample(NAMES, draw.integer(5, 6))
    a, b, c = people[:3]
    value = sum(
        abs(order.index(a) - order.index(b)) != 1 and order.index(c) not in (0, len(people) - 1)
        for order in permutations(people)
    )
    question = (
        f"{', '.join(people[:-1])} and {people[-1]} sit on a bench of {len(people)} seats. "
        f"{a} and {b} refuse to sit next to each other, and {c} refuses both end seats. How "
        "many seatings are there?"
    )
    work = f"Of {math.factorial(len(people))} seatings, {value} keep both conditions."
    return number(draw, question, value, work)


FAMILIES = (
    Family("modular_arithmetic", (_remainder, _product_mod, _power_mod, _inverse, _remainders)),
    Family("divisors", (_gcd, _lcm, _divisors, _factorial_power, _coprime_count)),
    Family(
        "combinatorics",
        (_committee, _anagrams, _mixed_committee, _stars_and_bars, _restricted_seating),
    ),
)

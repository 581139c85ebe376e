"""Probabilities as fractions in lowest terms; small cases are counted outcome by outcome."""

from fractions import Fraction
from itertools import combinations, pairwise, product
from math import comb

from pipeline.sources.sample.draw import Draw, plain
from pipeline.sources.sample.items import Family, Item, number
from pipeline.sources.sample.words import COLOURS, TOWNS


def _one_draw(draw: Draw) -> Item:
    colours, counts = draw.sample(COLOURS, 3), draw.integers(3, 2, 12)
    listing = f"{counts[0]} {colours[0]}, {counts[1]} {colours[1]} and {counts[2]} {colours[2]}"
    question, good = draw.pick(
        (
            (f"A bag holds {listing} balls. One ball is drawn at random. What is the probability "
             f"that it is {colours[0]}?", counts[0]),
            (f"A drawer contains {listing} socks. You take one without looking. What is the "
             f"probability that it is not {colours[1]}?", counts[0] + counts[2]),
        )
    )  # fmt: skip
    work = f"{good} of {sum(counts)} cases are favourable."
    return number(draw, question, Fraction(good, sum(counts)), work)


def _two_draws(draw: Draw) -> Item:
    first, second = draw.sample(COLOURS, 2)
    a, b = draw.integer(3, 9), draw.integer(3, 9)
    pairs = comb(a + b, 2)
    what, good = draw.pick(
        (
            ("both have the same colour", comb(a, 2) + comb(b, 2)),
            ("they have different colours", a * b),
            (f"both are {first}", comb(a, 2)),
            (f"at least one is {second}", pairs - comb(a, 2)),
        )
    )
    question = (
        f"A box contains {a} {first} and {b} {second} counters. Two are taken without putting any "
        f"back. What is the probability that {what}?"
    )
    work = f"{good} of the C({a + b}, 2) = {pairs} pairs are favourable."
    return number(draw, question, Fraction(good, pairs), work)


def _dice(draw: Draw) -> Item:
    m, n = draw.pick((4, 6, 8)), draw.pick((6, 8, 10, 12))
    limit = draw.integer(4, m + n - 2)
    rolls = list(product(range(1, m + 1), range(1, n + 1)))
    k = draw.integer(3, 5)
    what, good = draw.pick(
        (
            (f"the sum is exactly {limit}", sum(a + b == limit for a, b in rolls)),
            (f"the sum is greater than {limit}", sum(a + b > limit for a, b in rolls)),
            (f"the product is divisible by {k}", sum(a * b % k == 0 for a, b in rolls)),
            (f"the two numbers differ by at least {k}", sum(abs(a - b) >= k for a, b in rolls)),
        )
    )
    question = (
        f"A fair die with {m} sides and a fair die with {n} sides, both numbered from 1, "
        f"are rolled together. What is the probability that {what}?"
    )
    work = f"{good} of {len(rolls)} outcomes are favourable."
    return number(draw, question, Fraction(good, len(rolls)), work)


def _bayes(draw: Draw) -> Item:
    share = Fraction(draw.integer(3, 17), 20)
    first, second = (Fraction(n, 100) for n in draw.sample(range(1, 13), 2))
    a, b = draw.sample(TOWNS, 2)
    value = share * first / (share * first + (1 - share) * second)
    question = (
        f"The plant in {a} makes {plain(share * 100)} % of all bulbs, the plant in {b} the "
        f"rest. Of the bulbs from {a}, {plain(first * 100)} % are faulty; from {b}, "
        f"{plain(second * 100)} %. A bulb picked at random is faulty. What is the "
        f"probability that it came from {a}, as a fraction?"
    )
    work = f"Bayes: {plain(share * first)} over the sum of both faulty shares is {plain(value)}."
    return number(draw, question, value, work)


def _committee_value(draw: Draw) -> Item:
    n, k = draw.integer(9, 12), draw.integer(3, 4)
    hands = list(combinations(range(1, n + 1), k))
    limit, divisor = draw.integer(2 * k - 1, n - 1), draw.integer(3, 5)
    what, values = draw.pick(
        (
            ("the expected value of the largest number drawn", [max(h) for h in hands]),
            ("the expected value of the smallest number drawn", [min(h) for h in hands]),
            ("the expected difference between the largest and the smallest number drawn",
             [max(h) - min(h) for h in hands]),
            (f"the probability that the sum is divisible by {divisor}",
             [int(sum(h) % divisor == 0) for h in hands]),
            (f"the probability that no two numbers are consecutive and none exceeds {limit}",
             [int(max(h) <= limit and all(b - a > 1 for a, b in pairwise(h)))
              for h in hands]),
        )
    )  # fmt: skip
    question = (
        f"From cards numbered 1 to {n}, {k} cards are drawn at random without replacement. What is "
        f"{what}? Give an exact fraction or integer."
    )
    value = Fraction(sum(values), len(hands))
    work = f"Averaging over all {len(hands)} equally likely draws gives {plain(value)}."
    return number(draw, question, value, work)


FAMILIES = (Family("probability", (_one_draw, _two_draws, _dice, _bayes, _committee_value)),)

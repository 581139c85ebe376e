"""Word problems: speeds, work rates, percentages, mixtures and interest."""

from fractions import Fraction

from pipeline.sources.sample.draw import Draw, decimal, plain
from pipeline.sources.sample.items import Family, Item, measured, number
from pipeline.sources.sample.words import GOODS, NAMES, TOWNS


def _distance(draw: Draw) -> Item:
    v, t = draw.integer(4, 30) * 3, draw.integer(2, 9)
    town, name = draw.pick(TOWNS), draw.pick(NAMES)
    question, value = draw.pick(
        (
            (
                f"A bus drives to {town} at a steady {v} km/h and needs {t} hours. How far is "
                "it, in km?", v * t),
            (
                f"{name} drives {v * t} km to {town} in {t} hours. What is the average speed in "
                "km/h?", v),
            (f"It is {v * t} km to {town}. How many hours does a lorry need at {v} km/h?", t),
        )
    )  # fmt: skip
    return number(draw, question, value, f"{v} km/h * {t} h = {v * t} km.")


def _meeting(draw: Draw) -> Item:
    u, v, t = draw.integer(8, 20) * 5, draw.integer(8, 20) * 5, Fraction(draw.integer(3, 12), 2)
    a, b = draw.sample(TOWNS, 2)
    d = (u + v) * t
    what, value = draw.pick(
        (
            ("After how many hours do they meet?", t),
            (f"How far from {a} do they meet, in km?", u * t),
        )
    )
    question = (
        f"{a} and {b} are {plain(d)} km apart. At the same moment one train leaves {a} for {b} at "
        f"{u} km/h and another leaves {b} for {a} at {v} km/h. {what}"
    )
    work = f"They close in at {u + v} km/h and meet after {plain(t)} h."
    return number(draw, question, value, work)


def _together(draw: Draw) -> Item:
    a, b = draw.sample(range(3, 19), 2)
    first, second = draw.sample(NAMES, 2)
    value = Fraction(a * b, a + b)
    question = draw.pick(
        (
            f"{first} paints a fence in {a} hours, {second} in {b} hours. How many hours do "
            "they need together? Give an exact fraction or integer.",
            f"One printer needs {a} minutes for a job, another {b} minutes. How many "
            "minutes do both need when they share the job? Give an exact fraction or "
            "integer.",
        )
    )
    return number(draw, question, value, f"1 / (1/{a} + 1/{b}) = {plain(value)}.")


def _leak(draw: Draw) -> Item:
    a, b, c = draw.integer(3, 9), draw.integer(4, 12), draw.integer(13, 30)
    share = Fraction(draw.integer(1, 3), 4)
    value = share / (Fraction(1, a) + Fraction(1, b) - Fraction(1, c))
    question = (
        f"Two taps fill a tank in {a} and {b} hours, when each runs alone; a leak would "
        f"empty the full tank in {c} hours. With both taps open and the leak present, how "
        f"many hours does it take to fill {plain(share)} of the empty tank? Give an exact "
        "fraction or integer."
    )
    return number(
        draw, question, value, f"Rate 1/{a} + 1/{b} - 1/{c} per hour; {plain(value)} hours."
    )


def _legs(draw: Draw) -> Item:
    lengths = [draw.integer(2, 9) * 10 for _ in range(3)]
    speeds = draw.sample((20, 24, 30, 36, 40, 45, 48, 60, 72, 80, 90), 3)
    rest = Fraction(draw.integer(0, 3), 4)
    hours = sum((Fraction(d, v) for d, v in zip(lengths, speeds, strict=True)), rest)
    name = draw.pick(NAMES)
    pause = f", with breaks of {plain(rest * 60)} minutes in total" if rest else ""
    question = (
        f"{name} drives {lengths[0]} km at {speeds[0]} km/h, then {lengths[1]} km at "
        f"{speeds[1]} km/h and finally {lengths[2]} km at {speeds[2]} km/h{pause}. What is "
        "the average speed over the whole trip in km/h (breaks count as time)? Give an "
        "exact fraction or integer."
    )
    value = sum(lengths) / hours
    return number(
        draw, question, value, f"{sum(lengths)} km in {plain(hours)} h: {plain(value)} km/h."
    )


def _discount(draw: Draw) -> Item:
    price, percent = draw.integer(3, 40) * 20, draw.pick((5, 10, 15, 20, 25, 30, 35, 40, 45))
    goods = draw.pick(GOODS)
    off = Fraction(price * percent, 100)
    question, value = draw.pick(
        (
            (
                f"A crate of {goods} costs {price} dollars. It is reduced by {percent} %. What "
                "is the new price in dollars?", price - off),
            (f"What is {percent} % of {price}?", off),
            (
                f"A price of {price} euros rises by {percent} %. What is it after the rise, in "
                "euros?", price + off),
        )
    )  # fmt: skip
    return number(draw, question, value, f"{percent} % of {price} is {plain(off)}.")


def _two_changes(draw: Draw) -> Item:
    price, up, down = draw.integer(2, 30) * 100, draw.integer(1, 8) * 5, draw.integer(1, 8) * 5
    value = Fraction(price * (100 + up) * (100 - down), 10_000)
    town = draw.pick(TOWNS)
    question = draw.pick(
        (
            f"The rent of a hall in {town} is {price} euros. It rises by {up} % and later falls by "
            f"{down} %. What is the rent in the end, in euros?",
            f"A share worth {price} euros first gains {up} % and then loses {down} % of its value. "
            "What is it worth afterwards, in euros? Give the exact value.",
        )
    )
    answer = decimal(value, 2).rstrip("0").rstrip(".")
    work = f"{price} * {100 + up}/100 * {100 - down}/100 = {answer}."
    return measured(draw, question, answer, work)


def _reverse_percent(draw: Draw) -> Item:
    original, percent = draw.integer(12, 90) * 20, draw.pick((5, 10, 15, 20, 25, 30, 40))
    down = draw.chance(1, 2)
    final = Fraction(original * (100 - percent if down else 100 + percent), 100)
    goods = draw.pick(GOODS)
    change = f"a discount of {percent} %" if down else f"adding {percent} % tax"
    question = draw.pick(
        (
            f"After {change}, a lot of {goods} costs {plain(final)} dollars. What did it "
            "cost before?",
            f"{plain(final)} dollars is the price of a lot of {goods} after {change}. Find "
            "the price without that change.",
        )
    )
    factor = plain(Fraction(100 - percent if down else 100 + percent, 100))
    return number(draw, question, original, f"{plain(final)} / ({factor}) = {original}.")


def _mixture(draw: Draw) -> Item:
    low, high = draw.integer(2, 8) * 5, draw.integer(10, 18) * 5
    a, b = draw.integer(2, 15), draw.integer(2, 15)
    target = Fraction(a * low + b * high, a + b)
    question, value = draw.pick(
        (
            (
                f"{a} litres of a {low} % solution are mixed with {b} litres of a {high} % "
                "solution. What is the concentration of the mixture in percent? Give an exact "
                "fraction or integer.", target),
            (
                f"How many litres of a {high} % acid must be added to {a} litres of a {low} % "
                f"acid to get an acid of exactly {plain(target)} %?", Fraction(b)),
        )
    )  # fmt: skip
    work = f"Acid: {a} * {low} % + {b} * {high} % over {a + b} litres is {plain(target)} %."
    return number(draw, question, value, work)


def _interest(draw: Draw) -> Item:
    capital, rate, years = draw.integer(2, 40) * 500, draw.integer(3, 16), draw.integer(3, 6)
    deposit = draw.integer(1, 6) * 100
    balance = Fraction(capital)
    for _ in range(years):
        balance = balance * (1 + Fraction(rate, 200)) + deposit
    name = draw.pick(NAMES)
    question = (
        f"{name} opens an account with {capital} dollars. At the end of each year "
        f"{rate / 2:g} % interest is credited and then {name} pays in another {deposit} "
        f"dollars. What is the balance right after the payment at the end of year {years}? "
        "Compute without rounding in between and round the result to two decimals."
    )
    work = f"Apply b -> b * (1 + {rate / 2:g}/100) + {deposit} for {years} years, from {capital}."
    return measured(draw, question, decimal(balance, 2), work)


FAMILIES = (
    Family("rates", (_distance, _meeting, _together, _leak, _legs)),
    Family("percentages", (_discount, _two_changes, _reverse_percent, _mixture, _interest)),
)

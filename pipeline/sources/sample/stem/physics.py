"""Physics with given constants: motion, circuits, heat, waves and optics."""

from fractions import Fraction

from pipeline.sources.sample.draw import Draw, decimal, plain
from pipeline.sources.sample.items import Family, Item, measured, number, scaled

_G = Fraction(98, 10)
_ROUND = "Round to two decimals."


def _speed_up(draw: Draw) -> Item:
    a, t, u = Fraction(draw.integer(4, 40), 10), draw.integer(2, 15), draw.integer(0, 12)
    thing = draw.pick(("car", "tram", "cyclist", "boat"))
    question = (
        f"A {thing} moving at {u} m/s accelerates uniformly at {float(a):g} m/s^2 for {t} "
        f"s. What is its speed afterwards, in m/s? {_ROUND}"
    )
    value = decimal(u + a * t, 2)
    return measured(draw, question, value, f"v = {u} + {float(a):g} * {t} = {value} m/s.")


def _free_fall(draw: Draw) -> Item:
    t = Fraction(draw.integer(5, 60), 10)
    question = draw.pick(
        (
            f"A stone is dropped from rest and falls for {float(t):g} s without air resistance "
            f"(g = 9.8 m/s^2). How far does it fall, in metres? {_ROUND}",
            "How deep is a dry well, in metres, if a pebble dropped from rest hits the "
            f"bottom after {float(t):g} s? Take g = 9.8 m/s^2 and ignore air and the travel "
            f"of sound. {_ROUND}",
        )
    )
    value = decimal(_G * t * t / 2, 2)
    return measured(draw, question, value, f"s = g t^2 / 2 = {value} m.")


def _braking(draw: Draw) -> Item:
    v, mu = draw.integer(10, 40), Fraction(draw.integer(20, 90), 100)
    reaction = Fraction(draw.integer(5, 20), 10)
    question = (
        f"A car drives at {v} m/s. The driver reacts after {float(reaction):g} s and then "
        f"brakes with locked wheels; the friction coefficient is {float(mu):g} and g = 9.8 "
        "m/s^2. What distance in metres does the car cover from the moment the hazard "
        f"appears until it stops? {_ROUND}"
    )
    value = decimal(v * reaction + Fraction(v * v) / (2 * mu * _G), 2)
    return measured(draw, question, value, f"s = v t + v^2 / (2 mu g) = {value} m.")


def _two_phases(draw: Draw) -> Item:
    a, b = Fraction(draw.integer(5, 30), 10), Fraction(draw.integer(5, 30), 10)
    t, cruise = draw.integer(4, 20), draw.integer(10, 90)
    v = a * t
    question = (
        f"A train starts from rest with acceleration {float(a):g} m/s^2 for {t} s, keeps "
        f"its speed for {cruise} s and then brakes uniformly at {float(b):g} m/s^2 to a "
        f"halt. What distance does it cover in all, in metres? {_ROUND}"
    )
    value = decimal(v * t / 2 + v * cruise + v * v / (2 * b), 2)
    work = f"Top speed {float(v):g} m/s; the three phases add up to {value} m."
    return measured(draw, question, value, work)


def _collision(draw: Draw) -> Item:
    m, n = draw.sample(range(1, 16), 2)
    u, v = draw.integer(3, 20), draw.integer(1, 20)
    toward = draw.chance(1, 2)
    p = m * u + (-n * v if toward else n * v)
    lost = Fraction(m * u * u + n * v * v, 2) - Fraction(p * p, 2 * (m + n))
    way = "in the opposite direction" if toward else "in the same direction"
    question = (
        f"A trolley of {m} kg at {u} m/s collides with a trolley of {n} kg that moves {way} "
        f"at {v} m/s. They stick together. How much kinetic energy is lost, in joules? Give "
        "an exact fraction or integer."
    )
    if not toward and u <= v:
        return _collision(draw)
    return number(
        draw, question, lost, f"Momentum {p} kg m/s is kept; the loss is {plain(lost)} J."
    )


def _parallel(values: list[Fraction]) -> Fraction:
    return 1 / sum((1 / value for value in values), Fraction(0))


def _circuit(draw: Draw, level: int) -> Item:
    ohms = draw.integers(max(2, level), 2, 24)
    listing = ", ".join(map(str, ohms[:-1])) + f" and {ohms[-1]} ohm"
    exact = [Fraction(value) for value in ohms]
    volts = draw.integer(3, 24)
    if level == 1:
        text = (
            f"Resistors of {listing} are connected in series. What is the total resistance in ohms?"
        )
        return number(draw, text, sum(exact, Fraction(0)), "Resistances in series add.")
    if level <= 3:
        total = _parallel(exact)
        text = f"Resistors of {listing} are connected in parallel."
        ask, value = draw.pick(
            (
                ("What is the total resistance in ohms?", total),
                (
                    f"They are fed with {volts} V. What is the total current in amperes?",
                    volts / total,
                ),
            )
        )
    else:
        first, *rest = exact
        total = first + _parallel(rest)
        others = f"{', '.join(map(str, ohms[1:-1]))} and {ohms[-1]} ohm"
        text = f"A resistor of {ohms[0]} ohm is in series with a parallel group of {others}."
        ask, value = draw.pick(
            (
                (
                    f"The source gives {volts} V. What current flows through the source, in "
                    "amperes?", volts / total),
                (
                    f"The source gives {volts} V. What is the voltage across the parallel "
                    "group, in volts?",
                 volts - first * volts / total),
                (
                    f"At {volts} V, what power does the whole circuit take, in watts?",
                    volts * volts / total),
            )
        )  # fmt: skip
    question = f"{text} {ask} Give an exact fraction or integer."
    return number(draw, question, value, f"The total resistance is {plain(total)} ohm.")


_HEAT = {"water": 4186, "aluminium": 897, "copper": 385, "iron": 449, "ethanol": 2440}


def _heat(draw: Draw, level: int) -> Item:
    name = draw.pick(tuple(_HEAT))
    c, m, low = _HEAT[name], Fraction(draw.integer(2, 80), 10), draw.integer(5, 25)
    high = low + draw.integer(8, 50)
    joules = c * m * (high - low)
    given = f"The specific heat capacity of {name} is {c} J/(kg K)."
    if level == 1:
        ask = (
            f"How many kilojoules does it take to heat {float(m):g} kg of {name} from {low} to "
            f"{high} degrees Celsius?"
        )
        value = joules / 1000
    elif level == 2:
        ask = (
            f"By how many kelvin does {float(m):g} kg of {name} warm up when it takes in {high} kJ?"
        )
        value = Fraction(high * 1000) / (c * m)
    elif level == 3:
        power = draw.integer(4, 30) * 100
        ask = (
            f"A heater of {power} W warms {float(m):g} kg of {name} from {low} to {high} "
            "degrees Celsius. How many seconds does it need without losses?")  # fmt: skip
        value = joules / power
    elif level == 4:
        power, percent = draw.integer(4, 30) * 100, draw.integer(10, 19) * 5
        ask = (
            f"A heater takes {power} W and passes {percent} % of it on to {float(m):g} kg of "
            f"{name}. How many seconds does it need to warm it from {low} to {high} degrees "
            "Celsius?")  # fmt: skip
        value = joules * 100 / (power * percent)
    else:
        other = draw.pick([key for key in _HEAT if key != name])
        n, d = Fraction(draw.integer(2, 60), 10), _HEAT[other]
        given += f" That of {other} is {d} J/(kg K)."
        ask = (
            f"{float(m):g} kg of {name} at {low} degrees Celsius and {float(n):g} kg of {other} "
            f"at {high} degrees Celsius are brought together in an insulated box. What is the "
            "final temperature in degrees Celsius?")  # fmt: skip
        value = (c * m * low + d * n * high) / (c * m + d * n)
    text = decimal(value, 2)
    return measured(draw, f"{given} {ask} {_ROUND}", text, f"With Q = c m dT the result is {text}.")


def _wave(draw: Draw, level: int) -> Item:
    f, v = draw.integer(20, 900), draw.pick((330, 340, 343, 1480, 5100))
    if level == 1:
        ask, value = (
            f"A wave of {f} Hz travels at {v} m/s. What is its wavelength in metres?",
            Fraction(v, f),
        )
    elif level == 2:
        t = Fraction(draw.integer(3, 90), 10)
        ask = (
            f"An echo returns {float(t):g} s after a shout. Sound travels at 340 m/s. How far "
            "away is the wall, in metres?"
        )
        value = 340 * t / 2
    elif level == 3:
        focal, distance = draw.integer(5, 20), draw.integer(22, 90)
        ask = (
            f"An object stands {distance} cm in front of a thin converging lens with focal "
            f"length {focal} cm. How far behind the lens is its image, in cm?")  # fmt: skip
        value = 1 / (Fraction(1, focal) - Fraction(1, distance))
    elif level == 4:
        u = draw.integer(10, 45)
        ask = (
            f"An ambulance with a siren of {f} Hz drives towards you at {u} m/s. Sound travels "
            "at 340 m/s. Which frequency do you hear, in Hz?")  # fmt: skip
        value = Fraction(f * 340, 340 - u)
    else:
        mode, cm = draw.integer(2, 5), draw.integer(30, 150)
        tension, mass = draw.integer(2, 30), draw.integer(2, 30)
        ask = (
            f"A string of {cm} cm fixed at both ends has a mass of {mass} g per metre and a "
            f"tension of {tension * tension * mass} mN. What is the frequency of harmonic "
            f"number {mode} (1 is the fundamental), in Hz?")  # fmt: skip
        value = Fraction(mode * tension * 100, 2 * cm)
    text = decimal(value, 2)
    return measured(draw, f"{ask} {_ROUND}", text, f"Inserting the data gives {text}.")


FAMILIES = (
    Family("motion", (_speed_up, _free_fall, _braking, _two_phases, _collision), 6),
    Family("circuits", scaled(_circuit), 6),
    Family("heat", scaled(_heat), 6),
    Family("waves", scaled(_wave), 6),
)

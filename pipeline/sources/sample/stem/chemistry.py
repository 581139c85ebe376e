"""Chemistry: molar masses, amounts of substance, gases, solutions, reaction equations."""

from fractions import Fraction

from pipeline.sources.sample.draw import Draw, decimal
from pipeline.sources.sample.items import Family, Item, choice, measured, number, scaled

_MASS = {"H": Fraction("1.008"), "C": Fraction("12.011"), "N": Fraction("14.007"),
"O": Fraction("15.999"),
         "Na": Fraction("22.990"), "Mg": Fraction("24.305"), "S": Fraction("32.06"),
         "Cl": Fraction("35.45"),
         "K": Fraction("39.098"), "Ca": Fraction("40.078"), "Fe": Fraction("55.845"),
         "Al": Fraction("26.982")}  # fmt: skip
Formula = dict[str, int]
_COMPOUNDS: dict[str, tuple[str, Formula]] = {
    "water": ("H2O", {"H": 2, "O": 1}),
    "carbon dioxide": ("CO2", {"C": 1, "O": 2}),
    "ammonia": ("NH3", {"N": 1, "H": 3}),
    "methane": ("CH4", {"C": 1, "H": 4}),
    "sodium chloride": ("NaCl", {"Na": 1, "Cl": 1}),
    "sulfuric acid": ("H2SO4", {"H": 2, "S": 1, "O": 4}),
    "nitric acid": ("HNO3", {"H": 1, "N": 1, "O": 3}),
    "ethanol": ("C2H6O", {"C": 2, "H": 6, "O": 1}),
    "glucose": ("C6H12O6", {"C": 6, "H": 12, "O": 6}),
    "calcium carbonate": ("CaCO3", {"Ca": 1, "C": 1, "O": 3}),
    "iron(III) oxide": ("Fe2O3", {"Fe": 2, "O": 3}),
    "magnesium chloride": ("MgCl2", {"Mg": 1, "Cl": 2}),
    "potassium nitrate": ("KNO3", {"K": 1, "N": 1, "O": 3}),
    "aluminium oxide": ("Al2O3", {"Al": 2, "O": 3}),
    "calcium hydroxide": ("Ca(OH)2", {"Ca": 1, "O": 2, "H": 2}),
    "ammonium sulfate": ("(NH4)2SO4", {"N": 2, "H": 8, "S": 1, "O": 4}),
    "sucrose": ("C12H22O11", {"C": 12, "H": 22, "O": 11}),
    "urea": ("CO(NH2)2", {"C": 1, "O": 1, "N": 2, "H": 4}),
}
# Balanced equations; the tests count the atoms on both sides.
EQUATIONS: tuple[tuple[tuple[tuple[int, str], ...], tuple[tuple[int, str], ...]], ...] = (
    (((2, "H2"), (1, "O2")), ((2, "H2O"),)),
    (((1, "N2"), (3, "H2")), ((2, "NH3"),)),
    (((1, "CH4"), (2, "O2")), ((1, "CO2"), (2, "H2O"))),
    (((1, "C3H8"), (5, "O2")), ((3, "CO2"), (4, "H2O"))),
    (((2, "C2H6"), (7, "O2")), ((4, "CO2"), (6, "H2O"))),
    (((4, "Fe"), (3, "O2")), ((2, "Fe2O3"),)),
    (((4, "Al"), (3, "O2")), ((2, "Al2O3"),)),
    (((2, "Al"), (6, "HCl")), ((2, "AlCl3"), (3, "H2"))),
    (((4, "NH3"), (5, "O2")), ((4, "NO"), (6, "H2O"))),
    (((1, "Fe2O3"), (3, "CO")), ((2, "Fe"), (3, "CO2"))),
    (((2, "KClO3"),), ((2, "KCl"), (3, "O2"))),
    (((2, "C8H18"), (25, "O2")), ((16, "CO2"), (18, "H2O"))),
    (((1, "C6H12O6"), (6, "O2")), ((6, "CO2"), (6, "H2O"))),
    (((3, "Mg"), (1, "N2")), ((1, "Mg3N2"),)),
    (((2, "Na"), (2, "H2O")), ((2, "NaOH"), (1, "H2"))),
    (((4, "FeS2"), (11, "O2")), ((2, "Fe2O3"), (8, "SO2"))),
)


def molar_mass(formula: Formula) -> Fraction:
    """Grams per mole, from rounded standard atomic weights."""
    return sum((_MASS[element] * count for element, count in formula.items()), Fraction(0))


def _weights(formulas: list[Formula]) -> str:
    elements = dict.fromkeys(element for formula in formulas for element in formula)
    return (
        "Atomic masses in g/mol: " + ", ".join(f"{e} {float(_MASS[e]):g}" for e in elements) + "."
    )


def _amounts(draw: Draw, level: int) -> Item:
    name, (text, formula) = draw.pick(tuple(_COMPOUNDS.items()))
    mass, grams = molar_mass(formula), draw.integer(5, 400)
    if level == 1:
        ask, value = f"What is the molar mass of {name}, {text}, in g/mol?", mass
    elif level == 2:
        ask, value = f"How many moles are {grams} g of {name}, {text}?", grams / mass
    elif level == 3:
        element = draw.pick(tuple(formula))
        ask = f"What is the mass fraction of {element} in {name}, {text}, in percent?"
        value = 100 * _MASS[element] * formula[element] / mass
    elif level == 4:
        element = draw.pick(tuple(formula))
        ask = f"How many grams of {element} are contained in {grams} g of {name}, {text}?"
        value = grams * _MASS[element] * formula[element] / mass
    else:
        other, (second, formula_2) = draw.pick(
            [item for item in _COMPOUNDS.items() if item[0] != name]
        )
        ask = (
            f"A mixture holds {grams} g of {name}, {text}, and as many moles of {other}, "
            f"{second}. What is the total mass of the mixture in grams?")  # fmt: skip
        value = grams + grams / mass * molar_mass(formula_2)
        result = decimal(value, 2)
        question = f"{ask} {_weights([formula, formula_2])} Round to two decimals."
        return measured(
            draw, question, result, f"The amount is {decimal(grams / mass, 4)} mol each."
        )
    result = decimal(value, 2)
    question = f"{ask} {_weights([formula])} Round to two decimals."
    return measured(draw, question, result, f"M = {decimal(mass, 3)} g/mol, which gives {result}.")


def _solutions(draw: Draw, level: int) -> Item:
    c, v = Fraction(draw.integer(2, 40), 10), draw.integer(2, 40) * 10
    w, d = draw.integer(2, 40) * 10, Fraction(draw.integer(2, 40), 20)
    solute = draw.pick(("salt", "sugar", "acid", "dye"))
    if level == 1:
        ask = f"How many millimoles of {solute} are in {v} ml of a {float(c):g} mol/l solution?"
        value = c * v
    elif level == 2:
        ask = (
            f"{v} ml of a {float(c):g} mol/l {solute} solution are filled up with water to "
            f"{v + w} ml. What is the concentration in mol/l?"
        )
        value = c * v / (v + w)
    elif level == 3:
        ask = (
            f"{v} ml of a {float(c):g} mol/l and {w} ml of a {float(d):g} mol/l {solute} "
            "solution are mixed. What is the concentration in mol/l, if volumes add?"
        )
        value = (c * v + d * w) / (v + w)
    elif level == 4:
        acid = draw.pick((("hydrochloric", 1), ("sulfuric", 2), ("phosphoric", 3)))
        ask = (
            f"How many ml of {float(c):g} mol/l sodium hydroxide neutralise {w} ml of "
            f"{float(d):g} mol/l {acid[0]} acid completely (all its protons)?"
        )
        value = acid[1] * d * w / c
    else:
        steps, factor = draw.integer(2, 4), draw.integer(2, 5)
        ask = (
            f"A {float(c):g} mol/l {solute} solution is diluted {steps} times in a row; each "
            f"time one part is made up to {factor} parts. Then {v} ml of it are mixed with {w} "
            "ml of water. What is the final concentration in mmol/l?"
        )
        value = 1000 * c / factor**steps * v / (v + w)
    result = decimal(value, 2)
    return measured(
        draw, f"{ask} Round to two decimals.", result, f"n = c V throughout gives {result}."
    )


def _gases(draw: Draw, level: int) -> Item:
    p, v, t = draw.integer(80, 400), draw.integer(2, 60), draw.integer(250, 420)
    q, w, u = draw.integer(80, 400), draw.integer(2, 60), draw.integer(250, 420)
    gas = draw.pick(("nitrogen", "helium", "argon", "air"))
    if level == 1:
        ask = (
            f"{v} litres of {gas} at {p} kPa are brought to {q} kPa at the same temperature. "
            "What is the volume in litres?"
        )
        value = Fraction(p * v, q)
    elif level == 2:
        ask = (
            f"{v} litres of {gas} at {t} K are brought to {u} K at constant pressure. What is "
            "the volume in litres?"
        )
        value = Fraction(v * u, t)
    elif level == 3:
        ask = (
            f"{v} litres of {gas} at {p} kPa and {t} K are brought to {w} litres and {u} K. "
            "What is the pressure in kPa?"
        )
        value = Fraction(p * v * u, t * w)
    elif level == 4:
        ask = (
            f"How many moles of {gas} are in {v} litres at {p} kPa and {t} K? Treat it as ideal "
            "with R = 8.314 J/(mol K)."
        )
        value = Fraction(p * v) / (Fraction("8.314") * t)
    else:
        ask = (
            f"A vessel of {v} litres with {gas} at {p} kPa is connected to one of {w} litres "
            f"with the same gas at {q} kPa; then both are warmed from {t} K to {t + 40} K. What "
            "is the final pressure in kPa?"
        )
        value = Fraction((p * v + q * w) * (t + 40), (v + w) * t)
    result = decimal(value, 2)
    return measured(draw, f"{ask} Round to two decimals.", result, f"p V = n R T gives {result}.")


def _side(terms: tuple[tuple[int, str], ...], hide: bool) -> str:
    return " + ".join(name if hide or n == 1 else f"{n} {name}" for n, name in terms)


def _equations(draw: Draw, level: int) -> Item:
    left, right = draw.pick(EQUATIONS[: 6 + 2 * level])
    full = f"{_side(left, False)} -> {_side(right, False)}"
    if level == 2:
        bare = f"{_side(left, True)} -> {_side(right, True)}"
        total, name = draw.pick(left + right)
        question = (
            f"Balance {bare} with the smallest whole numbers. Which coefficient stands before "
            f"{name}?"
        )
        wrong = [str(n) for n in range(1, 40) if n != total]
        return choice(
            draw, question, str(total), draw.sample(wrong[: total + 4], 3), f"Balanced: {full}."
        )
    if level == 3:
        bare = f"{_side(left, True)} -> {_side(right, True)}"
        total = sum(n for n, _ in left + right)
        question = (
            f"Balance {bare} with the smallest whole numbers. What is the sum of all "
            "coefficients, ones included?"
        )
        return number(draw, question, total, f"Balanced: {full}.")
    (n, first), (m, second) = draw.pick(left), draw.pick(right)
    moles = draw.integer(2, 24)
    value = Fraction(moles * m, n)
    if level == 1:
        question = (
            f"In the reaction {full}, how many moles of {second} form from {moles} mol of {first}?"
        )
        return number(draw, question, value, f"The ratio {second} : {first} is {m} : {n}.")
    percent = draw.integer(8, 19) * 5
    if level == 4 or len(left) == 1:
        question = (
            f"In the reaction {full}, {moles} mol of {first} react with a yield of {percent} %. "
            f"How many moles of {second} are obtained? Give an exact fraction or integer."
        )
        return number(
            draw, question, value * percent / 100, f"{m}/{n} * {moles} * {percent}/100 mol."
        )
    other = draw.integer(2, 24)
    (a, name_a), (b, name_b) = left
    runs = min(Fraction(moles, a), Fraction(other, b))
    question = (
        f"{moles} mol of {name_a} and {other} mol of {name_b} react as far as possible by "
        f"{full}, with a yield of {percent} %. How many moles of {second} are obtained? Give an "
        "exact fraction or integer."
    )
    work = f"The scarcer reactant is {name_a if runs == Fraction(moles, a) else name_b}."
    return number(draw, question, runs * m * percent / 100, work)


FAMILIES = (
    Family("amounts", scaled(_amounts), 6),
    Family("solutions", scaled(_solutions), 6),
    Family("gases", scaled(_gases), 6),
    Family("reactions", scaled(_equations), 6),
)

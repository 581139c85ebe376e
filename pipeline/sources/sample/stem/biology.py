"""Biology: crosses, sequences, growth; and hand-written concept questions from `concepts.toml`."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from importlib import resources
from itertools import product
from typing import Any

from pipeline.sources.sample.draw import Draw, decimal, plain
from pipeline.sources.sample.items import Family, Item, choice, measured, number, scaled, short

_TRAITS = (("tall", "short"), ("round", "wrinkled"), ("purple", "white"), ("yellow", "green"))
_CODONS = {"ATG": "Met", "TTT": "Phe", "GGC": "Gly", "AAA": "Lys", "TGG": "Trp", "GAT": "Asp",
"CCA": "Pro",
           "CAT": "His", "TAC": "Tyr", "GTT": "Val", "AAC": "Asn", "TGT": "Cys"}  # fmt: skip


def offspring(first: str, second: str) -> Counter[str]:
    """Equally likely genotypes of one gene with full dominance, such as `Aa` from `A` and `a`."""
    return Counter("".join(sorted(a + b)) for a, b in product(first, second))


def _genetics(draw: Draw, level: int) -> Item:
    genes = 1 if level <= 2 else 2 if level == 3 else 3
    letters = "ABD"[:genes]
    parents = [
        [draw.pick((g + g, g + g.lower(), g.lower() * 2)) for g in letters] for _ in range(2)
    ]
    traits = draw.sample(_TRAITS, genes)
    dominant = [draw.chance(1, 2) for _ in letters]
    if level == 2 or level == 4:
        parents = [[g + g.lower() for g in letters], parents[1]]
    value = Fraction(1)
    for gene, want, a, b in zip(letters, dominant, *parents, strict=True):
        good = sum(n for kind, n in offspring(a, b).items() if (gene in kind) == want)
        value *= Fraction(good, 4)
    if value in (0, 1) and level > 1:
        return _genetics(draw, level)
    law = "; ".join(
        f"{g} ({t[0]}) dominates {g.lower()} ({t[1]})" for g, t in zip(letters, traits, strict=True)
    )
    shown = " and ".join(t[0] if want else t[1] for t, want in zip(traits, dominant, strict=True))
    crosses = " x ".join("".join(parent) for parent in parents)
    plants = draw.integer(3, 5)
    given = (
        f"In a pea plant {law}. The genes are inherited independently. Plants are crossed: "
        f"{crosses}."
    )
    if level < 5:
        question = f"{given} What is the probability that an offspring is {shown}?"
        return number(draw, question, value, f"The Punnett squares give {plain(value)}.")
    question = (
        f"{given} What is the probability that at least one of {plants} offspring is {shown}?"
    )
    return number(draw, question, 1 - (1 - value) ** plants, f"1 - (1 - {plain(value)})^{plants}.")


def _dna(draw: Draw, level: int) -> Item:
    strand = "".join(draw.pick("ACGT") for _ in range(5 + 3 * level))
    pairs = str.maketrans("ACGT", "TGCA")
    if level == 1:
        answer = strand.translate(pairs)
        question = (
            f"Write the complementary DNA strand to {strand}, base by base in the same order."
        )
    elif level == 2:
        answer = strand.replace("T", "U")
        question = f"A gene's coding strand reads {strand}. Write the mRNA with the same sequence."
    elif level == 3:
        answer = strand.translate(pairs)[::-1]
        question = f"Give the reverse complement of the DNA sequence {strand}."
    elif level == 4:
        percent = draw.integer(11, 39)
        question = (
            f"In a double-stranded DNA molecule {percent} % of the bases are adenine. The "
            f"molecule has {draw.integer(3, 90) * 100} base pairs. What percentage of its "
            "bases is guanine?"
        )
        return number(
            draw, question, 50 - percent, f"A = T = {percent} %, so G = C = {50 - percent} %."
        )
    else:
        codons = ["ATG", *draw.sample(tuple(_CODONS), 5)]
        table = ", ".join(f"{codon} {name}" for codon, name in sorted(_CODONS.items()))
        question = (
            f"Translate the coding strand {''.join(codons)}TAA, which starts with ATG and "
            f"ends with a stop codon, into amino acids (joined by hyphens). Codons: {table}."
        )
        answer = "-".join(_CODONS[codon] for codon in codons)
    return short(draw, question, answer, "Working base by base gives the sequence.")


def _growth(draw: Draw, level: int) -> Item:
    start, minutes = draw.integer(2, 60) * 10, draw.pick((15, 20, 30, 40))
    n = draw.integer(3, 8)
    if level == 1:
        question = (
            f"A culture of {start} bacteria doubles every {minutes} minutes. How many are there "
            f"after {n * minutes} minutes?"
        )
        return number(draw, question, start * 2**n, f"{n} doublings of {start}.")
    if level == 2:
        years = draw.integer(3, 30)
        question = (
            f"A tracer has a half-life of {years} days. What fraction of it is left after "
            f"{n * years} days?"
        )
        return number(draw, question, Fraction(1, 2**n), f"{n} half-lives leave (1/2)^{n}.")
    if level == 3:
        kilo, percent = draw.integer(4, 90) * 1000, draw.pick((5, 8, 10, 12, 15, 20))
        question = (
            f"Producers of a food chain bind {kilo} kJ. {percent} % of the energy passes on at "
            "each step. How many kJ reach the third-level consumers (producers, then first, "
            "second and third level)? Round to two decimals."
        )
        value = decimal(Fraction(kilo * percent**3, 10**6), 2)
        return measured(draw, question, value, f"{kilo} * ({percent}/100)^3 = {value} kJ.")
    if level == 4:
        marked, caught = draw.integer(20, 90), draw.integer(30, 120)
        again = draw.integer(4, 18)
        question = (
            f"{marked} fish of a lake are marked and released. Later {caught} fish are caught, "
            f"{again} of them marked. Estimate the population by the ratio of marked fish. Give "
            "an exact fraction or integer."
        )
        return number(
            draw, question, Fraction(marked * caught, again), f"{marked} * {caught} / {again}."
        )
    share = Fraction(draw.integer(1, 9), 10)
    people = draw.integer(2, 40) * 500
    question = (
        f"In a population of {people} in Hardy-Weinberg equilibrium the recessive allele has "
        f"frequency {float(share):g}. How many individuals are expected to be heterozygous?"
    )
    return number(
        draw, question, 2 * share * (1 - share) * people, "2pq times the population size."
    )


@cache
def concepts() -> list[dict[str, Any]]:
    """Concept questions of `concepts.toml`, each with level, question, right, wrong and why."""
    text = resources.files(__package__).joinpath("concepts.toml").read_text(encoding="utf-8")
    questions: list[dict[str, Any]] = tomllib.loads(text)["question"]
    return questions


def concept_groups() -> Iterator[tuple[str, int, Iterator[Item]]]:
    """(file, most rows, items): every concept question once, by level, for `rows.item_rows`."""
    for level in range(1, 6):
        file = f"stem/concepts/level_{level}"
        chosen = [entry for entry in concepts() if entry["level"] == level]
        yield file, len(chosen), (_concept(file, entry) for entry in chosen)


def _concept(file: str, entry: dict[str, Any]) -> Item:
    draw = Draw(file, entry["ask"])
    return choice(draw, entry["ask"], entry["right"], entry["wrong"], entry["why"])


FAMILIES = (
    Family("genetics", scaled(_genetics), 6),
    Family("dna", scaled(_dna), 6),
    Family("populations", scaled(_growth), 6),
)

"""Copies of suite items, disguised: what a training set may hold without anybody's intent.

Seeded; every kind of disguise is a function of a text and a source of chances.
"""

import random
import re
from collections.abc import Callable

import polars as pl

Disguise = Callable[[str, random.Random], str]

INSTRUCTIONS = (
    "Please output the final answer within \\boxed{}.",
    "Let's think step by step and output the final answer within \\boxed{}.",
    "Explain your reasoning in detail and then state the result on the last line.",
    "Answer in at most 150 words, and do not use a calculator.",
    "You will be graded on correctness only, so check your work twice before you answer.",
    "Respond in JSON with the keys reasoning and answer, where answer is a string.",
    "Think carefully. Wrong answers cost 2 points, right answers earn 5.",
)
PREAMBLES = (
    "Solve the following problem.",
    "You are a careful assistant who never skips a step. Here is your task:",
    "Question 17 (6 marks):",
    "I need help with my homework, this is what it says:",
)
SYNONYMS = (
    ("find", "determine"),
    ("compute", "calculate"),
    ("how many", "what number of"),
    ("suppose", "assume"),
    ("let", "take"),
    ("each", "every"),
    ("write", "create"),
    ("return", "give back"),
    ("total", "overall"),
    ("also", "additionally"),
)
_CODE = re.compile(r"\bdef\s+(\w+)\s*\(([^)]*)\)")
# Words between two prices are no formula.
_MONEY = re.compile(r"(?<!\\)\b[a-z]{3,}\b[^\\]*\b[a-z]{3,}\b")
_MATHS = re.compile(r"(\$+)([^$]+)\1")


def cased(text: str, chance: random.Random) -> str:
    """Another case: all of it, or word by word."""
    way = chance.choice(("lower", "upper", "swapcase", "title", "random"))
    if way != "random":
        return str(getattr(text, way)())
    return " ".join(w.upper() if chance.random() < 0.3 else w for w in text.split(" "))


def spaced(text: str, chance: random.Random) -> str:
    """Other white space between words."""
    parts = re.split(r"\s+", text.strip())
    gaps = (" ", " ", "  ", "\n", "\t", " \n ", "\u00a0", "\r\n")
    return "".join(part + chance.choice(gaps) for part in parts)


def typeset(text: str, chance: random.Random) -> str:
    """Other LaTeX for the same formula; text without a formula gets other quotation marks."""

    def formula(match: re.Match[str]) -> str:
        if _MONEY.search(match[2]):
            return match[0]
        body = match[2].replace("\\frac", chance.choice(("\\frac", "\\dfrac", "\\tfrac")))
        left, right = chance.choice((("(", ")"), ("\\left(", "\\right)"), ("\\bigl(", "\\bigr)")))
        if "\\left" not in body and "\\big" not in body:
            body = body.replace("(", left).replace(")", right)
        body = re.sub(r" ?([=+<>]) ?", chance.choice((r"\1", r" \1 ", r" \\, \1 \\; ")), body)
        body = re.sub(r"\\leq(?![a-z])", r"\\le", body).replace(
            "\\cdot", chance.choice(("\\cdot", "\\times"))
        )
        left, right = chance.choice((("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$")))
        return f"{left}{chance.choice(('', ' ', chr(92) + '!'))}{body}{right}"

    changed = _MATHS.sub(formula, text)
    return changed if changed != text else text.replace("'", "\u2019").replace('"', "\u201d")


def renamed(text: str, chance: random.Random) -> str:
    """Other names of variables: letters of formulas, or functions and parameters of code."""
    names = [name for found in _CODE.findall(text) for name in (found[0], *_parameters(found[1]))]
    if names:
        new = {
            name: f"{chance.choice(('foo', 'bar', 'arg', 'val'))}_{i}"
            for i, name in enumerate(names)
        }
        pattern = rf"\b({'|'.join(map(re.escape, new))})\b"
        return re.sub(pattern, lambda m: new[m[1]], text)
    plain = [chr(c) for c in range(ord("b"), ord("z") + 1) if c != ord("i")]
    shuffled = plain[:]
    chance.shuffle(shuffled)
    to = dict(zip(plain, shuffled, strict=True))
    to |= {k.upper(): v.upper() for k, v in to.items()}

    def formula(match: re.Match[str]) -> str:
        if _MONEY.search(match[2]):
            return match[0]
        # Points have several capitals in a row, such as the triangle ABC.
        letters = re.compile(r"(?<![A-Za-z\\])(?:[a-z]|[A-Z]+)(?![A-Za-z])")
        swap = letters.sub(lambda m: "".join(to.get(c, c) for c in m[0]), match[2])
        return f"{match[1]}{swap}{match[1]}"

    return _MATHS.sub(formula, text)


def _parameters(signature: str) -> list[str]:
    plain = re.sub(r"\[[^\]]*\]+", "", signature)
    return [m[1] for part in plain.split(",") if (m := re.match(r"\s*([A-Za-z]\w*)", part))]


def instructed(text: str, chance: random.Random) -> str:
    """An instruction after, before, or on both sides."""
    way = chance.choice(("after", "after", "before", "both"))
    before = chance.choice(PREAMBLES) + chance.choice((" ", "\n\n")) if way != "after" else ""
    after = chance.choice((" ", "\n\n")) + chance.choice(INSTRUCTIONS) if way != "before" else ""
    return f"{before}{text.strip()}{after}"


def reworded(text: str, chance: random.Random) -> str:
    """A word or two that mean the same."""
    pairs = [pair for pair in SYNONYMS if re.search(rf"\b{pair[0]}\b", text, re.I)]
    for old, new in chance.sample(pairs, min(2, len(pairs))):
        text = re.sub(rf"\b{old}\b", new, text, count=1, flags=re.I)
    return text


def unicode_spelt(text: str, chance: random.Random) -> str:
    """The characters that a PDF or a phone would give, and formulas without their dollars."""
    pairs = (
        ("^2", "²"),
        ("\\leq", "≤"),
        ("\\geq", "≥"),
        ("\\times", "×"),
        ("\\pi", "π"),
        ("-", "−"),
    )
    for old, new in chance.sample(pairs, 4):
        text = text.replace(old, new) if "slant" not in text else text
    return text.replace("$", "") if chance.random() < 0.5 else text


# What must be found, always.
LIGHT: dict[str, tuple[Disguise, ...]] = {
    "copy": (),
    "case": (cased,),
    "space": (spaced,),
    "latex": (typeset,),
    "names": (renamed,),
    "instruction": (instructed,),
    "latex+names": (typeset, renamed),
    "case+instruction": (cased, instructed),
    "names+instruction+space": (renamed, instructed, spaced),
    "latex+names+case+space": (renamed, typeset, cased, spaced),
    "all": (renamed, typeset, instructed, cased, spaced),
}
# Further from the item: found mostly.
REWORDED: dict[str, tuple[Disguise, ...]] = {
    "unicode": (unicode_spelt,),
    "words": (reworded,),
    "words+instruction": (reworded, instructed),
    "words+all": (renamed, typeset, reworded, instructed, cased, spaced),
}


def plants(
    references: pl.DataFrame,
    count: int,
    seed: int,
    kinds: dict[str, tuple[Disguise, ...]] = LIGHT,
) -> pl.DataFrame:
    """Disguised copies of items drawn at random, all kinds alike.

    Args:
        references: Table `ReferenceTexts`.
        count: Copies.
        seed: Of every choice.
        kinds: Disguises by name.

    Returns:
        Columns problem_id, messages, kind, suite, item.
    """
    chance = random.Random(seed)
    suites = sorted(references["suite"].unique())
    by_suite = {s: references.filter(pl.col("suite") == s).sort("item").rows() for s in suites}
    rows = []
    for number in range(count):
        kind = list(kinds)[number % len(kinds)]
        suite, item, text = chance.choice(by_suite[suites[chance.randrange(len(suites))]])
        for disguise in kinds[kind]:
            text = disguise(text, chance)
        message = [{"role": "user", "content": text}]
        rows.append((f"{seed % 2**24:06x}{number:010x}", message, kind, suite, item))
    names = ["problem_id", "messages", "kind", "suite", "item"]
    return pl.DataFrame(rows, schema=names, orient="row")

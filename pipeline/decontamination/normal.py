r"""One spelling of a text: what two copies share although their bytes differ.

Texts come in, texts go out: Unicode's compatibility form, lower case, no instruction frames, LaTeX
fractions as `a / b`, thousands without commas. Numbers stay: another number is another problem.
"""

import html
import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

HERE = Path(__file__).parent
_TOKEN_GAP = r"\s+"
# Soft hyphens, joiners, marks of direction and the like: nobody sees them.
_INVISIBLE = r"\p{Cf}"
# The compatibility form would make 52 of five squared, and 21 halves of two and a half.
_RAISED = (("([⁰¹²³⁴-⁹]+)", "^$1"), ("([₀-₉]+)", "_$1"), ("([¼-¾⅐-⅞])", " $1"))
_ENCODED = r"&(?:[a-zA-Z]+\d*|#x?[\da-fA-F]+);|\\[\\\"]|\\n(?:\\n|[ A-Z\d#>-])"
# LaTeX has words that begin with \n, so more is needed to take it for the end of a line.
_ESCAPED = re.compile(r"\\[\\\"]|\\n(?:\\n|[ A-Z\d#>-])")
# Replaced one after another. Polars' expressions have no look-around.
_REWRITES = (
    # Stars around words are no products; twice, since neighbours share the blank between them.
    *[(r"(^|[\s(\"'])\*{1,3}(\pL[^*\n]*)\*{1,3}([\s.,:;?!)\"']|$)", "$1$2$3")] * 2,
    (r">>>", " "),
    (r"(?m)^[ \t]*>[> \t]*", ""),
    (r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", " $1 / $2 "),
    (r"\\[dtc]?frac\s*(\d)\s*(\d)", " $1 / $2 "),
    (r"\{,\}", ""),
    (r"\\[,;:!>\[\]()]", " "),
    (r"(^|[\s$=<>~+*/:-])([1-9]\d{0,2}),(\d{3}),(\d{3})([^\d,]|$)", "$1$2$3$4$5"),
    (r"(^|[\s$=<>~+*/:-])([1-9]\d{0,2}),(\d{3})([^\d,]|$)", "$1$2$3$4"),
)
# A triangle ABC may be called PQR in a copy.
_POINTS = r"\b([A-Z])([A-Z])([A-Z])?([A-Z])?([A-Z])?\b"
_LEAST_POINTS = 3
_SIGNATURE = re.compile(r"\bdef\s+(\w+)\s*\(([^)]*)\)")
_BRACKETED = re.compile(r"\[[^\[\]]*\]")
_PARAMETER = re.compile(r"\s*\*{0,2}([^\W\d]\w*)\s*(?=[:=,]|$)")


@cache
def vocabulary() -> dict[str, Any]:
    """The words of `vocabulary.toml`."""
    return tomllib.loads((HERE / "vocabulary.toml").read_text(encoding="utf-8"))


@cache
def _frames() -> str:
    patterns = tomllib.loads((HERE / "frames.toml").read_text(encoding="utf-8"))["patterns"]
    return "|".join(f"(?:{pattern.replace(' ', _TOKEN_GAP)})" for pattern in patterns)


def normalised(texts: pl.Series) -> pl.Series:
    """Texts in the one spelling, in the order given."""
    text = _decoded(texts.rename("text").fill_null(""))
    text = _compatible(text).str.to_lowercase().str.replace_all(_frames(), "\n")
    for pattern, replacement in _REWRITES:
        text = text.str.replace_all(pattern, replacement)
    return text


def _decoded(text: pl.Series) -> pl.Series:
    """Texts that came as they stand in a web page or in JSON, as they read."""
    rows = text.str.contains(_ENCODED).arg_true()
    if not len(rows):
        return text
    decoded = [_unescaped(html.unescape(one)) for one in text.gather(rows).to_list()]
    return text.clone().scatter(rows, decoded)


def _unescaped(text: str) -> str:
    if not _ESCAPED.search(text):
        return text
    try:
        return str(json.loads(f'"{text}"'))
    except json.JSONDecodeError:
        return text  # LaTeX, or code with strings in it


def _compatible(text: pl.Series) -> pl.Series:
    """Compatibility form and plain characters; most texts are ASCII and pass as they are."""
    beyond = text.str.len_bytes() != text.str.len_chars()
    if not beyond.any():
        return text
    characters = vocabulary()["characters"]
    chosen = text.filter(beyond).str.replace_all(_INVISIBLE, "")
    for pattern, replacement in _RAISED:
        chosen = chosen.str.replace_all(pattern, replacement)
    chosen = chosen.str.normalize("NFKC")
    # Twice: what the form takes apart may be one of the characters.
    chosen = chosen.str.replace_many(list(characters), list(characters.values()))
    return text.scatter(beyond.arg_true(), chosen)


def points_apart(texts: pl.Series) -> pl.Series:
    """Texts with the capitals of names such as ABC apart, so that each counts as a variable.

    Args:
        texts: As they came, in their own case.

    Returns:
        Null for texts with fewer than three such names, and for shouted ones.
    """
    capitals = texts.str.count_matches(r"[A-Z]")
    small = texts.str.count_matches(r"[a-z]")
    several = texts.str.count_matches(_POINTS) >= _LEAST_POINTS
    frame = pl.DataFrame({"text": texts, "apart": several & (capitals < small)})
    apart = pl.col("text").str.replace_all(_POINTS, "$1 $2 $3 $4 $5")
    return frame.select(pl.when("apart").then(apart)).to_series()


def without_names(text: pl.Series) -> tuple[pl.Series, list[str]]:
    """Code with the names of its functions and parameters replaced, and those names.

    Args:
        text: Normalised texts.

    Returns:
        The texts with `v` for each name that a `def` introduces, and per text the names; an empty
        string where there are none.
    """
    rows = text.str.contains(r"\bdef\s").arg_true()
    names = [""] * len(text)
    if not len(rows):
        return text, names
    renamed = []
    for row, code in zip(rows.to_list(), text.gather(rows).to_list(), strict=True):
        found = declared(code)
        names[row] = ",".join(found)
        # Parentheses part the placeholder from what it stood against.
        pattern = rf"\b(?:{'|'.join(map(re.escape, found))})\b"
        renamed.append(re.sub(pattern, "v", code) if found else code)
    return text.clone().scatter(rows, renamed), names


def declared(code: str) -> list[str]:
    """Names of functions and of their parameters, in order, each once."""
    found: dict[str, None] = {}
    for function, parameters in _SIGNATURE.findall(code):
        found[function] = None
        for part in _BRACKETED.sub("", _BRACKETED.sub("", parameters)).split(","):
            match = _PARAMETER.match(part)
            if match:
                found[match[1]] = None
    return list(found)

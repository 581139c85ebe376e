import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.decontamination.normal import declared, points_apart
from pipeline.decontamination.tokens import tokenised

WORDS = st.lists(
    st.sampled_from(["find", "x", "12", "3.5", "apples", "+", "=", "\\alpha", "ABC", "漢", "été"]),
    min_size=1,
    max_size=12,
)


def words_of(text: str, *, canonical: bool = False) -> list[int]:
    tokens = tokenised(pl.Series("text", [text]))
    return (tokens.canonical if canonical else tokens.plain).tolist()


SAME = [
    (r"Find $\left(\dfrac{1}{2}\right)$, please.", r"find  \[ ( \frac {1} {2} ) \] PLEASE"),
    (r"\frac12 of it", "1/2 of it"),
    ("It costs $1,000,000.", "it costs 1000000"),
    (r"$n=50{,}000$", "n = 50,000"),
    ("x² ≤ π", r"x^2 \le \pi"),
    ("5² is 2½ of a₁₂", r"5^2 is 2 1/2 of a_{12}"),
    ("If 3 &lt; x &amp;&nbsp;y &ge; &#52;", "If 3 < x & y ≥ 4"),
    (r"He says \"no\".\n\nWhy?", 'He says "no".\n\nWhy?'),
    (r"Is $n \\neq \\nu$ or\n\nnot?", "Is $n \\neq \\nu$ or\n\nnot?"),
    (r"Is $n \neq \nu \nabla$?", r"is n != \nu \nabla ?"),
    ("**Find** *all* of *the three* roots of 2 * x.", "find all of the three roots of 2 * x."),
    ("> One line\n> and two\n>> and three", "one line and two and three"),
    ("[INST] Why? [/INST]", "<|im_start|>user\nWhy?<|im_end|>"),
    ("ap\u00adples and p\u200bears", "apples and pears"),
    (r"It costs \[1,000\].", r"It costs \(1000\)."),
    ("2x+1", "2 x + 1"),
    (r"a \, < \; b", "a<b"),
    (r"a\times b \cdot 5\,\text{cm}", "a * b · 5 cm"),
    ("ﬁnd ½", "find 1/2"),
    ("漢字です", "漢 字 で す"),
    ("What is 3+4? Please output the final\nanswer within \\boxed{}.", "what is 3 + 4"),
]
OTHER = [
    ("Janet has 3 apples", "Janet has 4 apples"),
    ("x + 1", "x - 1"),
    ("3.5 metres", "35 metres"),
    ("multiply", "divide"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_text_have_the_same_words(one: str, other: str) -> None:
    assert words_of(one) == words_of(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_numbers_signs_and_words_are_another_text(one: str, other: str) -> None:
    assert words_of(one) != words_of(other)
    assert words_of(one, canonical=True) != words_of(other, canonical=True)


def test_renamed_variables_differ_in_the_words_and_agree_in_the_canonical_ones() -> None:
    one, other = "Let $x$ and $\\alpha$ be 5.", "Take $t$ and $s$ be 5."
    assert words_of(one) != words_of(other)
    assert words_of(one, canonical=True) == words_of(other, canonical=True)


def test_names_of_code_are_no_words() -> None:
    one = "def close(numbers: List[float], k: float = 2.0) -> bool:\n  close([1], 2)"
    other = "def foo(xs: List[float], bar: float = 2.0) -> bool:\n  foo([1], 2)"
    assert words_of(one) == words_of(other)
    tokens = tokenised(pl.Series("text", [one, other]))
    assert tokens.names[0] != tokens.names[1]


def test_declared_names_are_those_of_functions_and_parameters() -> None:
    code = "def f(self, a: Dict[str, int], *args, key=None):\n    pass\ndef g():\n    pass"
    assert declared(code) == ["f", "self", "a", "args", "key", "g"]


def test_points_are_taken_apart_only_where_there_are_several_in_a_calm_text() -> None:
    texts = ["triangle ABC with AB = 3 and angle ABD", "the USA", "ALL OF IT ABC AB BC", None]
    apart = points_apart(pl.Series("text", texts)).to_list()
    assert [re.sub(r" +", " ", text).strip() if text else text for text in apart] == [
        "triangle A B C with A B = 3 and angle A B D",
        None,
        None,
        None,
    ]


def test_ends_of_sentences_and_bounds_of_texts() -> None:
    tokens = tokenised(pl.Series("text", ["One. Two three!\nfour", "", None, "x"]))
    assert tokens.offsets.tolist() == [0, 4, 4, 4, 5]
    assert tokens.last.tolist() == [True, False, True, False, False]


@given(WORDS, st.lists(st.sampled_from([" ", "  ", "\n", "\t", "\u00a0"]), min_size=12))
def test_white_space_never_matters(words: list[str], gaps: list[str]) -> None:
    other = "".join(word + gap for word, gap in zip(words, gaps, strict=False))
    assert words_of(" ".join(words)) == words_of(other)


@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_text_has_words_within_its_bounds(texts: list[str]) -> None:
    tokens = tokenised(pl.Series("text", texts, dtype=pl.String))
    assert tokens.texts == len(texts)
    assert len(tokens.plain) == len(tokens.canonical) == len(tokens.number) == len(tokens.last)
    assert [word for text in texts for word in words_of(text)] == tokens.plain.tolist()

"""Texts of models: reasoning taken out, calls read whatever a server makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.router.chat import without_thoughts

PLAIN = st.text(alphabet="abc <>/\n", max_size=20).filter(lambda t: "think" not in t)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("plain", "plain"),
        (" spaces stay \n", " spaces stay \n"),
        ("I think so", "I think so"),
        ("<think>a</think>b", "b"),
        ("<think>\n</think>\n\nb", "b"),
        ("<THINK>a</Think>b", "b"),
        ("<thinking>a</thinking>b", "b"),
        ("a</think>b", "b"),
        ("a</think>b<think>c</think>d", "bd"),
        ("<think>a</think>b</think>c", "c"),
        ("<think>never closed", ""),
        ("b<think>never closed", "b"),
        ("<think>a<think>b</think>c</think>d", "d"),
    ],
)
def test_reasoning_is_taken_out(written: str, seen: str) -> None:
    assert without_thoughts(written) == seen


@given(
    st.lists(st.tuples(PLAIN, st.sampled_from(["think", "thinking", "Think"])), max_size=4), PLAIN
)
def test_no_tag_and_no_secret_is_left(blocks: list[tuple[str, str]], rest: str) -> None:
    text = "".join(f"{before}<{tag}>SECRET</{tag}>" for before, tag in blocks) + rest
    seen = without_thoughts(text)
    assert "SECRET" not in seen
    assert "think>" not in seen.lower()


def test_a_long_text_takes_no_longer_for_the_tags_it_does_not_have() -> None:
    text = "I think </thin <thin " * 50_000
    assert without_thoughts(text) == text

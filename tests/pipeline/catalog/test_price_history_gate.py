"""The gate: what is quarantined, which side is the slip, what holds after, and why."""

import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stubs.prices import day, draft, judged

from pipeline.catalog.history.names import identity, seller
from pipeline.catalog.history.refresh import Sources, refresh
from pipeline.catalog.prices import unit_mistake

SHARED = Path(
    os.environ.get("XROUTER_SHARED", Path(__file__).resolve().parents[3] / ".." / "shared")
)
REAL_EVENTS = SHARED / "data" / "prices" / "price_events_2025.csv"


def test_an_ordinary_move_is_accepted_with_its_factor() -> None:
    listed, changed = judged(draft("listed", 0, 10, 40), draft("changed", 1, 2, 8))
    assert (listed.status, listed.holds, listed.reason) == (
        "accepted",
        True,
        "first prices: input 10, output 40",
    )
    assert (changed.status, changed.slip, changed.holds) == ("accepted", None, True)
    assert changed.reason == "within a factor of 100: input 10 -> 2 (x0.2), output 40 -> 8 (x0.2)"


@pytest.mark.parametrize(
    ("price", "status"),
    [(100.0, "accepted"), (101.0, "quarantined"), (0.01, "accepted"), (0.0099, "quarantined")],
)
def test_the_gate_opens_up_to_a_hundred(price: float, status: str) -> None:
    assert judged(draft("listed", 0, 1.0), draft("changed", 1, price))[-1].status == status


def test_a_new_slip_never_holds_and_the_next_price_is_compared_with_the_last_accepted() -> None:
    slip, back = judged(
        draft("listed", 0, 2, 8), draft("changed", 1, 2000, 8000), draft("changed", 2, 1.5, 6)
    )[1:]
    assert (slip.status, slip.slip, slip.holds, slip.void_from) == (
        "quarantined",
        "new",
        False,
        None,
    )
    assert "input 2 -> 2000 (x1e+03), output 8 -> 8000 (x1e+03)" in slip.reason
    assert "likely a price for 1,000 tokens entered as one for a token" in slip.reason
    assert slip.reason.endswith("input 2, output 8 goes on")
    assert (back.status, back.holds) == ("accepted", True)
    assert "input 2 -> 1.5 (x0.75)" in back.reason


def test_a_slip_downwards_does_not_take_a_good_price_away() -> None:
    slip = judged(draft("listed", 0, 10, 40), draft("changed", 1, 0.01, 0.04))[-1]
    assert (slip.slip, slip.holds) == ("new", False)
    assert "the old price is an ordinary one" in slip.reason
    assert "a price for a token divided as if it were for 1,000 tokens" in slip.reason


def test_a_first_price_that_was_the_slip_gives_way_and_is_void() -> None:
    _, raised, corrected = judged(
        draft("listed", 0, 2000, 8000), draft("changed", 1, 2500), draft("changed", 5, 2, 8)
    )
    assert raised.status == "accepted"
    assert (corrected.status, corrected.slip, corrected.holds) == ("quarantined", "old", True)
    assert corrected.void_from == day(0)
    assert corrected.reason.endswith("input 2, output 8 holds")


def test_what_nobody_could_ask_is_quarantined_at_once_and_gives_way() -> None:
    listed, corrected = judged(draft("listed", 0, 100_000), draft("changed", 1, 0.1))
    assert (listed.status, listed.slip, listed.holds) == ("quarantined", "new", False)
    assert "outside 0.0001 to 10,000 USD per million tokens" in listed.reason
    assert (corrected.status, corrected.slip, corrected.void_from) == ("quarantined", "old", None)
    assert "it was quarantined itself" in corrected.reason
    assert "a price for a million tokens entered as one for a token" in corrected.reason


def test_other_sellers_tell_which_side_is_wrong() -> None:
    others = [draft("listed", 0, 150, 600, model=f"{n}/m", seller=n) for n in ("a", "b")]
    listed = draft("listed", 1, 150, 600, model="c/m")
    down = judged(*others, listed, draft("changed", 2, 0.15, 0.6, model="c/m"))[-1]
    assert (down.slip, down.holds) == ("new", False)
    assert "x0.001 of 150, the nearest of 2 other prices of the model" in down.reason
    cheap = [draft("listed", 0, 0.1, model=f"{n}/m", seller=n) for n in ("a", "b")]
    dear = judged(*cheap, draft("listed", 1, 50, model="c/m"))[-1]
    assert (dear.status, dear.slip) == ("quarantined", "new")


def test_one_dear_seller_does_not_keep_a_cheap_one_out() -> None:
    dear, cheap = judged(
        draft("listed", 0, 9000, 9000, model="a/m"), draft("listed", 1, 0.1, model="b/m")
    )
    assert (dear.status, cheap.status) == ("accepted", "accepted")


@pytest.mark.parametrize(("old", "new", "note"), [(2.0, 0.0, "free now"), (0.0, 2.0, "was free")])
def test_free_has_no_factor(old: float, new: float, note: str) -> None:
    event = judged(draft("listed", 0, old), draft("changed", 1, new))[-1]
    assert (event.status, note in event.reason) == ("accepted", True)


def test_missing_prices_end_what_held() -> None:
    gone = judged(draft("listed", 0, 2), draft("changed", 1, None, None))[-1]
    assert (gone.status, gone.holds) == ("accepted", True)
    assert gone.reason.endswith("no input and no output price per token")


def test_what_is_no_price_is_quarantined_and_the_old_price_goes_on() -> None:
    fault = draft("changed", 1, None, None, faults=("input is 'x', which is no number",))
    event = judged(draft("listed", 0, 2), fault)[-1]
    assert (event.status, event.slip, event.holds) == ("quarantined", "new", False)
    assert event.reason == "input is 'x', which is no number"


def test_back_under_the_same_key_or_another_of_identity_and_seller() -> None:
    away = [
        draft("listed", 0, model="azure/m-latest"),
        draft("delisted", 1, model="azure/m-latest"),
    ]
    same = judged(*away, draft("listed", 2, model="azure/m-latest"))[-1]
    assert (same.kind, same.relists) == ("relisted", "azure/m-latest")
    other = judged(*away, draft("listed", 1, model="azure/m-2025-04-16"))
    assert [(e.kind, e.relists) for e in other[-2:]] == [
        ("delisted", None),
        ("relisted", "azure/m-latest"),
    ]
    elsewhere = judged(*away, draft("listed", 2, model="other/m", seller="another"))[-1]
    assert (elsewhere.kind, elsewhere.relists) == ("listed", None)


def test_a_key_comes_back_once() -> None:
    events = [draft("listed", 0, model="a/m"), draft("delisted", 1, model="a/m")]
    events += [draft("listed", n, model=f"a/m-2025010{n}") for n in (2, 3)]
    assert [event.kind for event in judged(*events)] == ["listed", "delisted", "relisted", "listed"]


@pytest.mark.parametrize(
    "keys",
    [
        ("o3", "azure/eu/o3-2025-04-16", "openrouter/openai/o3", "openai.o3@latest"),
        ("claude-3-7-sonnet-20250219", "vertex_ai/claude-3-7-sonnet@20250219",
         "us.anthropic.claude-3-7-sonnet-20250219-v1:0", "openrouter/anthropic/claude-3.7-sonnet"),
        ("watsonx/openai/gpt-oss-120b", "together_ai/openai/GPT-OSS-120B"),
    ],
)  # fmt: skip
def test_keys_of_one_model_have_one_identity(keys: tuple[str, ...]) -> None:
    assert len({identity(key) for key in keys}) == 1


@pytest.mark.parametrize(
    "keys",
    [
        ("gpt-5", "gpt-5-mini"),
        ("deepseek-r1", "deepseek-r1-0528"),
        ("v/m", "v/m:free"),
        ("qwen3-235b-a22b", "qwen3-235b-a22b-2507"),
        ("v/llama-70b", "v/llama-70b-turbo"),
    ],
)
def test_what_may_be_priced_otherwise_stays_apart(keys: tuple[str, ...]) -> None:
    assert len({identity(key) for key in keys}) == len(keys)


def test_sellers() -> None:
    assert seller("vertex_ai-language-models", "x") == seller("vertex_ai-mistral_models", "y")
    assert seller(None, "groq/x") == "groq"
    assert seller(None, "x") == "unknown"


PRICES = st.sampled_from([0.0, 0.01, 0.5, 2.0, 150.0, 2000.0, 50_000.0])


@given(st.lists(PRICES, min_size=1, max_size=8))
def test_what_holds_never_moves_by_a_slip_but_where_the_old_price_is_void(
    prices: list[float],
) -> None:
    drafts = [draft("changed" if n else "listed", n, price) for n, price in enumerate(prices)]
    events = judged(*drafts)
    kept: list[tuple[int, float]] = []
    for number, event in enumerate(events):
        assert (event.status == "quarantined") == (event.slip is not None)
        assert event.holds == (event.slip != "new")
        if event.void_from is not None:
            kept = [(n, price) for n, price in kept if day(n) < event.void_from]
        if event.holds:
            kept.append((number, event.draft.quote.input or 0.0))
    for (_, old), (_, new) in pairwise(kept):
        assert not unit_mistake(old, new)


@pytest.mark.skipif(not REAL_EVENTS.exists(), reason=f"no {REAL_EVENTS.name} in the shared data")
def test_the_gate_over_a_real_year(tmp_path: Path) -> None:
    report = refresh(tmp_path / "prices", Sources(events=(REAL_EVENTS,)))
    assert len(report.events) == 2731
    changed = [event for event in report.events if event.kind == "changed"]
    assert [sum(e.status == s for e in changed) for s in ("accepted", "quarantined")] == [179, 32]
    assert all(event.reason for event in report.events)
    # In this year every slip was a first price, and every move beyond the gate its correction.
    assert {event.slip for event in changed} == {None, "old"}
    found = {event.draft.model: event for event in changed if event.slip}
    wrong = found["watsonx/meta-llama/llama-3-2-1b-instruct"]
    assert wrong.holds
    assert wrong.draft.quote.prices == {"input": 0.1, "output": 0.1}
    again = refresh(tmp_path / "prices", Sources(events=(REAL_EVENTS,)))
    assert (again.events, again.files, again.known) == ((), (), 2731)

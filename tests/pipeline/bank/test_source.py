"""Replay: recorded outcomes at any price list, and the engine over them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.bank.bank import Bank
from pipeline.bank.source import BankSource, open_bank, oracle, policy_named
from pipeline.bank.tables import write_bank
from pipeline.errors import InputError, SettingsError
from pipeline.router.engine import Router
from pipeline.router.limits import Limits
from pipeline.router.menu import Menu
from pipeline.router.record import Episode, Stamp
from pipeline.router.rules import cheapest
from pipeline.router.turns import CallError, CallRequest, Query, Reply, View
from schemas.problems import problem_id

Row = dict[str, Any]
QUESTION = [{"role": "user", "content": "What is 1 + 1?"}]
PROBLEM = problem_id("sums", QUESTION)


def outcome(model_id: str, score: float | None = 1.0, **more: Any) -> Row:
    verdict = None if score is None else "correct" if score == 1 else "wrong"
    row = {"problem_id": PROBLEM, "model_id": model_id, "sample": 0, "verdict": verdict}
    row |= {"score": score, "source": "live", "data_source": "sums"}
    return row | {"input_tokens": 1000, "output_tokens": 500, "text": f"{model_id} says"} | more


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., BankSource]:
    def make(*outcomes: Row, options: str = "") -> BankSource:
        asked = {"problem_id": PROBLEM, "data_source": "sums", "messages": QUESTION, "tier": "easy"}
        write_bank(tmp_path / "bank", outcomes, [asked])
        return open_bank(f"{tmp_path / 'bank'}{options}")

    return make


def ask(source: BankSource, menu: Menu, model_id: str, query: Query, longest: int = 8192) -> Reply:
    entry = menu.by_model(model_id)
    assert entry is not None
    request = CallRequest(entry, list(query.messages), None, longest, query)
    return asyncio.run(source.call(request, 1.0))


def run(source: BankSource, menu: Menu, policy: str, limits: Limits | None = None) -> Episode:
    router = Router(policy_named(policy, source), source, limits)
    query = Query(QUESTION, PROBLEM)
    return asyncio.run(router.run(query, menu, Stamp("test", "evaluate")))


def test_a_call_is_charged_at_the_prices_of_the_menu(
    opened: Callable[..., BankSource], menu: Callable[..., Menu]
) -> None:
    source = opened(outcome("small"))
    episode = run(source, menu(), "always:small")
    assert episode.answer == "small says"
    assert episode.row["total_cost_usd"] == pytest.approx((1000 * 0.1 + 500 * 0.4) / 1e6)
    assert (episode.row["verdict"], episode.row["quality"]) == ("correct", 1.0)
    assert (episode.calls[0]["source"], episode.row["simulated"]) == ("bank", False)
    dearer = run(source, menu({"small": (7.0, 9.0)}), "always:small")
    assert dearer.row["total_cost_usd"] == pytest.approx((1000 * 7 + 500 * 9) / 1e6)


def test_what_a_stand_in_answered_stays_simulated(
    opened: Callable[..., BankSource], menu: Callable[..., Menu]
) -> None:
    source = opened(outcome("small", source="simulated"), outcome("large"))
    assert run(source, menu(), "always:small").row["simulated"]
    assert not run(source, menu(), "always:large").row["simulated"]


def test_a_cost_alone_is_charged_as_it_is(
    opened: Callable[..., BankSource], menu: Callable[..., Menu]
) -> None:
    source = opened(outcome("small", None, input_tokens=None, output_tokens=None, cost_usd=0.25))
    episode = run(source, menu(), "always:small")
    assert episode.row["total_cost_usd"] == 0.25
    assert episode.row["verdict"] is None


def test_unknown_tokens_cost_nothing_unless_a_length_is_assumed(
    opened: Callable[..., BankSource], menu: Callable[..., Menu]
) -> None:
    row = outcome("small", input_tokens=None, output_tokens=None, text=None)
    bare = run(opened(row), menu(), "always:small")
    assert bare.row["total_cost_usd"] == 0.0
    assert bare.answer == "[recorded outcome of small: its text is not kept]"
    assumed = run(opened(row, options="?assume_output_tokens=300"), menu(), "always:small")
    call = assumed.calls[0]
    assert call["output_tokens"] == 300
    assert call["cost_usd"] == pytest.approx((call["input_tokens"] * 0.1 + 300 * 0.4) / 1e6)


def test_samples_go_round_in_their_order(
    opened: Callable[..., BankSource], menu: Callable[..., Menu]
) -> None:
    rows = [outcome("small", sample=number, text=f"sample {number}") for number in (7, 2, 4)]
    source = opened(*rows)
    queries = [Query(QUESTION, PROBLEM, sample=number) for number in range(5)]
    texts = [ask(source, menu(), "small", query).text for query in queries]
    assert texts == ["sample 2", "sample 4", "sample 7", "sample 2", "sample 4"]
    assert [query.sample for query in source.bank.queries()] == [0, 1, 2]


@pytest.mark.parametrize(
    ("model_id", "query", "says"),
    [
        ("large", Query(QUESTION, PROBLEM), "no answer of large to problem"),
        ("small", Query(QUESTION, "0" * 16), "no answer of small to problem 0000"),
        ("small", Query([{"role": "user", "content": "What?"}]), "does not know this question"),
        ("small", Query([{"role": "user", "content": [{"type": "image_url"}]}]), "does not know"),
        ("small", Query([{"role": "assistant", "tool_calls": []}]), "does not know"),
    ],
)
def test_what_is_not_recorded_is_said_so(
    opened: Callable[..., BankSource],
    menu: Callable[..., Menu],
    model_id: str,
    query: Query,
    says: str,
) -> None:
    source = opened(outcome("small"))
    with pytest.raises(CallError, match=says) as caught:
        ask(source, menu(), model_id, query)
    assert caught.value.kind == "no_record"


def test_a_missing_record_fails_the_call_and_not_the_engine(
    opened: Callable[..., BankSource], menu: Callable[..., Menu]
) -> None:
    episode = run(opened(outcome("small")), menu(), "always:large")
    assert (episode.failed, episode.calls[0]["error_type"]) == (True, "no_record")
    assert episode.row["total_cost_usd"] == 0.0


@pytest.mark.parametrize(
    "content",
    ["What is 1 + 1?", "  What is 1 + 1?\r\n", [{"type": "text", "text": "What is 1 + 1?"}]],
)
def test_a_question_is_found_by_its_text(
    opened: Callable[..., BankSource], menu: Callable[..., Menu], content: Any
) -> None:
    query = Query([{"role": "user", "content": content}])
    assert ask(opened(outcome("small")), menu(), "small", query).text == "small says"


def test_a_shorter_limit_than_the_recorded_answer_cuts_it(
    opened: Callable[..., BankSource], menu: Callable[..., Menu]
) -> None:
    source = opened(outcome("small", reasoning_tokens=400, text="0123456789"))
    reply = ask(source, menu(), "small", Query(QUESTION, PROBLEM), longest=100)
    assert reply.text == "01"
    assert (reply.usage.output, reply.usage.reasoning) == (100, 100)
    assert (reply.verdict, reply.score, reply.finish_reason) == ("truncated", 0.0, "length")


def pick(bank: Bank, menu: Menu, query: Query | None = None) -> str:
    return oracle(bank)(View(query or Query(QUESTION, PROBLEM), menu, [], {})).entry.model_id


def test_the_oracle_takes_the_cheapest_right_answer_at_the_prices_of_the_menu(
    opened: Callable[..., BankSource], menu: Callable[..., Menu]
) -> None:
    bank = opened(outcome("small", 0.9), outcome("middle"), outcome("large", output_tokens=1)).bank
    assert pick(bank, menu()) == "middle"
    # Few tokens at a high price can cost less than many at a low one.
    level = {"small": (1.0, 4.0), "middle": (1.0, 4.0), "large": (1.0, 40.0)}
    assert pick(bank, menu(level)) == "large"


def test_the_oracle_takes_the_cheapest_where_none_is_right_or_nothing_is_known(
    opened: Callable[..., BankSource], menu: Callable[..., Menu]
) -> None:
    wrong = [outcome("large", 0.0, output_tokens=1), outcome("middle", 0.5)]
    assert pick(opened(*wrong).bank, menu()) == "middle"
    unknown = Query([{"role": "user", "content": "?"}])
    assert (
        pick(opened(*wrong).bank, menu(), unknown)
        == cheapest(View(unknown, menu(), [], {})).entry.model_id
    )


def test_the_oracle_reckons_with_recorded_costs(
    opened: Callable[..., BankSource], menu: Callable[..., Menu]
) -> None:
    none = {"input_tokens": None, "output_tokens": None}
    bank = opened(outcome("small", cost_usd=2.0, **none), outcome("large", cost_usd=1.0, **none))
    assert pick(bank.bank, menu()) == "large"


def test_a_query_knows_its_problem_and_tier(opened: Callable[..., BankSource]) -> None:
    (query,) = opened(outcome("small")).bank.queries()
    assert (query.problem_id, query.tier, list(query.messages)) == (PROBLEM, "easy", QUESTION)


def test_a_bank_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such bank; make one with `xrouter import-outcomes`"):
        open_bank(tmp_path / "none")
    with pytest.raises(SettingsError, match="assume_output_tokens=N"):
        open_bank(f"{tmp_path}?tokens=3")
    with pytest.raises(SettingsError, match="policy 'oracle' knows outcomes"):
        policy_named("oracle")


def test_a_table_of_outcomes_alone_can_be_replayed_but_not_asked(
    opened: Callable[..., BankSource], menu: Callable[..., Menu], tmp_path: Path
) -> None:
    opened(outcome("small"))
    alone = (tmp_path / "bank" / "outcomes.parquet").rename(tmp_path / "alone.parquet")
    source = open_bank(alone)
    assert ask(source, menu(), "small", Query([], PROBLEM)).text == "small says"
    with pytest.raises(InputError, match="no question of them"):
        list(source.bank.queries())

"""The ledger: what is written stays, nothing is mixed, texts come back as they went in."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.grading.verdicts import Grade
from pipeline.tiering.measured.ledger import (
    FORMAT,
    Entry,
    Identity,
    Ledger,
    Sample,
    judge_key,
    request_key,
    verdicts_of,
)

PLAIN = Identity("m", None, "bf16", {"temperature": 0.6, "max_tokens": 100})
KEY = request_key("p1", PLAIN)
JUDGE, NEWER = judge_key("math", "1", '"7"', "{}"), judge_key("math", "2", '"7"', "{}")
RIGHT = Grade("correct", 1.0, None, "math", "1")
WRONG = Grade("wrong", 0.0, "8 is not 7", "math", "2")
FAULT = Grade("ungraded", None, "the judge is down", "math", "1")


def sample(text: str = "seven", **more: Any) -> Sample:
    return Sample(text, "stop", 5, 9, 1.25, None, "endpoint", "0.1")._replace(**more)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "deep" / "ledger.sqlite") as opened:
        yield opened


def test_the_first_of_two_samples_is_kept(ledger: Ledger) -> None:
    assert ledger.add(KEY, 0, sample("first"))
    assert not ledger.add(KEY, 0, sample("second", seconds=9.0))
    assert ledger.sample(KEY, 0) == sample("first")
    assert [entry.sample for entry in ledger.entries(KEY, JUDGE)] == [0]


def test_nothing_is_nothing(ledger: Ledger) -> None:
    assert ledger.entries(KEY, JUDGE) == []
    assert ledger.grade(KEY, 0, JUDGE) is None
    assert ledger.last_fault(KEY, 0) is None
    assert (ledger.size(PLAIN), ledger.knows(PLAIN)) == (0, False)
    with pytest.raises(KeyError):
        ledger.sample(KEY, 0)


@pytest.mark.parametrize(
    "other",
    [
        PLAIN._replace(model="n"),
        PLAIN._replace(revision="abc"),
        PLAIN._replace(dtype="fp8"),
        PLAIN._replace(sampling={"temperature": 0.7, "max_tokens": 100}),
        PLAIN._replace(sampling={"temperature": 0.6, "max_tokens": 101}),
        PLAIN._replace(sampling={"temperature": 0.6, "max_tokens": 100, "top_k": 20}),
        PLAIN._replace(sampling={}),
    ],
)
def test_another_identity_is_another_request(ledger: Ledger, other: Identity) -> None:
    key = request_key("p1", other)
    assert key != KEY
    for identity in (PLAIN, other):
        ledger.register(request_key("p1", identity), "p1", identity)
    ledger.add(KEY, 0, sample())
    assert ledger.entries(key, JUDGE) == []
    assert (ledger.size(PLAIN), ledger.size(other)) == (1, 0)
    assert (ledger.knows(PLAIN), ledger.knows(other)) == (True, False)


def test_the_spelling_of_an_identity_is_nothing() -> None:
    turned = PLAIN._replace(sampling={"max_tokens": 100, "temperature": 0.6})
    assert request_key("p1", turned) == KEY
    assert request_key("p2", PLAIN) != KEY


def test_what_decides_a_verdict_is_in_the_judge() -> None:
    keys = [("math", "1", "7"), ("math", "1", "8"), ("math", "2", "7"), ("math1", "", "7")]
    assert len({judge_key(*parts) for parts in keys}) == len(keys)


def test_verdicts_belong_to_a_judge(ledger: Ledger) -> None:
    ledger.add(KEY, 0, sample())
    ledger.add_verdict(KEY, 0, JUDGE, RIGHT)
    assert ledger.entries(KEY, JUDGE) == [Entry(0, "correct", 9, kept=True)]
    assert ledger.entries(KEY, NEWER) == [Entry(0, None, 9, kept=True)]
    ledger.add_verdict(KEY, 0, NEWER, WRONG)
    assert ledger.grade(KEY, 0, JUDGE) == RIGHT[:3]
    assert ledger.grade(KEY, 0, NEWER) == WRONG[:3]


def test_a_grader_that_failed_gave_no_verdict(ledger: Ledger) -> None:
    ledger.add(KEY, 0, sample())
    ledger.add_verdict(KEY, 0, JUDGE, FAULT)
    assert ledger.entries(KEY, JUDGE) == [Entry(0, None, 9, kept=True)]
    assert ledger.last_fault(KEY, 0) == "ungraded: the judge is down"
    ledger.add_verdict(KEY, 0, JUDGE, RIGHT)
    assert verdicts_of(ledger.entries(KEY, JUDGE)) == {0: "correct"}


def test_a_sample_that_could_not_be_had_is_a_fault_until_it_is_there(ledger: Ledger) -> None:
    ledger.add(KEY, 1, sample())
    for kind in ("timeout", "timeout", "bad_request"):
        ledger.add_fault(KEY, 0, kind, "why")
    lost = Entry(0, "ungraded", None, kept=False)
    assert ledger.entries(KEY, JUDGE) == [lost, Entry(1, None, 9, kept=True)]
    assert ledger.last_fault(KEY, 0) == "bad_request: why"
    ledger.add(KEY, 0, sample())
    assert [entry.kept for entry in ledger.entries(KEY, JUDGE)] == [True, True]


def test_the_state_changes_with_everything(ledger: Ledger) -> None:
    seen = [ledger.state()]
    ledger.add(KEY, 0, sample())
    seen.append(ledger.state())
    ledger.add_verdict(KEY, 0, JUDGE, RIGHT)
    seen.append(ledger.state())
    ledger.add_fault(KEY, 1, "timeout", "why")
    seen.append(ledger.state())
    ledger.add(KEY, 0, sample("again"))
    seen.append(ledger.state())
    assert len(set(seen)) == 4
    assert seen[-1] == seen[-2]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.text(st.sampled_from("\x00\ufffe\U0010ffff🙂é\u202e\r\n'\"\\")))
def test_texts_come_back_as_they_went_in(ledger: Ledger, text: str) -> None:
    key = request_key(text, PLAIN)
    ledger.add(key, 0, sample(text))
    assert ledger.sample(key, 0).text == sample(text).text


def test_a_long_text_is_small(ledger: Ledger) -> None:
    long = "and therefore, " * 100_000
    ledger.add(KEY, 0, sample(long))
    assert ledger.sample(KEY, 0).text == long
    ledger.close()
    assert ledger.path.stat().st_size < 100_000


def test_a_closed_ledger_is_one_file_and_opens_again(ledger: Ledger) -> None:
    ledger.add(KEY, 0, sample())
    ledger.close()
    assert [path.name for path in ledger.path.parent.iterdir()] == ["ledger.sqlite"]
    with Ledger(ledger.path) as again:
        assert again.sample(KEY, 0) == sample()


def test_opening_a_ledger_changes_nothing(ledger: Ledger) -> None:
    """So that many readers never wait for each other."""
    ledger.add(KEY, 0, sample())
    with sqlite3.connect(ledger.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")  # somebody writes
        with Ledger(ledger.path) as reader:
            assert reader.sample(KEY, 0) == sample()
        other.execute("ROLLBACK")
    other.close()


def test_a_ledger_of_a_later_version_is_refused(ledger: Ledger) -> None:
    with sqlite3.connect(ledger.path) as other:
        other.execute(f"PRAGMA user_version = {FORMAT + 1}")
    other.close()
    with pytest.raises(InputError, match=f"format {FORMAT + 1}, this version reads {FORMAT}"):
        Ledger(ledger.path)

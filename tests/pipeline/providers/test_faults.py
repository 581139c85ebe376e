"""Faults: kinds, Retry-After in all its forms, and no key in any text."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.providers.faults import (
    DETAIL_CHARACTERS,
    MAX_RETRY_AFTER,
    ProviderError,
    fault_of,
    kind_of,
    redacted,
    retry_after,
)

KEY = "Zq9-0123456789abcdefghijklmnop"


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (302, "bad_request", False),
        (400, "bad_request", False),
        (401, "auth", False),
        (403, "forbidden", False),
        (404, "not_found", False),
        (408, "timeout", True),
        (413, "bad_request", False),
        (422, "bad_request", False),
        (429, "rate_limit", True),
        (500, "unavailable", True),
        (502, "unavailable", True),
        (503, "unavailable", True),
        (529, "unavailable", True),
    ],
)
def test_a_status_says_whether_to_try_again(status: int, kind: str, retryable: bool) -> None:
    fault = fault_of(status, "", {})
    assert (kind_of(status), fault.kind, fault.retryable) == (kind, kind, retryable)
    assert fault.status == status
    assert "no text" in str(fault)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("0.25", 0.25), ("-3", 0.0), ("1e9", MAX_RETRY_AFTER), ("inf", MAX_RETRY_AFTER)],
)
def test_retry_after_in_seconds(value: str, seconds: float) -> None:
    assert retry_after({"Retry-After": value}) == seconds
    assert retry_after({"retry-after": value}) == seconds


@pytest.mark.parametrize("value", ["", "soon", "nan", "Wed, 99 Foo 2026", "\x00"])
def test_retry_after_that_says_nothing(value: str) -> None:
    assert retry_after({"Retry-After": value}) is None
    assert retry_after({}) is None


def test_retry_after_as_a_date() -> None:
    moment = datetime.now(UTC) + timedelta(seconds=90)
    given_gmt = retry_after({"Retry-After": format_datetime(moment, usegmt=True)})
    without_zone = retry_after({"Retry-After": moment.strftime("%a, %d %b %Y %H:%M:%S -0000")})
    assert given_gmt == pytest.approx(90, abs=3)
    assert without_zone == pytest.approx(90, abs=3)
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0


@given(st.text(max_size=40), st.integers(1, 200), st.integers(0, 20))
def test_no_part_of_a_key_is_shown_however_often_it_is_echoed(
    between: str, times: int, shift: int
) -> None:
    body = " " * shift + "".join(f"{KEY}{between}" for _ in range(times))
    shown = str(fault_of(401, body, {}, KEY))
    assert KEY[:9] not in shown.replace(between, "") or KEY[:9] in between
    assert len(shown) <= DETAIL_CHARACTERS + len("HTTP 401: ")


@pytest.mark.parametrize(
    "text", ["sk-abcdef0123456789", "Bearer abcdefghijkl", "key-ABCDEFGH12", "hf_abcdefghijkl"]
)
def test_keys_that_providers_echo_are_taken_out(text: str) -> None:
    shown = redacted(f"Incorrect API key provided: {text} Sorry", None)
    assert text not in shown
    assert shown == "Incorrect API key provided: [key] Sorry"


def test_a_fault_can_always_be_stored() -> None:
    str(ProviderError("garbage", "half a pair \ud83d")).encode()

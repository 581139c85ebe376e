from collections.abc import Callable
from typing import Any

import pytest

from pipeline.errors import SettingsError
from pipeline.layout import Layout
from pipeline.tiering.published import published_rates
from pipeline.tiering.specs import Published

Build = Callable[..., Layout]
MakeRow = Callable[..., dict[str, Any]]


def test_a_missing_rate_is_missing_and_never_nought(build: Build, row: MakeRow) -> None:
    layout = build(
        [
            row("a", 1, published={"qwen_pass_rate": 0.5, "other": 0.1}),
            row("b", 1, published={"other": 0.9}),
            row("c", 1),
            row("d", 1, published={"qwen_pass_rate": 0.0}),
            row("e", 1, published={"qwen_pass_rate": 0.7}, kind="everyday", domain="chat"),
        ]
    )
    found = published_rates(Published("qwen_pass_rate"), layout).counts
    rates = sorted(found["pass_rate"].to_list())
    assert rates == [0.0, 0.5]
    assert set(found["n"]) == {0}
    assert set(found["method"]) == {"published"}
    assert set(found["reference"]) == {"qwen"}


@pytest.mark.parametrize("asked", ["q", "q_pass_rate", "q_avg_reward"])
@pytest.mark.parametrize("stored", ["q", "q_pass_rate", "q_avg_reward"])
def test_suffixes_do_not_matter(build: Build, row: MakeRow, asked: str, stored: str) -> None:
    layout = build([row("a", 1, published={stored: 0.25})])
    assert published_rates(Published(asked), layout).counts["pass_rate"].to_list() == [0.25]


def test_the_exact_name_goes_before_its_relatives(build: Build, row: MakeRow) -> None:
    layout = build([row("a", 1, published={"q_avg_reward": 0.25, "q_pass_rate": 0.5})])
    for name, rate in (("q_avg_reward", 0.25), ("q_pass_rate", 0.5)):
        assert published_rates(Published(name), layout).counts["pass_rate"].to_list() == [rate]


def test_a_declared_n_gives_k_where_the_rate_is_a_multiple(build: Build, row: MakeRow) -> None:
    rates = {"a": 0.0625, "b": 0.06, "c": 1.0, "d": 0.1}
    layout = build([row(name, 1, published={"q": rate}) for name, rate in rates.items()])
    found = published_rates(Published("q", n=16, proxy_for="Qwen/Qwen3-32B"), layout)
    counted = found.counts.sort("pass_rate").select("pass_rate", "n", "k").rows()
    assert counted == [(0.06, 16, 1), (0.0625, 16, 1), (0.1, 0, 0), (1.0, 16, 16)]
    assert found.misfits == 1
    assert set(found.counts["proxy_for"]) == {"Qwen/Qwen3-32B"}


def test_a_rate_nobody_carries_names_those_that_are_there(build: Build, row: MakeRow) -> None:
    layout = build([row("a", 1, published={"x_pass_rate": 0.5, "y": 0.1}), row("b", 1)])
    with pytest.raises(SettingsError, match=r"published:qwen.*x_pass_rate, y"):
        published_rates(Published("qwen"), layout)
    with pytest.raises(SettingsError, match="none"):
        published_rates(Published("qwen"), build([row("a", 1)], "other"))

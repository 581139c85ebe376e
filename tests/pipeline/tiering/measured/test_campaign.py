"""The sampling loop where problems, replicas and other processes disturb each other."""

import shutil
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stubs.players import Player, content, measure, prompt, rates, settings_for
from stubs.provider import Provider, Reply

from pipeline.accounting import Silent
from pipeline.layout import Layout
from pipeline.tiering.measured.measure import Measurement
from pipeline.tiering.measured.rulebook import choose_pilot
from pipeline.tiering.specs import Sampled, reference_specs
from schemas.problems import problem_id

Problems = Callable[..., Layout]
NOWHERE = "http://127.0.0.1:9/v1"


def copied(layout: Layout, root: Path) -> Layout:
    shutil.copytree(layout.root, root, ignore=shutil.ignore_patterns("*.parquet", "stages"))
    shutil.copy(layout.problems, root / layout.problems.name)
    return Layout(root)


def ids_of(prompts: list[str]) -> dict[str, str]:
    """Prompts by problem id."""
    return {problem_id("math__test", [{"role": "user", "content": p}]): p for p in prompts}


def test_a_slow_answer_holds_up_no_other_problem(problems: Problems) -> None:
    """No batch has to be full, or done, before the next sample is asked for."""
    layout = problems([0.5] * 20)
    slow = "problem 3 0.5"
    sent: list[tuple[float, str]] = []
    player = Player()

    def answer(body: dict[str, Any]) -> Reply:
        sent.append((time.monotonic(), prompt(body)))
        first = prompt(body) == slow and player.asked[slow] == 0
        return player(body)._replace(delay=2.5 if first else 0.005)

    with Provider(answer) as provider:
        measure(layout, provider.url, stop="curtail", in_flight=6)
        assert provider.most_in_flight == 6
    assert rates(layout).height == 20
    begin = next(moment for moment, text in sent if text == slow)
    assert all(moment < begin + 2.5 for moment, text in sent if text != slow)


def test_samples_of_one_problem_do_not_wait_for_each_other(problems: Problems) -> None:
    """As many at once as are needed in any case, and near the end some that may not be."""
    layout = problems([1.0])
    with Provider(Player(0.3)) as provider:
        measure(layout, provider.url, stop="fixed", in_flight=16)
        assert provider.most_in_flight == 16
        assert len(provider.requests) == 16


def test_idle_places_are_filled_but_nothing_after_the_stop_counts(problems: Problems) -> None:
    layout = problems([1.0, 0.0, 0.5])
    with Provider(Player(0.02)) as provider:
        measure(layout, provider.url, stop="curtail", in_flight=64)
        asked = len(provider.requests)
    attempts = pl.read_parquet(layout.attempts)
    counted = rates(layout)["n"].to_list()
    assert attempts.height == sum(counted) < asked <= 48
    assert min(counted) < 16


def test_a_fault_of_the_pilot_does_not_shift_what_is_published(
    problems: Problems, tmp_path: Path
) -> None:
    """The rules come from the pilot: one learned before a fault was gone is not the ledger's."""
    prompts = [f"problem {index} {0.3 + 0.4 * (index % 2):g}" for index in range(24)]
    named = ids_of(prompts)
    layout = problems([float(text.split()[-1]) for text in prompts])
    tiering = settings_for(layout, NOWHERE, pilot=10).tiering
    weak = named[choose_pilot(tiering, 0, sorted(named))[0]]
    player, seen = Player(), Counter[str]()

    def answer(body: dict[str, Any]) -> Reply:
        seen[prompt(body)] += 1
        broken = prompt(body) == weak and seen[weak] <= 16
        return Reply("no", status=400) if broken else player(body)

    with Provider(answer) as provider:
        reports = [measure(layout, provider.url, stop="dp", pilot=10, in_flight=16)]
        unsettled = pl.read_parquet(layout.rejects("tiering"))
        assert {named[key] for key in unsettled["key"]} == {weak}
        assert unsettled["reason"].to_list() == ["unsettled"]
        reports.append(measure(layout, provider.url, stop="dp", pilot=10, in_flight=16))
        before = len(provider.requests)
        reports.append(measure(layout, provider.url, stop="dp", pilot=10, in_flight=16))
        assert len(provider.requests) == before
    assert [report.complete for report in reports] == [False, True, True]
    again = copied(layout, tmp_path / "again")
    assert measure(again, NOWHERE, stop="dp", pilot=10).complete
    assert content(again) == content(layout)


def test_a_problem_settled_beside_a_fault_stays_settled(problems: Problems, tmp_path: Path) -> None:
    """It has its samples: no other directory, and no newer grader, has to ask for one again."""
    layout = problems([1.0] * 6)
    seen = Counter[str]()

    def answer(body: dict[str, Any]) -> Reply:
        seen[prompt(body)] += 1
        refused = prompt(body) == "problem 2 1" and seen[prompt(body)] == 2
        return Reply("no", status=400) if refused else Reply("\\boxed{7}")

    with Provider(answer) as provider:
        assert measure(layout, provider.url, stop="fixed", samples=4).complete
        assert len(provider.requests) == 25
    assert rates(layout)["n"].to_list() == [4] * 6
    lost = pl.read_parquet(layout.attempts).filter(pl.col("verdict") == "ungraded")
    assert lost.height == 1
    assert "HTTP 400" in lost["detail"][0]
    again = copied(layout, tmp_path / "again")
    assert measure(again, NOWHERE, stop="fixed", samples=4).complete
    assert content(again) == content(layout)


def test_two_builds_may_fill_one_ledger_at_once(problems: Problems, tmp_path: Path) -> None:
    """Both count the same texts, whoever's arrived first."""
    layouts = [problems([0.5] * 12, name) for name in ("a", "b")]
    ledger = tmp_path / "shared.sqlite"

    def run(layout: Layout) -> bool:
        return measure(layout, provider.url, stop="fixed", samples=8, ledger=ledger).complete

    with Provider(Player(0.01)) as provider, ThreadPoolExecutor(2) as threads:
        assert list(threads.map(run, layouts)) == [True, True]
        assert 96 < len(provider.requests) <= 192
        assert provider.most_in_flight > 8
    a, b = (pl.read_parquet(layout.attempts) for layout in layouts)
    assert a.height == 96
    assert a.equals(b)
    assert content(layouts[0]) == content(layouts[1])


def test_a_shard_of_problems_leaves_the_others_alone(problems: Problems) -> None:
    layout = problems([1.0] * 30)
    with Provider(Player()) as provider:
        settings = settings_for(layout, provider.url, stop="dp", pilot=5)
        (spec,) = reference_specs(settings)
        assert isinstance(spec, Sampled)
        measurement = Measurement(spec, settings, layout, Silent())
        assert len(measurement.run_pilot()) == 5
        piloted = len(provider.requests)
        assert piloted == 5 * 16
        rest = [name for name in measurement.ids if name not in measurement.book.pilot]
        measurement.settle(frozenset(rest[:10]))
        meter = measurement.meter
        assert meter is not None
        asked = [prompt(body) for body in provider.requests[piloted:]]
        # What fills idle places may be on its way when the last problem settles, and is dropped.
        assert 10 <= meter.samples <= len(asked)
        assert len(set(asked)) == meter.settled == 10
        measurement.settle(frozenset(measurement.book.pilot))
        assert len(provider.requests) - piloted == len(asked)


def test_an_endpoint_that_serves_another_model_is_found_out_first(problems: Problems) -> None:
    layout = problems([1.0] * 3)
    with Provider(Player(), models=("another",)) as provider:
        with pytest.raises(Exception, match="serves another, not 'stub'"):
            measure(layout, provider.url)
        assert not provider.requests

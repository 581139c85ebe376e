"""Measuring from end to end: problems and a provider come in, rates that can be trusted go out."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from stubs.players import Player, content, measure, prompt, rates, settings_for
from stubs.provider import Provider, Reply

from pipeline.accounting import Silent
from pipeline.grading import registry
from pipeline.grading.verdicts import CORRECT
from pipeline.layout import Layout
from pipeline.tiering.measured.ledger import Identity, Ledger, request_key
from pipeline.tiering.measured.prior import RATES, fit
from pipeline.tiering.measured.rulebook import choose_pilot
from pipeline.tiering.measured.stopping import MODES
from schemas.problems import problem_id

Problems = Callable[..., Layout]
CUTS = (0.15, 0.65)
# Many problems are always or never solved, as with real ones.
MIXED = [0.0] * 10 + [1.0] * 14 + [0.1, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] * 2
PILOT = 10
MOST = {"fixed": 16, "curtail": 16, "dp": 16, "dp-accurate": 32}
NOWHERE = "http://127.0.0.1:9/v1"


def elsewhere(layout: Layout, root: Path) -> Layout:
    """The same problems and the same ledger in another directory."""
    root.mkdir()
    for path in (layout.problems, layout.references, layout.ledger):
        shutil.copy(path, root / path.name)
    return Layout(root)


@pytest.mark.parametrize("stop", MODES)
def test_every_mode_from_end_to_end(problems: Problems, stop: str) -> None:
    layout = problems(MIXED)
    player = Player()
    with Provider(player) as provider:
        report = measure(layout, provider.url, stop=stop, pilot=PILOT)
        asked, tables = len(provider.requests), content(layout)
        assert measure(layout, provider.url, stop=stop, pilot=PILOT).complete
        assert len(provider.requests) == asked, "a second run asks for nothing"
    assert content(layout) == tables
    assert report.complete
    assert report.rejected == {}
    found, attempts = rates(layout), pl.read_parquet(layout.attempts)
    assert found.height == len(MIXED)
    assert found["method"].unique().to_list() == ["measured"]
    assert max(found["n"].to_list()) <= MOST[stop]
    counted = attempts.group_by("problem_id").agg(
        n=pl.len().cast(pl.Int32), k=(pl.col("verdict") == "correct").sum().cast(pl.Int32)
    )
    same = found.select("problem_id", "n", "k").join(counted, on=["problem_id", "n", "k"])
    assert same.height == found.height
    assert attempts["text"].n_unique() == attempts.height, "no answer is counted twice"
    if stop == "fixed":
        assert found["n"].unique().to_list() == [16]
        assert asked == 16 * len(MIXED)
        assert (found["pass_rate"] == found["k"] / found["n"]).all()
        assert found["estimator"].unique().to_list() == ["share"]
    else:
        assert found["n"].n_unique() > 3
        assert attempts.height <= asked < MOST[stop] * len(MIXED)
        check_posteriors(found)


def check_posteriors(found: pl.DataFrame) -> None:
    """A mean, an interval around it and a tier: never the share of right answers alone."""
    assert found["estimator"].unique().to_list() == ["posterior_mean"]
    extreme = found.filter((found["k"] == 0) | (found["k"] == found["n"]))
    assert (extreme["n"] < 16).any()
    assert ((found["pass_rate"] > 0) & (found["pass_rate"] < 1)).all()
    assert (found["low"] <= found["pass_rate"]).all()
    assert (found["pass_rate"] <= found["high"]).all()
    assert (found["high"] > found["low"]).all()
    assert found["tier_probability"].is_between(0.0, 1.0).all()


def test_published_numbers_follow_from_the_tables(problems: Problems) -> None:
    """Prior, mean and interval worked out again from n and k, by Bayes' rule written out."""
    layout = problems(MIXED)
    with Provider(Player()) as provider:
        measure(layout, provider.url, stop="dp", pilot=PILOT)
    found = rates(layout)
    tiering = settings_for(layout, NOWHERE, stop="dp", pilot=PILOT).tiering
    pilot = choose_pilot(tiering, 0, found["problem_id"].to_list())
    counted = found.filter(pl.col("problem_id").is_in(pilot))
    assert counted["n"].to_list() == [16] * PILOT
    prior: Any = fit(counted["n"].to_numpy(), counted["k"].to_numpy()).weights
    for row in found.iter_rows(named=True):
        weights = prior * RATES ** row["k"] * (1 - RATES) ** (row["n"] - row["k"])
        weights = weights / weights.sum()
        assert row["pass_rate"] == pytest.approx(float(weights @ RATES), abs=1e-9)
        inside = (row["low"] <= RATES) & (row["high"] >= RATES)
        assert weights[inside].sum() >= 0.95 - 1e-9
        tier = np.array(["hard", "medium", "easy"])[np.digitize(RATES, CUTS)]
        assert row["tier_probability"] == pytest.approx(weights[tier == row["tier"]].sum())


def test_curtail_gives_the_tier_of_all_samples(problems: Problems) -> None:
    """The same answers to both: `curtail` stops early and never says anything else."""
    layouts = {stop: problems(MIXED[::2], stop) for stop in ("fixed", "curtail")}
    for stop, layout in layouts.items():
        with Provider(Player()) as provider:
            measure(layout, provider.url, stop=stop)
    both = rates(layouts["fixed"]).join(rates(layouts["curtail"]), on="problem_id", suffix="_c")
    assert both.height == len(MIXED[::2])
    assert (both["tier"] == both["tier_c"]).all()
    assert sum(both["n_c"].to_list()) < 0.9 * sum(both["n"].to_list())


def test_a_newer_grader_judges_what_is_there(
    problems: Problems, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = problems(MIXED[::2])
    with Provider(Player()) as provider:
        measure(layout, provider.url, stop="fixed")
    before = rates(layout)
    grader = registry.find("math")._replace(version="newer", quick=lambda *_: CORRECT)
    known = {name: registry.find(name) for name in registry.names()} | {"math": grader}
    monkeypatch.setattr(registry, "find", known.__getitem__)
    assert measure(layout, NOWHERE, stop="fixed").complete
    after, attempts = rates(layout), pl.read_parquet(layout.attempts)
    assert attempts["grader_version"].unique().to_list() == ["newer"]
    assert (after["k"] == 16).all()
    assert (before["k"] < 16).any()
    monkeypatch.undo()
    assert measure(layout, NOWHERE, stop="fixed").complete
    assert rates(layout).equals(before)


def test_the_same_ledger_gives_the_same_bytes(problems: Problems, tmp_path: Path) -> None:
    """Replicas, places, workers and shards may all be others, and no server need be up."""
    layout = problems(MIXED)
    with Provider(Player(0.002)) as one, Provider(Player(0.01)) as two:
        measure(layout, one.url, two.url, stop="dp", in_flight=5, pilot=PILOT)
    other = elsewhere(layout, tmp_path / "other")
    assert measure(other, NOWHERE, f"{NOWHERE}x", stop="dp", in_flight=77, pilot=PILOT).complete
    assert content(other) == content(layout)


def test_a_cut_off_answer_is_recorded_as_one(problems: Problems) -> None:
    layout = problems([0.0] * 3 + [1.0] * 3)

    def answer(body: dict[str, Any]) -> Reply:
        if prompt(body).endswith(" 0"):
            return Reply("<think>so long", finish="length", usage={"completion_tokens": 16_384})
        return Reply("\\boxed{7}", reasoning="3 + 4")

    with Provider(answer) as provider:
        measure(layout, provider.url, stop="fixed", samples=4, max_tokens=16_384)
        assert {body["max_tokens"] for body in provider.requests} == {16_384}
        assert all("seed" not in body and "n" not in body for body in provider.requests)
    attempts = pl.read_parquet(layout.attempts)
    cut = attempts.filter(pl.col("finish_reason") == "length")
    assert cut.height == 12
    assert cut["verdict"].unique().to_list() == ["truncated"]
    assert cut["completion_tokens"].unique().to_list() == [16_384]
    whole = attempts.filter(pl.col("finish_reason") == "stop")
    assert whole["verdict"].unique().to_list() == ["correct"]
    assert whole["text"].str.contains("<think>\n3 + 4\n</think>", literal=True).all()
    assert attempts["engine"].unique().to_list() == ["endpoint"]
    assert attempts["engine_version"].unique().to_list() == ["0.0-stub"]
    assert attempts["dtype"].unique().to_list() == ["unknown"]
    assert (attempts["seconds"] >= 0).all()


def test_other_sampling_is_another_reference(problems: Problems) -> None:
    layout = problems([1.0] * 4)
    with Provider(Player()) as provider:
        measure(layout, provider.url, stop="fixed", samples=2)
        measure(layout, provider.url, stop="fixed", samples=2, temperature=0.9)
        assert len(provider.requests) == 16
        measure(layout, provider.url, stop="fixed", samples=2)
        measure(layout, provider.url, stop="fixed", samples=3)
        assert len(provider.requests) == 20
    sampling: dict[str, Any] = {
        "temperature": 0.6,
        "top_p": 0.95,
        "max_tokens": 16_384,
        "top_k": 20,
        "min_p": 0.0,
    }
    sampling |= {"chat_template_kwargs": {"enable_thinking": True}}
    key = problem_id("math__test", [{"role": "user", "content": "problem 0 1"}])
    with Ledger(layout.ledger) as ledger:
        request = request_key(key, Identity("stub", None, "unknown", sampling))
        assert [entry.sample for entry in ledger.entries(request, b"")] == [0, 1, 2]


class Heard(Silent):
    """Progress that keeps what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.bars: list[list[Any]] = []

    def start(self, label: str, total: int) -> None:
        self.bars.append([label, total, 0])

    def advance(self, steps: int = 1) -> None:
        self.bars[-1][2] += steps

    def say(self, text: str) -> None:
        self.lines.append(text)


def test_progress_tells_speed_and_what_is_left(problems: Problems) -> None:
    layout = problems(MIXED)
    heard = Heard()
    with Provider(Player(0.05)) as provider:
        measure(layout, provider.url, stop="dp", in_flight=10, progress=heard, pilot=PILOT)
    pilot = [["pilot: ledger", PILOT, PILOT], ["pilot", PILOT, PILOT]]
    rest = len(MIXED) - PILOT
    assert heard.bars[:2] == pilot
    assert heard.bars[2:4] == [["sampling: ledger", rest, rest], ["sampling", rest, rest]]
    line = next(line for line in reversed(heard.lines) if "to go" in line)
    speed, tokens, in_flight, to_go = line.split(", ")[:4]
    assert 10 < float(speed.removesuffix(" samples/s")) < 201
    assert float(tokens.removesuffix(" tokens/s").replace(",", "")) > 50
    assert 0 < int(in_flight.removesuffix(" in flight")) <= 10
    assert to_go.endswith("USD to go")

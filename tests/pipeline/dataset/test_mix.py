"""Properties of the plan: what is kept, in which split, how often."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.columns import joined
from pipeline.dataset.dry_run import plan_dataset
from pipeline.dataset.mix import (
    LEFT_OUT,
    REASONS,
    TEST,
    TRAIN,
    VALIDATION,
    Plan,
    everyday_room,
    plan_rows,
    row_keys,
)
from pipeline.dataset.scratch import Scratch
from pipeline.dataset.survey import FACTS, UNTIERED, Facts, Survey
from pipeline.errors import SettingsError
from pipeline.settings import Settings

Keys = Callable[[int], Any]


def facts_of(keys: Any, everyday: Any = None, tier: Any = None, left_out: Any = None) -> Facts:
    n = len(keys)
    calm = np.zeros(n, np.bool_) if everyday is None else everyday
    tiers = np.arange(n) % 4 if tier is None else tier
    return Facts(
        keys=keys,
        everyday=calm,
        tier=np.where(calm, UNTIERED, tiers).astype(np.int8),
        pass_rate=np.full(n, np.nan),
        reference=np.full(n, -1, np.int32),
        source=np.zeros(n, np.int32),
        tokens=np.full(n, 100, np.int32),
        left_out=np.zeros(n, np.bool_) if left_out is None else left_out,
    )


def plan(facts: Facts, seed: int = 0, over: Any = None, **dataset: Any) -> Plan:
    settings = Settings.model_validate({"seed": seed, "dataset": dataset})
    tokens = np.zeros(len(facts.keys), np.int32) if over is None else over.astype(np.int32)

    def overflow(block: Facts, draft: Plan) -> Any:
        return np.where(draft.repetitions > 0, tokens[np.searchsorted(facts.keys, block.keys)], 0)

    with Scratch(Path(tempfile.gettempdir())) as scratch:
        spool = scratch.spool(Facts, FACTS)
        spool.append(facts)
        survey = Survey(spool, (), ("a",), int(facts.left_out.sum()))
        planned = plan_rows(settings, survey, scratch, lambda drafts: overflow)
        made = joined(list(planned.plans.blocks()))
    assert planned.rows == made.repetitions.sum()
    return made


def reasons(made: Plan) -> dict[str, int]:
    return {REASONS[code]: int((made.reason == code).sum()) for code in np.unique(made.reason)}


def test_split_shares_are_those_of_the_settings(random_keys: Keys) -> None:
    made = plan(facts_of(random_keys(20_000)), validation_share=0.1, test_share=0.2)
    shares = np.bincount(made.split, minlength=3) / 20_000
    assert shares[VALIDATION] == pytest.approx(0.1, abs=0.01)
    assert shares[TEST] == pytest.approx(0.2, abs=0.01)


def test_split_of_a_problem_does_not_depend_on_the_others(random_keys: Keys) -> None:
    keys = random_keys(2_000)
    assert np.array_equal(plan(facts_of(keys)).split[::3], plan(facts_of(keys[::3])).split)


def test_larger_test_share_keeps_test_problems(random_keys: Keys) -> None:
    keys = random_keys(2_000)
    small, large = (plan(facts_of(keys), test_share=share).split for share in (0.05, 0.3))
    assert set(np.flatnonzero(small == TEST)) < set(np.flatnonzero(large == TEST))


def test_extreme_shares(random_keys: Keys) -> None:
    keys = random_keys(500)
    assert set(plan(facts_of(keys), test_share=1, validation_share=0).split) == {TEST}
    assert set(plan(facts_of(keys), test_share=0, validation_share=1).split) == {VALIDATION}
    assert set(plan(facts_of(keys), test_share=0, validation_share=0).split) == {TRAIN}


@given(quota=st.floats(0, 1), seed=st.integers(0, 3))
def test_tier_quota_is_exact(quota: float, seed: int) -> None:
    keys = np.arange(400, dtype=np.uint64)
    made = plan(facts_of(keys), seed=seed, tier_quota={"hard": quota}, untiered_quota=1)
    kept = (made.repetitions > 0) & (np.arange(400) % 4 == 2)
    assert abs(int(kept.sum()) - quota * 100) <= 0.5 + 1e-9
    assert (made.repetitions[np.arange(400) % 4 != 2] > 0).all()


def test_larger_quota_keeps_what_a_smaller_one_kept(random_keys: Keys) -> None:
    keys = random_keys(1_000)
    small, large = (plan(facts_of(keys), tier_quota={"easy": q}) for q in (0.2, 0.6))
    assert ((small.repetitions > 0) <= (large.repetitions > 0)).all()


def test_untiered_problems_are_dropped_with_a_reason(random_keys: Keys) -> None:
    made = plan(facts_of(random_keys(400)))
    assert reasons(made) == {"": 300, "untiered": 100}
    assert ((made.reason > 0) == (made.repetitions == 0)).all()


@given(share=st.floats(0, 0.99), reps=st.integers(1, 3), everyday=st.integers(0, 300))
def test_everyday_share_is_never_exceeded_and_is_used(
    share: float, reps: int, everyday: int
) -> None:
    n = 200 + everyday
    calm = np.arange(n) < everyday
    repeat = {"easy": 1, "medium": 1, "hard": 2, "everyday": reps}
    made = plan(
        facts_of(np.arange(n, dtype=np.uint64), calm), everyday_share=share, repetitions=repeat
    )
    rows, taken = made.repetitions.sum(), made.repetitions[calm].sum()
    assert taken <= share * rows + 1e-9
    if reasons(made).get("everyday_quota"):
        assert taken + reps > share * (rows + reps) - 1e-6, "room for another one was left"


def test_everyday_room_is_exact_in_decimals() -> None:
    assert everyday_room(0.2, 800) == 200
    assert everyday_room(0.1, 9) == 1
    assert everyday_room(0.0, 100) == 0


def test_prompts_over_the_budget_make_no_room_for_everyday_rows() -> None:
    calm = np.arange(400) < 200
    over = np.where(np.arange(400) >= 300, 99_999, 0)
    made = plan(facts_of(np.arange(400, dtype=np.uint64), calm), over=over, everyday_share=0.2)
    taken, rows = made.repetitions[calm].sum(), made.repetitions.sum()
    assert taken <= 0.2 * rows
    assert reasons(made)["too_long"] == 75  # the untiered quarter was dropped before
    assert (made.tokens[made.reason == REASONS.index("too_long")] == 99_999).all()


def test_only_training_rows_are_repeated(random_keys: Keys) -> None:
    keys = random_keys(2_000)
    made = plan(facts_of(keys), repetitions={"easy": 2, "medium": 3, "hard": 4, "everyday": 1})
    tiers = np.arange(2_000) % 4
    for tier, count in ((0, 2), (1, 3), (2, 4)):
        assert set(made.repetitions[(tiers == tier) & (made.split == TRAIN)]) == {count}
    assert set(made.repetitions[made.split != TRAIN]) == {0, 1}


def test_simple_share(random_keys: Keys) -> None:
    made = plan(facts_of(random_keys(10_000)), simple_share=0.3)
    assert made.simple.mean() == pytest.approx(0.3, abs=0.02)


def test_seed_changes_the_split(random_keys: Keys) -> None:
    keys = random_keys(1_000)
    assert (plan(facts_of(keys)).split != plan(facts_of(keys), seed=1).split).any()


def test_row_keys_differ_by_repetition(random_keys: Keys) -> None:
    keys = random_keys(100)
    first, second = (row_keys(keys, np.full(100, r, np.int32)) for r in (0, 1))
    assert len(set(first) | set(second)) == 200


def test_shares_over_one_are_refused(random_keys: Keys) -> None:
    with pytest.raises(SettingsError, match="validation_share"):
        plan(facts_of(random_keys(4)), validation_share=0.7, test_share=0.4)


def test_zero_repetitions_are_refused(random_keys: Keys) -> None:
    with pytest.raises(SettingsError, match=r"repetitions\.easy is 0"):
        plan(facts_of(random_keys(4)), repetitions={"easy": 0})


def test_no_problems_at_all() -> None:
    assert len(plan(facts_of(np.empty(0, np.uint64))).split) == 0


def test_dry_run_bounds_the_rows() -> None:
    planned = plan_dataset(Settings(), {"problems:sample": 100, "everyday:sample": 500})
    assert planned["rows at most"] == 200 + 50
    assert planned["everyday rows at most"] == 50
    assert plan_dataset(Settings(), {"problems:hub:a/b": None})["rows at most"] is None


def test_what_decontamination_dropped_is_no_row_and_takes_no_quota(random_keys: Keys) -> None:
    keys = random_keys(4000)
    dropped = np.arange(4000) % 5 == 0
    everyday = np.arange(4000) % 3 == 0
    made = plan(facts_of(keys, everyday, left_out=dropped), tier_quota={"easy": 0.5})
    assert (made.repetitions[dropped] == 0).all()
    assert (made.reason[dropped] == LEFT_OUT).all()
    rest = plan(facts_of(keys[~dropped], everyday[~dropped], (np.arange(4000) % 4)[~dropped]))
    kept = plan(facts_of(keys, everyday, left_out=dropped))
    assert np.array_equal(kept.repetitions[~dropped], rest.repetitions)


def test_blocks_of_any_length_give_the_same_plan(
    random_keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = random_keys(3_000)
    made = []
    for rows in (3_000, 17, 1_024):
        monkeypatch.setattr("pipeline.dataset.scratch.BLOCK_ROWS", rows)
        made.append(
            plan(
                facts_of(keys, np.arange(3_000) % 3 == 0, left_out=np.arange(3_000) % 11 == 0),
                over=np.where(np.arange(3_000) % 13 == 0, 99_999, 0),
                tier_quota={"easy": 0.3, "hard": 0.9},
                untiered_quota=0.5,
                everyday_share=0.1,
            )
        )
    assert set(reasons(made[0])) == set(REASONS)
    for other in made[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(made[0], other, strict=True))

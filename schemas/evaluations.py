"""Tables `evaluations` and `suite_items`: one run of a policy over a suite, and what it was asked.

The decisions of a run are rows of `episodes`, with its `run_id` and kind `evaluate`.
"""

import dataframely as dy

from schemas.columns import identifier, one_of
from schemas.problems import DOMAINS

POOLS = ("live", "bank", "simulated")
STOPPED = ("budget", "interrupted", "faults")
RUN_PATTERN = "^[A-Za-z0-9_.-]+$"


def _moment(**options: object) -> dy.Datetime:
    return dy.Datetime(time_unit="us", time_zone="UTC", **options)  # type: ignore[arg-type]


def _count(description: str) -> dy.Int64:
    return dy.Int64(min=0, description=description)


class Evaluations(dy.Schema):
    """One row per run: a suite, a policy, a pool and settings."""

    run_id = dy.String(
        primary_key=True, regex=RUN_PATTERN, description="hash of all that decides its results"
    )
    suite = dy.String(min_length=1)
    suite_revision = dy.String(min_length=1, description="commit, or hash of the file")
    items = _count("problems of the suite that are asked")
    repetitions = dy.Int64(min=1, description="times that each of them is asked")
    metric = dy.String(min_length=1)
    metric_scale = dy.Float64(min=1, description="what a quality of 1 is shown as: 1, 10 or 100")
    policy = dy.String(min_length=1, description="as in episodes")
    policy_revision = dy.String(nullable=True, description="checkpoint; null for a fixed rule")
    policy_model = dy.String(
        nullable=True, description="model that decides, or the one that a fixed rule always calls"
    )
    pool = one_of(POOLS)
    cost_weight = dy.Float64(nullable=True, min=0, description="of cost in the reward")
    seed = dy.Int64(min=0)
    settings = dy.String(description="JSON text of what else decides the results")
    started_at = _moment(description="of the first start")
    finished_at = _moment(nullable=True, description="of the newest start; null while it runs")
    episodes = _count("decisions in the ledger")
    failed = _count("attempts without an answer, those that faults ended included")
    ungraded = _count("attempts without a verdict for a fault of a provider, a bank or a grader")
    cost_usd = dy.Float64(min=0, description="of these decisions, at the prices of the menu")
    stopped = one_of(
        STOPPED,
        nullable=True,
        description="why something is left; faults: of providers or graders; null: complete",
    )
    simulated = dy.Bool(description="at least one call was answered by a stand-in")
    alarm = dy.String(nullable=True, description="why the result is not to be believed")


class SuiteItems(dy.Schema):
    """One problem of a suite, sorted by suite, revision and problem."""

    suite = dy.String(primary_key=True, min_length=1)
    suite_revision = dy.String(primary_key=True, min_length=1)
    item_id = dy.String(min_length=1, description="row of the suite's file; else the problem's id")
    problem_id = identifier(primary_key=True)
    data_source = dy.String(min_length=1)
    domain = one_of(DOMAINS)
    grader = dy.String(min_length=1)
    licence = dy.String(nullable=True)

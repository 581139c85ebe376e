"""Tables `outcomes` and `bank_problems`: what each model answers to each problem, graded."""

import dataframely as dy

from schemas.attempts import TIERS, VERDICTS
from schemas.columns import identifier, one_of

OUTCOME_SOURCES = ("live", "simulated", "imported")


class Outcomes(dy.Schema):
    """One answer of one model, sorted by problem, model and sample."""

    problem_id = identifier(primary_key=True)
    model_id = dy.String(primary_key=True, min_length=1)
    sample_index = dy.Int32(primary_key=True, min=0, alias="sample")
    verdict = one_of(VERDICTS, nullable=True, description="null where only a cost is known")
    score = dy.Float64(nullable=True, min=0, max=1)
    input_tokens = dy.Int64(nullable=True, min=0)
    cached_input_tokens = dy.Int64(nullable=True, min=0)
    output_tokens = dy.Int64(nullable=True, min=0)
    reasoning_tokens = dy.Int64(nullable=True, min=0)
    seconds = dy.Float64(nullable=True, min=0)
    cost_usd = dy.Float64(
        nullable=True, min=0, description="as imported or billed; tokens go before it"
    )
    text = dy.String(nullable=True)
    source = one_of(OUTCOME_SOURCES)
    data_source = dy.String(min_length=1, description="of the import, or the problem's")
    collected_at = dy.Datetime(nullable=True, time_unit="us", time_zone="UTC")


class BankProblems(dy.Schema):
    """One problem of a bank, sorted by `problem_id`: enough to ask it, or to replay it, again."""

    problem_id = identifier(primary_key=True)
    data_source = dy.String(min_length=1)
    messages = dy.List(
        dy.Struct({"role": dy.String(), "content": dy.String()}),
        nullable=True,
        description="null where a set names problems by id alone",
    )
    tier = one_of(TIERS, nullable=True)
    grader = dy.String(nullable=True, description="name in our registry")
    ground_truth = dy.String(nullable=True, description="JSON text")
    grader_args = dy.String(nullable=True, description="JSON text, an object")
    metric = dy.String(nullable=True, description="how an imported set judged, in its own words")
    part = dy.String(nullable=True, description="train, test ... of an imported set")

"""Tables `attempts` and `pass_rates`: what a reference model answered, how hard that makes it."""

import dataframely as dy

from schemas.columns import identifier, one_of

VERDICTS = ("correct", "wrong", "parse_failure", "truncated", "ungraded")
ENGINES = ("recorded", "published", "simulated", "vllm", "endpoint", "litellm")
ESTIMATORS = ("share", "posterior_mean")
METHODS = ("measured", "recorded", "published", "simulated")
TIERS = ("easy", "medium", "hard")


class Attempts(dy.Schema):
    """One sampled answer of a reference model, sorted by problem, reference and sample."""

    problem_id = identifier(primary_key=True)
    reference = dy.String(primary_key=True, min_length=1, description="model that answered")
    sample_index = dy.Int32(primary_key=True, min=0, alias="sample")
    engine = one_of(ENGINES)
    engine_version = dy.String(nullable=True)
    reference_revision = dy.String(nullable=True)
    dtype = dy.String(nullable=True, description="weights and cache as served, where known")
    sampling = dy.String(description="JSON text: temperature, top_p, max_tokens ...")
    text = dy.String(nullable=True)
    prompt_tokens = dy.Int32(nullable=True, min=0)
    completion_tokens = dy.Int32(nullable=True, min=0)
    finish_reason = dy.String(nullable=True)
    verdict = one_of(VERDICTS, description="ungraded: a fault of ours, never counted as wrong")
    score = dy.Float64(nullable=True, min=0, max=1)
    detail = dy.String(nullable=True, description="why the verdict is not correct")
    grader = dy.String(min_length=1)
    grader_version = dy.String(min_length=1)
    seconds = dy.Float64(nullable=True, min=0, description="time the engine took to answer")
    cost_usd = dy.Float64(nullable=True, min=0)


class PassRates(dy.Schema):
    """Share of correct answers of one reference, with its interval and the tier it implies."""

    problem_id = identifier(primary_key=True)
    reference = dy.String(primary_key=True, min_length=1)
    n = dy.Int32(min=0, description="graded attempts; for published rates 0 where n is unknown")
    k = dy.Int32(min=0, description="of these, correct")
    pass_rate = dy.Float64(min=0, max=1, description="by the estimator")
    estimator = one_of(
        ESTIMATORS, description="k/n, or the posterior mean where sampling may have stopped early"
    )
    low = dy.Float64(
        nullable=True,
        min=0,
        max=1,
        description="Wilson bound of a share, credible bound of a posterior; null where n is 0",
    )
    high = dy.Float64(nullable=True, min=0, max=1)
    tier = one_of(TIERS)
    tier_probability = dy.Float64(
        nullable=True, min=0, max=1, description="of the tier, where a posterior gives one"
    )
    settled = dy.Bool(description="the interval lies within one tier")
    method = one_of(METHODS)
    proxy_for = dy.String(nullable=True, description="reference model this rate stands in for")
    pooled = dy.Bool(description="rate over several reference models together")
    selected = dy.Bool(description="this row decides the problem's tier")


class Disagreements(dy.Schema):
    """A recorded verdict that our grading of the recorded text does not confirm."""

    problem_id = identifier(primary_key=True)
    reference = dy.String(primary_key=True)
    sample_index = dy.Int32(primary_key=True, alias="sample")
    recorded_correct = dy.Bool()
    verdict = one_of(VERDICTS)
    ground_truth = dy.String()
    text = dy.String(nullable=True)
    detail = dy.String(nullable=True)

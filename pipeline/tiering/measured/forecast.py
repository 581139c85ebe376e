"""What a measurement will take, before it is paid for: samples, tokens, GPU hours, money.

A measurement comes in, with whatever its ledger has of a pilot; a line per stop mode goes out.
Every assumption is named in the forecast.
"""

from typing import NamedTuple

from pipeline.errors import SettingsError
from pipeline.tiering.measured.economy import economy
from pipeline.tiering.measured.folding import UNGRADED, fold
from pipeline.tiering.measured.ledger import Ledger, request_key, verdicts_of
from pipeline.tiering.measured.measure import Measurement
from pipeline.tiering.measured.places import Cost
from pipeline.tiering.measured.prior import RATES, Prior
from pipeline.tiering.measured.rulebook import LEARNING, pilot_size
from pipeline.tiering.measured.samples import judge_of
from pipeline.tiering.measured.stopping import MODES, Mode, make_rule

# Of a thinking model on competition problems where no pilot tells: wrong answers think longer.
RIGHT_TOKENS, WRONG_TOKENS = 4_000.0, 12_000.0
MIN_MEASURED = 200


class Tokens(NamedTuple):
    """Mean completion tokens of a sample."""

    right: float
    wrong: float
    about: str


class ModeForecast(NamedTuple):
    """One stop mode.

    Attributes:
        mode: Of `stopping.MODES`.
        samples: In all, with the pilot.
        tokens: Completion tokens in all.
        gpu_hours: None where the speed is unknown, or a provider bills tokens.
        usd: None where the price or the speed is unknown.
        differing: Share of tiers that differ from `fixed`; NaN where more samples are taken.
        wrong: Share of tiers that differ from the true rate's.
    """

    mode: str
    samples: float
    tokens: float
    gpu_hours: float | None
    usd: float | None
    differing: float
    wrong: float


class Forecast(NamedTuple):
    """Forecast of one reference.

    Attributes:
        model: Its name.
        problems: To be tiered.
        in_ledger: Samples of this model and sampling that are there already.
        basis: What the figures rest on, for people.
        modes: One line per mode.
    """

    model: str
    problems: int
    in_ledger: int
    basis: list[str]
    modes: list[ModeForecast]


def forecast(measurement: Measurement) -> Forecast:
    """Forecast a measurement from its pilot, or from declared assumptions without one."""
    problems = len(measurement.ids)
    if not problems:
        raise SettingsError("no problem can be graded, so there is nothing to measure")
    counts = measurement.learn()
    prior = measurement.book.priors[-1]
    tokens = _tokens(measurement)
    cost = measurement.place.cost(measurement.identity.model)
    pilot = len(measurement.book.pilot)
    basis = [
        f"pass rates: {prior.about}",
        f"tokens: {tokens.about}",
        f"speed and price: {cost.about}",
        f"pilot: {len(counts)} of {pilot} problems sampled",
    ]
    with Ledger(measurement.ledger_path) as ledger:
        size = ledger.size(measurement.identity)
    modes = [_mode(mode, measurement, prior, tokens, cost) for mode in MODES]
    return Forecast(measurement.identity.model, problems, size, basis, modes)


def _mode(
    mode: Mode, measurement: Measurement, prior: Prior, tokens: Tokens, cost: Cost
) -> ModeForecast:
    tiering = measurement.settings.tiering
    measure, cuts = tiering.measure, (tiering.hard_below, tiering.easy_from)
    n_max = measure.accurate_samples if mode == "dp-accurate" else measure.samples
    rule = make_rule(mode, n_max, cuts, prior, measure.wrong_tier)
    mean = economy(rule, RATES, prior.weights, cuts, measure.samples)
    whole = economy(measurement.book.fixed, RATES, prior.weights, cuts, measure.samples)
    pilot = pilot_size(tiering, len(measurement.ids)) if mode in LEARNING else 0
    rest = len(measurement.ids) - pilot
    right = pilot * whole.right + rest * mean.right
    samples = pilot * whole.samples + rest * mean.samples
    written = right * tokens.right + (samples - right) * tokens.wrong
    hours = usd = None
    if cost.tokens_per_gpu_second:
        hours = written / cost.tokens_per_gpu_second / 3600.0
        usd = hours * cost.gpu_hour_usd
    if cost.usd_per_token is not None:
        usd = written * cost.usd_per_token
    return ModeForecast(mode, samples, written, hours, usd, mean.differing, mean.wrong)


def _tokens(measurement: Measurement) -> Tokens:
    """Mean tokens of right and wrong samples of the pilot, or the assumption."""
    sums = {True: [0, 0], False: [0, 0]}
    with Ledger(measurement.ledger_path) as ledger:
        for question in measurement.questions(measurement.book.pilot):
            request = request_key(question.problem_id, measurement.identity)
            judge = judge_of(question, measurement.settings.grading)
            entries = ledger.entries(request, judge)
            at = fold(verdicts_of(entries), measurement.book.fixed)
            for entry in entries:
                judged = entry.sample < at.end and entry.verdict not in (None, UNGRADED)
                if judged and entry.completion_tokens is not None:
                    total = sums[entry.verdict == "correct"]
                    total[0] += 1
                    total[1] += entry.completion_tokens
    (right, right_tokens), (wrong, wrong_tokens) = sums[True], sums[False]
    if right + wrong < MIN_MEASURED or not right or not wrong:
        about = (
            f"assumed {RIGHT_TOKENS:,.0f} for a right and {WRONG_TOKENS:,.0f} for a wrong answer"
        )
        return Tokens(RIGHT_TOKENS, WRONG_TOKENS, about)
    means = right_tokens / right, wrong_tokens / wrong
    about = f"{means[0]:,.0f} for a right and {means[1]:,.0f} for a wrong answer in the pilot"
    return Tokens(*means, about)

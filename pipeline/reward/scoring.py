"""Scores finished episodes: the engine's records and the rows they are about in, rewards out.

The records themselves are completed (`verdict`, `quality`, `normalized_cost`, `cost_weight`,
`reward`), so that the ledger says what each decision earned. Knows nothing of trainers.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.catalog.tariff import Usage
from pipeline.grading.pool import GradingPool
from pipeline.grading.verdicts import GradeRequest
from pipeline.reward.expected import ExpectedTokens
from pipeline.reward.formula import penalty, reward
from pipeline.reward.unit import in_units, reference_usd
from pipeline.reward_settings import RewardSettings
from pipeline.router.limits import prompt_tokens
from pipeline.router.record import Episode
from pipeline.router.turns import Message

CORRECT, UNGRADED, EVERYDAY = "correct", "ungraded", "everyday"


class Truth(NamedTuple):
    """What is known about the problem of an episode.

    Attributes:
        kind: reasoning or everyday.
        domain: One of `schemas.problems.DOMAINS`.
        tier: One of `schemas.examples.EXAMPLE_TIERS`.
        grader: Name in the registry.
        ground_truth: JSON text.
        grader_args: JSON text.
        input_tokens: Estimated tokens of the problem's own messages.
    """

    kind: str
    domain: str
    tier: str
    grader: str
    ground_truth: str
    grader_args: str
    input_tokens: int


class Scored(NamedTuple):
    """What one episode earned, and everything that decided it.

    Attributes:
        reward: 0 to `k`.
        correct: The answer is right and, on an everyday row, no model was called for it.
        verdict: Of the answer; None where there is no answer.
        quality: Score of the answer, 0 to 1; None where it has none.
        ungraded: No grader could judge it: that says nothing about the policy.
        needless: A right answer to an everyday row for which a model was called.
        cost_usd: Router and calls, failed ones included.
        unit_usd: What a normalised cost of 1 is in USD.
        normalized_cost: The cost in that unit.
        penalty: What the cost takes from a correct answer.
        mode: direct, synthesize, select or failed.
        calls: Made, failed ones included.
        failed_calls: Made without a reply.
        refused_calls: Asked for, and not made.
        detail: What the grader said of an answer that is not right; None of a recorded verdict.
    """

    reward: float
    correct: bool
    verdict: str | None
    quality: float | None
    ungraded: bool
    needless: bool
    cost_usd: float
    unit_usd: float
    normalized_cost: float
    penalty: float
    mode: str
    calls: int
    failed_calls: int
    refused_calls: int
    detail: str | None = None


class _Judged(NamedTuple):
    verdict: str | None
    quality: float | None
    detail: str | None = None


def truth_of(example: Mapping[str, Any]) -> Truth:
    """What a row of table `examples` says about its problem."""
    extra = example["extra_info"]
    own: Sequence[Message] = list(example["prompt"])[1:]  # ours is the first one
    return Truth(
        kind=extra["kind"],
        domain=example["ability"],
        tier=extra["tier"],
        grader=extra["grader"],
        ground_truth=example["reward_model"]["ground_truth"],
        grader_args=extra["grader_args"] or "{}",
        input_tokens=prompt_tokens(own),
    )


class Scorer:
    """Scores episodes with grading processes that are kept from one batch to the next."""

    def __init__(
        self, settings: RewardSettings, expected: ExpectedTokens, pool: GradingPool
    ) -> None:
        """Nothing is prepared.

        Args:
            settings: Of the reward.
            expected: Length of one answer, for the unit `reference`.
            pool: Open as long as this is used, by one thread at a time.
        """
        self._settings, self._expected, self._pool = settings, expected, pool

    def score(self, episodes: Sequence[tuple[Episode, Truth]]) -> list[Scored]:
        """Score a batch, and complete the records of its episodes.

        A reply that was selected and came with a recorded verdict, as those of a bank do, keeps
        it; every other answer is graded.

        Args:
            episodes: With what they are about.

        Raises:
            SettingsError: A problem names an unknown grader.
            InputError: A problem has an unknown domain or tier.
            MachineError: A grading process cannot start.
        """
        judged = self._judge(episodes)
        scores = []
        for (episode, truth), found in zip(episodes, judged, strict=True):
            scored = self._scored(episode, truth, found)
            episode.row.update(
                verdict=scored.verdict,
                quality=scored.quality,
                normalized_cost=scored.normalized_cost,
                cost_weight=self._settings.cost_weight,
                reward=None if scored.ungraded else scored.reward,
            )
            scores.append(scored)
        return scores

    def _judge(self, episodes: Sequence[tuple[Episode, Truth]]) -> list[_Judged]:
        judged = [_Judged(e.row["verdict"], e.row["quality"]) for e, _ in episodes]
        open_ones = [
            number
            for number, (episode, _) in enumerate(episodes)
            if judged[number].verdict is None and not episode.failed
        ]
        requests = [_request(*episodes[number]) for number in open_ones]
        for position, grade in self._pool.stream(requests):
            judged[open_ones[position]] = _Judged(grade.verdict, grade.score, grade.detail)
        return judged

    def _scored(self, episode: Episode, truth: Truth, judged: _Judged) -> Scored:
        states = [call["status"] for call in episode.calls]
        made = sum(state != "refused" for state in states)
        right = judged.verdict == CORRECT and not episode.failed
        needless = right and truth.kind == EVERYDAY and made > 0
        cost = float(episode.row["total_cost_usd"])
        unit = self._unit(episode, truth)
        normalized = in_units(cost, unit)
        return Scored(
            reward=reward(right and not needless, normalized, self._settings),
            correct=right and not needless,
            verdict=judged.verdict,
            quality=judged.quality,
            ungraded=judged.verdict == UNGRADED,
            needless=needless,
            cost_usd=cost,
            unit_usd=unit,
            normalized_cost=normalized,
            penalty=penalty(normalized, self._settings),
            mode=episode.row["mode"],
            calls=made,
            failed_calls=states.count("error"),
            refused_calls=states.count("refused"),
            detail=judged.detail,
        )

    def _unit(self, episode: Episode, truth: Truth) -> float:
        if self._settings.cost_unit == "usd":
            return 1.0
        written = self._expected.of(truth.domain, truth.tier)
        return reference_usd(episode.menu, Usage(truth.input_tokens, 0, round(written)))


def _request(episode: Episode, truth: Truth) -> GradeRequest:
    finish = episode.finish_reason
    return GradeRequest(truth.grader, episode.answer, truth.ground_truth, truth.grader_args, finish)

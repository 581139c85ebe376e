"""Grades what a run has played: the records of its episodes are completed, as in training."""

import asyncio
from collections.abc import Sequence
from itertools import islice

from pipeline.accounting import Progress
from pipeline.evaluation.figures import IFEVAL, kept_share
from pipeline.evaluation.judges import Rater
from pipeline.evaluation.ledger import JUDGED, PLAYED, EvaluationLedger, Played
from pipeline.evaluation.runs import Run
from pipeline.grading.verdicts import FOR_NOW
from pipeline.reward.scoring import Scored, Scorer, Truth

CHUNK = 256
TRUNCATED = "truncated"

Pair = tuple[Played, Truth]


async def judge(
    ledger: EvaluationLedger, run: Run, scorer: Scorer, rater: Rater | None, progress: Progress
) -> int:
    """Grade every episode that no grader has seen.

    A reply of a bank that was selected keeps its recorded verdict. What cannot be judged for now,
    as a verifier is down or there is no money for a judge, stays open for the next start.

    Args:
        ledger: That has the episodes.
        run: Whose they are.
        scorer: Of answers.
        rater: Of open answers; None where there is no judge: they are ungraded.
        progress: Told of every episode.

    Returns:
        How many stay open.

    Raises:
        XRouterError: A grading process cannot start.
    """
    waiting = list(ledger.episodes(run.run_id, run.pool.menu, PLAYED))
    progress.start("grading", len(waiting))
    rest, judged = iter(waiting), 0
    while chunk := list(islice(rest, CHUNK)):
        pairs = [(played, _truth(ledger, run, played)) for played in chunk]
        if rater is not None:
            pairs = await _rated(pairs, rater)
        done = _scored(pairs, scorer)
        ledger.add(run.run_id, done)
        judged += len(done)
        progress.advance(len(chunk))
    return len(waiting) - judged


def _truth(ledger: EvaluationLedger, run: Run, played: Played) -> Truth:
    """What an answer is held against: of a later turn with the answers before it."""
    turns = run.asked.before(played.problem_id)
    said = [ledger.answer(run.run_id, turn, played.sample) or "" for turn in turns]
    return run.asked.truth(played.problem_id, said)


async def _rated(pairs: Sequence[Pair], rater: Rater) -> list[Pair]:
    """Those that need no judge any more."""
    found = await asyncio.gather(*(rater.rate(*pair) for pair in pairs))
    return [pair for pair, is_done in zip(pairs, found, strict=True) if is_done]


def _scored(pairs: Sequence[Pair], scorer: Scorer) -> list[Played]:
    scores = scorer.score([(played.episode, truth) for played, truth in pairs])
    done = []
    for (played, truth), scored in zip(pairs, scores, strict=True):
        if _for_now(scored):
            continue
        if truth.grader == IFEVAL and scored.verdict == TRUNCATED:
            # IFEval counts what an answer follows as far as it goes.
            played.episode.row["quality"] = kept_share(played.episode.answer, truth)
        done.append(played._replace(state=JUDGED))
    return done


def _for_now(scored: Scored) -> bool:
    return scored.ungraded and (scored.detail or "").startswith(FOR_NOW)

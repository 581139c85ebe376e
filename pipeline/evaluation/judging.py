"""Grades what a run has played: the records of its episodes are completed, as in training."""

from itertools import islice

from pipeline.accounting import Progress
from pipeline.evaluation.asked import Asked
from pipeline.evaluation.ledger import JUDGED, PLAYED, EvaluationLedger
from pipeline.grading.verdicts import FOR_NOW
from pipeline.reward.scoring import Scored, Scorer
from pipeline.router.menu import Menu

CHUNK = 256


def judge(
    ledger: EvaluationLedger,
    run_id: str,
    asked: Asked,
    menu: Menu,
    scorer: Scorer,
    progress: Progress,
) -> int:
    """Grade every episode that no grader has seen.

    A reply of a bank that was selected keeps its recorded verdict. What a grader cannot judge for
    now, such as a verifier that is down, stays open for the next start.

    Returns:
        How many stay open.

    Raises:
        XRouterError: A grading process cannot start.
    """
    waiting = list(ledger.episodes(run_id, menu, PLAYED))
    progress.start("grading", len(waiting))
    rest, still_open = iter(waiting), 0
    while chunk := list(islice(rest, CHUNK)):
        pairs = [(played.episode, asked.truth(played.problem_id)) for played in chunk]
        scores = scorer.score(pairs)
        done = [
            played._replace(state=JUDGED)
            for played, scored in zip(chunk, scores, strict=True)
            if not _for_now(scored)
        ]
        ledger.add(run_id, done)
        still_open += len(chunk) - len(done)
        progress.advance(len(chunk))
    return still_open


def _for_now(scored: Scored) -> bool:
    return scored.ungraded and (scored.detail or "").startswith(FOR_NOW)

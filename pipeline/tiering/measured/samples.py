"""What is sent for a sample, what is kept of it, and who judges it."""

from typing import Any

from pipeline.grading.registry import names, version
from pipeline.providers.completion import Completion
from pipeline.settings import GradingSettings
from pipeline.tiering.measured.ledger import Identity, Sample, judge_key
from pipeline.tiering.questions import Question
from schemas.problems import to_json

UNKNOWN = "unknown"


def request_body(question: Question, identity: Identity) -> dict[str, Any]:
    """Body of the request for one sample."""
    return {"model": identity.model, "messages": question.messages, **identity.sampling}


def sample_of(done: Completion, engine: str, engine_version: str | None) -> Sample:
    """The part of a completion that the ledger keeps.

    A reasoning block that the server kept apart is put back before the answer, so that the text is
    the same however the server was started.
    """
    text = f"<think>\n{done.reasoning}\n</think>\n\n{done.text}" if done.reasoning else done.text
    return Sample(
        text=text,
        finish_reason=done.finish_reason,
        prompt_tokens=done.prompt_tokens,
        completion_tokens=done.completion_tokens,
        seconds=round(done.seconds, 3),
        cost_usd=done.cost_usd,
        engine=engine,
        engine_version=engine_version,
    )


def judge_of(question: Question, settings: GradingSettings) -> bytes:
    """Key of everything beside the answer that decides a verdict."""
    release = version(question.grader) if question.grader in names() else UNKNOWN
    return judge_key(
        question.grader,
        release,
        question.ground_truth,
        question.grader_args,
        to_json(settings.judging()),
    )

"""The engine `simulated`: a declared stand-in that writes right and wrong answers from a key.

It goes the way of a real model: requests through LiteLLM, texts back, verdicts from graders only.
Nothing about its difficulty is measured, and every row it leads to says so.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from pipeline.providers.local import Ask, Choice, complete_all, register_writer
from pipeline.settings import Settings
from pipeline.tiering.answers import Answer
from pipeline.tiering.difficulty import right_probability
from pipeline.tiering.draws import Draws, draws_for
from pipeline.tiering.questions import Question
from pipeline.tiering.right_answers import RightAnswer, render, right_answer
from pipeline.tiering.specs import Simulated
from pipeline.tiering.wrong_answers import wrong_answer, wrong_program
from schemas.problems import canonical_prompt, to_json

VERSION = 1
"""Raise it whenever a text of the stand-in changes."""

STAGE = "tiering/stand-in/text"
TEMPERATURE, MAX_TOKENS = 1.0, 4096
_CHARACTERS_PER_TOKEN = 4
_RAMBLING = (
    "Let me look at this again. There are several ways to read the question, and each of them "
    "leads somewhere else. I am not certain which one is meant, so I would rather leave it open."
)


class Key(NamedTuple):
    """What the stand-in knows about one problem."""

    right: RightAnswer
    truth: Any
    grader_args: dict[str, Any]
    probability: float


class StandIn:
    """Answers from an answer key, see `pipeline.tiering.answers.Engine`."""

    def __init__(self, spec: Simulated, settings: Settings) -> None:
        self._model = spec.model
        self._seed = settings.seed
        self._samples = settings.tiering.samples
        self._sampling = {"temperature": TEMPERATURE, "max_tokens": MAX_TOKENS, "seed": self._seed}
        self._keys: dict[tuple[str, str], Key] = {}
        self.identity = to_json(
            {"engine": "simulated", "version": VERSION, "model": self._model, **self._sampling}
            | {"samples": self._samples}
        )
        register_writer(spec.name, self.write)

    def answer(self, shard: Sequence[Question]) -> list[Answer]:
        """Ask LiteLLM for every problem of which a right answer is known."""
        keys = ((q, key_of_question(q, self._seed)) for q in shard)
        self._keys = {(q.problem_id, q.prompt): key for q, key in keys if key is not None}
        asked = [q for q in shard if (q.problem_id, q.prompt) in self._keys]
        asks = [Ask(q.problem_id, q.messages) for q in asked]
        replies = complete_all(self._model, asks, {"n": self._samples, **self._sampling})
        return [
            self._answer(question, sample, choice)
            for question, choices in zip(asked, replies, strict=True)
            for sample, choice in enumerate(choices)
        ]

    def write(self, ask: Ask, count: int, seed: int) -> list[Choice]:
        """Write the texts of one request; a function of the seed, the problem and the sample."""
        key = self._keys[ask.key, canonical_prompt(ask.messages)]
        prompt_tokens = _tokens("".join(message["content"] for message in ask.messages))
        samples = [f"{self._model}/{ask.key}/{sample}" for sample in range(count)]
        texts = [_text(key, ask.key, draws) for draws in draws_for(seed, STAGE, samples)]
        return [Choice(text, why, prompt_tokens, _tokens(text)) for text, why in texts]

    def _answer(self, question: Question, sample: int, choice: Choice) -> Answer:
        return Answer(
            problem_id=question.problem_id,
            reference=self._model,
            sample=sample,
            engine="simulated",
            text=choice.text,
            sampling=to_json(self._sampling),
            prompt_tokens=choice.prompt_tokens,
            completion_tokens=choice.completion_tokens,
            finish_reason=choice.finish_reason,
            seconds=0.0,
            cost_usd=0.0,
            detail=choice.error,
        )


def key_of_question(question: Question, seed: int) -> Key | None:
    """What there is to know about a problem; None where no right text can be known."""
    right = right_answer(question)
    if right is None:
        return None
    truth, args = json.loads(question.ground_truth), json.loads(question.grader_args)
    return Key(right, truth, args, right_probability(question, seed))


def wrong_text(key: Key, problem_id: str, draws: Draws) -> str:
    """A whole text that ends in a wrong answer."""
    return key.right.work + _wrong(key, problem_id, draws)


def _text(key: Key, problem_id: str, draws: Draws) -> tuple[str, str]:
    if draws.random() < key.probability:
        return key.right.text, "stop"
    kind = draws.random()
    if kind < 0.72:
        return wrong_text(key, problem_id, draws), "stop"
    if kind < 0.84:
        return _cut(key.right.work, draws), "length"
    if kind < 0.94:
        return f"{_RAMBLING}\n\nPerhaps it is close to what one would expect.", "stop"
    return ("", "stop") if kind < 0.97 else (" ".join([_RAMBLING] * 8), "length")


def _wrong(key: Key, problem_id: str, draws: Draws) -> str:
    if key.right.place != "python":
        return render(key.right.place, wrong_answer(key.truth, key.grader_args, draws))
    # Every distinct program costs a run in the sandbox: one wrong program for every fourth problem.
    pick = int(problem_id[:8], 16)
    if pick % 4:
        return _RAMBLING
    code = key.right.final.split("\n", 1)[1].rsplit("```", 1)[0]
    return render("python", wrong_program(code, pick // 4))


def _cut(work: str, draws: Draws) -> str:
    kept = (
        work or "Let me think about what is asked before I write the final answer. First of all, "
    )
    return kept[: max(1, int(len(kept) * (0.3 + 0.6 * draws.random())))]


def _tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_PER_TOKEN)

"""The judge of open answers: asked through the purse like the policies, at prices of its own.

What it costs is no part of what a decision costs: it is charged to an account of its own beside
that of the run. A rating is kept under what was asked, and never paid again.
"""

import asyncio
import contextlib
import hashlib
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from pipeline.catalog.load import load_models
from pipeline.errors import SettingsError
from pipeline.evaluation.asked import Asked
from pipeline.evaluation.ledger import Played
from pipeline.evaluation.paying import KEY_BYTES, MAYBE_BILLED, Account
from pipeline.evaluation.purse import SpentError
from pipeline.grading import rating, verifier
from pipeline.grading.verdicts import GradeRequest, Outcome, Task, read_task
from pipeline.providers.completion import Completion
from pipeline.providers.faults import ProviderError
from pipeline.reward.scoring import Truth
from pipeline.router.limits import prompt_tokens
from pipeline.settings import GradingSettings, Settings
from schemas.problems import to_json

RATING = "rating"
SUFFIX = "/judge"
NO_RATING = "no_rating"


def account_of(run_id: str) -> str:
    """Name of the account that the judge of a run is charged to."""
    return f"{run_id}{SUFFIX}"


class Judge(NamedTuple):
    """Who rates open answers, and what a token costs.

    Attributes:
        settings: How the judge is reached.
        input_usd: Of a token read.
        output_usd: Of a token written.
    """

    settings: GradingSettings
    input_usd: float
    output_usd: float

    @property
    def paid(self) -> bool:
        """Whether it costs anything."""
        return self.input_usd + self.output_usd > 0

    @property
    def name(self) -> str:
        """Of its model: ratings of different judges are different results."""
        return self.settings.judge_model

    def cost(self, found: Completion, prompt: str) -> float:
        """USD of one reply; what is not counted costs the most it can."""
        read, written = found.prompt_tokens, found.completion_tokens
        return self.price(
            _read(prompt) if read is None else read,
            verifier.MAX_TOKENS if written is None else written,
        )

    def price(self, read: int, written: int = verifier.MAX_TOKENS) -> float:
        """USD of so many tokens."""
        return read * self.input_usd + written * self.output_usd


def _read(prompt: str) -> int:
    return prompt_tokens([{"role": "user", "content": prompt}])


def judge_of(settings: Settings, asked: Asked) -> Judge | None:
    """The judge of a suite; None where it needs none, or none is set.

    Raises:
        SettingsError: Nobody says what it costs.
    """
    grading = settings.grading
    if RATING not in asked.graders or grading.judge_url is None:
        return None
    read, written = grading.judge_input_per_million, grading.judge_output_per_million
    if read is None or written is None:
        models = load_models(settings.catalog.models).models
        named = {name: m for m in models for name in (m.litellm_model, m.model_id)}
        found = named.get(grading.judge_model)
        if found is None:
            raise SettingsError(
                f"suite {asked.suite.name}: the price list has no {grading.judge_model!r}, so "
                "nobody knows what the judge costs; give grading.judge_input_per_million and "
                "grading.judge_output_per_million in USD, 0 for a model of your own"
            )
        read = found.base.input if read is None else read
        written = found.base.output if written is None else written
    return Judge(grading, read / 1e6, written / 1e6)


class Rater:
    """Has answers rated, many at once; for one event loop, inside `open_rater`."""

    def __init__(self, judge: Judge, account: Account, threads: ThreadPoolExecutor) -> None:
        self._judge, self._account, self._threads = judge, account, threads
        self._gate = asyncio.Semaphore(judge.settings.verifier_in_flight)
        self._stopped = threading.Event()
        self._asking: dict[bytes, asyncio.Lock] = {}

    def stop(self) -> None:
        """Let no call be tried again."""
        self._stopped.set()

    async def rate(self, played: Played, truth: Truth) -> bool:
        """Write a rating into the record of an episode that needs one.

        Returns:
            Whether it needs none any more; without money or a judge that answers it stays open.
        """
        episode = played.episode
        if truth.grader != RATING or episode.row["verdict"] is not None or episode.failed:
            return True
        task = read_task(
            GradeRequest(RATING, episode.answer, truth.ground_truth, truth.grader_args)
        )
        if isinstance(task, Outcome) or rating.quick(task, self._judge.settings) is not None:
            return True  # no judge needs to be asked about it
        try:
            found = await self._rating(task)
        except (SpentError, verifier.NoDecisionError):
            return False
        outcome = rating.outcome(found, self._judge.settings)
        episode.row.update(verdict=outcome.verdict, quality=outcome.score)
        return True

    async def _rating(self, task: Task) -> float:
        prompt, ledger = rating.prompt(task), self._account.purse.ledger
        key = self._key(prompt)
        # Of equal questions at once the second waits for the rating of the first.
        async with self._asking.setdefault(key, asyncio.Lock()), self._gate:
            known = ledger.reply(key)
            if known is not None:
                return float(known["rating"])
            worst = self._judge.price(_read(prompt))
            await self._account.purse.reserve(worst)
            return await self._account.purse.to_the_end(self._buy(key, worst, prompt))

    async def _buy(self, key: bytes, worst: float, prompt: str) -> float:
        purse, cost = self._account.purse, worst
        number = purse.ledger.send(self._account.run_id, worst)
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._threads, self._ask, prompt)
            cost = self._judge.cost(found, prompt)
            rated = rating.rating(found.text)
            purse.ledger.keep(number, cost, key, {"rating": rated, "text": found.text})
            return rated
        except verifier.NoDecisionError as error:
            fault = error.__cause__
            kind = fault.kind if isinstance(fault, ProviderError) else NO_RATING
            if kind != NO_RATING and kind not in MAYBE_BILLED:
                cost = 0.0
            purse.ledger.settle(number, cost, kind)
            raise
        finally:
            purse.settle(worst, cost)

    def _ask(self, prompt: str) -> Completion:
        verifier.stopped.set(self._stopped)
        return verifier.completion(prompt, rating.judge(self._judge.settings))

    def _key(self, prompt: str) -> bytes:
        text = to_json({"judge": self._judge.name, "prompt": prompt})
        return hashlib.sha256(f"rating\x1d{text}".encode(errors="replace")).digest()[:KEY_BYTES]


@contextlib.asynccontextmanager
async def open_rater(judge: Judge, account: Account) -> AsyncIterator[Rater]:
    """A rater; calls under way come to their end, and are noted, before the block ends.

    Args:
        judge: Who is asked.
        account: Who pays; `account_of` names it.
    """
    with ThreadPoolExecutor(judge.settings.verifier_in_flight, "judge") as threads:
        async with account.purse.open():
            rater = Rater(judge, account, threads)
            try:
                yield rater
            finally:
                rater.stop()

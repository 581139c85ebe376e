"""An evaluation, top to bottom: suites, a pool, policies; play, grade, publish; numbers."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from pipeline.accounting import Progress
from pipeline.errors import InputError, SettingsError
from pipeline.evaluation.asked import Asked, texts_of
from pipeline.evaluation.contenders import check_specs, open_contender
from pipeline.evaluation.judges import account_of, open_rater
from pipeline.evaluation.judging import judge
from pipeline.evaluation.ledger import JUDGED, EvaluationLedger
from pipeline.evaluation.paying import Account
from pipeline.evaluation.playing import Ending, Player
from pipeline.evaluation.pools import Pool, open_pool
from pipeline.evaluation.purse import Purse
from pipeline.evaluation.results import Result, results
from pipeline.evaluation.runs import BUDGET, INTERRUPTED, Run, publish, run_of
from pipeline.evaluation.specs import BASELINES, PolicySpec, read_specs
from pipeline.evaluation.suites.load import LoadedSuite, load_suite
from pipeline.evaluation.suites.texts import reference_texts
from pipeline.grading.pool import GradingPool
from pipeline.io import exclusive, sweep_partials
from pipeline.reward.expected import table_of
from pipeline.reward.scoring import Scorer
from pipeline.router.assemble import BANK, LIVE, limits_of, secrets_of
from pipeline.settings import Settings

FOLDER, LEDGER, SPOOL = "evaluation", "ledger.sqlite", "spool"


class EvaluatePlan(BaseModel):
    """What to evaluate on what, and what it may cost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    suites: tuple[str, ...] = Field(min_length=1)
    where: Path | None = Field(None, description="directory or file of the suites; None: the Hub")
    policies: tuple[str, ...] = Field((), description="see pipeline.evaluation.specs")
    pool: str = Field("simulated", description="live, simulated or bank:PATH")
    repetitions: int | None = Field(None, ge=1, description="None: as each suite says")
    limit: int | None = Field(None, ge=1, description="only the first problems, in order of id")
    budget_usd: float | None = Field(None, ge=0, description="of all starts of this command")
    baselines: bool = Field(True, description="of a bank: run those that cost nothing, too")
    in_flight: int = Field(32, ge=1, description="decisions at a time")


class EvaluateResult(NamedTuple):
    """What an evaluation came to.

    Attributes:
        out: Directory of the ledger and the spool.
        results: A row a run, suite by suite.
        skipped: Items of suites that cannot be asked, by reason.
        unknown: Problems of suites that the bank does not know.
        faults: Items without an answer for a fault, by run and kind.
        given_up: Why runs were given up, by run.
        spent_usd: By all starts of this command.
        in_doubt: Calls in flight when a start was killed, and the most they can cost.
    """

    out: Path
    results: list[Result]
    skipped: dict[str, dict[str, int]]
    unknown: dict[str, int]
    faults: dict[str, dict[str, int]]
    given_up: dict[str, str]
    spent_usd: float
    in_doubt: tuple[int, float]


def evaluate(plan: EvaluatePlan, settings: Settings, progress: Progress) -> EvaluateResult:
    """Play what has not been played, grade it, put it into the spool, and reckon.

    Args:
        plan: What to evaluate on what.
        settings: Of the router, its price list, grading and reward; `out` is where it goes.
        progress: Where to say how far it is.

    Raises:
        XRouterError: It cannot be done; every paid answer is in the ledger.
    """
    specs = _specs(plan)
    if plan.pool == LIVE:
        _need_budget(plan)
    root = settings.out / FOLDER
    with exclusive(root):
        sweep_partials(root)
        suites = [_suite(name, plan) for name in dict.fromkeys(plan.suites)]
        with EvaluationLedger(root / LEDGER) as ledger:
            return asyncio.run(_Evaluation(plan, settings, ledger, progress).run(suites, specs))


def _specs(plan: EvaluatePlan) -> list[PolicySpec]:
    baselines = BASELINES if plan.baselines and plan.pool.startswith(f"{BANK}:") else ()
    found = read_specs([*plan.policies, *baselines])
    if not found:
        raise SettingsError("name something to evaluate: --policy cheapest, --policy model ...")
    return found


def _need_budget(plan: EvaluatePlan) -> None:
    if plan.budget_usd is None:
        raise SettingsError("this asks models for money: say how much at most, --budget-usd")


def _suite(name: str, plan: EvaluatePlan) -> LoadedSuite:
    loaded = load_suite(name, plan.where, plan.limit)
    if loaded.problems.is_empty():
        why = ", ".join(f"{count:,} {reason}" for reason, count in loaded.skipped.items())
        needs = f"; it needs {loaded.suite.needs}" if loaded.suite.needs else ""
        raise InputError(f"suite {name}: no problem that can be asked ({why or 'empty'}){needs}")
    return loaded


class _Evaluation:
    """One start of a command."""

    def __init__(
        self, plan: EvaluatePlan, settings: Settings, ledger: EvaluationLedger, progress: Progress
    ) -> None:
        self._plan, self._settings = plan, settings
        self._ledger, self._progress = ledger, progress
        self._root, self._spool = settings.out / FOLDER, settings.out / SPOOL
        self._endings: dict[str, Ending] = {}

    async def run(
        self, suites: Sequence[LoadedSuite], specs: Sequence[PolicySpec]
    ) -> EvaluateResult:
        async with contextlib.AsyncExitStack() as stack:
            pool = await stack.enter_async_context(
                open_pool(self._settings, self._plan.pool, suites)
            )
            check_specs(specs, self._settings, pool.menu, pool.bank)
            groups = [await self._runs(stack, pool, loaded, specs) for loaded in suites]
            runs = [run for group in groups for run in group]
            purse = self._purse(runs)
            with GradingPool(self._settings.grading, self._settings.workers) as grading:
                reward = self._settings.reward
                scorer = Scorer(reward, table_of(reward), grading)
                for run in runs:
                    await self._play(run, purse, scorer)
            found = [result for group in groups for result in self._reckon(group, purse)]
        return self._result(found, groups, suites)

    async def _runs(
        self,
        stack: contextlib.AsyncExitStack,
        pool: Pool,
        loaded: LoadedSuite,
        specs: Sequence[PolicySpec],
    ) -> list[Run]:
        """All runs over one suite, their policies open."""
        bare: list[str] = []
        if pool.bank is not None or any(spec.cut is not None for spec in specs):
            bare = reference_texts(self._plan.where, [loaded.suite.name])["text"].to_list()
        links = pool.links(texts_of(loaded.problems), bare)
        repetitions = self._plan.repetitions or loaded.suite.repetitions
        asked = Asked(loaded, repetitions, links)
        runs = []
        for spec in specs:
            contender = await stack.enter_async_context(
                open_contender(spec, self._settings, pool, asked, bare)
            )
            runs.append(run_of(asked, pool, contender, self._settings, self._root))
        return runs

    def _purse(self, runs: Sequence[Run]) -> Purse:
        if any(run.contender.paid or (run.judge and run.judge.paid) for run in runs):
            _need_budget(self._plan)
        budget = self._plan.budget_usd
        limit = float("inf") if budget is None else budget
        return Purse(self._ledger, _accounts(runs), limit)

    async def _play(self, run: Run, purse: Purse, scorer: Scorer) -> None:
        """Play one run, grade it and put it into the spool."""
        self._ledger.begin(run.run_id)
        run.write(run.row(self._ledger, INTERRUPTED, finished=False))
        account = Account(purse, run.run_id, run.asker)
        limits = limits_of(self._settings.router.limits)
        player = Player(run.asked, run.pool, run.contender, account, limits)
        self._endings[run.run_id] = await player.play(self._plan.in_flight, self._progress)
        await self._grade(run, purse, scorer)
        publish(run, self._ledger, self._spool)
        run.write(run.row(self._ledger, self._stopped(run, purse), finished=True))

    async def _grade(self, run: Run, purse: Purse, scorer: Scorer) -> None:
        async with contextlib.AsyncExitStack() as stack:
            rater = None
            if run.judge is not None:
                account = Account(purse, account_of(run.run_id), run.judge.name)
                rater = await stack.enter_async_context(open_rater(run.judge, account))
            await judge(self._ledger, run, scorer, rater, self._progress)

    def _stopped(self, run: Run, purse: Purse) -> str | None:
        judged = sum(mark.state == JUDGED for mark in self._ledger.marks(run.run_id))
        return BUDGET if purse.empty and judged < run.asked.size else None

    def _reckon(self, runs: Sequence[Run], purse: Purse) -> list[Result]:
        """Numbers of the runs of one suite, written down with the runs."""
        rows = [run.row(self._ledger, self._stopped(run, purse), finished=True) for run in runs]
        found = results(runs, rows, self._ledger)
        for run, row, result in zip(runs, rows, found, strict=True):
            more = {
                "judge_usd": result.judge_usd,
                "figures": [figure._asdict() for figure in result.figures],
            }
            run.write(row | {"alarm": result.alarm}, more)
        return found

    def _without_keys(self, text: str) -> str:
        """What a provider said, which may have repeated a key."""
        for secret in secrets_of(self._settings.router):
            text = text.replace(secret, "[key]")
        return text

    def _result(
        self,
        found: list[Result],
        groups: Sequence[Sequence[Run]],
        suites: Sequence[LoadedSuite],
    ) -> EvaluateResult:
        accounts = _accounts([run for group in groups for run in group])
        unknown = {
            group[0].asked.suite.name: group[0].pool.unknown(group[0].asked.items())
            for group in groups
        }
        endings = self._endings.items()
        given_up = {run_id: end.given_up for run_id, end in endings if end.given_up}
        return EvaluateResult(
            self._settings.out,
            found,
            {loaded.suite.name: loaded.skipped for loaded in suites if loaded.skipped},
            {name: count for name, count in unknown.items() if count},
            {run_id: ending.faults for run_id, ending in endings if ending.faults},
            {run_id: self._without_keys(why) for run_id, why in given_up.items()},
            self._ledger.spent(accounts),
            self._ledger.in_doubt(accounts),
        )


def _accounts(runs: Sequence[Run]) -> list[str]:
    """What a command pays from: for each run the policy's account and the judge's."""
    return [name for run in runs for name in (run.run_id, account_of(run.run_id))]

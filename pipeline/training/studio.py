"""What all episodes of one rollout process share: replies, money, grading, the ledger.

Ray ends such a process without a word, so an episode is in a file before anybody hears of its
reward. Knows nothing of tokens.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from pipeline.errors import MachineError
from pipeline.grading.pool import GradingPool
from pipeline.layout import Layout
from pipeline.reward.expected import expected_tokens
from pipeline.reward.scoring import Scored, Scorer, Truth
from pipeline.router.assemble import LIVE, limits_of, open_source
from pipeline.router.engine import Router
from pipeline.router.limits import Limits
from pipeline.router.menu import Menu
from pipeline.router.record import Episode, Stamp
from pipeline.router.simulated import SOURCE as SIMULATED
from pipeline.router.simulated import SimulatedSource
from pipeline.router.spool import Spool
from pipeline.router.turns import CallSource, Policy, Query
from pipeline.settings import Settings
from pipeline.training.ledger import RunLedger
from pipeline.training.purse import BoundedSource, RunPurse
from pipeline.training.run_file import RunFile

# Episodes that end within this time are graded and written together.
GATHER_SECONDS = 0.02
MOST_SPOOLS = 4
PURSE = "purse.sqlite"


class Moment(NamedTuple):
    """Whose episode it is: see `RunLedger.folder_of`."""

    kind: str
    step: int


class _Waiting(NamedTuple):
    episode: Episode
    truth: Truth
    moment: Moment
    future: "asyncio.Future[Scored]"


class Studio:
    """See the module; made by `open_studio`."""

    def __init__(
        self, run: RunFile, source: CallSource, scorer: Scorer, purse: RunPurse | None = None
    ) -> None:
        """Play nothing yet.

        Args:
            run: What is trained.
            source: Where replies come from.
            scorer: Of the episodes.
            purse: Money for all calls of the run; None: no bound.
        """
        self.run = run
        self._source, self._scorer, self._purse = source, scorer, purse
        self._ledger = RunLedger(run.folder, run.run_id)
        self._limits = limits_of(run.settings.router.limits)
        self._spools: dict[Moment, Spool] = {}
        self._waiting: list[_Waiting] = []
        self._grading: asyncio.Task[None] | None = None

    @property
    def limits(self) -> Limits:
        """Of every episode."""
        return self._limits

    async def play(self, policy: Policy, query: Query, menu: Menu, moment: Moment) -> Episode:
        """One episode.

        Raises:
            SpentError: The money of the run is gone.
        """
        if self._purse is not None:
            self._purse.check()
        broken: list[Episode] = []
        router = Router(policy, self._source, self._limits, broken.append)
        try:
            return await router.run(query, menu, Stamp(self.run.run_id, moment.kind))
        except Exception:
            # What it called has been paid for.
            for episode in broken:
                self._spool(moment).add(episode)
            await self._spool(moment).flush_aside()
            raise

    async def score(self, episode: Episode, truth: Truth, moment: Moment) -> Scored:
        """What it earned; the record is in the ledger then.

        Raises:
            XRouterError: It cannot be graded, or not be written.
        """
        future: asyncio.Future[Scored] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(episode, truth, moment, future))
        if self._grading is None or self._grading.done():
            self._grading = asyncio.create_task(self._grade())
        return await future

    async def _grade(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            batch, self._waiting = self._waiting, []
            try:
                scores = await self._graded(batch)
            except Exception as error:  # noqa: BLE001  # whoever waits is to see it
                for each in batch:
                    each.future.set_exception(error)
                continue
            for each, scored in zip(batch, scores, strict=True):
                if not each.future.done():
                    each.future.set_result(scored)

    async def _graded(self, batch: Sequence[_Waiting]) -> list[Scored]:
        pairs = [(each.episode, each.truth) for each in batch]
        scores = await asyncio.to_thread(self._scorer.score, pairs)
        for each in batch:
            self._spool(each.moment).add(each.episode)
        for moment in {each.moment for each in batch}:
            spool = self._spools[moment]
            await spool.flush_aside()
            if spool.fault:
                raise MachineError(f"{spool.folder}: episodes cannot be written: {spool.fault}")
        return scores

    def _spool(self, moment: Moment) -> Spool:
        if moment not in self._spools:
            folder = self._ledger.folder_of(*moment)
            self._spools[moment] = Spool(folder, self.run.run_id)
            for old in list(self._spools)[:-MOST_SPOOLS]:
                if not self._spools[old].waiting:
                    del self._spools[old]
        return self._spools[moment]


@contextlib.asynccontextmanager
async def open_studio(run: RunFile) -> AsyncIterator[Studio]:
    """Open everything that the episodes of this process need.

    Raises:
        XRouterError: The pool, the bank or the table of lengths cannot be used.
    """
    settings = run.settings
    # Several such processes share the cores.
    workers = max(1, settings.workers // run.preset.workers)
    lengths = expected_tokens(settings, [run.train, run.validation])
    async with _open_pool(run) as (source, purse):
        with GradingPool(settings.grading, workers) as grading:
            yield Studio(run, source, Scorer(settings.reward, lengths, grading), purse)


@contextlib.asynccontextmanager
async def _open_pool(run: RunFile) -> AsyncIterator[tuple[CallSource, RunPurse | None]]:
    settings = run.settings
    pool, most = settings.router.pool, settings.training.spend_usd
    if pool == SIMULATED:
        yield _stand_ins(run, settings), None
        return
    async with open_source(settings, pool) as source:
        if pool != LIVE or most is None:
            yield source, None
            return
        run.folder.mkdir(parents=True, exist_ok=True)
        purse = RunPurse(run.folder / PURSE, most)
        yield BoundedSource(source, purse), purse


def _stand_ins(run: RunFile, settings: Settings) -> SimulatedSource:
    """Stand-ins that are right and wrong about the problems of the build, where they are known."""
    built = Layout(run.build)
    if not built.problems.exists():
        return SimulatedSource(settings.seed)
    from pipeline.bank.stand_ins import known_problems
    from pipeline.io import read_parquet

    wanted = set(read_parquet(built.problems, ["problem_id"])["problem_id"])
    return SimulatedSource(settings.seed, known_problems(built, wanted, settings.seed))

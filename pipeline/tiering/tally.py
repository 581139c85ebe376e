"""What graded shards come to: counts, disagreements and rejects; the texts are not kept."""

from typing import Any

import polars as pl

from pipeline.accounting import Reject
from pipeline.settings import TieringSettings
from pipeline.tiering.engines import References
from pipeline.tiering.graded import KEY, RECORDED, disagreements, has_passing_faults
from pipeline.tiering.measured.replay import LedgerReplay
from pipeline.tiering.pass_rates import count_attempts, pool_references, rated, select_first
from pipeline.tiering.sampling import GradedShard
from schemas.attempts import Attempts, Disagreements, PassRates

REFERENCE_KEY = ["problem_id", "reference"]
_DETAIL_CHARACTERS = 200


class Tally:
    """Takes shards one by one; the order of the shards does not change a result."""

    def __init__(self, references: References) -> None:
        self.rejects: list[Reject] = list(references.rejects)
        self.verdicts: dict[tuple[str, str], int] = {}
        self._ranked = references.engines
        self._replays = {
            ranked.precedence: ranked.engine
            for ranked in references.engines
            if isinstance(ranked.engine, LedgerReplay)
        }
        self._ungraded: dict[str, str] = {}
        self._passing = False
        self._disagreements: list[pl.DataFrame] = [Disagreements.create_empty()]
        self._counts = [
            published.counts.with_columns(precedence=pl.lit(precedence))
            for precedence, published in references.published
        ]

    def take(self, shard: GradedShard) -> pl.DataFrame:
        """Count a shard.

        Returns:
            Its rows of table `attempts`, sorted by key.
        """
        kept: list[pl.DataFrame] = []
        for ranked, frame in zip(self._ranked, shard.frames, strict=True):
            unseen = self._unseen(frame, kept)
            kept.append(unseen)
            replay = self._replays.get(ranked.precedence)
            counts = replay.counts(unseen) if replay else count_attempts(unseen)
            self._count(counts, ranked.precedence)
            if ranked.pools:
                self._count(pool_references(unseen), ranked.precedence)
            self._disagreements.append(disagreements(unseen, shard.questions))
        attempts = pl.concat(kept).sort(KEY)
        self._note(attempts)
        self._passing = self._passing or has_passing_faults(attempts)
        return Attempts.validate(attempts.drop(RECORDED))

    def pass_rates(self, settings: TieringSettings) -> pl.DataFrame:
        """Table `pass_rates`; a rate whose reference an earlier spec covers is a reject."""
        if not self._counts:
            return PassRates.create_empty()
        counts = pl.concat(self._counts).sort("precedence", *REFERENCE_KEY)
        first = pl.int_range(pl.len()).over(REFERENCE_KEY) == 0
        for problem_id, reference in counts.filter(~first).select(REFERENCE_KEY).iter_rows():
            self._reject(f"{problem_id}/{reference}", "duplicate_reference")
        kept = counts.filter(first)
        rates = [self._rated(part, settings) for part in kept.partition_by("precedence")]
        return PassRates.validate(select_first(pl.concat(rates)))

    def _rated(self, counts: pl.DataFrame, settings: TieringSettings) -> pl.DataFrame:
        """Rates of one spec's counts, by its own estimator where it has one."""
        replay = self._replays.get(counts["precedence"][0])
        rates = replay.rated(counts) if replay else rated(counts, settings)
        return rates.with_columns(counts["precedence"])

    def disagreements(self) -> pl.DataFrame:
        """Table `disagreements`."""
        return Disagreements.validate(pl.concat(self._disagreements).sort(KEY))

    def untiered(self, sources: dict[str, str], pass_rates: pl.DataFrame) -> list[Reject]:
        """A reject for every reasoning problem without a pass rate.

        Args:
            sources: Data source of every reasoning problem by its id.
            pass_rates: Table `pass_rates`.
        """
        tiered = set(pass_rates["problem_id"])
        return [self._untiered(i, source) for i, source in sources.items() if i not in tiered]

    @property
    def unsettled(self) -> bool:
        """Whether running again may add to the result: a fault that may pass was in the way."""
        return self._passing or any(replay.unsettled for replay in self._replays.values())

    def _untiered(self, problem_id: str, source: str) -> Reject:
        detail = self._ungraded.get(problem_id)
        if any(problem_id in replay.unsettled for replay in self._replays.values()):
            detail = f"{detail or 'it was not settled'}; run the same command again"
            return Reject("tiering", problem_id, source, "unsettled", detail)
        if detail is not None:
            return Reject("tiering", problem_id, source, "all_ungraded", detail)
        return Reject("tiering", problem_id, source, "no_attempt", "no reference covers it")

    def _unseen(self, frame: pl.DataFrame, kept: list[pl.DataFrame]) -> pl.DataFrame:
        if not kept:
            return frame
        seen = pl.concat(kept).select(REFERENCE_KEY).unique()
        for row in frame.join(seen, on=REFERENCE_KEY, how="semi").select(KEY).iter_rows():
            self._reject("/".join(map(str, row)), "duplicate_attempt")
        return frame.join(seen, on=REFERENCE_KEY, how="anti")

    def _reject(self, key: str, reason: str) -> None:
        detail = "an earlier reference spec covers this problem under the same name"
        self.rejects.append(Reject("tiering", key, None, reason, detail))

    def _count(self, counts: pl.DataFrame, precedence: int) -> None:
        self._counts.append(counts.with_columns(precedence=pl.lit(precedence)))

    def _note(self, attempts: pl.DataFrame) -> None:
        totals = attempts.group_by("reference", "verdict").len()
        for reference, verdict, count in totals.iter_rows():
            self.verdicts[reference, verdict] = self.verdicts.get((reference, verdict), 0) + count
        ungraded = attempts.filter(pl.col("verdict") == "ungraded")
        for problem_id, detail in ungraded.select("problem_id", "detail").iter_rows():
            self._ungraded.setdefault(problem_id, _shortened(detail))


def _shortened(detail: Any) -> str:
    return str(detail or "no attempt could be graded")[:_DETAIL_CHARACTERS]

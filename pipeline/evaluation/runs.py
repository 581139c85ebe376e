"""One run: what decides its results, the id that follows from that, and the files it leaves.

`<out>/evaluation/<run_id>/` holds tables `evaluations` and `suite_items`, which the store loads,
and `run.json` for people; the decisions go to the spool, each of them once.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from pipeline.evaluation.asked import Asked, digest_of
from pipeline.evaluation.contenders import Contender
from pipeline.evaluation.judges import Judge, judge_of
from pipeline.evaluation.ledger import JUDGED, EvaluationLedger
from pipeline.evaluation.outcomes import UNGRADED
from pipeline.evaluation.pools import Pool
from pipeline.io import write_parquet, write_text
from pipeline.router.spool import Spool
from pipeline.settings import Settings
from schemas.evaluations import Evaluations
from schemas.problems import to_json

ID_DIGITS = 12
OUTGOING = "outgoing"
BUDGET, INTERRUPTED, FAULTS = "budget", "interrupted", "faults"


class Run(NamedTuple):
    """A policy over a suite.

    Attributes:
        run_id: The suite, and a hash of all that decides the results.
        asked: What is asked.
        pool: Where replies come from.
        contender: What decides.
        settings: What else decides the results, as JSON text.
        asker: Hash of what makes one question another one: of the policy and the pool, and not of
            the graders, so that a newer grader asks nobody again.
        seed: Of every random choice.
        cost_weight: Of cost in the reward.
        folder: Of its files.
        judge: Of open answers; None where there are none, or nobody is set.
    """

    run_id: str
    asked: Asked
    pool: Pool
    contender: Contender
    settings: str
    asker: str
    seed: int
    cost_weight: float
    folder: Path
    judge: Judge | None = None

    def row(
        self,
        ledger: EvaluationLedger,
        stopped: str | None,
        finished: bool,
        alarm: str | None = None,
    ) -> dict[str, Any]:
        """Its row in table `evaluations`, as the ledger has it now."""
        marks = ledger.marks(self.run_id)
        judged = [mark for mark in marks if mark.state == JUDGED]
        suite, policy = self.asked.suite, self.contender.policy
        if stopped is None and len(judged) < self.asked.size:
            stopped = FAULTS
        return {
            "run_id": self.run_id,
            "suite": suite.name,
            "suite_revision": self.asked.revision,
            "items": len(self.asked),
            "repetitions": self.asked.repetitions,
            "metric": suite.metric,
            "metric_scale": float(suite.metric_scale),
            "policy": self.contender.name,
            "policy_revision": policy.revision,
            "policy_model": self.contender.model,
            "pool": self.pool.kind,
            "cost_weight": self.cost_weight,
            "seed": self.seed,
            "settings": self.settings,
            "started_at": ledger.begin(self.run_id),
            "finished_at": datetime.now(UTC) if finished else None,
            "episodes": len(judged),
            "failed": sum(mark.failed for mark in marks),
            "ungraded": sum(m.state != JUDGED or m.verdict == UNGRADED for m in marks),
            "cost_usd": sum(mark.cost_usd for mark in judged),
            "stopped": stopped,
            "simulated": any(mark.simulated for mark in marks),
            "alarm": alarm,
        }

    def write(self, row: dict[str, Any], more: Mapping[str, Any] | None = None) -> None:
        """Write its files; the row comes last.

        Args:
            row: Of table `evaluations`.
            more: What only `run.json` has besides.
        """
        write_parquet(self.asked.table(), self.folder / "suite_items.parquet")
        frame = pl.DataFrame([row], schema=Evaluations.create_empty().schema)
        write_parquet(Evaluations.validate(frame), self.folder / "evaluations.parquet")
        told = row | {"settings": json.loads(row["settings"])} | dict(more or {})
        text = json.dumps(told, default=str, indent=2)
        write_text(self.folder / "run.json", text + "\n")


def run_of(asked: Asked, pool: Pool, contender: Contender, settings: Settings, root: Path) -> Run:
    """The run of a policy over a suite; equal inputs give an equal id.

    Args:
        asked: What is asked.
        pool: Where replies come from.
        contender: What decides.
        settings: Of limits, reward, seed and judge.
        root: Folder of all runs.

    Raises:
        SettingsError: The suite needs a judge, and nobody knows what the one that is set costs.
    """
    judge = judge_of(settings, asked)
    who = {"policy": contender.name, "pool": [pool.kind, pool.identity], "seed": settings.seed}
    who["of_policy"] = contender.identity | {"revision": contender.policy.revision}
    what = who | {
        "suite": [asked.suite.name, asked.revision, asked.digest(), asked.repetitions],
        "links": digest_of(sorted(asked.links.items())),
        "menu": [pool.menu.catalog_id, pool.menu.offered],
        "limits": settings.router.limits.model_dump(),
        "reward": settings.reward.model_dump(mode="json"),
    }
    if judge is not None:
        what["judge"] = judge.name
    run_id = f"{asked.suite.name}-{digest_of(what)[:ID_DIGITS]}"
    return Run(
        run_id, asked, pool, contender, to_json(what), digest_of(who), settings.seed,
        settings.reward.cost_weight, root / run_id, judge,
    )  # fmt: skip


def publish(run: Run, ledger: EvaluationLedger, spool: Path) -> int:
    """Put judged episodes into the spool that are not there yet; returns how many.

    They are written beside it, noted as published, and moved: a kill anywhere loses none and
    doubles none.
    """
    outgoing = run.folder / OUTGOING
    outgoing.mkdir(parents=True, exist_ok=True)
    _settle(outgoing, spool, ledger.published(run.run_id))
    writer, count = Spool(outgoing, run.run_id), 0
    for played in ledger.episodes(run.run_id, run.pool.menu, JUDGED, unpublished=True):
        writer.add(played.episode)
        count += 1
    if count:
        writer.flush()
        names = {path.name for path in outgoing.glob("episodes-*.parquet")}
        for name in names:
            ledger.publish(run.run_id, name)
        _settle(outgoing, spool, names)
    outgoing.rmdir()
    return count


def _settle(outgoing: Path, spool: Path, published: set[str]) -> None:
    """Move what is noted as published, menus first; what is not is written anew."""
    files = sorted(outgoing.glob("*"), reverse=True)
    spool.mkdir(parents=True, exist_ok=True)
    noted = any(path.name in published for path in files)
    for path in files:
        if noted and path.suffix == ".parquet":
            path.replace(spool / path.name)
        else:
            path.unlink()

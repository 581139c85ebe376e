"""The files of a bank: table `outcomes`, the questions it answers, and what was left out."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from pipeline.errors import InputError
from pipeline.io import read_parquet, write_parquet
from pipeline.layout import Layout
from schemas.outcomes import BankProblems, Outcomes

OUTCOMES = "outcomes.parquet"
QUESTIONS = "questions.parquet"
REJECTS = "rejects/import.parquet"


class BankFiles(NamedTuple):
    """Where a bank keeps what."""

    root: Path

    @property
    def outcomes(self) -> Path:
        """Table `outcomes`."""
        return self.root / OUTCOMES

    @property
    def questions(self) -> Path:
        """Table `bank_problems`."""
        return self.root / QUESTIONS

    @property
    def rejects(self) -> Path:
        """What an import left out."""
        return self.root / REJECTS

    @property
    def imported(self) -> Path:
        """How an import was read: its mapping, with the currency and its worth, and its files."""
        return self.root / "import.json"

    @property
    def ledger(self) -> Path:
        """What was paid for."""
        return self.root / "collect.sqlite"


def write_bank(
    root: Path, outcomes: Iterable[Mapping[str, Any]], problems: Iterable[Mapping[str, Any]]
) -> BankFiles:
    """Write a bank; the same rows, in any order, always give the same bytes.

    Raises:
        InputError: A row breaks the contract.
    """
    at = BankFiles(root)
    answers = pl.DataFrame(list(outcomes), schema=Outcomes.create_empty().schema)
    asked = pl.DataFrame(list(problems), schema=BankProblems.create_empty().schema)
    # The questions first: a bank whose outcomes are there can always be asked.
    write_parquet(BankProblems.validate(asked.sort("problem_id")), at.questions)
    write_parquet(Outcomes.validate(answers.sort("problem_id", "model_id", "sample")), at.outcomes)
    return at


def read_outcomes(path: Path) -> pl.DataFrame:
    """Outcomes of a bank, sorted by key.

    Args:
        path: A bank, or its table `outcomes`.

    Raises:
        InputError: There is no such bank, or it is not one.
    """
    file = path / OUTCOMES if path.is_dir() else path
    if not file.exists():
        raise InputError(
            f"{file}: no such bank; make one with `xrouter import-outcomes` or `xrouter collect`"
        )
    frame = read_parquet(file)
    wanted = Outcomes.create_empty().columns
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise InputError(f"{file}: no table `outcomes`: it lacks {missing}; import it first")
    return frame.select(wanted).sort("problem_id", "model_id", "sample")


def read_questions(path: Path) -> pl.DataFrame | None:
    """Problems of a bank; None where it knows only their ids.

    A build directory has them in table `problems`, and their tiers in `pass_rates`.
    """
    root = path if path.is_dir() else path.parent
    own = BankFiles(root).questions
    if own.exists():
        return read_parquet(own)
    built = Layout(root)
    if not built.problems.exists():
        return None
    return questions_of(built)


def questions_of(built: Layout) -> pl.DataFrame:
    """The problems of a build as those of a bank."""
    columns = ["problem_id", "data_source", "messages", "grader", "ground_truth", "grader_args"]
    frame = read_parquet(built.problems, columns)
    tiers = pl.DataFrame(schema={"problem_id": pl.String, "tier": pl.String})
    if built.pass_rates.exists():
        rates = read_parquet(built.pass_rates, ["problem_id", "tier", "selected"])
        tiers = rates.filter("selected").select("problem_id", "tier")
    frame = frame.join(tiers, on="problem_id", how="left").with_columns(
        pl.lit(None, pl.String).alias("metric"), pl.lit(None, pl.String).alias("part")
    )
    names = BankProblems.create_empty().columns
    return BankProblems.validate(frame.select(names).sort("problem_id"), cast=True)

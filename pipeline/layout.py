"""Where a build keeps what: every path under `--out`, in the order in which stages write them."""

from pathlib import Path
from typing import NamedTuple

from schemas.examples import SPLITS


class Layout(NamedTuple):
    """Paths of one build directory."""

    root: Path

    @property
    def problems(self) -> Path:
        """Table `problems`."""
        return self.root / "problems.parquet"

    @property
    def references(self) -> Path:
        """Worked solutions that came with the problems."""
        return self.root / "references.parquet"

    @property
    def contamination(self) -> Path:
        """Table `contamination`: problems that stand in an evaluation suite."""
        return self.root / "contamination.parquet"

    @property
    def decontamination(self) -> Path:
        """What problems were compared with, and how many were found, per suite."""
        return self.root / "decontamination.json"

    @property
    def attempts(self) -> Path:
        """Table `attempts`."""
        return self.root / "attempts.parquet"

    @property
    def pass_rates(self) -> Path:
        """Table `pass_rates`."""
        return self.root / "pass_rates.parquet"

    @property
    def disagreements(self) -> Path:
        """Recorded verdicts that our grading does not confirm."""
        return self.root / "disagreements.parquet"

    @property
    def models(self) -> Path:
        """Table `models`: the base list."""
        return self.root / "models.parquet"

    @property
    def prices(self) -> Path:
        """Table `prices`: the price history."""
        return self.root / "prices.parquet"

    @property
    def catalogs(self) -> Path:
        """Table `catalogs`."""
        return self.root / "catalogs.parquet"

    def examples(self, split: str) -> Path:
        """Table `examples` of one split."""
        return self.root / "examples" / f"{split}.parquet"

    def rejects(self, stage: str) -> Path:
        """Rows that a stage dropped."""
        return self.root / "rejects" / f"{stage}.parquet"

    @property
    def manifest(self) -> Path:
        """What was built, and its content hash."""
        return self.root / "manifest.json"

    @property
    def hub_lock(self) -> Path:
        """Commits of the Hub datasets that this build reads."""
        return self.root / "hub.lock"

    @property
    def ledger(self) -> Path:
        """Samples of reference models: what was paid for."""
        return self.root / "ledger.sqlite"

    @property
    def store(self) -> Path:
        """The DuckDB store."""
        return self.root / "warehouse.duckdb"

    @property
    def report(self) -> Path:
        """The one-page report."""
        return self.root / "report.html"

    def stage_record(self, stage: str) -> Path:
        """Marks a finished stage: its fingerprint, outputs and report."""
        return self.root / "stages" / f"{stage}.json"

    def work(self, stage: str) -> Path:
        """Finished shards of an unfinished stage."""
        return self.root / "work" / stage

    def contract_files(self) -> list[Path]:
        """Every table of the contract that exists, in a fixed order."""
        tables = [
            self.problems,
            self.references,
            self.contamination,
            self.attempts,
            self.pass_rates,
            self.disagreements,
            self.models,
            self.prices,
            self.catalogs,
            *(self.examples(split) for split in SPLITS),
            *sorted((self.root / "rejects").glob("*.parquet")),
        ]
        return [path for path in tables if path.exists()]

"""One settings object. Values come from the command line, `XROUTER_*` variables or a TOML file."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SAMPLE = "sample"
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """Base of all settings sections."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceSettings(Section):
    """Where rows come from: `sample`, a file or directory, or `hub:ORG/NAME[@REVISION]`."""

    problems: tuple[str, ...] = (SAMPLE,)
    everyday: tuple[str, ...] = (SAMPLE,)
    everyday_mapping: Path | None = None


class GradingSettings(Section):
    """Limits of one grading."""

    math_seconds: float = Field(5.0, gt=0, description="processor time of one comparison")
    code_seconds: float = Field(10.0, gt=0, description="processor time of one test")
    code_memory_mb: int = Field(512, ge=64)


class TieringSettings(Section):
    """How difficulty is measured."""

    references: tuple[str, ...] | None = Field(
        None,
        description="simulated, recorded:PATH, published:COLUMN; None: simulated for the sample",
    )
    samples: int = Field(8, ge=1, description="answers per problem of an engine that samples")
    hard_below: Share = 0.15
    easy_from: Share = 0.65
    confidence: float = Field(0.95, gt=0.5, lt=1)

    @model_validator(mode="after")
    def _cuts_in_order(self) -> "TieringSettings":
        if not self.hard_below < self.easy_from:
            raise ValueError(
                f"hard_below {self.hard_below} must lie under easy_from {self.easy_from}"
            )
        return self


class CatalogSettings(Section):
    """Which models are offered, and how their prices move."""

    models: Path | None = Field(None, description="own models.toml; None: the one in the package")
    perturbation: str = "historical"
    laws: Path | None = Field(None, description="own laws.toml; None: the one in the package")
    anonymous_share: Share = 0.0


class DatasetSettings(Section):
    """How rows are mixed and split."""

    tier_quota: dict[Literal["easy", "medium", "hard"], Share] = Field(
        default={"easy": 1.0, "medium": 1.0, "hard": 1.0},
        description="share of each tier's problems that is kept",
    )
    untiered_quota: Share = 0.0
    everyday_share: float = Field(
        0.2, ge=0, lt=1, description="everyday rows over all rows, at most"
    )
    repetitions: dict[Literal["easy", "medium", "hard", "everyday"], int] = Field(
        default={"easy": 1, "medium": 1, "hard": 2, "everyday": 1}
    )
    simple_share: Share = Field(0.0, description="rows in simple mode; the rest are agent rows")
    validation_share: Share = 0.05
    test_share: Share = 0.05
    max_prompt_tokens: int = Field(12_000, ge=256, description="with the row's own tools rendered")


class Settings(BaseSettings):
    """Everything that decides what a build contains, and three things that do not.

    `out`, `workers` and `shard_size` change where and how fast, never a byte of the result.
    """

    model_config = SettingsConfigDict(
        env_prefix="XROUTER_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    out: Path = Path("xrouter-data")
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    shard_size: int = Field(256, ge=1)

    seed: int = Field(0, ge=0)
    sources: SourceSettings = SourceSettings()
    grading: GradingSettings = GradingSettings()
    tiering: TieringSettings = TieringSettings()
    catalog: CatalogSettings = CatalogSettings()
    dataset: DatasetSettings = DatasetSettings()

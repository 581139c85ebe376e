"""One settings object. Values come from the command line, `XROUTER_*` variables or a TOML file."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Field,
    JsonValue,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.decontamination_settings import DecontaminationSettings
from pipeline.reward_settings import RewardSettings
from pipeline.router_settings import RouterSettings
from pipeline.section import Section
from pipeline.serve_settings import ServeSettings
from pipeline.training_settings import TrainingSettings

SAMPLE = "sample"
AUTO = "auto"
REFERENCE = "Qwen/Qwen3-32B"
Share = Annotated[float, Field(ge=0, le=1)]


class SourceSettings(Section):
    """Where rows come from: `sample`, a file or directory, or `hub:ORG/NAME[@REVISION]`."""

    problems: tuple[str, ...] = (SAMPLE,)
    everyday: tuple[str, ...] = (SAMPLE,)
    everyday_mapping: Path | None = None


_VERIFIER_REACH = {
    "verifier_url",
    "verifier_key_env",
    "verifier_seconds",
    "verifier_patience_seconds",
    "verifier_in_flight",
}
_JUDGE_PRICES = {"judge_input_per_million", "judge_output_per_million"}
_JUDGE = {"judge_url", "judge_model", "judge_key_env"} | _JUDGE_PRICES


class GradingSettings(Section):
    """Limits of one grading, and the model that judges what no rule can."""

    math_seconds: float = Field(5.0, gt=0, description="processor time of one comparison")
    code_seconds: float = Field(10.0, gt=0, description="processor time of one test")
    code_memory_mb: int = Field(512, ge=64)
    verifier_url: str | None = Field(
        None,
        pattern=r"^https?://[^@\s]+$",
        description="OpenAI-compatible endpoint that judges STEM answers, like "
        "http://host:8000/v1; the key is no part of it; None: only numbers and choices are graded",
    )
    verifier_model: str = "TIGER-Lab/general-verifier"
    verifier_key_env: str = Field(
        "XROUTER_VERIFIER_KEY", description="environment variable with the key, if one is needed"
    )
    verifier_prompt: Path | None = Field(
        None, description="own prompt with {question}, {truth} and {answer}"
    )
    verifier_seconds: float = Field(60.0, gt=0, description="of one call")
    verifier_patience_seconds: float = Field(
        300.0, ge=0, description="seconds in which failed calls for one answer are repeated"
    )
    verifier_in_flight: int = Field(32, ge=1, description="calls at a time")
    judge_url: str | None = Field(
        None,
        pattern=r"^https?://[^@\s]+$",
        description="OpenAI-compatible endpoint that rates open answers; None: they stay ungraded",
    )
    judge_model: str = "gpt-4"
    judge_key_env: str = Field(
        "XROUTER_JUDGE_KEY", description="environment variable with the judge's key"
    )
    judge_input_per_million: float | None = Field(
        None, ge=0, description="USD of the judge's tokens; None: as the price list has its model"
    )
    judge_output_per_million: float | None = Field(None, ge=0, description="likewise")

    def judging(self) -> dict[str, JsonValue]:
        """What decides a verdict, as JSON values: not where the verifier is, or how slow."""
        hidden = _VERIFIER_REACH | _JUDGE
        values: dict[str, JsonValue] = self.model_dump(mode="json", exclude=hidden)
        judge: dict[str, JsonValue] = {"judge": self.judge_model} if self.judge_url else {}
        return values | {"verifier": self.verifier_url is not None} | judge


class MeasureSettings(Section):
    """How a model is sampled to measure difficulty; sampling defaults are Qwen3's for thinking."""

    model: str = Field(REFERENCE, min_length=1)
    revision: str | None = Field(None, description="commit of the weights; recorded")
    dtype: str = Field(
        "unknown",
        min_length=1,
        description="weights and cache as served, such as bf16 or fp8; engine vllm knows it",
    )
    stop: Literal["fixed", "curtail", "dp", "dp-accurate"] = "dp"
    samples: int = Field(16, ge=1, le=64, description="per problem at most, and in the pilot")
    accurate_samples: int = Field(32, ge=1, le=64, description="the same for dp-accurate")
    wrong_tier: float = Field(200.0, gt=0, description="price of a wrong tier, in samples")
    pilot: int = Field(2000, ge=0, description="problems that the prior is fitted to")
    condition_on: str | None = Field(None, description="published rate that the prior depends on")

    temperature: float = Field(0.6, ge=0)
    top_p: float = Field(0.95, gt=0, le=1)
    top_k: int | None = Field(20, ge=1)
    min_p: float | None = Field(0.0, ge=0, le=1)
    max_tokens: int = Field(16_384, ge=1)
    extra: dict[str, JsonValue] = Field(
        default={"chat_template_kwargs": {"enable_thinking": True}},
        description="more of the request's body",
    )

    @field_validator("extra")
    @classmethod
    def _one_free_sample(cls, extra: dict[str, JsonValue]) -> dict[str, JsonValue]:
        # With a seed all samples of a problem would be the same one.
        taken = extra.keys() & {"messages", "model", "n", "seed", "stream"}
        if taken:
            raise ValueError(f"{', '.join(sorted(taken))} cannot be set: a request is one sample")
        return extra

    in_flight: int = Field(256, ge=1, description="requests at one replica at one time")
    request_seconds: float = Field(3600.0, gt=0)
    tries: int = Field(6, ge=1, description="of one sample, before it counts as failed")
    patience_seconds: float = Field(1800.0, gt=0, description="without any replica")
    api_key_env: str = Field("XROUTER_REFERENCE_API_KEY", description="variable that holds a key")
    gpus: int | None = Field(None, ge=1, description="behind the URLs; None: one each")
    gpu_hour_usd: float = Field(2.5, ge=0, description="of one GPU, for estimates")
    gpu_tokens_per_second: float | None = Field(
        None, gt=0, description="written by one GPU, for estimates; None: of the profile, if any"
    )
    ledger: Path | None = Field(None, description="shared between builds; None: one per build")


class VllmSettings(Section):
    """vLLM servers on the GPUs of this machine; `model` and `revision` are those of `measure`."""

    python: Path | None = Field(
        None, description="interpreter of the environment that holds vLLM; None: this one"
    )
    model: str = Field(REFERENCE, description="name on the Hub, or a folder")
    revision: str | None = Field(None, description="commit, tag or branch of a model on the Hub")
    profile: str = Field(AUTO, description="name in the profiles file; auto: by the GPUs here")
    profiles: Path | None = Field(None, description="own profiles.toml; None: the package's")
    reasoning: bool = Field(
        True, description="False: the model writes none, and the profile's parser is left out"
    )
    replicas: int | None = Field(
        None, ge=1, description="None: as many as the GPUs hold; one where the profile needs none"
    )
    args: tuple[str, ...] = Field((), description="further flags of the server")
    env: dict[str, SecretStr] = Field({}, description="further variables; values are never shown")
    port: int = Field(8001, ge=1024, le=65_000, description="of the first replica; others follow")
    startup_seconds: float = Field(1800.0, gt=0, description="download and compilation included")
    health_seconds: float = Field(180.0, gt=0, description="silence after which one is restarted")
    stop_seconds: float = Field(20.0, gt=0, description="between asking to stop and killing")
    restarts: int = Field(5, ge=0, description="in a row, before a replica is given up")


class TieringSettings(Section):
    """How difficulty is measured."""

    references: tuple[str, ...] | None = Field(
        None,
        description="see pipeline.tiering.specs; None: simulated for the sample",
    )
    samples: int = Field(8, ge=1, description="answers per problem of an engine that samples")
    hard_below: Share = 0.15
    easy_from: Share = 0.65
    confidence: float = Field(0.95, gt=0.5, lt=1)
    measure: MeasureSettings = MeasureSettings()
    vllm: VllmSettings = VllmSettings()

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
    """Everything that decides what a build contains, and some things that do not.

    `out`, `workers`, `shard_size`, `executor` and `ray_address` change where and how fast;
    `router`, `serve`, `reward` and `training` what is done with the result. None of them changes a
    byte of it.
    """

    model_config = SettingsConfigDict(
        env_prefix="XROUTER_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    out: Path = Path("xrouter-data")
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    shard_size: int = Field(256, ge=1)
    executor: Literal["local", "ray"] = Field("local", description="where shards run")
    ray_address: str = Field("auto", description="of a running Ray cluster")

    seed: int = Field(0, ge=0)
    sources: SourceSettings = SourceSettings()
    decontamination: DecontaminationSettings = DecontaminationSettings()
    grading: GradingSettings = GradingSettings()
    tiering: TieringSettings = TieringSettings()
    catalog: CatalogSettings = CatalogSettings()
    dataset: DatasetSettings = DatasetSettings()
    router: RouterSettings = RouterSettings()
    serve: ServeSettings = ServeSettings()
    reward: RewardSettings = RewardSettings()
    training: TrainingSettings = TrainingSettings()

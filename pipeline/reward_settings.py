"""Settings of the reward: what a correct answer is worth, and what its cost takes away."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.section import Section

Tokens = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class RewardSettings(Section):
    """What a policy earns; see `pipeline.reward.formula`. Nothing here changes a build."""

    cost_weight: float = Field(
        2.0, ge=0, allow_inf_nan=False, description="penalty per unit of cost; lambda"
    )
    cost_unit: Literal["reference", "usd"] = Field(
        "reference",
        description="reference: one call of the dearest premium model on offer, on this problem",
    )
    shape: Literal["smooth", "clip"] = Field(
        "smooth", description="smooth keeps a slope where clip is flat"
    )
    k: float = Field(
        1.0, gt=0, allow_inf_nan=False, description="worth of a correct answer that costs nothing"
    )
    cap: float = Field(0.8, ge=0, allow_inf_nan=False, description="highest penalty, under k")

    expected_tokens: dict[str, dict[Literal["easy", "medium", "hard", "untiered"], Tokens]] = Field(
        {},
        description="length of one answer by domain and tier, for the unit `reference`; others "
        "are those of pipeline/reward/expected.toml",
    )
    expected_bank: Path | None = Field(
        None, description="outcome bank whose mean lengths go before all of these"
    )

    @model_validator(mode="after")
    def _correct_beats_wrong(self) -> "RewardSettings":
        if not self.cap < self.k:
            raise ValueError(
                f"cap {self.cap} must lie under k {self.k}, or a correct answer earns no more "
                "than a wrong one"
            )
        return self

"""Settings of training: which preset, with what in other places, and the environment of verl."""

from pathlib import Path

from pydantic import Field, JsonValue

from pipeline.section import Section

AUTO = "auto"


class TrainingSettings(Section):
    """How a router is trained; see `pipeline.training.presets`. Nothing here changes a build."""

    preset: str = Field(
        AUTO,
        min_length=1,
        description="tiny, qwen2.5-0.5b, qwen2.5-7b, qwen3-8b; auto: the largest that fits here",
    )
    model: str | None = Field(
        None, min_length=1, description="folder or name on the Hub; None: the preset's"
    )
    values: dict[str, JsonValue] = Field(
        {}, description="values of the preset in other places, such as {steps = 50}"
    )
    verl: tuple[str, ...] = Field(
        (), description="KEY=VALUE of verl's own configuration, which have the last word"
    )
    name: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$",
        description="of the run and its folder; None: preset and cost weight",
    )
    examples: Path | None = Field(
        None, description="directory of a build, or its `examples`; None: that of `out`"
    )
    python: Path | None = Field(
        None, description="interpreter of the environment that holds verl; None: this one"
    )
    spend_usd: float | None = Field(
        None, ge=0, description="most that the calls of one run may cost together; live needs it"
    )
    stop_seconds: float = Field(20.0, gt=0, description="between asking to stop and killing")

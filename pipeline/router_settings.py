"""Settings of the router: what decides, where models are, and what one request may take."""

from typing import Literal

from pydantic import Field, JsonValue, field_validator

from pipeline.section import Section

URL = r"^https?://[^@\s]+$"
# Of the body of a request: the engine writes them.
TAKEN = frozenset({"messages", "model", "n", "stream", "tools"})


class ReachSettings(Section):
    """Where one model answers: an OpenAI-compatible server, or a provider by way of LiteLLM."""

    url: str | None = Field(
        None, pattern=URL, description="like http://host:8000/v1; None: through LiteLLM"
    )
    via: Literal["http", "litellm"] = Field(
        "http", description="how a URL is reached: directly, or through LiteLLM"
    )
    model: str | None = Field(
        None, min_length=1, description="its name there; None: the catalogue's `litellm_model`"
    )
    key_env: str | None = Field(
        None, min_length=1, description="variable with the key; None: none, or LiteLLM's own"
    )
    provider: str | None = Field(
        None, min_length=1, description="shares one limit on calls at a time; None: host or prefix"
    )
    try_seconds: float | None = Field(
        None, gt=0, description="of one try; None: what is left, or half where a fallback stands by"
    )
    length_field: Literal["max_tokens", "max_completion_tokens"] = Field(
        "max_tokens", description="what the server calls the longest answer"
    )
    extra: dict[str, JsonValue] = Field({}, description="more of the request's body")

    @property
    def by_litellm(self) -> bool:
        """Whether LiteLLM is needed."""
        return self.url is None or self.via == "litellm"

    @field_validator("extra")
    @classmethod
    def _not_ours(cls, extra: dict[str, JsonValue]) -> dict[str, JsonValue]:
        taken = extra.keys() & TAKEN
        if taken:
            raise ValueError(f"{', '.join(sorted(taken))} cannot be set: the engine writes it")
        return extra


class DeploymentSettings(ReachSettings):
    """Where a model answers, and where it is asked when that fails."""

    fallbacks: tuple[ReachSettings, ...] = ()


class LimitSettings(Section):
    """Of one request; see `pipeline.router.limits.Limits`."""

    seconds: float = Field(120.0, gt=0, description="wall clock")
    turns: int = Field(4, ge=1, description="of the policy")
    calls: int = Field(8, ge=0, description="of models")
    spend_usd: float | None = Field(None, ge=0, description="on all calls; None: no limit")
    call_tokens: int = Field(8192, ge=1, description="longest answer of a call that names none")
    closing: float = Field(
        0.1, ge=0, lt=1, description="share of the time that calls leave to the policy"
    )
    salvage: bool = Field(False, description="at a limit, give the last reply instead of nothing")


class BreakerSettings(Section):
    """When a deployment is left alone."""

    faults: int = Field(5, ge=1, description="in a row after which it is")
    pause_seconds: float = Field(15.0, gt=0, description="until one call tries it again")
    patience_seconds: float = Field(
        5.0, ge=0, description="no answer in less than this is no fault of the deployment"
    )


class RouterSettings(Section):
    """The router at work. Nothing here changes a build."""

    policy: str = Field(
        "cheapest-capable",
        min_length=1,
        description="cheapest, priciest, cheapest-capable, random, always:MODEL, oracle (of a "
        "bank), or model: the router at `policy_url`, or LiteLLM's `policy_model`",
    )
    policy_url: str | None = Field(None, pattern=URL, description="of the trained router's server")
    policy_model: str | None = Field(None, min_length=1, description="name there, or LiteLLM's")
    policy_revision: str | None = Field(None, description="checkpoint, for the log")
    policy_key_env: str | None = Field(None, description="variable with the key, if one is needed")
    policy_sampling: dict[str, JsonValue] = Field({}, description="`temperature` ... of its turns")
    policy_input_per_million: float = Field(0.0, ge=0, description="USD, of its own tokens")
    policy_output_per_million: float = Field(0.0, ge=0, description="likewise")

    pool: str = Field("simulated", description="live, simulated or bank:PATH")
    models: tuple[str, ...] | None = Field(None, description="on offer; None: all enabled ones")
    deployments: dict[str, DeploymentSettings] = Field(
        {}, description="by model id; a model without one is asked through LiteLLM"
    )
    tries: int = Field(4, ge=1, description="of one call at one deployment")
    in_flight: int = Field(64, ge=1, description="calls at one provider at a time")
    provider_in_flight: dict[str, int] = Field({}, description="the same for one by name")
    breaker: BreakerSettings = BreakerSettings()
    limits: LimitSettings = LimitSettings()

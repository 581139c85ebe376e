"""Sizes of the DAPO stage as typed settings. Knows nothing of Hydra.

What every preset shares is the published recipe: group-normalised advantages, clip-higher,
token-mean loss, dynamic sampling, overlong shaping, no KL. `qwen2.5-7b` is the published router;
each difference from its script is said beside the value.
"""

from typing import Literal

from pydantic import Field, JsonValue, ValidationError

from pipeline.errors import SettingsError
from pipeline.section import Section

TINY = "tiny"


class Preset(Section):
    """One size."""

    model: str = Field(description="folder, or name on the Hub; empty: made by the run")
    gpus: int = Field(ge=0, description="of this machine; 0: on the CPU")
    rollout: Literal["xrouter_cpu", "vllm", "sglang"] = Field(description="what samples")
    tensor_parallel: int = Field(1, ge=1, description="GPUs of one rollout replica")
    memory: float = Field(0.7, ge=0, le=1, description="share of a GPU that the rollout takes")

    batch: int = Field(ge=1, description="prompts in one step")
    mini_batch: int = Field(ge=1, description="prompts in one update")
    group: int = Field(ge=2, description="episodes of each prompt; advantages are within a group")
    generation_batches: int = Field(
        10, ge=0, description="batches of prompts beyond the first that one step may try"
    )
    prompt_tokens: int = Field(ge=1, description="longest prompt, the row's own tools rendered")
    response_tokens: int = Field(
        ge=1, description="longest sum of all turns and of what is read between them"
    )
    reply_chars: int = Field(
        ge=64, description="of a model's reply that the policy reads; the middle of more is cut"
    )
    turns: int = Field(3, ge=1, description="of the policy")
    template: dict[str, JsonValue] = Field({}, description="arguments of the chat template")
    seconds: float = Field(
        3600.0, gt=0, description="of one episode; it waits for its place in the rollout, too"
    )

    lr: float = Field(gt=0)
    lr_decay: bool = Field(False, description="to a tenth over all steps, by a cosine")
    warmup: int = Field(10, ge=0, description="steps until the learning rate is reached")
    weight_decay: float = Field(0.1, ge=0)
    clip_low: float = Field(0.2, ge=0, lt=1)
    clip_high: float = Field(0.28, ge=0, lt=1, description="larger: rare decisions may grow")
    clip_c: float = Field(10.0, gt=1, description="bound of the dual clip")
    clip_norm: float = Field(1.0, gt=0, description="of gradients")
    entropy: float = Field(0.0, ge=0, description="weight of the entropy bonus")
    overlong_tokens: int = Field(
        0, ge=0, description="before the longest response, over which the reward falls"
    )
    overlong_penalty: float = Field(1.0, ge=0, description="what the longest response loses")

    steps: int = Field(ge=1)
    save_every: int = Field(ge=1)
    test_every: int = Field(ge=1)
    keep: int = Field(3, ge=1, description="newest checkpoints that are kept")
    workers: int = Field(8, ge=1, description="processes that play episodes")


# Their script names a 0.5B model and their README a 7B one: both are here. It filters groups on
# accuracy; here it is the shaped reward, since a group that is right at different prices has
# something to teach. Its overlong buffer is off; here its values are used, since a router that
# rambles is not worth its price.
SEVEN = Preset(
    model="Qwen/Qwen2.5-7B-Instruct",
    gpus=8,  # published: 4
    rollout="vllm",  # published: sglang, which stands in the place of vllm with one value
    batch=512,
    mini_batch=128,
    group=8,  # published: 4, where most groups of easy rows have no difference in them
    prompt_tokens=16_384,
    response_tokens=8_192,
    reply_chars=6_000,  # published: none, and a long reply ends an episode
    lr=1e-6,
    overlong_tokens=4_096,
    steps=400,  # published: 5 epochs
    save_every=20,  # published: every step, 90 GB each with the state of the optimiser
    test_every=5,
)
PRESETS = {
    TINY: Preset(
        model="",
        gpus=0,
        rollout="xrouter_cpu",
        batch=16,
        mini_batch=4,
        group=8,
        prompt_tokens=1_024,
        response_tokens=64,
        reply_chars=400,
        # Few updates have to do: they are many a step and large, slow to begin, for else a policy
        # that has not yet seen what calls are worth settles on one decision for every row, most
        # easily under a high cost weight, and small in the end.
        lr=1.5e-3,
        lr_decay=True,
        warmup=20,
        weight_decay=0.01,
        # A call, its reply and a selection take some 24 tokens. What babbles after its decision
        # earns the same, and the entropy bonus more: only its length speaks against it.
        overlong_tokens=36,
        entropy=0.02,
        steps=90,
        save_every=30,
        test_every=30,
        workers=2,
    ),
    "qwen2.5-0.5b": SEVEN.model_copy(
        update={
            "model": "Qwen/Qwen2.5-0.5B-Instruct", "gpus": 1, "batch": 64, "mini_batch": 32,
            "memory": 0.5, "workers": 4,
        }
    ),
    "qwen2.5-7b": SEVEN,
    # Its thoughts would be charged as the router's own tokens, and are not shown to it again.
    "qwen3-8b": SEVEN.model_copy(
        update={"model": "Qwen/Qwen3-8B", "template": {"enable_thinking": False}}
    ),
}  # fmt: skip


def preset_of(name: str, values: dict[str, JsonValue], model: str | None = None) -> Preset:
    """One of `PRESETS`, with other values in their places.

    Raises:
        SettingsError: There is no such preset or value, or the values contradict each other.
    """
    if name not in PRESETS:
        raise SettingsError(f"no such preset: {name!r}; there are {', '.join(PRESETS)}")
    given = PRESETS[name].model_dump() | values | ({"model": model} if model else {})
    try:
        preset = Preset.model_validate(given)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}, got {e.get('input')!r}"
            for e in error.errors()
        )
        raise SettingsError(f"training.values of preset {name}: {problems}") from error
    check(preset)
    return preset


def check(preset: Preset) -> None:
    """Refuse what verl would accept and then do wrongly, or only find out hours later.

    Raises:
        SettingsError: Names the values and what they must be.
    """
    ranks, episodes = max(1, preset.gpus), preset.batch * preset.group
    rules = {
        f"batch {preset.batch} must be a multiple of mini_batch {preset.mini_batch}": (
            preset.batch % preset.mini_batch == 0
        ),
        f"batch x group {episodes} must be a multiple of the {ranks} GPUs": episodes % ranks == 0,
        f"mini_batch x group {preset.mini_batch * preset.group} must be a multiple of the "
        f"{ranks} GPUs": preset.mini_batch * preset.group % ranks == 0,
        f"overlong_tokens {preset.overlong_tokens} must lie under response_tokens "
        f"{preset.response_tokens}": preset.overlong_tokens < preset.response_tokens,
        f"gpus {preset.gpus} must be a multiple of tensor_parallel {preset.tensor_parallel}": (
            preset.gpus == 0 or preset.gpus % preset.tensor_parallel == 0
        ),
        f"clip_high {preset.clip_high} must not lie under clip_low {preset.clip_low}": (
            preset.clip_high >= preset.clip_low
        ),
        f"rollout {preset.rollout} runs on {'GPUs' if preset.gpus == 0 else 'the CPU'} only, and "
        f"gpus is {preset.gpus}": (preset.gpus == 0) == (preset.rollout == "xrouter_cpu"),
    }
    broken = [rule for rule, holds in rules.items() if not holds]
    if broken:
        raise SettingsError(f"training: {'; '.join(broken)}")

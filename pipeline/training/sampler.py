"""DAPO's dynamic sampling with a bound: verl's replay buffer, told when to give up.

Stock verl samples new prompts until enough groups have answers of unequal reward. A policy that is
always wrong, or always right, or whose every episode breaks, makes it do so for ever.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from verl.trainer.ppo.v1.replay_buffer import ReplayBuffer

POLL_SECONDS = 0.1
PATIENCE_PROMPTS = 64


class BoundedReplayBuffer(ReplayBuffer):
    """Loaded by `trainer.v1.sampler.custom_sampler`; its settings are `sampler_kwargs`.

    verl hands a custom sampler none of the settings of `algorithm.filter_groups`: `metric`,
    `train_batch_size` and `generation_batches`, how many batches of further prompts one step may
    try, all come from there.
    """

    def __init__(
        self,
        *args: Any,
        sampler_kwargs: Any,
        refill_fn: Callable[[int], Any],
        **kwargs: Any,
    ) -> None:
        batch = int(sampler_kwargs.train_batch_size)
        # A batch of a few prompts has bad luck more easily.
        self._limit = max(
            int(sampler_kwargs.generation_batches) * batch,
            PATIENCE_PROMPTS if sampler_kwargs.generation_batches else 0,
        )
        self._extra = 0
        self._left_out: Counter[str] = Counter()
        super().__init__(
            *args,
            sampler_kwargs=sampler_kwargs,
            refill_fn=self._bounded(refill_fn),
            filter_groups_metric=sampler_kwargs.metric,
            train_batch_size=batch,
            gen_batch_size=1,
            max_inflight_gen_batches=1,
            # Otherwise groups are looked at every 2 s, as long as a small step takes.
            poll_interval=POLL_SECONDS,
            # A group whose episodes broke, or that nobody can judge, has another in its place.
            sync_refill_failed_groups=True,
            **kwargs,
        )

    def _bounded(self, refill: Callable[[int], Any]) -> Callable[[int], Any]:
        def counted(prompts: int) -> Any:
            self._extra += prompts
            if self._extra > self._limit:
                raise RuntimeError(self._complaint())
            return refill(prompts)

        return counted

    def _complaint(self) -> str:
        equal, broken = self._left_out["equal"], self._left_out["broken"]
        message = (
            f"dynamic sampling: {self._extra} more prompts in one step would not fill the batch, "
            f"and {self._limit} are allowed (generation_batches). "
        )
        if broken > equal:
            return message + (
                f"In {broken} groups an episode broke; the first lines of Error in _run_prompt in "
                "the log say why"
            )
        return message + (
            f"In {equal} groups all episodes earned the same: the policy is always right or always "
            "wrong on these rows. Warm it up, choose rows of other tiers, or raise "
            "generation_batches"
        )

    def _evict_terminal_groups(self, *args: Any, **kwargs: Any) -> Any:
        """As in verl; counts why groups are left out."""
        found = super()._evict_terminal_groups(*args, **kwargs)
        metrics = found[3]
        for key, value in metrics.items():
            if key.endswith("filter_groups/evicted_samples"):
                self._left_out["equal"] += int(value)
            elif key.endswith("rollout_failure/evicted_samples"):
                self._left_out["broken"] += int(value)
        return found

    def sample(self, *args: Any, **kwargs: Any) -> Any:
        """As in verl; the bound holds for each step."""
        self._extra = 0
        self._left_out.clear()
        return super().sample(*args, **kwargs)

"""A rollout server on CPUs with plain transformers: tokens in, sampled tokens out.

Three parts, as verl has them: the server (a Ray actor), the replica that starts it, and the adapter
in the training worker that sends it new weights.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ray
import torch
from transformers import AutoModelForCausalLM
from verl.utils.config import omega_conf_to_dataclass
from verl.workers.config import HFModelConfig
from verl.workers.rollout.base import BaseRollout
from verl.workers.rollout.replica import RolloutReplica, TokenOutput

from pipeline.training.sampling import Request, Result, sample

MOST_TOGETHER = 128
# Requests of one turn come one after the other: this long the first one waits for the rest.
GATHER_SECONDS = 0.01
THREADS_VARIABLE = "XROUTER_ROLLOUT_THREADS"


def server_name(rank: int) -> str:
    """Of the Ray actor."""
    return f"xrouter_rollout_{rank}"


class Server:
    """Samples for whoever asks; what is asked at one time is sampled together."""

    def __init__(self, config: Any, model_config: Any, rank: int) -> None:
        torch.set_num_threads(int(os.environ.get(THREADS_VARIABLE, "1")))
        self._config = omega_conf_to_dataclass(config)
        model = omega_conf_to_dataclass(model_config, dataclass_type=HFModelConfig)
        self._tokenizer = model.tokenizer
        model.hf_config._attn_implementation = "sdpa"
        self._model = AutoModelForCausalLM.from_config(model.hf_config, dtype=torch.float32).eval()
        self._steps: int | None = None
        self._queue: asyncio.Queue[tuple[Request, asyncio.Future[Result]]] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._task: asyncio.Task[None] | None = None
        self._generator = torch.Generator().manual_seed(int(self._config.seed or 0) + rank)

    async def set_global_steps(self, step: int) -> None:
        """Of the weights that it has."""
        self._steps = step

    async def update_weights(self, state: Mapping[str, torch.Tensor], step: int | None) -> None:
        """Take over new weights.

        Raises:
            ValueError: Some are missing.
        """
        own = self._model.state_dict()
        missing = [name for name in own if name not in state and not name.startswith("lm_head")]
        if missing:
            raise ValueError(f"weights that were not sent: {', '.join(missing[:3])}")
        with torch.no_grad():
            for name, value in state.items():
                if name in own:
                    own[name].copy_(value)
        if step is not None:
            self._steps = step

    async def generate(
        self, request_id: str, *, prompt_ids: Any, sampling_params: Mapping[str, Any], **_: Any
    ) -> Any:
        """Sample one continuation."""
        if self._task is None:
            self._task = asyncio.create_task(self._serve())
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        await self._queue.put((self._request(list(prompt_ids), sampling_params), future))
        tokens, log_probs, reason = await future
        steps = {"global_steps": self._steps, "min_global_steps": self._steps}
        return TokenOutput(
            token_ids=tokens,
            log_probs=log_probs if sampling_params.get("logprobs") else None,
            stop_reason=reason,
            num_preempted=0,
            extra_fields=steps | {"max_global_steps": self._steps},
        )

    def _request(self, prompt: list[int], chosen: Mapping[str, Any]) -> Request:
        room = self._config.prompt_length + self._config.response_length - len(prompt)
        longest = max(1, min(chosen.get("max_tokens") or self._config.response_length, room))
        stops = {self._tokenizer.eos_token_id, *(chosen.get("stop_token_ids") or [])}
        return Request(prompt, longest, float(chosen.get("temperature", 1.0)), frozenset(stops))

    async def _serve(self) -> None:
        while True:
            batch = [await self._queue.get()]
            await asyncio.sleep(GATHER_SECONDS)
            while not self._queue.empty() and len(batch) < MOST_TOGETHER:
                batch.append(self._queue.get_nowait())
            requests = [request for request, _ in batch]
            pad = self._tokenizer.pad_token_id or 0
            work = (self._model, requests, pad, self._generator)
            loop = asyncio.get_running_loop()
            try:
                results = await loop.run_in_executor(self._thread, sample, *work)
            except (RuntimeError, ValueError, IndexError) as error:
                for _, future in batch:
                    future.set_exception(error)
                continue
            for (_, future), result in zip(batch, results, strict=True):
                future.set_result(result)

    async def _nothing(self, *_: Any, **__: Any) -> None:
        """Memory is not shared with the trainer: there is nothing to free or to wake."""

    wake_up = sleep = abort_all_requests = resume_generation = clear_kv_cache = _nothing
    release_kv_cache = resume_kv_cache = start_profile = stop_profile = _nothing


class Replica(RolloutReplica):
    """Starts the server."""

    async def launch_servers(self) -> None:
        """One actor, which takes no logical CPU."""
        name = server_name(self.replica_rank)
        actor = ray.remote(Server).options(
            name=name, num_cpus=0, max_concurrency=self.max_concurrency
        )
        self.servers = [actor.remote(self.config, self.model_config, self.replica_rank)]
        self._server_handle, self._server_address = self.servers[0], name


class Adapter(BaseRollout):
    """In the training worker: sends weights through Ray's object store."""

    def __init__(
        self, config: Any, model_config: Any, device_mesh: Any, replica_rank: int = -1
    ) -> None:
        super().__init__(config, model_config, device_mesh)
        self.replica_rank = int(os.environ["RANK"]) if replica_rank == -1 else replica_rank
        self.sleep_level = 2
        self._server: Any = None

    async def resume(self, tags: list[str]) -> None:
        """Nothing was released."""

    async def release(self) -> None:
        """Nothing is held."""

    async def update_weights(
        self,
        weights: Iterator[tuple[str, torch.Tensor]],
        global_steps: int | None = None,
        wire_format: str = "named_tensors",
        **_: Any,
    ) -> None:
        """Send all weights as float32.

        Raises:
            ValueError: They come in another form.
        """
        if wire_format != "named_tensors":
            raise ValueError(f"weights come as {wire_format!r}; only named_tensors is known here")
        if self._server is None:
            self._server = ray.get_actor(server_name(self.replica_rank))
        state = {name: value.detach().to("cpu", torch.float32).clone() for name, value in weights}
        await self._server.update_weights.remote(state, global_steps)

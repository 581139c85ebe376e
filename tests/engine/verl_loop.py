"""Plays episodes through verl's own agent loop, in verl's environment: `python verl_loop.py MODEL`.

A scripted server answers; the tokenizer, the chat template and the builder of token sequences are
real. Prints one JSON object about each episode, for the test beside it.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from omegaconf import OmegaConf
from transformers import AutoTokenizer
from verl.experimental.agent_loop.agent_loop import DictConfigWrap
from verl.workers.rollout.replica import TokenOutput

from pipeline.router.menu import Menu
from pipeline.training.agent_loop import RouterAgentLoop
from pipeline.training.run_file import this_run


class Server:
    """Says what the script says, as the tokenizer writes it, and ends each turn."""

    def __init__(self, tokenizer: Any, turns: list[str]) -> None:
        self.tokenizer, self.turns = tokenizer, list(turns)
        self.written: list[list[int]] = []

    async def generate(
        self, request_id: str, *, prompt_ids: list[int], sampling_params: dict[str, Any]
    ) -> Any:
        text = self.turns[len(self.written)]
        ids = self.tokenizer.encode(text, add_special_tokens=False)
        ids.append(self.tokenizer.eos_token_id)
        self.written.append(ids)
        steps = {"global_steps": 3, "min_global_steps": 3, "max_global_steps": 3}
        return TokenOutput(
            token_ids=ids, log_probs=[-0.25] * len(ids), stop_reason="completed", num_preempted=0,
            extra_fields=steps,
        )  # fmt: skip


def call(name: str) -> str:
    return f'<tool_call>\n{{"name": "{name}", "arguments": {{"system_prompt": ""}}}}\n</tool_call>'


async def episode(tokenizer: Any, row: dict[str, Any], turns: list[str], step: int) -> None:
    config = OmegaConf.create(
        {"data": {}, "actor_rollout_ref": {"rollout": {"response_length": 500}}}
    )
    server = Server(tokenizer, turns)
    loop = RouterAgentLoop(
        trainer_config=DictConfigWrap(config), server_manager=server, tokenizer=tokenizer,
        processor=None, dataset_cls=None, data_config=DictConfigWrap(config.data),
        hf_model_type="qwen3",
    )  # fmt: skip
    output = await loop.run({}, **row, raw_prompt=row["prompt"], global_steps=step, session_id=0)
    mask, ids = output.response_mask, output.response_ids
    own = [i for i, learned in zip(ids, mask, strict=True) if learned]
    whole = output.prompt_ids + ids
    text = tokenizer.decode(whole)
    tools = Menu.of_rows(row["extra_info"]["catalog"]).tools
    first = tokenizer.apply_chat_template(
        row["prompt"], tools=tools, add_generation_prompt=True, tokenize=False
    )
    found = {
        "begins": text.startswith(first),
        "own": own == [i for ids in server.written for i in ids],
        "observations": text.count("<tool_response>"),
        "log_probs": sum(1 for p in output.response_logprobs or [] if p != 0) == len(own),
        "score": output.reward_score,
        "facts": output.extra_fields["reward_extra_info"],
        "decision": output.extra_fields["decision"],
        "fields": sorted(output.as_dict()),
    }
    sys.stdout.write(json.dumps(found) + "\n")


async def main() -> None:
    tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
    rows = pq.read_table(this_run().train).to_pylist()
    for number, row in enumerate(rows[:4]):
        first, second = (entry["tool_name"] for entry in row["extra_info"]["catalog"][:2])
        select = '<tool_call>\n{"name": "select_response", "arguments": {"call_id": "c2"}}\n'
        turns = [
            [f"{call(first)}\n{call(second)}", f"{select}</tool_call>"],
            [call(first), call("call_nobody"), "So be it."],
            ["An answer of my own."],
            [call(first), "<tool_call>\n{", call(second)],
        ][number]
        await episode(tokenizer, row, turns, 4)


if __name__ == "__main__":
    asyncio.run(main())
    # Grading processes and files are closed by the end of the process, as under Ray.
    sys.stdout.flush()
    assert Path(os.environ["XROUTER_TRAINING_RUN"]).exists()

"""Our engine as an agent loop of verl: rows and a token server in, token sequences and rewards out.

The reward is reckoned here, where the episode is, so that verl's own reward workers have nothing to
do.
"""

import asyncio
import contextlib
import time
from typing import Any

from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopOutput

from pipeline.catalog.tariff import Tariff
from pipeline.errors import XRouterError
from pipeline.reward.scoring import Scored, truth_of
from pipeline.router.menu import Menu
from pipeline.router.record import Episode
from pipeline.router.turns import Query
from pipeline.training.ledger import TRAIN, VALIDATE
from pipeline.training.run_file import RunFile, this_run
from pipeline.training.shaping import decision_of, shaped
from pipeline.training.studio import Moment, Studio, open_studio
from pipeline.training.token_policy import Bounds, TokenPolicy

_studio: "asyncio.Task[Studio] | None" = None
# Open as long as the process lives, which Ray ends.
_stack = contextlib.AsyncExitStack()


class UngradedError(XRouterError):
    """An answer that no grader could judge: nobody is to learn from it."""


async def shared_studio() -> Studio:
    """The one of this process, opened by whoever comes first."""
    global _studio
    if _studio is None:
        _studio = asyncio.create_task(_stack.enter_async_context(open_studio(this_run())))
    return await asyncio.shield(_studio)


class RouterAgentLoop(AgentLoopBase):
    """One episode; verl makes one object for each."""

    async def run(self, sampling_params: dict[str, Any], **row: Any) -> AgentLoopOutput:
        """Play and score one episode.

        Args:
            sampling_params: Of verl.
            row: Columns of table `examples`, the messages as `raw_prompt`; the step and the number
                of the episode in its group.

        Raises:
            XRouterError: It cannot be played, judged or written; verl takes another group then.
        """
        studio = await shared_studio()
        return await play(self, studio, sampling_params, row)


async def play(
    loop: Any, studio: Studio, sampling: dict[str, Any], row: dict[str, Any]
) -> AgentLoopOutput:
    """One episode of a studio; see `RouterAgentLoop.run`."""
    extra = row["extra_info"]
    messages = [dict(message) for message in row["raw_prompt"]]
    policy = _policy(loop, studio.run, sampling, messages, extra["mode"] == "simple")
    # Of several recorded answers, every episode of a group gets another one.
    sample = int(row.get("session_id", 0))
    query = Query(messages[1:], extra["problem_id"], extra["example_id"], extra["tier"], sample)
    kind = TRAIN if extra["split"] == "train" else VALIDATE
    moment = Moment(kind, int(row["global_steps"]))
    menu = Menu.of_rows([dict(entry) for entry in extra["catalog"]])
    episode = await studio.play(policy, query, menu, moment)
    example = {"prompt": messages, "extra_info": extra} | {
        name: row[name] for name in ("ability", "reward_model")
    }
    began = time.monotonic()
    scored = await studio.score(episode, truth_of(example), moment)
    if scored.ungraded:
        raise UngradedError(
            f"problem {extra['problem_id']}: no grader could judge the answer of episode "
            f"{episode.row['episode_id']}"
        )
    return _output(policy, studio.run, episode, scored, time.monotonic() - began)


def _policy(
    loop: Any,
    run: RunFile,
    sampling: dict[str, Any],
    messages: list[dict[str, Any]],
    simple: bool,
) -> TokenPolicy:
    chosen, preset = run.settings.router, run.preset
    price_in, price_out = chosen.policy_input_per_million, chosen.policy_output_per_million
    tariff = Tariff(price_in, price_out, price_in)
    bounds = Bounds(preset.prompt_tokens, preset.response_tokens, preset.reply_chars)
    return TokenPolicy(loop, run.policy, tariff, bounds, sampling, messages, simple)


def _output(
    policy: TokenPolicy, run: RunFile, episode: Episode, scored: Scored, seconds: float
) -> AgentLoopOutput:
    longest = run.preset.response_tokens
    start = len(policy.ids) - len(policy.mask)
    result = shaped(scored, len(policy.mask), run.preset)
    extra = policy.extra | {
        "reward_extra_info": result.facts,
        "decision": decision_of(episode),
        "turn_scores": [],
        "tool_rewards": [],
    }
    return AgentLoopOutput(
        prompt_ids=policy.ids[:start],
        response_ids=policy.ids[start : start + longest],
        response_mask=policy.mask[:longest],
        response_logprobs=policy.log_probs[:longest] or None,
        reward_score=result.score,
        num_turns=2 * policy.turns,
        metrics={"generate_sequences": policy.seconds, "compute_score": seconds},
        extra_fields=extra,
    )

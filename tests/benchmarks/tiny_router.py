"""Is the tiny world learnable? Warm start and a small DAPO loop in one process, measured exactly.

    python tests/benchmarks/tiny_router.py [--seed 0] [--steps 90] [--purist] [--weights 1 2 3]

Needs torch and transformers. What is shipped trains with stock verl; this loop is a yardstick for
it and a quick look at changes of the world, the warm start or the preset, whose values it takes: an
episode is one turn, after which the reply is returned as it is, and outcomes are drawn anew from
the world's law.
"""

import argparse
import json
import math
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from transformers import DynamicCache

from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.training.presets import PRESETS, TINY
from pipeline.training.tiny.cases import Case, lengths_of, read_cases
from pipeline.training.tiny.codec import Codec, call_text, open_codec
from pipeline.training.tiny.evaluate import Report, evaluate
from pipeline.training.tiny.law import the_world
from pipeline.training.tiny.lessons import Shares
from pipeline.training.tiny.network import make_network, open_network, save
from pipeline.training.tiny.scores import compare, gates
from pipeline.training.tiny.warm_start import Course, warm_start
from pipeline.training.tiny.world import world_settings, write_world

PRESET = PRESETS[TINY]
PROMPTS, GROUP, UPDATES = PRESET.batch, PRESET.group, PRESET.batch // PRESET.mini_batch
ROUNDS, LONGEST = 6, 8
# As in verl: where the rate of a cosine ends.
LEAST_RATE = 0.1


class Group(NamedTuple):
    """Episodes of one prompt."""

    prompt: list[int]
    said: list[list[int]]
    advantages: np.ndarray


class Loop:
    """DAPO with the settings of the preset."""

    def __init__(self, folder: Path, cases: Sequence[Case], settings: Settings, given: Any) -> None:
        self.codec, self.network = open_codec(folder), open_network(folder)
        self.reward, self.given = settings.reward, given
        self.cases = list(cases)
        self.draws = np.random.default_rng(given.seed)
        self.order = random.Random(given.seed)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), given.lr, weight_decay=PRESET.weight_decay
        )
        self.episodes = 0

    def step(self, number: int) -> float:
        """One step; returns the mean reward of all episodes."""
        rate = self.given.lr * share_of_rate(number, self.given.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        groups, reward = self._collect()
        parts = np.array_split(self.draws.permutation(len(groups)), UPDATES)
        batches = [pack([groups[i] for i in part], self.codec.pad) for part in parts if len(part)]
        with torch.no_grad():
            old = [log_probs(self.network, batch)[0] for batch in batches]
        self.network.train()
        for batch, before in zip(batches, old, strict=True):
            loss = dapo_loss(self.network, batch, before, self.given.entropy)
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), PRESET.clip_norm)
            self.optimizer.step()
        return reward

    def _collect(self) -> tuple[list[Group], float]:
        kept: list[Group] = []
        rewards: list[float] = []
        for _ in range(ROUNDS):
            cases = self.order.sample(self.cases, PROMPTS)
            prompts = [prompt_of(self.codec, case) for case in cases]
            said = sample(self.network, self.codec, prompts)
            for number, case in enumerate(cases):
                mine = said[number * GROUP : (number + 1) * GROUP]
                earned = self._earned(case, mine)
                rewards.append(float(earned.mean()))
                self.episodes += GROUP
                if np.ptp(earned) > 1e-9:
                    centred = (earned - earned.mean()) / (earned.std(ddof=1) + 1e-6)
                    kept.append(Group(prompts[number], mine, centred))
            if len(kept) >= PROMPTS:
                break
        return kept[:PROMPTS], float(np.mean(rewards))

    def _earned(self, case: Case, said: Sequence[list[int]]) -> np.ndarray:
        known = [tuple(self.codec.said(the_world().direct.answer))]
        known += [tuple(self.codec.said(call_text(name))) for name in case.names]
        gate = gates(case, self.reward)
        chosen = [known.index(tuple(x)) if tuple(x) in known else -1 for x in said]
        luck = self.draws.random(len(said))
        return np.array(
            [
                0.0 if d < 0 else float(u < case.chance[d]) * gate[d]
                for d, u in zip(chosen, luck, strict=True)
            ]
        )


def share_of_rate(number: int, steps: int) -> float:
    """A linear beginning, then a cosine if the preset has one."""
    if number <= PRESET.warmup or not PRESET.lr_decay:
        return min(1.0, number / PRESET.warmup)
    part = (number - PRESET.warmup) / max(1, steps - PRESET.warmup)
    return LEAST_RATE + (1 - LEAST_RATE) * (1 + math.cos(math.pi * part)) / 2


def prompt_of(codec: Codec, case: Case) -> list[int]:
    return codec.offer(case.menu) + codec.question(case.asked[-1]["content"])


@torch.no_grad()
def sample(network: Any, codec: Codec, prompts: Sequence[list[int]]) -> list[list[int]]:
    """GROUP continuations of each prompt; a prompt is read once."""
    network.eval()
    width = max(map(len, prompts))
    ids = torch.tensor([[codec.pad] * (width - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
    place = (mask.cumsum(1) - 1).clamp(min=0)
    out = network(
        input_ids=ids, attention_mask=mask, position_ids=place, past_key_values=DynamicCache(),
        use_cache=True, logits_to_keep=1,
    )  # fmt: skip
    cache = out.past_key_values
    cache.batch_repeat_interleave(GROUP)
    logits, mask = out.logits[:, -1].repeat_interleave(GROUP, 0), mask.repeat_interleave(GROUP, 0)
    place, tokens = place[:, -1:].repeat_interleave(GROUP, 0), []
    for _ in range(LONGEST):
        token = torch.multinomial(logits.softmax(-1), 1)
        tokens.append(token)
        mask, place = torch.cat([mask, torch.ones_like(token)], 1), place + 1
        logits = network(
            input_ids=token, attention_mask=mask, position_ids=place, past_key_values=cache,
            use_cache=True,
        ).logits[:, -1]  # fmt: skip
    written = torch.cat(tokens, 1).tolist()
    return [x[: x.index(codec.end) + 1] if codec.end in x else x for x in written]


class Batch(NamedTuple):
    """Equal continuations of a prompt are computed once; `index` gives each episode its pair."""

    ids: torch.Tensor
    at: torch.Tensor
    mask: torch.Tensor
    index: torch.Tensor
    advantages: torch.Tensor


def pack(groups: Sequence[Group], pad: int) -> Batch:
    pairs: dict[tuple[int, tuple[int, ...]], int] = {}
    index, advantages = [], []
    for number, group in enumerate(groups):
        for said, advantage in zip(group.said, group.advantages, strict=True):
            index.append(pairs.setdefault((number, tuple(said)), len(pairs)))
            advantages.append(float(advantage))
    chats = [groups[number].prompt + list(said) for number, said in pairs]
    width = max(map(len, chats))
    ids = torch.tensor([chat + [pad] * (width - len(chat)) for chat in chats])
    lengths = torch.tensor([[len(said)] for _, said in pairs])
    starts = torch.tensor([[len(groups[number].prompt)] for number, _ in pairs])
    offset = torch.arange(int(lengths.max()))[None]
    at = (starts + offset).clamp(max=width - 1)
    mask = (offset < lengths).float()
    return Batch(ids, at, mask, torch.tensor(index), torch.tensor(advantages))


def log_probs(network: Any, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probability and entropy of every written token, shape (pairs, longest)."""
    hidden = network.model(input_ids=batch.ids[:, :-1]).last_hidden_state
    hidden = hidden.gather(1, (batch.at - 1)[..., None].expand(-1, -1, hidden.shape[-1]))
    every = network.lm_head(hidden).log_softmax(-1)
    chosen = every.gather(-1, batch.ids.gather(1, batch.at)[..., None])[..., 0]
    return chosen, -(every.exp() * every).sum(-1)


def dapo_loss(network: Any, batch: Batch, old: torch.Tensor, entropy: float) -> torch.Tensor:
    """Clip-higher, dual clip, mean over tokens, entropy bonus, no KL."""
    new, spread = log_probs(network, batch)
    ratio = (new - old)[batch.index].exp()
    mask, advantage = batch.mask[batch.index], batch.advantages[:, None]
    clipped = ratio.clamp(1 - PRESET.clip_low, 1 + PRESET.clip_high)
    loss = torch.maximum(-advantage * ratio, -advantage * clipped)
    loss = torch.where(advantage < 0, torch.minimum(loss, -advantage * PRESET.clip_c), loss)
    return ((loss - entropy * spread[batch.index]) * mask).sum() / mask.sum()


def run(root: Path, warm: Path, settings: Settings, given: argparse.Namespace) -> Report:
    """Train one router and measure it."""
    world, at = the_world(), Layout(root)
    expected = lengths_of(settings, [at.examples("train")])
    cases = read_cases(at.examples("train"), world, expected)
    loop, began = Loop(warm, cases, settings, given), time.monotonic()
    for number in range(1, given.steps + 1):
        reward = loop.step(number)
        if number % 25 == 0:
            spent = (time.monotonic() - began) / number
            print(f"  step {number:4d} reward {reward:.3f} {spent:.2f} s a step", flush=True)
    name = f"dapo-{given.seed}-{given.entropy:g}-{settings.reward.cost_weight:g}"
    out = (given.out or root) / name
    save(out, loop.network, loop.codec.tokenizer)
    print(f"  {loop.episodes:,} episodes, {time.monotonic() - began:.0f} s")
    return evaluate(out, root, settings, turns=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=PRESET.steps)
    parser.add_argument("--lr", type=float, default=PRESET.lr)
    parser.add_argument("--entropy", type=float, default=PRESET.entropy)
    parser.add_argument("--weights", type=float, nargs="+", default=[2.0])
    parser.add_argument("--purist", action="store_true", help="no questions about prices")
    parser.add_argument("--warm", type=Path, help="a folder that is warm already")
    parser.add_argument("--world", type=Path, help="a world that is there already")
    parser.add_argument("--out", type=Path, help="where trained weights go; default: the world")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    root = given.world or Path(tempfile.mkdtemp())
    if given.world is None:
        write_world(root, given.seed)
    warm = given.warm or root / "warm"
    if given.warm is None:
        make_network(root / "raw", given.seed)
        shares = Shares(reading=0.0) if given.purist else Shares()
        taught = warm_start(root / "raw", warm, Course(seed=given.seed, shares=shares), print)
        print(f"warm start: enough {taught.enough}, {taught.seconds:.0f} s")
    for weight in given.weights:
        base = Settings()
        reward = base.reward.model_copy(update={"cost_weight": weight})
        settings = world_settings(root, base.model_copy(update={"reward": reward}))
        before = evaluate(warm, root, settings, turns=1)
        after = run(root, warm, settings, given)
        print(f"weight {weight:g}: before {before.sampled}\n  after  {after.sampled}")
        print(f"  gain {compare(after.by_row, before.by_row)}")
        print(json.dumps(after.summary()))


if __name__ == "__main__":
    main()

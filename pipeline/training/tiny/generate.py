"""Samples one turn of a tiny router. Ids come in, ids go out; knows nothing of text and HTTP."""

from collections.abc import Sequence
from typing import Any

import torch


def generate(
    network: Any,
    prompt: Sequence[int],
    longest: int,
    end: int,
    temperature: float = 1.0,
    top_p: float = 1.0,
    seed: int | None = None,
) -> list[int]:
    """Continue a prompt.

    Args:
        network: A causal language model of transformers.
        prompt: At least one id.
        longest: Ids to write at most.
        end: After which it stops.
        temperature: 0: the likeliest id each time.
        top_p: Least probability that the ids which may be drawn have together.
        seed: Of the draws; None: any.

    Returns:
        What was written, `end` included where it was.
    """
    network.eval()
    generator = torch.Generator()
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    ids, past = torch.tensor([list(prompt)]), None
    written: list[int] = []
    while len(written) < longest:
        with torch.no_grad():
            done = network(input_ids=ids, past_key_values=past, use_cache=True, logits_to_keep=1)
        past = done.past_key_values
        token = _draw(done.logits[0, -1].float(), temperature, top_p, generator)
        written.append(token)
        if token == end:
            break
        ids = torch.tensor([[token]])
    return written


def _draw(
    logits: torch.Tensor, temperature: float, top_p: float, generator: torch.Generator
) -> int:
    if temperature <= 0:
        return int(logits.argmax())
    shares = (logits / temperature).softmax(-1)
    if top_p < 1:
        ranked, order = shares.sort(descending=True)
        # Those before which less than `top_p` lies: the likeliest is always one of them.
        kept = ranked.cumsum(0) - ranked < top_p
        shares = torch.zeros_like(shares).index_put((order[kept],), ranked[kept])
    return int(torch.multinomial(shares, 1, generator=generator))

"""Samples many prompts at one time. Ids come in, ids and log-probabilities go out."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

Result = tuple[list[int], list[float], str]


class Request(NamedTuple):
    """One prompt to go on from.

    Attributes:
        prompt: Tokens.
        longest: Tokens to write at most.
        temperature: 0: the likeliest token.
        stops: Tokens after which it ends.
    """

    prompt: list[int]
    longest: int
    temperature: float
    stops: frozenset[int]


def sample(
    model: Any, requests: Sequence[Request], pad: int, generator: torch.Generator
) -> list[Result]:
    """Sample one continuation of each prompt, all in one batch that is padded on the left.

    Args:
        model: A causal language model of transformers.
        requests: At least one.
        pad: Padding token.
        generator: Of random numbers.

    Returns:
        Tokens, their log-probabilities under the sampling temperature, and `completed` or `length`.
    """
    with torch.no_grad():
        return _sample(model, requests, pad, generator)


def _sample(
    model: Any, requests: Sequence[Request], pad: int, generator: torch.Generator
) -> list[Result]:
    count, width = len(requests), max(len(request.prompt) for request in requests)
    ids = torch.full((count, width), pad)
    mask = torch.zeros((count, width), dtype=torch.long)
    for row, request in enumerate(requests):
        ids[row, width - len(request.prompt) :] = torch.tensor(request.prompt)
        mask[row, width - len(request.prompt) :] = 1
    heat = torch.tensor([[request.temperature] for request in requests])
    greedy = (heat <= 0).squeeze(1)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    results: list[Result] = [([], [], "length") for _ in requests]
    open_rows, past = set(range(count)), None
    while open_rows:
        done = model(
            input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=past,
            use_cache=True,
        )  # fmt: skip
        past = done.past_key_values
        logits = done.logits[:, -1].float() / heat.clamp(min=1e-6)
        log_probs = logits.log_softmax(-1)
        drawn = torch.multinomial(log_probs.exp(), 1, generator=generator).squeeze(1)
        chosen = torch.where(greedy, logits.argmax(-1), drawn)
        values = log_probs.gather(1, chosen.unsqueeze(1)).squeeze(1).tolist()
        for row, token in enumerate(chosen.tolist()):
            if row not in open_rows:
                continue
            request, (tokens, probabilities, _) = requests[row], results[row]
            tokens.append(token)
            probabilities.append(values[row])
            if token in request.stops:
                results[row] = (tokens, probabilities, "completed")
                open_rows.discard(row)
            elif len(tokens) >= request.longest:
                open_rows.discard(row)
        ids = chosen.unsqueeze(1)
        mask = torch.cat([mask, torch.ones((count, 1), dtype=torch.long)], 1)
        positions = positions[:, -1:] + 1
    return results

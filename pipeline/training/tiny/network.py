"""A random network of the Qwen3 architecture, and the folder that it is kept in.

Settings and a tokenizer come in, a folder in Hugging Face's format goes out. Knows nothing of what
it is to learn.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.training.tiny.tokenizer import build_tokenizer, price_tokens

# Weights are a matrix of whole blocks, whatever the number of tokens.
BLOCK = 64
# What sets one price apart from its neighbours beside its place, as a share of the spread.
OWN = 0.2


class Size(NamedTuple):
    """Of a network.

    Attributes:
        hidden: Width.
        layers: Depth.
        heads: Of attention.
        spread: Standard deviation of the random weights. With the usual 0.02 a network of this
            width never learns to copy a name from its prompt.
        ordered: Prices begin in order: embeddings of equal role differ along one direction, by the
            logarithm of the price. It is what any pretrained router knows of numbers.
        context: Longest chat in tokens.
    """

    hidden: int = 64
    layers: int = 2
    heads: int = 4
    spread: float = 0.1
    ordered: bool = True
    context: int = 2048


def make_network(folder: Path, seed: int = 0, size: Size | None = None) -> None:
    """Write a tokenizer and random weights."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    size, tokenizer = size or Size(), build_tokenizer()
    config = Qwen3Config(
        vocab_size=-(-len(tokenizer) // BLOCK) * BLOCK,
        hidden_size=size.hidden,
        intermediate_size=2 * size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        head_dim=size.hidden // size.heads,
        max_position_embeddings=size.context,
        initializer_range=size.spread,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = Qwen3ForCausalLM(config)
        if size.ordered:
            _put_in_order(network, tokenizer, size)
    save(folder, network, tokenizer)


def _put_in_order(network: Any, tokenizer: Any, size: Size) -> None:
    import torch

    weights = network.get_input_embeddings().weight.data
    for mark in (" in ", " out | "):
        texts = [text for text in price_tokens() if text.endswith(mark)]
        ids = tokenizer.convert_tokens_to_ids(texts)
        logs = np.log([max(float(text.removesuffix(mark)[1:]), 1e-6) for text in texts])
        place = torch.tensor((logs - logs.mean()) / logs.std(), dtype=weights.dtype)
        role, way = torch.randn(2, size.hidden) * size.spread
        own = torch.randn(len(ids), size.hidden) * size.spread * OWN
        weights[ids] = role + place[:, None] * way + own


def open_network(folder: Path) -> Any:
    """The network of a folder, in single precision."""
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def save(folder: Path, network: Any, tokenizer: Any) -> None:
    """Keep a network with its tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)

"""Makes a tiny Qwen3 from a seed: weights, tokenizer, chat template. Downloads nothing.

Runs with the Python of the vLLM environment. A random model never ends a sentence, so `digit` makes
one that answers every prompt with one digit and stops. How likely which digit is depends on the
prompt: problems whose answer is a digit get pass rates from 0 to 1, at two tokens a sample.

    python tests/engine/tiny_qwen3.py OUT [--seed 0] [--answers random|digit]
"""

import argparse
import random
import string
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

CONTEXT = 4096
HIDDEN = 64
HEADS = 4
VOCABULARY = 768
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
# Ordinary tokens, as in Qwen3: decoding keeps them, and the parsers look for them.
MARKS = (
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
)
WORDS = (
    "a add answer box check cheap cost count digit does find give how in is it last many model "
    "name next number of one or plus price question reason remainder result route sum take than "
    "the then think times to total two user value what when which with zero"
)

CHAT_TEMPLATE = """
{%- if tools %}
{{- '<|im_start|>system\\n# Tools\\n<tools>' }}
{%- for tool in tools %}{{- '\\n' + (tool | tojson) }}{%- endfor %}
{{- '\\n</tools><|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
{%- if message.role == 'tool' %}
{{- '<|im_start|>user\\n<tool_response>\\n' + message.content }}
{{- '\\n</tool_response><|im_end|>\\n' }}
{%- else %}
{{- '<|im_start|>' + message.role + '\\n' + (message.content or '') }}
{%- for call in message.tool_calls or [] %}
{{- '\\n<tool_call>\\n' + (call.function | tojson) + '\\n</tool_call>' }}
{%- endfor %}
{{- '<|im_end|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and not enable_thinking %}
{{- '<think>\\n\\n</think>\\n\\n' }}
{%- endif %}
{%- endif %}"""

# The digit model keeps two numbers of the hidden state for itself: one is the same everywhere, the
# other says whether the last token was a digit.
CONSTANT, AFTER_DIGIT = 0, 1
FIRMNESS = 4.0
SPREAD = 0.4


def corpus(seed: int, lines: int = 400) -> Iterator[str]:
    """Sentences and sums for the tokenizer to learn from."""
    draw, words = random.Random(seed), WORDS.split()
    for _ in range(lines):
        yield " ".join(draw.choices(words, k=12))
        yield f"what is {draw.randrange(1000)} + {draw.randrange(1000)} ?"
        yield f'{{"name": "call_{draw.choice(words)}", "arguments": {{"{draw.choice(words)}": 1}}}}'


def make_tokenizer(seed: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer in which every digit is a token of its own."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(MARKS),
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(seed), trainer)
    tokenizer.add_tokens([AddedToken(mark, special=False, normalized=False) for mark in MARKS])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def make_model(tokenizer: PreTrainedTokenizerFast, seed: int) -> Qwen3ForCausalLM:
    """Two random layers that fit the tokenizer."""
    torch.manual_seed(seed)
    config = Qwen3Config(
        vocab_size=-(-len(tokenizer) // 64) * 64,
        hidden_size=HIDDEN,
        intermediate_size=2 * HIDDEN,
        num_hidden_layers=2,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS // 2,
        head_dim=32,  # the CPU attention of vLLM takes multiples of 32 only
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        dtype="bfloat16",
    )
    model = Qwen3ForCausalLM(config).to(torch.bfloat16)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model


def scaffold(tokenizer: PreTrainedTokenizerFast) -> list[int]:
    """The tokens that the chat template puts into every prompt."""
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": ""}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
    )
    return sorted(set(tokenizer.encode(chat, add_special_tokens=False)))


@torch.no_grad()
def answer_with_a_digit(model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast) -> None:
    """Rewrite the weights so that a prompt is followed by one digit and the end, whatever it says.

    Attention sums up the prompt in the free part of the hidden state; the rows of the digits in the
    output layer are random there, so that every prompt has probabilities of its own.
    """
    digits = tokenizer.convert_tokens_to_ids(list(string.digits))
    embedding, head = model.model.embed_tokens.weight, model.lm_head.weight
    embedding.normal_(std=1.0)
    embedding[scaffold(tokenizer)] = 0.0
    embedding[:, CONSTANT] = 8.0
    embedding[:, AFTER_DIGIT] = -8.0
    embedding[digits, AFTER_DIGIT] = 8.0
    for layer in model.model.layers:
        layer.self_attn.v_proj.weight.normal_(std=HIDDEN**-0.5)
        layer.self_attn.v_proj.weight[:, [CONSTANT, AFTER_DIGIT]] = 0.0
        layer.self_attn.o_proj.weight.normal_(std=0.5)
        for output in (layer.self_attn.o_proj.weight, layer.mlp.down_proj.weight):
            output[[CONSTANT, AFTER_DIGIT]] = 0.0
    head.zero_()
    head[:, CONSTANT] = -FIRMNESS
    head[digits] = torch.randn(len(digits), HIDDEN).to(head.dtype) * SPREAD
    head[digits, CONSTANT] = FIRMNESS
    head[digits, AFTER_DIGIT] = -FIRMNESS
    head[tokenizer.eos_token_id, CONSTANT] = FIRMNESS
    head[tokenizer.eos_token_id, AFTER_DIGIT] = FIRMNESS


def make(out: Path, seed: int, answers: str) -> int:
    """Write model and tokenizer to a folder; give the number of parameters."""
    tokenizer = make_tokenizer(seed)
    model = make_model(tokenizer, seed)
    if answers == "digit":
        answer_with_a_digit(model, tokenizer)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    return sum(weight.numel() for weight in model.parameters())


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--answers", choices=("random", "digit"), default="random")
    asked = parser.parse_args()
    parameters = make(asked.out, asked.seed, asked.answers)
    print(f"{asked.out}: {parameters:,} parameters")  # noqa: T201


if __name__ == "__main__":
    main()

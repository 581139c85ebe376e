"""A tokenizer made on the spot: any text can be written, and this world's texts take few tokens.

A model list and a price law come in, a tokenizer of transformers goes out. A price is one token, as
is a tool's name: the weights that read them are too small to put digits together.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.catalog.cells import cells_of
from pipeline.catalog.instructions import AGENT_INSTRUCTIONS
from pipeline.catalog.models import SELECT_RESPONSE
from pipeline.catalog.prices import price_text
from pipeline.catalog.texts import texts_of
from pipeline.training.tiny.law import World, the_models, the_prices, the_world

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

TEMPLATE_FILE = Path(__file__).with_name("chat_template.jinja")
END, START, PAD = "<|im_end|>", "<|im_start|>", "<|endoftext|>"
CALL, CALL_END = "<tool_call>", "</tool_call>"
# No name and no price is among these, so that each of them stays a token of its own.
FIXED = (
    CALL, CALL_END, "<tool_response>", "</tool_response>", "call_id: ",
    '\n{"name": "', '", "arguments": {"system_prompt": ""}}\n', '", "arguments": {"call_id": "',
    '"}}\n', SELECT_RESPONSE,
    "budget | ", "standard | ", "premium | ", "specialized | ",
    f"{START}system\n", f"{START}user\n", f"{START}assistant\n",
)  # fmt: skip
CALL_IDS = tuple(f"c{number}" for number in range(1, 9))
# What questions about the price list are put in; see `reading`.
QUESTION_WORDS = "which is cheapest dearest cheaper or sort by price first list the models of"
VOCABULARY = 1400


def build_tokenizer() -> "PreTrainedTokenizerFast":
    """The tokenizer, with its chat template; always the same."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split("\n", "isolated"),  # verl wants a line break to be one token
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[PAD, START, END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    # Every word is there as often as any other: which are merged first depends on nothing else.
    core.train_from_iterator(_words(the_world()), trainer)
    # As special ones they would be lost where a reply is decoded without special tokens.
    whole = [*FIXED, *_tools_block(), AGENT_INSTRUCTIONS, *tool_names(), *CALL_IDS, *price_tokens()]
    core.add_tokens([AddedToken(text, special=False, normalized=False) for text in whole])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token=END, pad_token=PAD, clean_up_tokenization_spaces=False
    )
    tokenizer.chat_template = TEMPLATE_FILE.read_text(encoding="utf-8")
    return tokenizer


@cache
def tool_names() -> tuple[str, ...]:
    """Every name that a tool of this world can have, those without meaning among them."""
    names: list[str] = texts_of(the_models(), the_prices()).tool_names.to_pylist()
    return tuple(name for name in names if name != SELECT_RESPONSE)


@cache
def price_tokens() -> tuple[str, ...]:
    """Every price that can be shown, with what it is for: no number in a problem is one of these.

    A price of tokens read and one of tokens written are two tokens, so that none needs a look at
    its neighbours to tell which it is.
    """
    shown = [variant.shown for variant in cells_of(the_models(), the_prices()).variants]
    inputs, outputs = sorted({s.input for s in shown}), sorted({s.output for s in shown})
    texts = [f"${price_text(price)} in " for price in inputs]
    return (*texts, *(f"${price_text(price)} out | " for price in outputs))


def _tools_block() -> list[str]:
    """The template's own words about tools, in two pieces: tools may stand between them."""
    pieces = TEMPLATE_FILE.read_text(encoding="utf-8").split("'")
    texts = [piece.replace("\\n", "\n") for piece in pieces]
    return [next(t for t in texts if t.startswith(mark)) for mark in ("\n\n# Tools", "\n</tools>")]


def _words(world: World) -> list[str]:
    texts = [QUESTION_WORDS, "system user assistant tool", world.direct.answer, "..."]
    texts += [*world.names.all, *world.labels.all]
    texts += [word for words in world.qualifiers.values() for word in words]
    for domain in world.domains.values():
        for parts in (domain.verbs, domain.objects):
            texts += [text.replace("{}", "") for words in parts.values() for text in words]
    words = sorted({word for text in texts for word in text.split()})
    # A word begins a text or follows a space.
    return [form for word in words for form in (word, f" {word}")] * 2

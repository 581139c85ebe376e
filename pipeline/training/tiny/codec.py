"""Chats of the tiny router as token ids, piece by piece.

Texts and menus come in, ids go out. The pieces of one chat, end to end, are what the chat template
gives for the whole of it: they are cut at tokens that nothing is merged across.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.catalog.models import SELECT_RESPONSE
from pipeline.router.menu import Menu
from pipeline.router.rules import NO_PROMPT
from pipeline.router.turns import Message
from pipeline.training.tiny.tokenizer import CALL, CALL_END, END, START

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

FIRST_CALL = "c1"


class Codec:
    """Writes chats with one tokenizer."""

    def __init__(self, tokenizer: "PreTrainedTokenizerFast") -> None:
        self.tokenizer = tokenizer
        self.pad: int = tokenizer.pad_token_id
        self.end: int = tokenizer.eos_token_id

    def ids(self, text: str) -> list[int]:
        """Any text."""
        found: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    def offer(self, menu: Menu) -> list[int]:
        """What comes before the user: instructions, price list, tools."""
        system: Message = {"role": "system", "content": menu.instructions}
        return self.ids(
            self.tokenizer.apply_chat_template([system], tools=menu.tools, tokenize=False)
        )

    def question(self, text: str) -> list[int]:
        """What the user says, up to where the router begins."""
        return self.ids(f"{START}user\n{text}{END}\n{START}assistant\n")

    def said(self, text: str) -> list[int]:
        """A turn of the router, as it writes it."""
        return self.ids(f"{text}{END}")

    def observation(self, text: str, call_id: str = FIRST_CALL) -> list[int]:
        """What the router reads of one reply, up to where it begins again."""
        return self.observations([f"call_id: {call_id}\n\n{text}"])

    def observations(self, texts: Sequence[str]) -> list[int]:
        """The same of all that came of one turn."""
        responses = "".join(f"\n<tool_response>\n{text}\n</tool_response>" for text in texts)
        return self.ids(f"\n{START}user{responses}{END}\n{START}assistant\n")


def call_text(name: str) -> str:
    """The turn that calls a model."""
    return _tool_call(name, NO_PROMPT)


def select_text(call_id: str = FIRST_CALL) -> str:
    """The turn that returns a reply."""
    return _tool_call(SELECT_RESPONSE, json.dumps({"call_id": call_id}))


def _tool_call(name: str, arguments: str) -> str:
    return f'{CALL}\n{{"name": "{name}", "arguments": {arguments}}}\n{CALL_END}'


def open_codec(folder: Path) -> Codec:
    """The codec of a saved tokenizer."""
    from transformers import AutoTokenizer

    return Codec(AutoTokenizer.from_pretrained(folder))

"""Everyday queries: small talk and facts written by hand, generated passages with questions."""

import tomllib
from collections.abc import Iterator
from importlib import resources
from itertools import chain
from typing import Any

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.everyday.passages import TEMPLATES, Asked
from pipeline.sources.sample.items import Item
from pipeline.sources.sample.rows import item_rows

PER_TEMPLATE = 20

_FORMS = (
    "{text}\n\n{question}",
    "{question}\n\n{text}",
    "Read this text and answer the question.\n\nText: {text}\n\nQuestion: {question}",
    "Context:\n{text}\n\nQ: {question}",
    'Please answer from this text: "{text}"\n\n{question}',
)
_REPLIES = ("{answer}", "According to the text: {answer}.", "The text says {answer}.")


def rows() -> Iterator[SourceRow]:
    """All everyday rows: chat, factual, retrieval."""
    return chain(chat_rows(), factual_rows(), retrieval_rows())


def chat_rows() -> Iterator[SourceRow]:
    """Small talk in the languages of `chat.toml`."""
    groups = (
        (f"chat/{language}", len(data["turns"]), _turns(language, data["turns"]))
        for language, data in _data("chat.toml").items()
    )
    return item_rows("chat", "chat", groups)


def factual_rows() -> Iterator[SourceRow]:
    """Questions of `factual.toml` with their aliases."""
    groups = (
        (f"factual/{answer_type}", len(data["rows"]), _facts(answer_type, data["rows"]))
        for answer_type, data in _data("factual.toml").items()
    )
    return item_rows("factual", "factual", groups)


def retrieval_rows() -> Iterator[SourceRow]:
    """Passages with one question each."""
    groups = (
        (f"retrieval/{make.__name__}", PER_TEMPLATE, _passages(index))
        for index, make in enumerate(TEMPLATES)
    )
    return item_rows("retrieval", "retrieval", groups)


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _turns(language: str, turns: list[list[str]]) -> Iterator[Item]:
    return (Item(ask, None, reply, "chat", {"language": language}) for ask, reply in turns)


def _facts(answer_type: str, facts: list[list[str]]) -> Iterator[Item]:
    for question, *accepted in facts:
        args = {"answer_type": answer_type}
        yield Item(question, accepted, accepted[0], "short_answer", args)


def _passages(index: int) -> Iterator[Item]:
    make = TEMPLATES[index]
    for number in range(2 * PER_TEMPLATE):
        draw = Draw(f"retrieval/{make.__name__}", str(number))
        passage = make(draw)
        yield _retrieval(draw, passage.text, draw.pick(passage.asked))


def _retrieval(draw: Draw, text: str, asked: Asked) -> Item:
    prompt = draw.pick(_FORMS).format(text=text, question=asked.question)
    reply = draw.pick(_REPLIES).format(answer=asked.answer)
    return Item(prompt, asked.answer, reply, "short_answer", {"answer_type": asked.answer_type})

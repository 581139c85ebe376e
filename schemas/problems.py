"""Tables `problems` and `references`: what is asked, how it is judged, where it comes from."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import dataframely as dy

from schemas.columns import identifier, one_of

REASONING_DOMAINS = ("math", "code", "stem", "logic", "simulation", "table", "instruction")
EVERYDAY_DOMAINS = ("chat", "factual", "retrieval")
DOMAINS = REASONING_DOMAINS + EVERYDAY_DOMAINS
KINDS = ("reasoning", "everyday")


class Problems(dy.Schema):
    """One row per distinct prompt, sorted by `problem_id`."""

    problem_id = identifier(primary_key=True, description="hash of data source and prompt")
    data_source = dy.String(min_length=1, description="the upstream's own name, unchanged")
    domain = one_of(DOMAINS)
    kind = one_of(KINDS, description="reasoning, or everyday: answerable without a call")
    messages = dy.List(dy.Struct({"role": dy.String(), "content": dy.String()}), min_length=1)
    grader = dy.String(min_length=1, description="name in the grading registry")
    ground_truth = dy.String(description="JSON text")
    grader_args = dy.String(description="JSON text, an object")
    published_pass_rates = dy.List(
        dy.Struct({"reference": dy.String(), "rate": dy.Float64(min=0, max=1)}),
        description="rates that came with the row, of models that need not be our reference",
    )
    origin = dy.Struct(
        {
            "dataset": dy.String(),
            "revision": dy.String(nullable=True),
            "file": dy.String(nullable=True),
            "row": dy.Int64(nullable=True),
            "licence": dy.String(),
        }
    )


class References(dy.Schema):
    """Worked solutions that came with a problem: never shown to a policy."""

    problem_id = identifier(primary_key=True)
    solution = dy.String(min_length=1)


def canonical_prompt(messages: Sequence[Mapping[str, Any]]) -> str:
    r"""Text that decides whether two prompts are equal.

    Unicode is NFC-normalised, line endings become `\n` and outer whitespace is dropped, so that
    re-encoding a file never makes a new problem.
    """
    turns = []
    for message in messages:
        content = unicodedata.normalize("NFC", message["content"]).replace("\r\n", "\n").strip()
        turns.append(f"{message['role']}\x1f{content}")
    return "\x1e".join(turns)


def problem_id(data_source: str, messages: Sequence[Mapping[str, Any]]) -> str:
    """First 16 hex digits of SHA-256 over the data source and the canonical prompt."""
    text = f"{data_source}\x1d{canonical_prompt(messages)}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def to_json(value: Any) -> str:
    """The one JSON spelling of text columns: sorted keys, no spaces, non-ASCII kept."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

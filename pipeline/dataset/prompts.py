"""What the router reads: instructions, the row's price list, then the problem's own messages.

Arrow arrays come in and go out; no row is ever a Python object. Knows nothing of how a catalogue is
drawn.
"""

import numpy as np
import pyarrow as pa

from pipeline.catalog.arrow import column, numbers, offsets, strings
from pipeline.catalog.instructions import AGENT_INSTRUCTIONS, SIMPLE_INSTRUCTIONS
from pipeline.dataset.budget import (
    MESSAGE_TOKENS,
    TEMPLATE_TOKENS,
    line_tokens,
    text_tokens,
    tool_tokens,
)
from pipeline.dataset.columns import Bools, Ints, Positions, constant, lengths_of, one_chunk
from schemas.examples import MESSAGES

# What stands before a text: instructions by mode, nothing before a message of the problem's own.
_PREFIXES = column([AGENT_INSTRUCTIONS, SIMPLE_INSTRUCTIONS, ""], pa.string())
_OWN = 2
_FIXED_TOKENS = text_tokens(_PREFIXES) + MESSAGE_TOKENS + TEMPLATE_TOKENS


def router_tokens(draw: pa.Table, simple: Bools) -> Ints:
    """Estimated tokens of all that we add to a problem: instructions, price list and tools.

    Args:
        draw: Catalogues with `catalog_lines` and `tool_chars`, one per row.
        simple: Rows in simple mode, which render no tools.
    """
    lines = line_tokens(one_chunk(draw["catalog_lines"]))
    tools = np.where(simple, 0, tool_tokens(one_chunk(draw["tool_chars"])))
    return (_FIXED_TOKENS[simple.astype(np.intp)] + lines + tools).astype(np.int32)


def router_prompts(
    messages: pa.ListArray, catalog_lines: pa.StringArray, simple: Bools
) -> pa.ListArray:
    """Put our system message in front of each problem's messages.

    Args:
        messages: The problems' own messages, which stay as they are, a system message included.
        catalog_lines: The price list of each row.
        simple: Rows in simple mode.

    Returns:
        Lists of {role, content}, type `schemas.examples.MESSAGES`.
    """
    own, lengths = messages.flatten(), lengths_of(messages)
    stops = np.cumsum(lengths + 1)
    ours = np.zeros(stops[-1] if len(stops) else 0, np.bool_)
    ours[stops - lengths - 1] = True
    kinds = np.full(len(ours), _OWN)
    kinds[ours] = simple
    order = np.where(ours, np.cumsum(ours), len(simple) + np.cumsum(~ours)) - 1
    roles = pa.concat_arrays([constant("system", len(simple), pa.string()), own.field("role")])
    texts = pa.concat_arrays([_PREFIXES, catalog_lines, own.field("content")])
    contents = _pairs(texts, kinds, len(_PREFIXES) + order)
    fields = [roles.take(numbers(order)), contents]
    values = pa.StructArray.from_arrays(fields, fields=list(MESSAGES.value_type))
    return pa.ListArray.from_arrays(offsets(np.concatenate([[0], stops])), values, type=MESSAGES)


def _pairs(texts: pa.StringArray, first: Positions, second: Positions) -> pa.StringArray:
    """Each first text and its second as one.

    Picked in turn they stand end to end as wanted; a join would copy both columns before.
    """
    picks = np.empty(2 * len(first), np.int64)
    picks[0::2], picks[1::2] = first, second
    _, ends, text = texts.take(numbers(picks)).buffers()
    if not len(first):
        return texts.slice(0, 0)
    return strings(np.frombuffer(ends, np.int32)[: len(picks) + 1 : 2], text or b"")

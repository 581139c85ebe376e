"""Columns of every variant and every name, as Arrow arrays: drawing then only picks from them."""

import json
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.catalog.arrow import column, encoded
from pipeline.catalog.cells import Variant, cells_of
from pipeline.catalog.describe import line_head
from pipeline.catalog.identity import content_digest, name_digest
from pipeline.catalog.laws import Law
from pipeline.catalog.models import SELECT_RESPONSE, Model, ModelList
from pipeline.catalog.tools import call_schema, select_schema
from schemas.examples import CATALOG_ENTRY

Digests = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
SEPARATOR_CHARS = len(json.dumps([0, 0])) - len(json.dumps([0])) - 1


class Texts(NamedTuple):
    """What can be shown, to be picked by number.

    Attributes:
        entries: Fields of each variant but the names.
        encoded: The same, strings as dictionary arrays: picking from them copies numbers only.
        owners: Model of each variant.
        digests: Content digest of each variant, its 8 bytes as they are.
        chars: Length of each variant's tool schema as JSON, without the tool's name.
        tool_names: Names of the models, then the anonymous names, then `select_response`.
        display_names: Alike, without the last.
        name_digests: Of both names, alike.
        name_chars: Length of each tool name.
        lines: Line heads of the variants, the tool names, and the tool names with a line break.
        select_chars: Length of the brackets and of `select_response` as JSON.
    """

    entries: dict[str, pa.Array]
    encoded: dict[str, pa.Array]
    owners: Ints
    digests: Digests
    chars: Ints
    tool_names: pa.Array
    display_names: pa.Array
    name_digests: Digests
    name_chars: Ints
    lines: pa.Array
    select_chars: int


@lru_cache(maxsize=16)
def texts_of(models: ModelList, law: Law) -> Texts:
    """Render everything that a law can show."""
    variants = cells_of(models, law).variants
    rows = [_fields(models.models[v.model], v) for v in variants]
    tools, displays = _names(models)
    heads = [line_head(r["tier"], r["input_per_million"], r["output_per_million"]) for r in rows]
    entries = {
        f.name: column([r[f.name] for r in rows], f.type)
        for f in CATALOG_ENTRY
        if f.name in rows[0]
    }
    return Texts(
        entries=entries,
        encoded={name: encoded(values) for name, values in entries.items()},
        owners=np.array([v.model for v in variants]),
        digests=_stack([content_digest(row) for row in rows]),
        chars=np.array([_schema_chars(r) for r in rows], dtype=np.int64),
        tool_names=column([*tools, SELECT_RESPONSE], pa.string()),
        display_names=column(displays, pa.string()),
        name_digests=_stack([name_digest(*names) for names in zip(tools, displays, strict=True)]),
        name_chars=np.array([len(name) for name in tools], dtype=np.int64),
        lines=column([*heads, *tools, *(name + "\n" for name in tools)], pa.string()),
        select_chars=rendered_chars([select_schema()]),
    )


def rendered_chars(tools: list[dict[str, Any]]) -> int:
    """Characters of tool schemas rendered as one JSON list, non-ASCII kept."""
    return len(json.dumps(tools, ensure_ascii=False))


def _schema_chars(row: dict[str, Any]) -> int:
    """Characters that an entry adds to the rendered list, its name not counted."""
    schema = call_schema("", row["description"], row["max_output_tokens"])
    return len(json.dumps(schema, ensure_ascii=False)) + SEPARATOR_CHARS


def _fields(model: Model, variant: Variant) -> dict[str, Any]:
    """An entry of the contract without its names."""
    shown = variant.shown
    return {
        "model_id": model.model_id,
        "litellm_model": model.litellm_model,
        "tier": model.tier,
        "input_per_million": shown.input,
        "output_per_million": shown.output,
        "cached_input_per_million": shown.cached,
        "base_input_per_million": model.base.input,
        "base_output_per_million": model.base.output,
        "price_factor": shown.factor,
        "context_window": model.context_window,
        "max_output_tokens": model.max_output_tokens,
        "capabilities": list(model.capabilities),
        "description": variant.description,
    }


def _names(models: ModelList) -> tuple[list[str], list[str]]:
    """Tool and display names: the models' own, then one anonymous pair per place in a catalogue."""
    letters = [_letters(place) for place in range(len(models.models))]
    tools = [m.tool_name for m in models.models] + [f"call_model_{x}" for x in letters]
    displays = [m.display_name for m in models.models] + [f"Model {x.upper()}" for x in letters]
    return tools, displays


def _letters(place: int) -> str:
    """a, b, ... z, aa, ab, ..."""
    text = ""
    while place >= 0:
        text = chr(ord("a") + place % 26) + text
        place = place // 26 - 1
    return text


def _stack(digests: list[bytes]) -> Digests:
    return np.frombuffer(b"".join(digests), dtype=np.uint64)

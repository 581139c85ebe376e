"""What a policy may call, at which prices: a catalogue as the engine uses it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from pipeline.catalog.describe import describe, line_head
from pipeline.catalog.identity import catalog_id
from pipeline.catalog.instructions import AGENT_INSTRUCTIONS
from pipeline.catalog.models import Model, ModelList
from pipeline.catalog.tariff import LongPrompt, Tariff
from pipeline.catalog.tools import Tool, tool_schemas
from pipeline.errors import InputError


class Entry(NamedTuple):
    """One model on offer.

    Attributes:
        row: The entry as the tables of the contract hold it.
        tariff: What a call is charged.
        base: What it would cost at the list price.
    """

    row: Mapping[str, Any]
    tariff: Tariff
    base: Tariff

    @property
    def model_id(self) -> str:
        """Id in the base list."""
        return str(self.row["model_id"])

    @property
    def tool_name(self) -> str:
        """Name of the tool that calls it."""
        return str(self.row["tool_name"])


class Menu:
    """Entries in the order in which they are shown; immutable.

    Attributes:
        entries: At least one.
        catalog_id: Hash of what is shown.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Check the entries.

        Raises:
            InputError: There are none, or two tools have one name.
        """
        names = [entry.tool_name for entry in entries]
        twice = sorted({name for name in names if names.count(name) > 1})
        if not entries or twice:
            what = f"the tools {', '.join(twice)} twice" if twice else "no entry"
            raise InputError(f"a catalogue has {what}; every model needs a tool name of its own")
        self.entries = tuple(entries)
        self.catalog_id = catalog_id([entry.row for entry in entries])
        self._tools = {entry.tool_name: entry for entry in entries}
        self._models = {entry.model_id: entry for entry in reversed(entries)}

    @classmethod
    def of_rows(
        cls, rows: Iterable[Mapping[str, Any]], lists: Mapping[str, Tariff] | None = None
    ) -> "Menu":
        """A menu of entries of table `catalogs`.

        Args:
            rows: Entries of the contract.
            lists: List prices by model, for what entries do not hold: tariffs of long prompts.
        """
        return cls([_entry(row, (lists or {}).get(row["model_id"])) for row in rows])

    def by_tool(self, name: str) -> Entry | None:
        """The entry that a tool calls."""
        return self._tools.get(name)

    def by_model(self, model_id: str) -> Entry | None:
        """The first entry of a model."""
        return self._models.get(model_id)

    @cached_property
    def offered(self) -> list[str]:
        """Model ids in the order shown."""
        return [entry.model_id for entry in self.entries]

    @cached_property
    def tools(self) -> list[Tool]:
        """Tool schemas, `select_response` last."""
        return tool_schemas([entry.row for entry in self.entries])

    @cached_property
    def instructions(self) -> str:
        """System message of the policy, letter for letter as in the training rows."""
        heads = (
            line_head(e.row["tier"], e.row["input_per_million"], e.row["output_per_million"])
            for e in self.entries
        )
        lines = (head + e.tool_name for head, e in zip(heads, self.entries, strict=True))
        return AGENT_INSTRUCTIONS + "\n".join(lines)


def _entry(row: Mapping[str, Any], known: Tariff | None) -> Entry:
    price_in, price_out = row["base_input_per_million"], row["base_output_per_million"]
    base = Tariff(price_in, price_out, price_in)
    if known is not None and (known.input, known.output) == (price_in, price_out):
        base = known
    shown = Tariff(
        row["input_per_million"],
        row["output_per_million"],
        row["cached_input_per_million"],
        base.times(row["price_factor"]).above,
    )
    return Entry(row, shown, base)


def list_tariff(model: Model) -> Tariff:
    """Newest list prices of a model."""
    price = model.base
    above = None
    if price.above is not None:
        above = LongPrompt(price.above.tokens, price.above.input, price.above.output)
    return Tariff(price.input, price.output, model.base_cached_input, above)


def base_menu(models: ModelList, names: Sequence[str] | None = None) -> Menu:
    """All enabled models, or the named ones, at list prices.

    Raises:
        InputError: A name is unknown.
    """
    known = {model.model_id: model for model in models.models}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise InputError(f"no such model: {', '.join(unknown)}; known are {', '.join(known)}")
    chosen = [known[n] for n in names] if names else [m for m in models.models if m.enabled]
    entries = []
    for model in chosen:
        price = model.base
        row = {
            "model_id": model.model_id,
            "tool_name": model.tool_name,
            "display_name": model.display_name,
            "litellm_model": model.litellm_model,
            "tier": model.tier,
            "input_per_million": price.input,
            "output_per_million": price.output,
            "cached_input_per_million": model.base_cached_input,
            "base_input_per_million": price.input,
            "base_output_per_million": price.output,
            "price_factor": 1.0,
            "context_window": model.context_window,
            "max_output_tokens": model.max_output_tokens,
            "capabilities": list(model.capabilities),
            "description": describe(
                model.tier, model.context_window, model.capabilities, price.input, price.output
            ),
        }
        entries.append(Entry(row, list_tariff(model), list_tariff(model)))
    return Menu(entries)

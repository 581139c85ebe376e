"""Menus: what is shown is what is charged."""

import pytest
from stubs.routing import PRICES, entry, menu

from pipeline.catalog.load import load_models
from pipeline.catalog.tariff import Tariff, Usage
from pipeline.errors import InputError
from pipeline.router.menu import Menu, base_menu, list_tariff

MODELS = load_models(None)


def test_tools_and_lines_are_in_the_order_shown() -> None:
    shown = menu("b", "a")
    assert [t["function"]["name"] for t in shown.tools] == ["call_b", "call_a", "select_response"]
    lines = shown.instructions.splitlines()[-2:]
    assert [line.rpartition(" ")[2] for line in lines] == ["call_b", "call_a"]
    assert "$6" in lines[0]
    assert shown.offered == ["b", "a"]


def test_the_id_changes_with_what_is_shown() -> None:
    ids = {menu("a").catalog_id, menu("b", "a").catalog_id, menu("a", factor=2.0).catalog_id}
    assert len(ids) == 3
    assert menu("a", "b").catalog_id == menu("a", "b").catalog_id


def test_models_and_tools_are_found_by_name() -> None:
    shown = menu()
    for name in PRICES:
        found = shown.by_tool(f"call_{name}")
        assert found is not None
        assert found is shown.by_model(name)
    assert shown.by_tool("select_response") is shown.by_model("z") is None


@pytest.mark.parametrize("entries", [[], [entry("a", 1.0, 2.0), entry("a", 3.0, 4.0)]])
def test_no_entry_and_two_of_one_name_are_refused(entries: list[object]) -> None:
    with pytest.raises(InputError, match="tool name of its own"):
        Menu(entries)  # type: ignore[arg-type]


def test_the_base_menu_has_all_enabled_models_at_list_prices() -> None:
    shown = base_menu(MODELS)
    assert shown.offered == [m.model_id for m in MODELS.models if m.enabled]
    assert all(e.tariff == e.base for e in shown.entries)
    assert base_menu(MODELS, ["o3", "gpt-5"]).offered == ["o3", "gpt-5"]
    with pytest.raises(InputError, match="no such model: gpt-9"):
        base_menu(MODELS, ["gpt-9"])


def test_rows_of_a_catalogue_keep_their_prices_and_the_tariff_of_long_prompts() -> None:
    lists = {m.model_id: list_tariff(m) for m in MODELS.models}
    base = base_menu(MODELS, ["gemini-2.5-pro", "gpt-5"])
    rows = [dict(e.row) for e in base.entries]
    for row in rows:
        row["price_factor"] = 2.0
        for name in ("input_per_million", "output_per_million", "cached_input_per_million"):
            row[name] *= 2.0
    moved = Menu.of_rows(rows, lists)
    for entry_, before in zip(moved.entries, base.entries, strict=True):
        for usage in (Usage(1000, 100, 50), Usage(300_000, 1000, 50)):
            assert entry_.tariff.cost(usage) == pytest.approx(2 * before.tariff.cost(usage))
            assert entry_.base.cost(usage) == pytest.approx(before.base.cost(usage))
    bare = Menu.of_rows(rows)
    assert bare.entries[0].base.above is None


def test_a_free_model_costs_nothing() -> None:
    assert Tariff(0.0, 0.0, 0.0).cost(Usage(10**6, 10, 10**6)) == 0.0

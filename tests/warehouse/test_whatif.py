"""What-if prices: by hand, to the billionth, from files and from the history, and its mistakes."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from stubs.routing_store import BUILD, PRICES, episode, fill, new_store, outcome
from typer.testing import CliRunner

from flows.cli.app import app
from pipeline.errors import InputError
from warehouse.errors import StoreError
from warehouse.sqlfiles import SqlFile, read_folder
from warehouse.store import open_store
from warehouse.whatif import WhatIf, as_of, read_prices, with_prices

D = Decimal
SCORES = {"big": (1, 1, 1, 0), "mid": (1, 1, 0, 0), "tiny": (1, 0, 0, 0)}
COSTS = {"big": 0.04, "mid": 0.004, "tiny": 0.0004}
CHOSEN = ("tiny", "mid", "big", "big")
# big becomes the cheapest; tiny is not on the list.
ASKED = [
    {"model_id": "big", "input_per_million": "0.05", "output_per_million": "0.1"},
    {"model_id": "mid", "input_per_million": 1, "output_per_million": 3.5},
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = new_store(tmp_path_factory.mktemp("store"))
    bank = [outcome(n, m, float(s)) for m, row in SCORES.items() for n, s in enumerate(row)]
    bank.append(outcome(0, "recorded", 1.0, input_tokens=None, output_tokens=None, cost_usd=0.3))
    played = [
        episode(n, n, m, right=bool(SCORES[m][n]), cost=COSTS[m]) for n, m in enumerate(CHOSEN)
    ]
    paid = {"router_cost_usd": 0.002, "calls_cost_usd": 0.04, "total_cost_usd": 0.042}
    played.append(episode(9, None, "big", policy="other", kind="serve", **paid))
    with open_store(path) as con:
        fill(con, bank, played, rates={0: ("easy", 0.9)})
        con.execute(
            "INSERT INTO prices(build_id, model_id, effective_at, input_per_million, "
            f"output_per_million, source) VALUES ('{BUILD}', 'big', '2025-01-01', 100, 300, 'x'), "
            f"('{BUILD}', 'big', '2025-06-01', 10, 30, 'x')"
        )
    return path


@pytest.fixture(scope="module")
def asked(store: Path) -> WhatIf:
    return with_prices(store, ASKED)


def records(frame: pl.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    return frame.select(names).rows()


def test_what_calls_would_cost(asked: WhatIf) -> None:
    found = asked.policies
    columns = ("kind", "policy", "billed_usd", "whatif_usd", "kept_usd", "kept_calls", "episodes")
    # 1,000 tokens each way: big 0.00015, mid 0.0045; tiny keeps 0.0004.
    evaluated = (D("0.0844"), D("0.0052"), D("0.0004"), 1, 4)
    served = (D("0.042"), D("0.00215"), D("0.002"), 0, 1)
    assert records(found, *columns) == [
        ("evaluate", "p", *evaluated),
        ("evaluate", "all", *evaluated),
        ("serve", "other", *served),
        ("serve", "all", *served),
        ("all", "all", D("0.1264"), D("0.00735"), D("0.0024"), 1, 5),
    ]
    assert found["difference_usd"][-1] == D("-0.11905")
    assert found["factor"][-1] == pytest.approx(0.00735 / 0.1264)


def test_baselines_move_with_the_prices(asked: WhatIf) -> None:
    found = asked.baselines
    columns = ("baseline", "model_id", "asked_model_id", "total_usd", "asked_total_usd", "accuracy")
    oracle = D("0.0448")  # tiny, mid, big and, where all are wrong, tiny
    assert records(found, *columns) == [
        ("oracle", None, None, oracle, D("0.0006"), 0.75),
        ("best_single", "big", "big", D("0.16"), D("0.0006"), 0.75),
        ("cheapest", "tiny", "big", D("0.0016"), D("0.0006"), 0.25),
        ("random", None, None, found["total_usd"][3], found["asked_total_usd"][3], 0.5),
    ]
    assert found["asked_accuracy"].to_list()[:3] == [0.75, 0.75, 0.75]
    random = (D("0.0444") + D("0.3")) / 4 + 3 * D("0.0148")
    assert found["total_usd"][3] == random


def test_decisions_that_would_leave_the_oracle(store: Path, asked: WhatIf) -> None:
    found = asked
    columns = (
        "policy",
        "decisions",
        "as_oracle",
        "asked_as_oracle",
        "left_oracle",
        "joined_oracle",
    )
    row = (4, 3, 2, 2, 1)  # the wrong big becomes as good as any, tiny and mid are too dear now
    assert records(found.decisions, *columns) == [("p", *row), ("all", *row)]
    money = ("chosen_usd", "asked_chosen_usd", "oracle_usd", "asked_oracle_usd")
    assert records(found.decisions, *money)[0] == (
        D("0.0844"), D("0.0052"), D("0.0448"), D("0.0006"),
    )  # fmt: skip
    moved = ("model_id", "oracle_model", "asked_oracle_model", "decisions", "lost_usd")
    assert records(found.moved, *moved) == [
        ("mid", "mid", "big", 1, D("0.00435")),
        ("tiny", "tiny", "big", 1, D("0.00025")),
    ]
    assert with_prices(store, ASKED, most=1).moved.height == 1


def test_the_prices_of_now_change_nothing(store: Path) -> None:
    now = [
        {"model_id": m, "input_per_million": r, "output_per_million": w}
        for m, (_, r, w) in PRICES.items()
    ]
    found = with_prices(store, now)
    assert found.policies["difference_usd"].to_list() == [0] * 5
    assert found.baselines["total_usd"].equals(
        found.baselines["asked_total_usd"].alias("total_usd")
    )
    assert found.moved.is_empty()
    assert found.decisions["left_oracle"].to_list() == [0, 0]


def test_the_prices_of_a_day(store: Path) -> None:
    found = as_of(store, date(2025, 3, 1))
    row = found.prices.filter(pl.col("model_id") == "big").row(0, named=True)
    assert (row["input_per_million"], row["asked_input_per_million"]) == (10, 100)
    assert found.prices.filter("is_asked")["model_id"].to_list() == ["big"]
    # Two calls of big at ten times the price; the others had none yet and keep theirs.
    assert found.policies["whatif_usd"][0] == D("0.8044")
    assert as_of(store, date(2025, 7, 1)).policies["difference_usd"][0] == 0
    with pytest.raises(StoreError, match="no model had a price on 2024-12-31; choose a later day"):
        as_of(store, date(2024, 12, 31))


def test_money_is_exact_to_the_billionth(store: Path) -> None:
    odd = [
        {"model_id": "big", "input_per_million": "0.000000001", "output_per_million": "7.1234567"}
    ]
    found = with_prices(store, odd).policies
    # 1,000 * 0.000000001 / 1e6 is nothing; two calls of 1,000 * 7.1234567 / 1e6.
    assert found["whatif_usd"][0] == D("0.014246913") + D("0.0044")
    assert found.schema["whatif_usd"] == pl.Decimal(18, 9)


def test_files_currencies_and_long_prompts(store: Path, asked: WhatIf, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    pl.DataFrame(ASKED, strict=False).write_csv(file)
    assert with_prices(store, read_prices(file)).policies.equals(asked.policies)
    file = tmp_path / "prices.parquet"
    pl.DataFrame(
        {
            "model_id": ["big"], "input_per_million": [1.0], "output_per_million": [1.0],
            "above_tokens": [999], "input_per_million_above": [3.0],
            "output_per_million_above": [5.0], "note": ["more columns are fine"],
        }
    ).write_parquet(file)  # fmt: skip
    found = with_prices(store, read_prices(file), rate=2)
    assert found.policies["whatif_usd"][0] == 2 * D("0.016") + D("0.0044")
    assert found.baselines["asked_total_usd"][1] == 4 * D("0.016")


def test_mistakes_in_prices_are_named(store: Path, tmp_path: Path) -> None:
    def refused(message: str, *changes: dict[str, Any]) -> None:
        with pytest.raises(StoreError, match=message):
            with_prices(store, [ASKED[0] | change for change in changes])

    refused("row 2: big stands there twice", {}, {})
    refused("row 1: has no model_id", {"model_id": " "})
    refused("row 1: output_per_million is missing", {"output_per_million": None})
    refused("row 1: input_per_million 'dear' is no number", {"input_per_million": "dear"})
    refused("row 1: input_per_million -1 is no price", {"input_per_million": -1})
    refused("row 1: input_per_million nan", {"input_per_million": "nan"})
    refused("none of the 1 models of the price list was ever called", {"model_id": "nobody"})
    for name, text, message in (
        ("a.txt", "", "not a price list; give .csv or .parquet"),
        ("a.csv", "model_id,price\nbig,1\n", "lacks the columns"),
        ("a.parquet", "nonsense", "cannot be read as a price list"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(StoreError, match=message):
            read_prices(tmp_path / name)
    with pytest.raises(StoreError, match="no such file"):
        read_prices(tmp_path / "gone.csv")


def test_the_command(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    pl.DataFrame(ASKED, strict=False).write_csv(file)
    run = CliRunner().invoke
    done = run(app, ["whatif", "--prices", str(file), "--store", str(store), "--json"])
    document = json.loads(done.stdout)
    assert document["policies"][-1]["whatif_usd"] == "0.007350000"
    assert set(document) == {"prices", "policies", "baselines", "decisions", "moved"}
    shown = run(app, ["whatif", "--as-of", "2025-03-01", "--store", str(store)])
    assert shown.exit_code == 0
    assert "prices asked for 1 of 4 models" in shown.stdout
    listed = tmp_path / "models.toml"
    listed.write_text(
        'as_of = 2026-01-01\n[[models]]\nid = "big"\ndisplay_name = "B"\nprovider = "x"\n'
        'litellm_model = "x/big"\ntier = "premium"\ncontext_window = 9\ncapabilities = ["a"]\n'
        "[[models.prices]]\ndate = 2026-01-01\ninput = 0.05\noutput = 0.1\nsource = 'x'\n"
    )
    done = run(app, ["whatif", "--prices", str(listed), "--store", str(store), "--json"])
    assert json.loads(done.stdout)["policies"][0]["whatif_usd"] == "0.004700000"
    neither = run(app, ["whatif", "--store", str(store)])
    assert "give either --prices FILE or --as-of DATE" in str(neither.exception)
    bad = run(app, ["whatif", "--prices", str(tmp_path / "no.toml"), "--store", str(store)])
    assert isinstance(bad.exception, InputError)


@pytest.mark.parametrize("file", read_folder("whatif"), ids=lambda file: file.name)
def test_its_sql_is_one_documented_statement(file: SqlFile) -> None:
    with duckdb.connect() as con:
        assert len(con.extract_statements(file.sql)) == 1
    assert file.header["what"]

import json
from pathlib import Path

import polars as pl
import pytest
from stubs.publications import run, write_build

from pipeline.bank.tables import BankFiles
from pipeline.errors import InputError
from pipeline.io import write_parquet
from pipeline.layout import Layout


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """A build with rows that may go out, and rows that may not."""
    sets = {"free": "CC0-1.0", "nobody": "unknown", "paid": "CC-BY-NC-4.0"}
    return write_build(tmp_path_factory.mktemp("mixed"), sets)


def test_rows_that_may_not_go_out_stop_it_with_source_licence_and_number(
    mixed: Layout, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as error:
        run(mixed, to=tmp_path / "to")
    rows = pl.concat([pl.read_parquet(p) for p in (mixed.root / "examples").glob("*.parquet")])
    held = rows["data_source"].value_counts().rows()
    for source, licence in (("nobody", "unknown"), ("paid", "CC-BY-NC-4.0")):
        assert f"{source} ({licence}): " in str(error.value)
        assert dict(held)[source] > 0
    assert "--leave-out" in str(error.value)
    assert not list((tmp_path / "to").glob("data"))


def test_leaving_them_out_drops_exactly_those_and_says_so(mixed: Layout, tmp_path: Path) -> None:
    to = tmp_path / "to"
    result = run(mixed, to=to, leave_out=True)
    rows = pl.concat([pl.read_parquet(p) for p in (mixed.root / "examples").glob("*.parquet")])
    kept = pl.read_parquet(to / "data" / "rl" / "*.parquet")
    refused = {"nobody", "paid"}
    assert set(kept["data_source"]) == set(rows["data_source"]) - refused
    gone = sum(row["rows"] for row in result.left if row["config"] == "rl")
    assert kept.height + int(gone) == rows.height
    card = (to / "README.md").read_text()
    for row in result.left:
        assert f"| `{row['config']}` | {row['data_source']} | {row['licence']} |" in card
    assert json.loads((to / "publication.json").read_text())["left_out"] == result.left


def test_a_licence_that_the_user_knows_lets_rows_out(mixed: Layout, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    terms = 'url = "https://example.org/terms"\nredistribute = true\n'
    own.write_text(f'[licences."unknown"]\n{terms}[licences."CC-BY-NC-4.0"]\n{terms}')
    result = run(mixed, to=tmp_path / "to", licences=own)
    assert result.left == []
    assert {"unknown", "CC-BY-NC-4.0"} <= set(result.licences)


def test_evaluation_only_rows_stay_behind_whatever_their_licence(
    built: Layout, tmp_path: Path
) -> None:
    own = tmp_path / "own.toml"
    own.write_text('evaluation_only = ["alike"]\n')
    with pytest.raises(InputError, match="for evaluation only"):
        run(built, to=tmp_path / "to", licences=own)
    run(built, to=tmp_path / "to", licences=own, leave_out=True)
    assert "alike" not in set(pl.read_parquet(tmp_path / "to/data/rl/*.parquet")["data_source"])


def test_details_of_rejects_go_out_for_clear_sources_alone(mixed: Layout, tmp_path: Path) -> None:
    run(mixed, to=tmp_path / "to", leave_out=True)
    there = list((tmp_path / "to" / "data" / "rejected").glob("*.parquet"))
    ours = pl.concat([pl.read_parquet(p) for p in (mixed.root / "rejects").glob("*.parquet")])
    assert bool(there) == bool(ours.height)
    if there:
        out = pl.read_parquet(there)
        hidden = out.filter(pl.col("data_source").is_in(["nobody", "paid"]))
        assert hidden["detail"].null_count() == hidden.height


def imported(bank: Path, root: Path, licence: str | None) -> Path:
    """A bank whose outcomes somebody else recorded, about problems of their own."""
    files = BankFiles(root)
    root.mkdir()
    outcomes = pl.read_parquet(BankFiles(bank).outcomes).head(6)
    others = outcomes.with_columns(
        pl.col("problem_id").str.reverse(), source=pl.lit("imported"), data_source=pl.lit("theirs")
    )
    write_parquet(others.sort("problem_id", "model_id", "sample"), files.outcomes)
    if licence is not None:
        files.imported.write_text(json.dumps({"files": [], "mapping": {"licence": licence}}))
    return root


@pytest.mark.parametrize("licence", [None, "unknown", "CC-BY-NC-4.0"])
def test_outcomes_without_a_good_licence_stop_it(
    built: Layout, bank: Path, tmp_path: Path, licence: str | None
) -> None:
    theirs = imported(bank, tmp_path / "bank", licence)
    with pytest.raises(InputError, match=r"theirs .*6 rows of outcomes"):
        run(built, to=tmp_path / "to", bank=theirs)


def test_an_imports_own_licence_lets_its_outcomes_out(
    built: Layout, bank: Path, tmp_path: Path
) -> None:
    theirs = imported(bank, tmp_path / "bank", "Apache-2.0")
    result = run(built, to=tmp_path / "to", bank=theirs)
    assert result.splits["outcomes"] == {"train": 6}
    assert "Apache-2.0" in result.licences
    assert (
        "| `outcomes` | theirs | theirs | - | Apache-2.0 | 6 |"
        in (tmp_path / "to" / "README.md").read_text()
    )


def test_collected_outcomes_have_the_licence_of_their_problems(
    built: Layout, bank: Path, tmp_path: Path
) -> None:
    result = run(built, to=tmp_path / "to", bank=bank)
    assert result.splits["outcomes"] == {"train": 48}
    assert result.splits["questions"] == {"train": 24}
    unrelated = pl.read_parquet(BankFiles(bank).outcomes).with_columns(
        pl.col("problem_id").str.reverse()
    )
    root = tmp_path / "other"
    root.mkdir()
    write_parquet(unrelated.sort("problem_id", "model_id", "sample"), BankFiles(root).outcomes)
    with pytest.raises(InputError, match="rows of outcomes"):
        run(built, to=tmp_path / "to2", bank=root)

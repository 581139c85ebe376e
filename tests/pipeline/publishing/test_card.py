import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from huggingface_hub import DatasetCard
from stubs.publications import run, write_build

from pipeline.layout import Layout
from schemas.examples import SPLITS
from warehouse.ingest import load_build
from warehouse.outcomes import load_outcomes
from warehouse.store import query

# rdflib, which mlcroissant reads JSON-LD with, says so about itself.
pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
    # And pandas about the calls that mlcroissant makes.
    pytest.mark.filterwarnings("ignore:The inplace keyword"),
]


@pytest.fixture(scope="module")
def written(built: Layout, bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("written") / "to"
    run(built, to=root, bank=bank)
    return root


@pytest.fixture(scope="module")
def store(built: Layout, bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build and its bank in a store: other code than the card's counts them there."""
    path = tmp_path_factory.mktemp("store") / "store.duckdb"
    tables = ("problems", "references", "attempts", "pass_rates", "disagreements", "models")
    files = {name: [built.root / f"{name}.parquet"] for name in (*tables, "prices", "catalogs")}
    files["examples"] = [built.examples(split) for split in SPLITS]
    files["rejects"] = sorted((built.root / "rejects").glob("*.parquet"))
    load_build(path, files, built.manifest)
    load_outcomes(path, bank)
    return path


def table(card: str, heading: str) -> list[tuple[str, ...]]:
    """Cells of the table of a card whose first line is given."""
    lines = card[card.index(heading) :].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]))
    return rows


def text(rows: list[tuple[Any, ...]]) -> set[tuple[str, ...]]:
    return {tuple(map(str, row)) for row in rows}


def test_the_cards_counts_are_those_of_the_store(written: Path, store: Path) -> None:
    card = (written / "README.md").read_text()
    composition = query(
        store,
        """SELECT data_source, domain, tier, sum(examples)::INT AS n, count_if(is_simulated) AS any
        FROM composition GROUP BY data_source, domain, tier""",
    ).rows()
    problems = dict(
        ((source, tier), n)
        for source, tier, n in query(
            store,
            """SELECT data_source, tier, count(DISTINCT problem_id) FROM examples
            GROUP BY ALL""",
        ).rows()
    )
    expected = {
        (source, domain, tier, str(n), str(problems[source, tier]), str(n if simulated else 0))
        for source, domain, tier, n, simulated in composition
    }
    assert set(table(card, "| source | domain | tier |")) == expected
    histogram = query(
        store,
        """SELECT bin_low, bin_high, sum(selected_problems)::INT FROM pass_rate_histogram
        GROUP BY ALL HAVING sum(selected_problems) > 0""",
    ).rows()
    assert {(row[0], row[1]) for row in table(card, "| pass rate | problems |")} == {
        (f"{low:.2f} to {high:.2f}", str(n)) for low, high, n in histogram
    }
    attempts = query(
        store,
        "SELECT reference, grader, grader_version, count(*) FROM attempts GROUP BY ALL",
    ).rows()
    listed = table(card, "| engine | reference |")
    assert {(row[1], row[4], row[5], row[6]) for row in listed} == text(attempts)
    splits = query(store, "SELECT split, count(*) FROM examples GROUP BY split").rows()
    rl = next(row for row in table(card, "| configuration | rows |") if row[0] == "`rl`")
    assert set(rl[1].split(", ")) == {f"{split} {n:,}" for split, n in splits}
    licences = query(
        store, "SELECT data_source, licence, count(*) FROM example_facts GROUP BY ALL"
    ).rows()
    found = table(card, "| configuration | source | dataset |")
    assert {(r[1], r[4], r[5]) for r in found if r[0] == "`rl`"} == text(licences)
    outcomes = query(
        store,
        """SELECT model_id, data_source, count(*), count_if(verdict = 'correct') FROM outcomes
        GROUP BY ALL""",
    ).rows()
    assert {(r[0], r[1], r[3], r[6]) for r in table(card, "| model | set |")} == text(outcomes)
    laws = query(store, "SELECT law, seed, count(*) FROM catalogs GROUP BY ALL").rows()
    assert {(r[0], r[1], r[4]) for r in table(card, "| law | seed |")} == text(laws)
    prices = query(
        store,
        """SELECT source, count(*), min(effective_at)::DATE, max(effective_at)::DATE
        FROM prices GROUP BY ALL""",
    ).rows()
    assert set(table(card, "| source | prices |")) == text(prices)


def test_what_is_simulated_or_not_done_is_said_at_the_top(written: Path) -> None:
    card = (written / "README.md").read_text()
    top = card.split("## Configurations")[0]
    assert "simulated, not measured" in top
    assert "simulated/stand-in" in top
    assert "No decontamination" in top
    assert "**Not done.**" in card
    assert "- simulated" in card.split("\n---\n")[0]
    assert (
        "Simulated, not measured"
        in json.loads((written / "croissant.json").read_text())["description"]
    )


@pytest.mark.parametrize("action", ["drop", "keep"])
def test_suites_that_were_compared_are_listed(
    built: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    from pipeline.publishing import card, rai

    found = {"suites": {"aime24": {"items": 30, "flagged": 7}}, "flagged": 7, "action": action}
    found |= {"missing": {"gpqa_diamond": "gated"}}
    for module in (card, rai):
        monkeypatch.setattr(module, "decontamination", lambda _: found)
    run(built, to=tmp_path / "to")
    text = (tmp_path / "to" / "README.md").read_text()
    assert "| aime24 | 30 | 7 |" in text
    assert "Not compared with: gpqa_diamond (gated)." in text
    assert f"- action: `{action}`" in text
    assert ("not taken out" in text.split("## Config")[0]) == (action == "keep")
    assert ("are not in `rl`" in text) == (action == "drop")
    assert "Not done" not in text
    assert "No decontamination" not in text


def test_the_hubs_own_library_reads_the_metadata(written: Path) -> None:
    card = DatasetCard.load(written / "README.md")
    card_data = card.data.to_dict()
    assert card_data["license"] == ["cc-by-sa-3.0", "cc0-1.0", "mit"]
    assert card_data["language"] == ["en"]
    assert card_data["size_categories"] == ["n<1K"]
    assert "text-generation" in card_data["task_categories"]
    configs = {config["config_name"]: config for config in card_data["configs"]}
    assert [name for name, config in configs.items() if config.get("default")] == ["rl"]
    assert [f["split"] for f in configs["rl"]["data_files"]] == list(SPLITS)
    for config in configs.values():
        for entry in config["data_files"]:
            assert list(written.glob(entry["path"])), entry


def test_names_of_upstreams_cannot_break_the_card(tmp_path: Path) -> None:
    layout = write_build(tmp_path, {"a|b <script>": "MIT"})
    run(layout, to=tmp_path / "to")
    card = (tmp_path / "to" / "README.md").read_text()
    assert "<script>" not in card
    sources = {row[0] for row in table(card, "| source | domain | tier |")}
    assert "a\\|b &lt;script>" in sources


def test_every_configuration_loads_with_one_schema(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    document = json.loads((written / "publication.json").read_text())
    assert datasets.get_dataset_config_names(str(written)) == [
        n for n, s in document["splits"].items() if s
    ]
    for config, splits in document["splits"].items():
        if not splits:
            continue
        loaded = datasets.load_dataset(str(written), config, cache_dir=str(tmp_path / "cache"))
        assert {split: rows.num_rows for split, rows in loaded.items()} == splits
        assert len({str(rows.features) for rows in loaded.values()}) == 1
        for split, rows in loaded.items():
            files = sorted((written / "data" / config).glob(f"{split}-*.parquet"))
            assert rows.to_polars().rows() == pl.read_parquet(files).rows()


def test_croissant_is_valid_and_its_records_are_the_rows(written: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    document = json.loads((written / "croissant.json").read_text())
    assert document["conformsTo"] == [
        "http://mlcommons.org/croissant/1.1",
        "http://mlcommons.org/croissant/RAI/1.0",
    ]
    described = mlcroissant.Dataset(jsonld=str(written / "croissant.json"))
    assert described.metadata.ctx.is_v1_1()
    assert not described.metadata.ctx.issues.errors
    assert not described.metadata.ctx.issues.warnings
    assert described.metadata.data_limitations
    assert described.metadata.personal_sensitive_information
    splits = json.loads((written / "publication.json").read_text())["splits"]
    assert {r["@id"] for r in document["recordSet"]} == {n for n, s in splits.items() if s}
    for config in ("rl", "catalog", "prices", "outcomes", "pass_rates"):
        records = list(described.records(record_set=config))
        assert len(records) == sum(splits[config].values()), config
    rows = pl.read_parquet(written / "data" / "rl" / "*.parquet")
    by_id = {row["extra_info"]["example_id"]: row for row in rows.to_dicts()}
    for record in described.records(record_set="rl"):
        extra = record["rl/extra_info"]
        row = by_id[plain(extra["rl/extra_info/example_id"])]
        assert plain(record["rl/split"]) == row["extra_info"]["split"]
        assert plain(record["rl/data_source"]) == row["data_source"]
        contents = [plain(m["rl/prompt/content"]) for m in record["rl/prompt"]]
        assert contents == [m["content"] for m in row["prompt"]]
        menu = [plain(m["rl/extra_info/catalog/model_id"]) for m in record["rl/extra_info/catalog"]]
        assert menu == [m["model_id"] for m in row["extra_info"]["catalog"]]


def plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def test_croissants_files_are_there_with_their_hashes(written: Path) -> None:
    document = json.loads((written / "croissant.json").read_text())
    hashes = json.loads((written / "publication.json").read_text())["files"]
    objects = [d for d in document["distribution"] if d["@type"] == "cr:FileObject"]
    assert {d["contentUrl"]: d["sha256"] for d in objects} == {
        name: digest for name, digest in hashes.items() if name.startswith("data/")
    }
    for entry in objects:
        assert entry["contentSize"] == f"{(written / entry['contentUrl']).stat().st_size} B"

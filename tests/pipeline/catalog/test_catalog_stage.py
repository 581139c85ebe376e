import pytest

from pipeline.accounting import Silent
from pipeline.catalog.stage import write_catalog_tables
from pipeline.errors import InputError, SettingsError
from pipeline.io import read_parquet, sha256_file
from pipeline.layout import Layout
from pipeline.settings import CatalogSettings, Settings
from schemas.catalogs import Models, Prices


def run(root, **catalog):
    settings = Settings(catalog=CatalogSettings(**catalog))
    layout = Layout(root)
    return layout, write_catalog_tables(settings, layout, Silent())


def test_it_writes_both_tables(tmp_path, models):
    layout, report = run(tmp_path)
    assert Models.validate(read_parquet(layout.models)).height == 25
    assert Prices.validate(read_parquet(layout.prices)).height == report.notes["prices"]
    assert (report.stage, report.rows_in, report.rows_out) == ("catalog", 25, 25)
    assert report.bytes == layout.models.stat().st_size + layout.prices.stat().st_size
    assert report.notes["snapshot_hash"] == models.snapshot.hash
    assert report.notes["law"] == "historical"


def test_it_writes_the_same_bytes_again(tmp_path):
    hashes = [
        [sha256_file(p) for p in (layout.models, layout.prices)]
        for layout in (run(tmp_path / name)[0] for name in ("a", "b"))
    ]
    assert hashes[0] == hashes[1]


def test_a_bad_list_or_law_writes_nothing(tmp_path, listed):
    with pytest.raises(InputError, match=r"-1\.0"):
        run(tmp_path / "out", models=listed(("input = 1.0", "input = -1.0")))
    with pytest.raises(SettingsError, match="'wild'"):
        run(tmp_path / "out", perturbation="wild")
    assert not (tmp_path / "out").exists()


def test_a_list_of_ones_own_is_used(tmp_path, listed):
    layout, report = run(tmp_path / "out", models=listed())
    assert report.rows_out == 2
    assert read_parquet(layout.models)["model_id"].to_list() == ["first", "second"]

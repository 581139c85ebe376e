import errno
import json
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from stubs.publications import run, write_build

from pipeline.errors import BusyError, InputError, MachineError
from pipeline.io import exclusive, sha256_file
from pipeline.layout import Layout
from pipeline.publishing import files
from pipeline.publishing.repository import OURS
from schemas.examples import SPLITS


@pytest.fixture(scope="module")
def written(built: Layout, bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of the build, with its bank."""
    root = tmp_path_factory.mktemp("written") / "to"
    run(built, to=root, bank=bank)
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_twice_gives_the_same_bytes_anywhere_and_in_place(
    built: Layout, bank: Path, written: Path, tmp_path: Path
) -> None:
    before = contents(written)
    again = run(built, to=tmp_path / "elsewhere" / "deep", bank=bank)
    assert contents(tmp_path / "elsewhere" / "deep") == before
    in_place = run(built, to=written, bank=bank)
    assert contents(written) == before
    assert {name.split("/")[0] for name in before} == OURS
    assert (again.changed, in_place.changed) == (True, False)
    assert again.content_hash == in_place.content_hash


def test_every_row_of_the_build_is_there_unchanged(
    built: Layout, bank: Path, written: Path
) -> None:
    pairs = [(built.examples(split), f"rl/{split}") for split in SPLITS]
    pairs += [(built.catalogs, "catalog/train"), (built.models, "models/train")]
    pairs += [(built.prices, "prices/train"), (built.pass_rates, "pass_rates/train")]
    pairs += [(bank / "outcomes.parquet", "outcomes/train")]
    pairs += [(bank / "questions.parquet", "questions/train")]
    for source, name in pairs:
        published = pl.read_parquet(written / "data" / f"{name}-*-of-*.parquet")
        assert published.equals(pl.read_parquet(source), null_equal=True), name


def test_files_have_a_page_index_and_chunks_cut_by_content(
    built: Layout, written: Path, tmp_path: Path
) -> None:
    for path in (written / "data").rglob("*.parquet"):
        column = pq.read_metadata(path).row_group(0).column(0)
        assert column.has_offset_index, path
        assert column.compression == "ZSTD"
    assert files.OPTIONS["use_content_defined_chunking"] is True


def test_large_tables_are_cut_into_shards_of_equal_size(
    built: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SHARD_BYTES", 20_000)
    run(built, to=tmp_path / "to")
    parts = sorted((tmp_path / "to" / "data" / "rl").glob("train-*.parquet"))
    assert len(parts) > 1
    assert [p.name for p in parts] == [
        f"train-{i:05d}-of-{len(parts):05d}.parquet" for i in range(len(parts))
    ]
    sizes = [pq.read_metadata(p).num_rows for p in parts]
    assert max(sizes) - min(sizes) <= 1
    assert pl.read_parquet(parts).equals(pl.read_parquet(built.examples("train")))


def test_hashes_are_those_of_the_files(written: Path) -> None:
    document = json.loads((written / "publication.json").read_text())
    on_disk = {
        str(p.relative_to(written)): sha256_file(p)
        for p in written.rglob("*")
        if p.is_file() and p.name != "publication.json"
    }
    assert document["files"] == on_disk
    card = (written / "README.md").read_text()
    listed = re.findall(r"^\| (data/\S+) \| (\d+) \| (\d+) \| `(\w{64})` \|$", card, re.MULTILINE)
    assert {name: digest for name, _, _, digest in listed} == {
        name: digest for name, digest in on_disk.items() if name.startswith("data/")
    }
    for name, rows, size, _ in listed:
        assert pq.read_metadata(written / name).num_rows == int(rows)
        assert (written / name).stat().st_size == int(size)


def test_no_time_and_no_place_of_this_machine_goes_out(written: Path, built: Layout) -> None:
    import datetime

    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    for name in ("README.md", "croissant.json", "publication.json"):
        text = (written / name).read_text()
        assert str(built.root) not in text
        assert str(Path.home()) not in text or str(Path.home()) == "/"
        assert today not in text.replace(built.manifest.read_text(), "") or today in (
            built.manifest.read_text()
        )


def test_splits_and_tables_without_rows_have_no_file(tmp_path: Path) -> None:
    layout = write_build(tmp_path, {"free": "CC0-1.0"}, shares=(0.0, 0.0))
    result = run(layout, to=tmp_path / "to")
    assert set(result.splits["rl"]) == {"train"}
    assert result.splits["rejected"] == {}
    card = (tmp_path / "to" / "README.md").read_text()
    assert "Without rows, and so without a file: rl/validation, rl/test, rejected/train." in card
    assert not (tmp_path / "to" / "data" / "rejected").exists()
    assert "rejected" not in card.split("\n---\n")[0]


def changed_copy(built: Layout, root: Path) -> Layout:
    shutil.copytree(built.root, root)
    return Layout(root)


def other_bytes(at: Layout) -> None:
    at.problems.write_bytes(at.problems.read_bytes() + b" ")


def no_file(at: Layout) -> None:
    at.prices.unlink()


def one_more(at: Layout) -> None:
    shutil.copy(at.rejects("sources"), at.rejects("more"))


def other_list(at: Layout) -> None:
    document = json.loads(at.manifest.read_text())
    document["files"] = document["files"][1:]
    document["files"].append(
        document["files"][0]
        | {"path": "problems.parquet", "sha256": sha256_file(at.problems)}
        | {"bytes": at.problems.stat().st_size}
    )
    document["content_hash"] = "0" * 64
    at.manifest.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (other_bytes, "problems.parquet has other content"),
        (no_file, "prices.parquet is missing"),
        (one_more, "rejects/more.parquet is not in the manifest"),
        (other_list, "content hash"),
    ],
)
def test_a_build_that_changed_after_its_manifest_is_refused(
    built: Layout, tmp_path: Path, change: Any, words: str
) -> None:
    copy = changed_copy(built, tmp_path / "copy")
    change(copy)
    with pytest.raises(InputError, match=words):
        run(copy, to=tmp_path / "to")
    assert not list((tmp_path / "to").glob("data"))


def test_a_build_without_manifest_or_rows_is_refused(built: Layout, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such build"):
        run(Layout(tmp_path / "nowhere"), to=tmp_path / "to")
    copy = changed_copy(built, tmp_path / "copy")
    copy.manifest.unlink()
    with pytest.raises(InputError, match="xrouter build"):
        run(copy, to=tmp_path / "to")


def test_a_directory_of_something_else_is_left_alone(built: Layout, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match=r"thesis\.txt"):
        run(built, to=mine)
    (mine / "thesis.txt").unlink()
    (mine / "data").mkdir()
    (mine / "data" / "mine.csv").write_text("1")
    with pytest.raises(InputError, match="another dataset"):
        run(built, to=mine)
    assert (mine / "data" / "mine.csv").read_text() == "1"


def test_two_at_once_do_not_mix(built: Layout, tmp_path: Path) -> None:
    with exclusive(tmp_path / "to", keep=False), pytest.raises(BusyError, match="to"):
        run(built, to=tmp_path / "to")
    assert not list((tmp_path / "to").iterdir())
    with exclusive(built.root), pytest.raises(BusyError):
        run(built, to=tmp_path / "to")


def test_a_full_disk_leaves_no_finished_repository(
    built: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(built, to=tmp_path / "to")
    real = pq.ParquetWriter.write_table

    def full(writer: Any, *args: Any, **options: Any) -> None:
        if "catalog_id" in writer.schema.names:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(writer, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(pq.ParquetWriter, "write_table", full)
        with pytest.raises(MachineError, match="no space left"):
            run(built, to=tmp_path / "to")
    assert not (tmp_path / "to" / "publication.json").exists()
    assert not list((tmp_path / "to").rglob("*.partial"))
    again = run(built, to=tmp_path / "to")
    assert again.changed
    assert run(built, to=tmp_path / "fresh").content_hash == again.content_hash


def test_a_dry_run_writes_nothing(built: Layout, tmp_path: Path) -> None:
    planned = run(built, to=tmp_path / "to", dry_run=True)
    assert not (tmp_path / "to").exists()
    assert planned.changed
    assert planned.root is None
    assert run(built, to=tmp_path / "to").content_hash == planned.content_hash
    assert not run(built, to=tmp_path / "to", dry_run=True).changed


def planted(tmp_path: Path, text: str) -> Layout:
    return write_build(tmp_path, {"free": "CC0-1.0"}, {"free": f" {text}"})


def test_a_secret_stops_it_and_is_not_shown(tmp_path: Path) -> None:
    secret = "gh" + "p_" + "Zk3vQ9pLr7TnWx2mBc8yHd4sGf6jKa1eAq9Z"
    layout = planted(tmp_path, f"Use {secret} for that.")
    with pytest.raises(InputError) as error:
        run(layout, to=tmp_path / "to")
    said = str(error.value)
    listed = (layout.root / "publishing" / "findings.csv").read_text()
    assert "GitHub token" in said
    assert "prompt[].content" in said
    assert secret not in said + listed
    assert secret[6:20] not in said + listed
    accepted = layout.root / "publishing" / "findings.csv"
    with pytest.raises(InputError, match="secrets"):
        run(layout, to=tmp_path / "to", accept_pii=accepted)
    assert not list((tmp_path / "to").glob("data"))


def test_personal_data_goes_out_only_after_somebody_looked(tmp_path: Path) -> None:
    layout = planted(tmp_path, "Ask jane.doe@company-mail.org about it.")
    with pytest.raises(InputError, match="e-mail address"):
        run(layout, to=tmp_path / "to")
    found = layout.root / "publishing" / "findings.csv"
    some = tmp_path / "some.csv"
    some.write_text("\n".join(found.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(InputError, match="1 pieces of personal data"):
        run(layout, to=tmp_path / "to", accept_pii=some)
    run(layout, to=tmp_path / "to", accept_pii=found)
    lines = len(found.read_text().splitlines()) - 1
    assert f"Found and accepted by hand: {lines} " in (tmp_path / "to" / "README.md").read_text()


def test_the_snippet_of_the_card_runs(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    card = (written / "README.md").read_text()
    code = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert len(code) == 1
    (tmp_path / "snippet.py").write_text(code[0])
    monkeypatch.chdir(written)
    runpy.run_path(str(tmp_path / "snippet.py"))
    assert capsys.readouterr().out.startswith(
        str(pq.read_metadata(written / "data/rl/train-00000-of-00001.parquet").num_rows)
    )

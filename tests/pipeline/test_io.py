import contextlib
import os
import resource
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import BusyError, InputError
from pipeline.io import (
    PARTIAL_SUFFIX,
    ROW_GROUP_ROWS,
    ParquetStream,
    atomic,
    exclusive,
    read_parquet,
    sha256_file,
    sweep_partials,
    write_parquet,
)

FRAME = pl.DataFrame({"a": [1, 2, 3], "b": ["x", None, "ü"]})


def test_a_frame_comes_back_and_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    write_parquet(FRAME, one)
    write_parquet(FRAME.clone(), two)
    assert read_parquet(one).equals(FRAME)
    assert sha256_file(one) == sha256_file(two)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="boom"), atomic(path) as partial:
        partial.write_text("half")
        raise RuntimeError("boom")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["kept.txt"]


@pytest.mark.parametrize("cut", [1000, ROW_GROUP_ROWS, 20_001, 50_000])
def test_stream_bytes_do_not_depend_on_the_chunks(tmp_path: Path, cut: int) -> None:
    table = pa.table({"n": list(range(50_000))})
    whole, cut_up = tmp_path / "whole.parquet", tmp_path / "cut.parquet"
    with ParquetStream(whole, table.schema) as stream:
        stream.write(table)
    with ParquetStream(cut_up, table.schema) as stream:
        for start in range(0, table.num_rows, cut):
            stream.write(table.slice(start, cut))
    assert sha256_file(whole) == sha256_file(cut_up)
    assert pq.read_table(cut_up).equals(table)


def test_a_failed_stream_leaves_nothing(tmp_path: Path) -> None:
    schema = pa.schema([("n", pa.int64())])
    with (
        pytest.raises(RuntimeError, match="boom"),
        ParquetStream(tmp_path / "x.parquet", schema) as stream,
    ):
        stream.write(pa.table({"n": [1]}))
        raise RuntimeError("boom")
    assert os.listdir(tmp_path) == []


def test_an_empty_stream_is_a_readable_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.parquet"
    with ParquetStream(path, pa.schema([("n", pa.int64())])):
        pass
    assert read_parquet(path).height == 0


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_parquet(FRAME, path)
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(InputError, match=r"t\.parquet: not a readable parquet file"):
        read_parquet(path)
    with pytest.raises(InputError, match="no such file"):
        read_parquet(tmp_path / "missing.parquet")


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the file size stands in for a full disk: the kernel refuses the write midway."""
    script = textwrap.dedent(
        """
        import resource, signal, sys
        from pathlib import Path
        import polars as pl
        from pipeline.io import write_parquet
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        try:
            frame = pl.DataFrame({"n": pl.Series(range(200_000)).shuffle(1)})
            write_parquet(frame, Path(sys.argv[1]))
        except OSError as error:
            print(type(error).__name__)
        """
    )
    path = tmp_path / "big.parquet"
    run = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "OSError"
    assert os.listdir(tmp_path) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_leftovers_are_swept(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / f"x.parquet{PARTIAL_SUFFIX}").write_text("half")
    (tmp_path / "kept.parquet").write_text("whole")
    assert sweep_partials(tmp_path) == 1
    assert (tmp_path / "kept.parquet").exists()


def test_a_directory_has_one_owner_at_a_time(tmp_path: Path) -> None:
    with exclusive(tmp_path), pytest.raises(BusyError, match="another build"), exclusive(tmp_path):
        pass
    with exclusive(tmp_path):
        pass


def test_a_lock_that_goes_with_its_owner_has_one_owner_at_a_time(tmp_path: Path) -> None:
    """Who opened the file before it was removed must not think that it owns the directory."""
    root, inside = tmp_path / "owned", tmp_path / "inside"

    def owned(_: int) -> str:
        try:
            with exclusive(root, keep=False):
                inside.touch(exist_ok=False)
                inside.unlink()
        except BusyError:
            return "busy"
        with contextlib.suppress(OSError):
            root.rmdir()
        return "owned"

    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(owned, range(1200)))
    assert ends.count("owned") > 10
    assert not (root / ".lock").exists()


def test_a_kept_lock_file_stays(tmp_path: Path) -> None:
    with exclusive(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]

"""Episodes of a run on their way to the ledger: each in it once, however often the run was killed.

The processes that play write every episode to the folder of its step, before anybody learns from
it. A step that a checkpoint covers is published: its files become one file of the spool. What came
after the newest checkpoint is played again by the next start, so it is set aside, where it stays.
Knows nothing of verl.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.io import ParquetStream
from pipeline.router.spool import SPOOLED
from schemas.episodes import MENUS

TRAIN, VALIDATE = "train", "validate"
PUBLISHED = ".published"


class StepFolder(NamedTuple):
    """Episodes of one step."""

    path: Path
    step: int
    kind: str

    @property
    def published(self) -> bool:
        """Whether they are in the spool."""
        return self.path.name.endswith(PUBLISHED)


class RunLedger:
    """The episodes of one run."""

    def __init__(self, folder: Path, run_id: str) -> None:
        """Nothing is read or written.

        Args:
            folder: Of the run.
            run_id: Part of the names of files.
        """
        self._episodes, self._set_aside = folder / "episodes", folder / "set-aside"
        self._run = run_id

    def folder_of(self, kind: str, step: int) -> Path:
        """Where episodes of a step are written.

        Args:
            kind: train or validate.
            step: The one that learns from them; of validation, the one after which it is.
        """
        return self._episodes / f"{step:06d}-{kind}"

    def steps(self) -> Iterator[StepFolder]:
        """All there are, in order."""
        for path in sorted(self._episodes.glob("[0-9]*-*")):
            number, _, kind = path.name.removesuffix(PUBLISHED).partition("-")
            yield StepFolder(path, int(number), kind)

    def publish(self, spool: Path, checkpoint: int, last: bool = False) -> int:
        """Put what a checkpoint covers into the spool.

        Args:
            spool: Folder of the ledger.
            checkpoint: Step of the newest one.
            last: Nothing more is coming: validation after the checkpoint is whole, too.

        Returns:
            Episodes put there.
        """
        return sum(
            self._publish(found, spool)
            for found in list(self.steps())
            if not found.published
            and (found.step < checkpoint or (found.step == checkpoint and (last or _trains(found))))
        )

    def _publish(self, found: StepFolder, spool: Path) -> int:
        name = f"{self._run}-{found.step:06d}-{found.kind}.parquet"
        menus = _read(found.path, "menus", MENUS)
        # Menus first: whoever loads an episode finds what was on offer.
        if menus.num_rows:
            seen = pl.from_arrow(menus.select(["catalog_id"]))
            assert isinstance(seen, pl.DataFrame)
            kept = seen.with_row_index().unique("catalog_id", keep="first")["index"].sort()
            with ParquetStream(spool / f"menus-{name}", MENUS) as file:
                file.write(menus.take(pa.array(kept.to_list(), pa.int64())))
        episodes = _read(found.path, "episodes", SPOOLED)
        if episodes.num_rows:
            with ParquetStream(spool / f"episodes-{name}", SPOOLED) as file:
                file.write(episodes)
        # A kill before this line publishes them once more, and the store takes each of them once.
        done = found.path.rename(found.path.with_name(found.path.name + PUBLISHED))
        for path in done.iterdir():
            path.unlink()
        return int(episodes.num_rows)

    def go_back(self, checkpoint: int, validation_rows: int) -> bool:
        """Set aside what the next start plays again.

        Args:
            checkpoint: Step from which it goes on.
            validation_rows: Episodes of one whole validation.

        Returns:
            Whether the validation after the checkpoint is whole, so that it need not be repeated.
        """
        whole = False
        for found in list(self.steps()):
            if found.step == checkpoint and not _trains(found):
                whole = found.published or _rows(found.path) >= validation_rows
                if whole:
                    continue
            elif found.step <= checkpoint:
                continue
            self._put_aside(found)
        return whole

    def _put_aside(self, found: StepFolder) -> None:
        self._set_aside.mkdir(parents=True, exist_ok=True)
        taken = len(list(self._set_aside.iterdir()))
        found.path.rename(self._set_aside / f"{taken:04d}-{found.path.name}")

    def forget(self) -> None:
        """Drop everything that is not published."""
        shutil.rmtree(self._episodes, ignore_errors=True)


def _trains(found: StepFolder) -> bool:
    return found.kind == TRAIN


def _files(folder: Path, content: str) -> list[Path]:
    return sorted(folder.glob(f"{content}-*.parquet"))


def _read(folder: Path, content: str, schema: pa.Schema) -> pa.Table:
    tables = []
    for path in _files(folder, content):
        with pq.ParquetFile(path) as file:
            tables.append(file.read().cast(schema))
    return pa.concat_tables(tables) if tables else schema.empty_table()


def _rows(folder: Path) -> int:
    return sum(int(pq.read_metadata(path).num_rows) for path in _files(folder, "episodes"))

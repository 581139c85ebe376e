"""The whole stage on bad input and on a full disk: a clear error, nothing half-written."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.errors import InputError, IntegrityError, SettingsError
from pipeline.io import write_parquet
from pipeline.layout import Layout

Inputs = Callable[..., Layout]
Build = Callable[..., Any]
Rows = Callable[[Layout, str], list[dict[str, Any]]]


def test_no_problems(build: Build, tmp_path: Path, tables: Any) -> None:
    report = build(tables[2](tmp_path / "empty", [], []))
    assert (report.rows_in, report.rows_out, report.rejected) == (0, 0, {})


def test_missing_pass_rates(inputs: Inputs, build: Build) -> None:
    layout = inputs()
    layout.pass_rates.unlink()
    with pytest.raises(InputError, match=r"pass_rates\.parquet: no such file"):
        build(layout)
    assert not layout.examples("train").exists()


def test_truncated_problems(inputs: Inputs, build: Build) -> None:
    layout = inputs()
    layout.problems.write_bytes(layout.problems.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"problems\.parquet"):
        build(layout)


def test_unsorted_problems(inputs: Inputs, build: Build) -> None:
    layout = inputs()
    write_parquet(pl.read_parquet(layout.problems).reverse(), layout.problems)
    with pytest.raises(IntegrityError, match="not sorted"):
        build(layout)


def test_two_selected_rates(inputs: Inputs, build: Build) -> None:
    layout = inputs()
    rates = pl.read_parquet(layout.pass_rates)
    other = rates.head(1).with_columns(reference=pl.lit("z"))
    write_parquet(pl.concat([rates, other]), layout.pass_rates)
    with pytest.raises(IntegrityError, match="two selected rows"):
        build(layout)


def test_unselected_rates_decide_nothing(inputs: Inputs, build: Build, rows: Rows) -> None:
    layout = inputs()
    rates = pl.read_parquet(layout.pass_rates).with_columns(selected=pl.lit(False))
    write_parquet(rates, layout.pass_rates)
    assert build(layout, everyday_share=0).rows_out == 0
    report = build(layout, untiered_quota=1, everyday_share=0)
    assert report.rows_out == 60
    assert {r["extra_info"]["tier"] for r in rows(layout, "train")} == {"untiered"}


def test_unknown_law_and_negative_price(inputs: Inputs, build: Build, tmp_path: Path) -> None:
    layout = inputs()
    with pytest.raises(SettingsError, match="nonsense"):
        build(layout, catalog={"perturbation": "nonsense"})
    bad = tmp_path / "models.toml"
    bad.write_text(
        'as_of = 2026-01-01\n[[models]]\nid = "m"\ndisplay_name = "M"\nprovider = "p"\n'
        'litellm_model = "p/m"\ntier = "budget"\ncontext_window = 1000\n'
        '[[models.prices]]\ndate = 2026-01-01\ninput = -1.0\noutput = 2.0\nsource = "s"\n'
    )
    with pytest.raises(InputError, match="input"):
        build(layout, catalog={"models": str(bad)})
    assert not layout.examples("train").exists()


FULL = """
import sys
from pathlib import Path
from pipeline.accounting import Silent
from pipeline.dataset.assemble import assemble_examples
from pipeline.errors import MachineError
from pipeline.layout import Layout
from pipeline.settings import Settings
root = Path(sys.argv[1])
settings = Settings.model_validate({"out": root, "dataset": {"everyday_share": 0}})
try:
    assemble_examples(settings, Layout(root), Silent())
except MachineError as error:
    print(error)
    sys.exit(3)
"""


@pytest.mark.parametrize("free_kb", [0, 8, 40, 120])
def test_full_disk(inputs: Inputs, tmp_path: Path, free_kb: int) -> None:
    """On a file system that fills up: a clear error, and only whole files under final names."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare to mount a small file system")
    layout = inputs(reasoning=600, everyday=0)
    small = tmp_path / "small"
    small.mkdir()
    size = sum(p.stat().st_size // 4096 + 1 for p in (layout.problems, layout.pass_rates)) * 4
    script = tmp_path / "full.py"
    script.write_text(FULL)
    shell = (
        f"mount -t tmpfs -o size={size + free_kb + 8}k tmpfs {small} || exit 77; "
        f"cp {layout.problems} {layout.pass_rates} {small}; {sys.executable} {script} {small}; "
        f"code=$?; find {small} -type f -printf '%P\\n'; exit $code"
    )
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", shell],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    if (
        done.returncode in (1, 77) and "mount" in done.stderr + done.stdout
    ) or "unshare" in done.stderr:
        pytest.skip(f"no small file system can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 3, done.stderr
    assert "no space left" in done.stdout
    names = done.stdout.splitlines()[1:]
    assert not [name for name in names if name.endswith(".partial")]
    assert "catalogs.parquet" not in names or free_kb > 100


def test_failure_in_the_middle_leaves_nothing(
    inputs: Inputs, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = inputs(reasoning=300)
    monkeypatch.setattr("pipeline.dataset.jobs.TABLE_ROWS", 20)
    calls = iter(range(100))

    def refuse(table: Any) -> None:
        if next(calls) == 5:
            raise IntegrityError("made to fail")

    monkeypatch.setattr("pipeline.dataset.assemble.check_examples", refuse)
    with pytest.raises(IntegrityError, match="made to fail"):
        build(layout)
    left = sorted(p.name for p in layout.root.rglob("*") if p.is_file())
    assert left == ["pass_rates.parquet", "problems.parquet"]

from pathlib import Path

import pytest

from pipeline.accounting import Progress, Silent, StageReport
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.stages import Stage, run_stage

RUNS: list[str] = []


@pytest.fixture
def package(tmp_path: Path) -> Path:
    RUNS.clear()
    path = tmp_path / "package"
    path.mkdir()
    (path / "code.py").write_text("one")
    (tmp_path / "input.txt").write_text("input")
    return path


def copy_input(settings: Settings, layout: Layout, progress: Progress) -> StageReport:
    RUNS.append("run")
    layout.root.mkdir(exist_ok=True)
    layout.problems.write_text((layout.root.parent / "input.txt").read_text())
    return StageReport(stage="copy", rows_in=1, rows_out=1)


def stage_of(package: Path) -> Stage:
    return Stage(
        name="copy",
        run=copy_input,
        inputs=lambda settings, at: [at.root.parent / "input.txt"],
        outputs=lambda at: [at.problems],
        relevant=lambda settings: settings.seed,
        packages=(package,),
    )


def run(package: Path, seed: int = 0) -> StageReport:
    settings = Settings(out=package.parent / "out", seed=seed)
    return run_stage(stage_of(package), settings, Layout(settings.out), Silent())


def test_a_finished_stage_is_reused(package: Path) -> None:
    assert not run(package).reused
    assert run(package).reused
    assert len(RUNS) == 1


def test_another_setting_runs_it_again(package: Path) -> None:
    run(package)
    assert not run(package, seed=1).reused


def test_another_input_runs_it_again(package: Path) -> None:
    run(package)
    (package.parent / "input.txt").write_text("other")
    assert not run(package).reused


def test_other_code_runs_it_again(package: Path) -> None:
    from pipeline.stages import code_hash

    run(package)
    (package / "code.py").write_text("two")
    code_hash.cache_clear()
    assert not run(package).reused


@pytest.mark.parametrize("damage", ["delete", "change"])
def test_a_damaged_output_is_made_again(package: Path, damage: str) -> None:
    run(package)
    output = Layout(package.parent / "out").problems
    if damage == "delete":
        output.unlink()
    else:
        output.write_text("damaged")
    assert not run(package).reused
    assert output.read_text() == "input"


def test_a_broken_record_is_no_record(package: Path) -> None:
    run(package)
    Layout(package.parent / "out").stage_record("copy").write_text("{")
    assert not run(package).reused


def test_a_failed_stage_leaves_no_record(package: Path) -> None:
    run(package)
    (package.parent / "input.txt").unlink()
    with pytest.raises(FileNotFoundError):
        run(package, seed=1)

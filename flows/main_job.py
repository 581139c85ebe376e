"""The main job, top to bottom: problems, tiers, catalogues, examples, manifest, store, report.

Plain functions: the command line calls them one by one, `build_dataset.py` makes each a Prefect
task.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pipeline
import schemas
import warehouse
from flows.decontamination import check_decontamination, decontaminate, forget, suite_files
from pipeline.accounting import Progress, StageReport, Stopwatch
from pipeline.catalog.laws import chosen_law
from pipeline.catalog.load import load_models
from pipeline.catalog.stage import write_catalog_tables
from pipeline.dataset.assemble import assemble_examples
from pipeline.dataset.manifest import read_manifest, write_manifest
from pipeline.grading.sandbox import available as sandbox_available
from pipeline.io import exclusive, sweep_partials
from pipeline.layout import Layout
from pipeline.left_out import STAGE as DECONTAMINATION
from pipeline.settings import SAMPLE, Settings
from pipeline.sources.collect import collect_sources
from pipeline.sources.pins import pinned
from pipeline.stages import Stage, run_stage
from pipeline.tiering.specs import Recorded, reference_specs
from pipeline.tiering.stage import tier_problems
from schemas.examples import SPLITS
from schemas.manifests import Manifest
from warehouse.ingest import load_build
from warehouse.report import write_report

PIPELINE = tuple(Path(str(package.__file__)).parent for package in (schemas, pipeline))
WAREHOUSE = (*PIPELINE[:1], Path(str(warehouse.__file__)).parent)


class BuildResult(NamedTuple):
    """What a build made, and what each stage did."""

    layout: Layout
    manifest: Manifest
    stages: list[StageReport]


def local_files(specs: tuple[str, ...]) -> list[Path]:
    """Every file behind path specs; the sample is code, a Hub dataset is pinned by revision."""
    files: list[Path] = []
    for spec in specs:
        path = Path(spec)
        if spec != SAMPLE and not spec.startswith("hub:") and path.exists():
            files += sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return files


def _source_inputs(settings: Settings, layout: Layout) -> list[Path]:
    mapping = settings.sources.everyday_mapping
    files = local_files(settings.sources.problems + settings.sources.everyday)
    return files + ([mapping] if mapping and mapping.exists() else [])


def _tiering_inputs(settings: Settings, layout: Layout) -> list[Path]:
    recorded = [spec for spec in reference_specs(settings) if isinstance(spec, Recorded)]
    files = [path for spec in recorded for path in (spec.path, spec.mapping) if path]
    read = [layout.problems, layout.references, *(path for path in files if path.is_file())]
    return read + _left_out(layout)


def _left_out(layout: Layout) -> list[Path]:
    rejects = layout.rejects(DECONTAMINATION)
    return [rejects] if rejects.exists() else []


def _catalog_inputs(settings: Settings, layout: Layout) -> list[Path]:
    own = (settings.catalog.models, settings.catalog.laws)
    return [path for path in own if path and path.exists()]


STAGES = (
    Stage(
        name="sources",
        run=collect_sources,
        inputs=_source_inputs,
        outputs=lambda at: [at.problems, at.references, at.rejects("sources")],
        relevant=lambda settings: settings.sources.model_dump(mode="json"),
        packages=PIPELINE,
    ),
    Stage(
        name="tiering",
        run=tier_problems,
        inputs=_tiering_inputs,
        outputs=lambda at: [
            at.attempts,
            at.pass_rates,
            at.disagreements,
            at.rejects("tiering"),
        ],
        # A sandbox that was missing leaves code ungraded: once it is there, grade again.
        relevant=lambda settings: [
            settings.seed,
            settings.sources.problems,
            settings.tiering.model_dump(mode="json"),
            settings.grading.judging(),
            sandbox_available().ok,
        ],
        packages=PIPELINE,
    ),
    Stage(
        name="catalog",
        run=write_catalog_tables,
        inputs=_catalog_inputs,
        outputs=lambda at: [at.models, at.prices],
        relevant=lambda settings: settings.catalog.model_dump(mode="json"),
        packages=PIPELINE,
    ),
    Stage(
        name="dataset",
        run=assemble_examples,
        inputs=lambda settings, at: [
            *_catalog_inputs(settings, at),
            at.problems,
            at.pass_rates,
            *_left_out(at),
        ],
        outputs=lambda at: [
            *(at.examples(split) for split in SPLITS),
            at.catalogs,
            at.rejects("dataset"),
        ],
        relevant=lambda settings: [
            settings.seed,
            settings.catalog.model_dump(mode="json"),
            settings.dataset.model_dump(mode="json"),
        ],
        packages=PIPELINE,
    ),
)

# Only where there is something to compare with: right after the problems came in.
DECONTAMINATE = Stage(
    name=DECONTAMINATION,
    run=decontaminate,
    inputs=lambda settings, at: [at.problems, *suite_files(settings.decontamination)],
    outputs=lambda at: [at.contamination, at.decontamination, at.rejects(DECONTAMINATION)],
    relevant=lambda settings: settings.decontamination.model_dump(mode="json"),
    packages=(*PIPELINE, Path(__file__).parent),
)

STAGE_NAMES = frozenset(stage.name for stage in (*STAGES, DECONTAMINATE))


def stages(settings: Settings, last: str = STAGES[-1].name) -> tuple[Stage, ...]:
    """The resumable stages that these settings ask for, up to one of them."""
    extra = (DECONTAMINATE,) if settings.decontamination.wanted else ()
    wanted = (STAGES[0], *extra, *STAGES[1:])
    return wanted[: [stage.name for stage in wanted].index(last) + 1]


def record_manifest(settings: Settings, layout: Layout, progress: Progress) -> StageReport:
    """Hash every table and write down what was built from what."""
    watch = Stopwatch()
    manifest = write_manifest(settings, layout)
    rows = sum(record.rows for record in manifest.files)
    return StageReport(
        stage="manifest",
        rows_in=rows,
        rows_out=len(manifest.files),
        seconds=watch.seconds(),
        bytes=layout.manifest.stat().st_size,
        notes={"content_hash": manifest.content_hash},
    )


def store_files(layout: Layout) -> dict[str, list[Path]]:
    """Files of a build by the table they fill."""
    single = ("problems", "references", "attempts", "pass_rates", "disagreements")
    names = (*single, "models", "prices", "catalogs")
    files: dict[str, list[Path]] = {name: [getattr(layout, name)] for name in names}
    files["examples"] = [layout.examples(split) for split in SPLITS]
    files["rejects"] = sorted((layout.root / "rejects").glob("*.parquet"))
    return files


def load_store(settings: Settings, layout: Layout, progress: Progress) -> StageReport:
    """Load the build into the DuckDB store; loading it twice changes nothing."""
    watch = Stopwatch()
    loaded = load_build(layout.store, store_files(layout), layout.manifest)
    return StageReport(
        stage="store",
        rows_in=sum(loaded.rows.values()),
        rows_out=sum(loaded.rows.values()),
        seconds=watch.seconds(),
        bytes=layout.store.stat().st_size,
        reused=loaded.skipped,
    )


def draw_report(settings: Settings, layout: Layout, progress: Progress) -> StageReport:
    """Draw the one-page report from the store."""
    watch = Stopwatch()
    write_report(layout.store, layout.report)
    size = layout.report.stat().st_size
    return StageReport(stage="report", rows_in=0, rows_out=0, seconds=watch.seconds(), bytes=size)


AFTER = (record_manifest, load_store, draw_report)
Call = Callable[[str, Callable[[], StageReport]], StageReport]


def directly(name: str, step: Callable[[], StageReport]) -> StageReport:
    """Run a step here and now; a flow passes its own way of running one."""
    return step()


def steps(settings: Settings, layout: Layout, progress: Progress) -> list[tuple[str, Any]]:
    """Every step of the job in order, as (name, function without arguments)."""
    resumable = [
        (stage.name, lambda stage=stage: run_stage(stage, settings, layout, progress))
        for stage in stages(settings)
    ]
    plain = [(step.__name__, lambda step=step: step(settings, layout, progress)) for step in AFTER]
    return [*resumable, *plain]


def preflight(settings: Settings) -> None:
    """Read what is small before anything long starts: a slip in it should not cost minutes.

    Raises:
        XRouterError: The base list, the law or a reference cannot be used.
    """
    load_models(settings.catalog.models)
    chosen_law(settings.catalog)
    reference_specs(settings)
    check_decontamination(settings.decontamination)


def build(settings: Settings, progress: Progress, call: Call = directly) -> BuildResult:
    """Run the whole job.

    Args:
        settings: What to build, and where.
        progress: Where to say how far it is.
        call: How to run one step; the Prefect flow runs each as a task.

    Returns:
        The files, the manifest and a report per stage.

    Raises:
        XRouterError: The job cannot be done; nothing half-written stands under a final name.
    """
    preflight(settings)
    layout = Layout(settings.out)
    with exclusive(layout.root):
        sweep_partials(layout.root)
        settings = pinned(settings, layout.hub_lock)
        if not settings.decontamination.wanted:
            forget(layout)
        reports = []
        for name, step in steps(settings, layout, progress):
            reports.append(call(name, step))
            if name in STAGE_NAMES and not reports[-1].reused:
                # The tables changed: until they are hashed again no manifest may speak for them.
                layout.manifest.unlink(missing_ok=True)
    return BuildResult(layout, read_manifest(layout.manifest), reports)

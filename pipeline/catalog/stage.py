"""Stage `catalog`: writes the base list and its price history as tables of the build."""

from pipeline.accounting import Progress, StageReport, Stopwatch
from pipeline.catalog.laws import chosen_law
from pipeline.catalog.load import load_models
from pipeline.io import write_parquet
from pipeline.layout import Layout
from pipeline.settings import Settings

STAGE = "catalog"


def write_catalog_tables(settings: Settings, layout: Layout, progress: Progress) -> StageReport:
    """Write tables `models` and `prices`.

    Raises:
        InputError: The base list cannot be used.
        SettingsError: The perturbation law is unknown.
    """
    watch = Stopwatch()
    progress.start("catalogue", 2)
    law = chosen_law(settings.catalog)
    models = load_models(settings.catalog.models)
    tables = {layout.models: models.models_frame(), layout.prices: models.prices_frame()}
    for path, frame in tables.items():
        write_parquet(frame, path)
        progress.advance()
    return StageReport(
        stage=STAGE,
        rows_in=len(models.models),
        rows_out=len(models.models),
        seconds=watch.seconds(),
        bytes=sum(path.stat().st_size for path in tables),
        notes={
            "prices": tables[layout.prices].height,
            "law": law.name,
            "snapshot_hash": models.snapshot.hash,
            "snapshot_date": models.snapshot.date,
        },
    )

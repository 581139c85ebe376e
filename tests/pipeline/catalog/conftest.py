import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from pipeline.catalog.load import load_models
from pipeline.catalog.models import ModelList
from pipeline.catalog.perturb import draw_catalogs


@pytest.fixture(scope="session")
def models() -> ModelList:
    return load_models()


@pytest.fixture(scope="session")
def draw(models):
    """Draw catalogues in chunks of 8,192; returns one row per entry, with its row number."""

    def drawn(law, split="train", rows=2000, seed=0, listed=models, **options) -> pl.DataFrame:
        keys = row_keys(rows)
        parts = [
            pl.from_arrow(draw_catalogs(listed, law, seed, split, keys[i : i + 8192], **options))
            for i in range(0, rows, 8192)
        ]
        frame = pl.concat(parts).with_row_index("row")
        return frame.select("row", pl.col("catalog")).explode("catalog").unnest("catalog")

    return drawn


@pytest.fixture(scope="session")
def factors(models):
    """Price factors of every model over many rows, by model id."""

    def drawn(law, split, rows, seed=0) -> dict[str, npt.NDArray[np.float64]]:
        keys, parts = row_keys(rows), []
        for i in range(0, rows, 8192):
            entries = draw_catalogs(models, law, seed, split, keys[i : i + 8192])["catalog"]
            flat = entries.chunk(0).values
            parts.append(
                pl.DataFrame(
                    {n: pl.from_arrow(flat.field(n)) for n in ("model_id", "price_factor")}
                )
            )
        groups = pl.concat(parts).group_by("model_id")
        return {str(name[0]): rows["price_factor"].to_numpy() for name, rows in groups}

    return drawn


def row_keys(rows: int) -> npt.NDArray[np.uint64]:
    return np.random.default_rng(7).integers(0, 2**63, rows, dtype=np.uint64)


MINIMAL = """
as_of = 2026-01-01
[[models]]
id = "first"
display_name = "First"
provider = "one"
litellm_model = "first"
tier = "premium"
context_window = 1000
max_output_tokens = 500
capabilities = ["math"]
[[models.prices]]
date = 2025-01-01
input = 1.0
output = 2.0
cached_input = 0.5
source = "test"
[[models]]
id = "second"
display_name = "Second"
provider = "two"
litellm_model = "second"
tier = "budget"
context_window = 2000
[[models.prices]]
date = 2025-01-01
input = 0.1
output = 0.1
source = "test"
"""


@pytest.fixture
def listed(tmp_path):
    """Write a two-model list with replacements and return its path."""

    def write(*replacements: tuple[str, str]):
        text = MINIMAL
        for old, new in replacements:
            assert old in text, old
            text = text.replace(old, new, 1)
        path = tmp_path / "models.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write

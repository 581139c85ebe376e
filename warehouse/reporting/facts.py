"""Figures of one build: an open store in, small sorted frames out. Knows nothing of HTML.

Every frame is sorted, and figures are rounded where the last binary digit could differ between
runs, so the same store always gives the same frames.
"""

import json
from typing import Any, NamedTuple

import duckdb
import polars as pl

from warehouse.errors import StoreError

SCATTER_CATALOGS = 60
SAMPLES = 12
SHOWN_DISAGREEMENTS = 20

QUERIES = {
    "composition": """
        SELECT domain, data_source, kind, tier, split, is_simulated, examples, problems
        FROM composition WHERE build_id = $build_id ORDER BY ALL""",
    "histogram": """
        SELECT method, is_simulated, tier, bin_low, bin_high,
            sum(selected_problems)::BIGINT AS problems
        FROM pass_rate_histogram WHERE build_id = $build_id AND selected_problems > 0
        GROUP BY ALL ORDER BY ALL""",
    "settledness": """
        SELECT tier, method, is_simulated, problems, settled_problems, settled_share,
            round(median_width, 6) AS median_width, median_n
        FROM tier_settledness WHERE build_id = $build_id ORDER BY ALL""",
    "prices": """
        SELECT model_id, tier, offered, offered_free,
            base_input_per_million::DOUBLE AS base_input,
            base_output_per_million::DOUBLE AS base_output,
            lowest_output_per_million::DOUBLE AS lowest_output,
            highest_output_per_million::DOUBLE AS highest_output,
            COLUMNS('factor_.*')
        FROM catalog_prices WHERE build_id = $build_id AND split = 'all'
        ORDER BY base_output DESC, model_id""",
    "entries": f"""
        SELECT model_id, tier, base_output_per_million::DOUBLE AS base_output,
            output_per_million::DOUBLE AS output, price_factor
        FROM catalog_entries
        WHERE build_id = $build_id AND catalog_id IN (
            SELECT catalog_id FROM catalogs WHERE build_id = $build_id
            ORDER BY catalog_id LIMIT {SCATTER_CATALOGS}
        )
        ORDER BY catalog_id, position""",
    "references": """
        SELECT reference, engine, is_simulated, problems, attempts, graded, correct, accuracy,
            wrong, parse_failure, truncated, ungraded, disagreements, completion_tokens,
            cost_usd::DOUBLE AS cost_usd
        FROM reference_accuracy WHERE build_id = $build_id ORDER BY ALL""",
    "rejects": """
        SELECT stage, reason, rows, example_key
        FROM rejects_by_reason WHERE build_id = $build_id ORDER BY stage, rows DESC, reason""",
    "disagreements": f"""
        SELECT problem_id, reference, sample, recorded_correct, verdict, ground_truth, detail
        FROM disagreements WHERE build_id = $build_id ORDER BY ALL LIMIT {SHOWN_DISAGREEMENTS}""",
    # One row per domain first, then second tiers, and so on, until enough are chosen.
    "samples": f"""
        SELECT * EXCLUDE (turn) FROM (
            SELECT domain, tier, split, mode, data_source, licence, pass_rate, reference,
                is_simulated, example_id, catalog_id, prompt,
                row_number() OVER (PARTITION BY domain ORDER BY md5(tier || domain)) AS turn
            FROM sample_rows WHERE build_id = $build_id AND sample_rank = 1
            ORDER BY turn, domain LIMIT {SAMPLES}
        ) ORDER BY domain, tier, example_id""",
    "offers": """
        SELECT catalog_id, tool_name, tier, input_per_million::DOUBLE AS input,
            output_per_million::DOUBLE AS output, base_output_per_million::DOUBLE AS base_output,
            price_factor
        FROM catalog_entries
        WHERE build_id = $build_id AND catalog_id IN (SELECT catalog_id FROM samples)
        ORDER BY catalog_id, position""",
    "counts": """
        SELECT
            (SELECT count(*) FROM examples WHERE build_id = $build_id) AS examples,
            (SELECT count(*) FROM problems WHERE build_id = $build_id) AS problems,
            (SELECT count(*) FROM attempts WHERE build_id = $build_id) AS attempts,
            (SELECT count(*) FROM catalogs WHERE build_id = $build_id) AS catalogs,
            (SELECT count(DISTINCT model_id) FROM catalog_entries WHERE build_id = $build_id)
                AS models,
            (SELECT count(*) FROM rejects WHERE build_id = $build_id) AS rejects,
            (SELECT count(*) FROM disagreements WHERE build_id = $build_id) AS disagreements""",
}


class Facts(NamedTuple):
    """Everything the report shows of one build; frames by the name of their query."""

    build: dict[str, Any]
    manifest: dict[str, Any]
    frames: dict[str, pl.DataFrame]

    @property
    def counts(self) -> dict[str, int]:
        """Rows per table of the store."""
        return self.frames["counts"].row(0, named=True)

    def simulated(self, name: str) -> bool:
        """Whether any row of a frame is simulated."""
        return bool(self.frames[name]["is_simulated"].any())

    @property
    def any_simulated(self) -> bool:
        """Whether anything of the build is simulated."""
        names = ("composition", "histogram", "references")
        return bool(self.manifest["simulated"]) or any(self.simulated(name) for name in names)


def read_facts(con: duckdb.DuckDBPyConnection, build_id: str | None) -> Facts:
    """Read the figures of a build, by default of the one loaded last.

    Raises:
        StoreError: The store has no such build.
    """
    build = _build_row(con, build_id)
    frames: dict[str, pl.DataFrame] = {}
    for name, sql in QUERIES.items():
        if name == "offers":
            con.register("samples", frames["samples"].select("catalog_id").to_arrow())
        frames[name] = con.sql(sql, params={"build_id": build["build_id"]}).pl()
    con.unregister("samples")
    return Facts(build, json.loads(build.pop("manifest")), frames)


def _build_row(con: duckdb.DuckDBPyConnection, build_id: str | None) -> dict[str, Any]:
    frame = con.sql("SELECT * FROM builds ORDER BY load_order").pl()
    if build_id is not None:
        frame = frame.filter(pl.col("build_id") == build_id)
    if frame.is_empty():
        wanted = f"no build {build_id}" if build_id else "no build at all"
        raise StoreError(f"the store has {wanted}: name a build_id of its table builds, or load it")
    row: dict[str, Any] = frame.row(-1, named=True)
    return row

"""Invented ledgers of any size, as servers and runs leave them in a spool, and a bank beside them.

python tests/benchmarks/scale/data.py DIR --episodes 30000000
"""

import argparse
import datetime as dt
import hashlib
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[3]))

from schemas.episodes import MENUS

PER_FILE = 100_000
MODELS, MACROS = (
    20,
    """
    CREATE OR REPLACE TEMP MACRO u(key, salt) AS (hash(key, salt) % 1000003) / 1000003.0;
    CREATE OR REPLACE TEMP MACRO normal(key, salt) AS
        sqrt(-2 * ln(u(key, salt) + 1e-9)) * cos(2 * pi() * u(key, salt || ' angle'));
    """,
)
SQL = Path(__file__).with_name("episodes.sql").read_text(encoding="utf-8")


def write_spool(spool: Path, first: int, count: int, total: int, per_file: int = PER_FILE) -> None:
    """Write episodes `first` to `first + count` of a ledger of `total`, and their menus."""
    spool.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute(MACROS)
        for low in range(first, first + count, per_file):
            high = min(low + per_file, first + count)
            path = spool / f"episodes-{low:010d}.parquet"
            partial = path.with_name(path.name + ".partial")
            sql = SQL
            for name, value in {"lo": low, "hi": high, "total": total, "file": partial}.items():
                sql = sql.replace(f"${name}", str(value))
            con.execute(sql)
            partial.replace(path)
    pq.write_table(_menus(), spool / "menus-0000000000.parquet")


def _menus() -> pa.Table:
    rows = [
        {
            "catalog_id": hashlib.md5(f"{number} menu".encode()).hexdigest()[:16],
            "seen_at": dt.datetime(2026, 8, 1, tzinfo=dt.UTC),
            "run_id": "run-0",
            "entries": [_entry(model, 1 + number % 3 / 10) for model in range(MODELS)],
        }
        for number in range(200)
    ]
    return pa.Table.from_pylist(rows, MENUS)


def _entry(model: int, factor: float) -> dict[str, object]:
    prices = {"input_per_million": 0.06 * (model + 1), "output_per_million": 0.2 * (model + 1)}
    return {
        "model_id": f"model-{model}",
        "tool_name": f"call_model_{model}",
        "display_name": f"Model {model}",
        "litellm_model": f"invented/model-{model}",
        "tier": ("budget", "standard", "specialized", "premium")[model // 5],
        "cached_input_per_million": 0.03 * (model + 1) * factor,
        "price_factor": factor,
        "context_window": 128_000,
        "capabilities": [],
        "description": "invented",
    } | {
        name: value
        for key, price in prices.items()
        for name, value in ((key, price * factor), (f"base_{key}", price))
    }


def write_bank(bank: Path) -> None:
    """Write outcomes of every model on every problem."""
    bank.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute(MACROS)
        con.execute(f"""
            COPY (
                SELECT
                    left(md5(p || ' problem'), 16) AS problem_id, 'model-' || m AS model_id,
                    0::INTEGER AS sample, if(is_right, 'correct', 'wrong') AS verdict,
                    is_right::DOUBLE AS score, 300::BIGINT AS input_tokens,
                    0::BIGINT AS cached_input_tokens,
                    (50 + hash(p, m, 'out') % 900)::BIGINT AS output_tokens,
                    0::BIGINT AS reasoning_tokens, 1.0::DOUBLE AS seconds,
                    NULL::DOUBLE AS cost_usd, NULL::VARCHAR AS text, 'imported' AS source,
                    'invented' AS data_source, NULL::TIMESTAMPTZ AS collected_at
                FROM (
                    SELECT p, m, u(p * 100 + m, 'right') < 0.3 + 0.03 * m AS is_right
                    FROM range(20000) AS a(p), range({MODELS}) AS b(m)
                )
                ORDER BY problem_id, model_id
            ) TO '{bank / "outcomes.parquet"}' (FORMAT parquet)""")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--episodes", type=int, default=30_000_000)
    options = parser.parse_args()
    start = time.monotonic()
    write_spool(options.dir / "spool", 0, options.episodes, options.episodes)
    write_bank(options.dir / "bank")
    print(f"{options.episodes:,} episodes in {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()

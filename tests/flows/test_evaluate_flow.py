"""An evaluation as a flow, and the flow that takes its runs into the store."""

from pathlib import Path

import pytest
from stubs import evaluating as world

from warehouse.errors import StoreError

pytest.importorskip("prefect", reason="needs the extra `flows`")


def test_a_flow_plays_and_the_flow_that_loads_takes_its_runs(server: None, tmp_path: Path) -> None:
    from flows.evaluate_router import evaluate_router
    from flows.load_warehouse import load_warehouse
    from warehouse.store import query

    out = tmp_path / "out"
    plan = {
        "suites": [world.SUITE],
        "where": str(world.write_suite(tmp_path / "suite", 2)),
        "policies": ["always:small"],
        "pool": world.bank_pool(tmp_path, [True, False], [True, True]),
    }
    prices = str(world.write_prices(tmp_path / "models.toml"))
    settings = {"out": str(out), "workers": 1, "catalog": {"models": prices}}
    played = {row.policy: row.accuracy for row in evaluate_router(plan, settings).results}
    assert (played["always:small"], played["oracle"], played["best-single"]) == (0.5, 1.0, 1.0)
    load_warehouse({"out": str(out)})
    counts = "SELECT (SELECT count(*) FROM evaluations), (SELECT count(*) FROM episodes)"
    assert query(out / "warehouse.duckdb", counts).row(0) == (5, 10)
    (broken, *_) = sorted((out / "evaluation").glob("*/evaluations.parquet"))
    broken.write_bytes(b"PAR1, and no more")
    with pytest.raises(StoreError, match=f"{broken.parent.name}: not a whole"):
        load_warehouse({"out": str(out)})

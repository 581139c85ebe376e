"""Small builds out of real stages, with sources of several licences, and publishing them."""

from pathlib import Path
from typing import Any

import polars as pl

from flows.publish_job import PublishPlan, PublishResult, publish
from pipeline.accounting import Silent
from pipeline.catalog.stage import write_catalog_tables
from pipeline.dataset.assemble import assemble_examples
from pipeline.dataset.manifest import write_manifest
from pipeline.io import sha256_file, write_parquet
from pipeline.layout import Layout
from pipeline.publishing.hub import Hub
from pipeline.publishing.repository import OURS, Publication
from pipeline.publishing.upload import Sent, Target, send
from pipeline.settings import Settings
from pipeline.sources.collect import collect_sources
from pipeline.tiering.stage import tier_problems

REPO = "org/routes"
TARGET = Target("staging", None, private=False, promote=True)
MAPPING = """
[[sets]]
files = "{name}.csv"
format = "csv"
domain = "factual"
question = "q"
answer = "a"
data_source = "{name}"
dataset = "org/{name}"
licence = "{licence}"
"""


def problem(number: int) -> dict[str, Any]:
    """A row as Reasoning360 has them."""
    source = ("math__gsm8k", "math__others")[number % 2]
    return {
        "data_source": source,
        "prompt": [{"role": "user", "content": f"What is {number} plus {number * 7}?"}],
        "ability": "math",
        "reward_model": {"style": "rule", "ground_truth": str(number * 8)},
        "extra_info": {"index": number},
    }


def write_build(
    root: Path,
    sets: dict[str, str],
    texts: dict[str, str] | None = None,
    shares: tuple[float, float] = (0.15, 0.15),
) -> Layout:
    """Build 24 problems and six queries of each set.

    Args:
        root: Where.
        sets: Licence of each set.
        texts: What is put behind each query of a set.
        shares: Of validation and test.
    """
    inputs = root / "inputs"
    inputs.mkdir(parents=True)
    write_parquet(pl.DataFrame([problem(number) for number in range(24)]), inputs / "math.parquet")
    (inputs / "m.toml").write_text(
        "".join(MAPPING.format(name=n, licence=x) for n, x in sets.items())
    )
    for name in sets:
        extra = (texts or {}).get(name, "")
        rows = {
            "q": [f"Where is {name} {i}?{extra}" for i in range(6)],
            "a": [f"at {i}" for i in range(6)],
        }
        pl.DataFrame(rows).write_csv(inputs / f"{name}.csv")
    settings = Settings.model_validate(
        {
            "out": root / "built",
            "workers": 1,
            "sources": {
                "problems": [str(inputs / "math.parquet")],
                "everyday": [str(inputs / f"{name}.csv") for name in sets],
                "everyday_mapping": inputs / "m.toml",
            },
            "tiering": {"samples": 2, "references": ["simulated"]},
            "dataset": {
                "everyday_share": 0.3,
                "validation_share": shares[0],
                "test_share": shares[1],
            },
        }
    )
    layout = Layout(settings.out)
    for stage in (collect_sources, tier_problems, write_catalog_tables, assemble_examples):
        stage(settings, layout, Silent())
    write_manifest(settings, layout)
    return layout


def run(layout: Layout, **plan: Any) -> PublishResult:
    """Publish a build as the command does."""
    settings = Settings.model_validate({"out": layout.root})
    return publish(PublishPlan(**plan), settings, Silent())


def publication(built: Layout, root: Path, **plan: Any) -> Publication:
    result = run(built, to=root, **plan)
    paths = [p for p in root.rglob("*") if p.is_file() and p.relative_to(root).parts[0] in OURS]
    files = {p.relative_to(root).as_posix(): sha256_file(p) for p in paths}
    values = result._asdict() | {"files": files, "root": root}
    return Publication(**{name: values[name] for name in Publication._fields})


def sent(made: Publication, target: Target = TARGET) -> Sent:
    return send(Hub(REPO), made, target, Silent())

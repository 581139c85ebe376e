"""Fixtures: one tiny build after the contract, as `tiny_build.toml` has it, and a store of it."""

import hashlib
import json
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stubs.pages import open_browser
from stubs.weeks import weeks

from schemas.attempts import Attempts, Disagreements, PassRates
from schemas.catalogs import Catalogs, Models, Prices
from schemas.examples import AGENT_NAMES, EXAMPLES, example_id
from schemas.manifests import FileRecord, Manifest
from schemas.problems import Problems, References, problem_id, to_json
from schemas.rejects import Rejects
from warehouse.ingest import load_build

Row = dict[str, Any]

DATA = tomllib.loads(Path(__file__).with_name("tiny_build.toml").read_text(encoding="utf-8"))
HOSTILE = (
    "1 < 2 & \"so\"? <script>alert('x')</script></SCRIPT><!-- {{ 7 * 7 }} \u2028 h\u00e9llo \u4f60"
)
DATA["problems"]["p5"]["prompt"] = HOSTILE
DATA["problems"]["p3"]["prompt"] += "\n\n" + "long " * 200


class TinyBuild(NamedTuple):
    """Files of a build as the loader takes them."""

    files: dict[str, Any]
    manifest: Path

    @property
    def build_id(self) -> str:
        return str(json.loads(self.manifest.read_text())["content_hash"])


def _messages(problem: Row) -> list[Row]:
    return [{"role": "user", "content": problem["prompt"]}]


def _key(name: str) -> str:
    problem = DATA["problems"][name]
    return problem_id(problem["source"], _messages(problem))


def _problem(name: str) -> Row:
    problem = DATA["problems"][name]
    return {
        "problem_id": _key(name),
        "data_source": problem["source"],
        "domain": problem["domain"],
        "kind": problem["kind"],
        "messages": _messages(problem),
        "grader": "math",
        "ground_truth": to_json("4"),
        "grader_args": "{}",
        "published_pass_rates": [],
        "origin": {"dataset": problem["source"], "licence": "MIT", "row": 0},
    }


def _attempts() -> list[Row]:
    constant = {"sampling": "{}", "text": "4", "completion_tokens": 10, "cost_usd": 0.000001}
    return [
        {
            "problem_id": _key(answer["problem"]),
            "reference": answer["reference"],
            "engine": answer["engine"],
            "sample": sample,
            "verdict": verdict,
            "grader": "math",
            "grader_version": "1",
            **constant,
        }
        for answer in DATA["answers"]
        for sample, verdict in enumerate(answer["verdicts"])
    ]


def _rates() -> list[Row]:
    rows = [dict(zip(DATA["rates"]["columns"], row, strict=True)) for row in DATA["rates"]["rows"]]
    flags = {"settled": False, "pooled": False, "selected": False}
    published = (
        DATA["published"] | {"n": 0, "k": 0, "method": "published", "estimator": "share"} | flags
    )
    for row in rows:
        row["pass_rate"] = row["k"] / row["n"]
        row["estimator"] = "share"
    return [row | {"problem_id": _key(row["problem"])} for row in [*rows, published]]


def _entry(model: str, factor: float) -> Row:
    tier, base_input, base_output = DATA["models"][model]
    shown_input, shown_output = base_input * factor, base_output * factor
    return {
        "model_id": model,
        "tool_name": f"call_{model}",
        "display_name": model.title(),
        "litellm_model": f"x/{model}",
        "tier": tier,
        "input_per_million": shown_input,
        "output_per_million": shown_output,
        "cached_input_per_million": shown_input / 2,
        "base_input_per_million": base_input,
        "base_output_per_million": base_output,
        "price_factor": factor,
        "context_window": 128000,
        "max_output_tokens": None,
        "capabilities": ["reasoning"],
        "description": f"${shown_input:g} in and ${shown_output:,.2f} out per million tokens.",
    }


def _catalogs(seed: object) -> dict[str, Row]:
    return {
        name: {
            "catalog_id": hashlib.sha256(f"{seed} {name}".encode()).hexdigest()[:16],
            "seed": 7,
            "law": "historical",
            "base_snapshot": {"hash": "abc", "date": "2026-11-01"},
            "entries": [_entry(model, factor) for model, factor in entries],
        }
        for name, entries in DATA["catalogs"].items()
    }


def _models() -> list[Row]:
    return [
        {
            "model_id": model,
            "display_name": model.title(),
            "provider": "x",
            "litellm_model": f"x/{model}",
            "tier": values[0],
            "enabled": True,
            "context_window": 128000,
            "capabilities": ["reasoning"],
        }
        for model, values in DATA["models"].items()
    ]


def _example(split: str, index: int, row: list[Any], catalogs: dict[str, Row]) -> Row:
    name, repetition, number = row
    problem, catalog = _problem(name), catalogs[number]
    rate = next((r for r in _rates() if r["problem"] == name and r["selected"]), {})
    extra = {
        "index": index,
        "split": split,
        "example_id": example_id(problem["problem_id"], repetition, catalog["catalog_id"]),
        "problem_id": problem["problem_id"],
        "repetition": repetition,
        "kind": problem["kind"],
        "mode": "agent",
        "tier": rate.get("tier", "untiered"),
        "pass_rate": rate.get("pass_rate"),
        "reference": rate.get("reference"),
        "catalog_id": catalog["catalog_id"],
        "catalog": catalog["entries"],
        "grader": "math",
        "grader_args": "{}",
        "need_tools_kwargs": True,
        "tool_selection": ["select_response"],
    }
    return {
        "data_source": problem["data_source"],
        "prompt": [{"role": "system", "content": "route"}, *problem["messages"]],
        "ability": problem["domain"],
        "agent_name": AGENT_NAMES["agent"],
        "reward_model": {"style": "rule", "ground_truth": problem["ground_truth"]},
        "extra_info": extra,
    }


def _frames(catalogs: dict[str, Row]) -> dict[str, tuple[Any, list[Row]]]:
    """Schema and rows of every table but the examples, by file name."""
    disagreement = {
        "problem_id": _key("p1"),
        "reference": "alpha",
        "sample": 1,
        "recorded_correct": True,
        "verdict": "wrong",
        "ground_truth": "4",
    }
    return {
        "problems": (Problems, [_problem(name) for name in DATA["problems"]]),
        "references": (References, [{"problem_id": _key("p1"), "solution": "2 + 2 = 4"}]),
        "attempts": (Attempts, _attempts()),
        "pass_rates": (PassRates, _rates()),
        "disagreements": (Disagreements, [disagreement]),
        "models": (Models, _models()),
        "prices": (Prices, DATA["prices"]),
        "catalogs": (Catalogs, list(catalogs.values())),
        **{f"rejects/{stage}": (Rejects, rows) for stage, rows in DATA["rejects"].items()},
    }


def _manifest(root: Path, seed: object, rows: dict[Path, int]) -> Path:
    records = [
        FileRecord(
            path=str(path.relative_to(root)),
            rows=count,
            bytes=path.stat().st_size,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path, count in rows.items()
    ]
    manifest = Manifest(
        content_hash=hashlib.sha256(f"build {seed}".encode()).hexdigest(),
        seed=seed if isinstance(seed, int) else 0,
        version="0.1.0",
        code_hash="c0de",
        settings={"tiering": {"hard_below": 0.15, "easy_from": 0.65}},
        sources=[{"dataset": "gsm8k", "revision": None, "licence": "MIT", "rows": 2}],
        references=["alpha", "beta", "stand-in"],
        simulated=["stand-in"],
        law="historical",
        base_snapshot={"hash": "abc", "date": "2026-11-01"},
        counts={"problems": 5, "examples": 6},
        rejected={"missing_answer": 2, "too_long": 1},
        files=records,
    )
    (root / "manifest.json").write_text(manifest.model_dump_json(indent=2))
    return root / "manifest.json"


def write_build(root: Path, seed: object) -> TinyBuild:
    """Write the files of a build; another seed gives other catalogue ids and another build id."""
    files: dict[str, Any] = {}
    rows: dict[Path, int] = {}
    catalogs = _catalogs(seed)
    for name, (schema, content) in _frames(catalogs).items():
        path = root / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame = pl.DataFrame(content, schema=schema.create_empty().schema)
        schema.validate(frame).write_parquet(path)
        rows[path] = len(content)
        key, _, stage = name.partition("/")
        files[key] = [*files.get(key, []), path] if stage else path
    files["examples"] = [root / "examples" / f"{split}.parquet" for split in DATA["examples"]]
    (root / "examples").mkdir()
    for path in files["examples"]:
        chosen = DATA["examples"][path.stem]
        built = [_example(path.stem, i, row, catalogs) for i, row in enumerate(chosen)]
        pq.write_table(pa.Table.from_pylist(built, EXAMPLES), path)
        rows[path] = len(chosen)
    return TinyBuild(files, _manifest(root, seed, rows))


@pytest.fixture
def make_build(tmp_path: Path) -> Callable[..., TinyBuild]:
    """Write a build for a seed, each into a folder of its own."""
    return lambda seed=0: write_build(tmp_path / f"build-{seed}", seed)


@pytest.fixture
def build(make_build: Callable[..., TinyBuild]) -> TinyBuild:
    return make_build(0)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds the tiny build; read it only."""
    root = tmp_path_factory.mktemp("loaded")
    build = write_build(root / "build", 0)
    load_build(root / "warehouse.duckdb", build.files, build.manifest)
    return root / "warehouse.duckdb"


@pytest.fixture(scope="session")
def routed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with some weeks of decisions and an outcome bank; read it only."""
    return weeks(tmp_path_factory.mktemp("routed"), days=16, each=7)


@pytest.fixture
def store(loaded: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copy(loaded, tmp_path / "warehouse.duckdb"))


@pytest.fixture
def hostile() -> str:
    """A prompt of the tiny build that would break a careless page."""
    return HOSTILE


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from open_browser()

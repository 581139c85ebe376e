"""Small banks, problems and menus."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stubs.provider import Provider, Reply

from pipeline.catalog.models import ModelList
from pipeline.router.menu import Menu, base_menu
from schemas.problems import Problems, problem_id

ROOT = Path(__file__).resolve().parents[3]
MODELS = {"small": (0.1, 0.4), "middle": (1.0, 4.0), "large": (10.0, 40.0)}
TIERS = {"small": "budget", "middle": "standard", "large": "premium"}


@pytest.fixture(scope="session")
def outcome_sets() -> Path:
    """Real outcome sets."""
    path = Path(os.environ.get("XROUTER_SHARED", ROOT / ".." / "shared")) / "data" / "outcomes"
    if not path.is_dir():
        pytest.skip(f"no shared data at {path}; set XROUTER_SHARED")
    return path


def model_list(prices: dict[str, tuple[float, float]] | None = None) -> ModelList:
    models = [
        {
            "id": name,
            "display_name": name.title(),
            "provider": "openai",
            "litellm_model": f"openai/{name}",
            "tier": TIERS[name],
            "context_window": 32_000,
            "prices": [{"date": "2026-01-01", "input": p, "output": q, "source": "test"}],
        }
        for name, (p, q) in (prices or MODELS).items()
    ]
    return ModelList.model_validate({"as_of": "2026-01-01", "models": models})


@pytest.fixture
def menu() -> Callable[..., Menu]:
    """A menu of three models, or at other prices."""

    def make(prices: dict[str, tuple[float, float]] | None = None) -> Menu:
        return base_menu(model_list(prices))

    return make


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def sums(count: int) -> list[dict[str, Any]]:
    """Rows of table `problems`: additions."""
    rows = []
    for n in range(count):
        messages = user(f"What is {n} + {n}? Answer in \\boxed{{}}.")
        rows.append(
            {
                "problem_id": problem_id("sums", messages),
                "data_source": "sums",
                "domain": "math",
                "kind": "reasoning",
                "messages": messages,
                "grader": "math",
                "ground_truth": f'"{2 * n}"',
                "grader_args": "{}",
                "published_pass_rates": [],
                "origin": {
                    "dataset": "sums",
                    "revision": None,
                    "file": None,
                    "row": n,
                    "licence": "MIT",
                },
            }
        )
    return sorted(rows, key=lambda row: str(row["problem_id"]))


@pytest.fixture
def built(tmp_path: Path) -> Callable[[int], Path]:
    """A directory that looks like a build of so many additions."""

    def make(count: int) -> Path:
        root = tmp_path / f"built-{count}"
        root.mkdir()
        frame = pl.DataFrame(sums(count), schema=Problems.create_empty().schema)
        Problems.validate(frame).write_parquet(root / "problems.parquet")
        return root

    return make


def adder(delay: float = 0.0) -> Callable[[dict[str, Any]], Reply]:
    """A provider that adds right, but for `small`, which is right on even numbers only."""

    def answer(body: dict[str, Any]) -> Reply:
        n = int(str(body["messages"][-1]["content"]).split()[2])
        right = 2 * n if body["model"] != "small" or n % 2 == 0 else 2 * n + 1
        usage = {"prompt_tokens": 20, "completion_tokens": 100 + n, "total_tokens": 120 + n}
        return Reply(f"The answer is \\boxed{{{right}}}.", usage=usage, delay=delay)

    return answer


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider that adds."""
    with Provider(adder()) as running:
        yield running


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """The three models as a file."""
    path = tmp_path / "models.toml"
    parts = ["as_of = 2026-01-01"]
    for name, (price_in, price_out) in MODELS.items():
        parts.append(
            f'[[models]]\nid = "{name}"\ndisplay_name = "{name}"\nprovider = "openai"\n'
            f'litellm_model = "openai/{name}"\ntier = "{TIERS[name]}"\ncontext_window = 32000\n'
            f"[[models.prices]]\ndate = 2026-01-01\ninput = {price_in}\noutput = {price_out}\n"
            'source = "test"'
        )
    path.write_text("\n".join(parts))
    return path

"""A tiny suite, banks, a price list and a provider for evaluations."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from flows.evaluate_job import EvaluatePlan, EvaluateResult
from flows.evaluate_job import evaluate as run
from pipeline.accounting import Silent
from pipeline.bank.tables import write_bank
from pipeline.evaluation.results import Result
from pipeline.settings import Settings
from schemas.problems import problem_id
from stubs.provider import Provider, Reply

Evaluate = Callable[..., EvaluateResult]
SUITE = "gsm8k"
MODELS = {"small": (0.1, 0.4, "budget"), "large": (10.0, 40.0, "premium")}
TEXT = "What is {n} + {n}? There is nothing else to it, and the answer is a whole number."


def question(number: int) -> str:
    return TEXT.format(n=number)


def number_in(text: str) -> int:
    """Of the question that a prompt holds, however it is framed."""
    return int(text.partition("What is ")[2].split()[0])


def write_suite(folder: Path, count: int) -> Path:
    """Additions in the form of gsm8k's test file; returns the folder."""
    rows = [{"question": question(n), "answer": f"work\n#### {2 * n}"} for n in range(count)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{SUITE}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def write_prices(path: Path) -> Path:
    parts = ["as_of = 2026-01-01"]
    for name, (price_in, price_out, tier) in MODELS.items():
        parts.append(
            f'[[models]]\nid = "{name}"\ndisplay_name = "{name}"\nprovider = "openai"\n'
            f'litellm_model = "openai/{name}"\ntier = "{tier}"\ncontext_window = 32000\n'
            f"[[models.prices]]\ndate = 2026-01-01\ninput = {price_in}\noutput = {price_out}\n"
            'source = "test"'
        )
    path.write_text("\n".join(parts))
    return path


def write_outcomes(
    root: Path,
    right: Mapping[str, Sequence[bool | None]],
    text: Callable[[int, bool], str | None] = lambda n, good: f"\\boxed{{{2 * n + (not good)}}}",
    verdicts: bool = True,
) -> Path:
    """A bank of the bare questions; None is a missing cell."""
    asked: dict[str, dict[str, Any]] = {}
    outcomes = []
    for model, marks in right.items():
        for n, good in enumerate(marks):
            messages = [{"role": "user", "content": question(n)}]
            key = problem_id("elsewhere", messages)
            asked[key] = dict.fromkeys(("tier", "grader", "ground_truth", "grader_args"))
            asked[key] |= {"problem_id": key, "data_source": "elsewhere", "messages": messages}
            asked[key] |= {"metric": None, "part": None}
            if good is None:
                continue
            row: dict[str, Any] = {"problem_id": key, "model_id": model, "sample": 0}
            row |= {"verdict": "correct" if good else "wrong", "score": float(good)}
            if not verdicts:
                row |= {"verdict": None, "score": None}
            row |= {"input_tokens": 100, "output_tokens": 50, "text": text(n, good)}
            row |= {"source": "imported", "data_source": "elsewhere"}
            outcomes.append(row)
    write_bank(root, outcomes, list(asked.values()))
    return root


def settings_of(out: Path, prices: Path, **router: Any) -> Settings:
    found: Settings = Settings.model_validate(
        {"out": out, "workers": 1, "catalog": {"models": prices}, "router": router}
    )
    return found


def reached(provider: Provider, **more: Any) -> dict[str, Any]:
    """Settings of a router whose models are at a provider, each tried once."""
    places = {name: {"url": provider.url, "model": name} for name in MODELS}
    return {"deployments": places, "tries": 1, "limits": {"call_tokens": 1000}} | more


def adder(delay: float = 0.0) -> Callable[[dict[str, Any]], Reply]:
    """A provider that adds right, but for `small`, which is right on even numbers only."""

    def answer(body: dict[str, Any]) -> Reply:
        n = number_in(str(body["messages"][-1]["content"]))
        right = 2 * n if body["model"] != "small" or n % 2 == 0 else 2 * n + 1
        usage = {"prompt_tokens": 50, "completion_tokens": 100, "total_tokens": 150}
        return Reply(f"The answer is \\boxed{{{right}}}.", usage=usage, delay=delay)

    return answer


def decisions(out: Path) -> list[dict[str, Any]]:
    """Episodes in the spool."""
    files = sorted((out / "spool").glob("episodes-*.parquet"))
    return [row for path in files for row in pq.read_table(path).to_pylist()]


def evaluator(tmp_path: Path) -> Evaluate:
    """Evaluates on additions; what is no field of the plan is a setting of the router."""
    prices = write_prices(tmp_path / "models.toml")

    def make(count: int = 6, **values: Any) -> EvaluateResult:
        where = write_suite(tmp_path / f"suite-{count}", count)
        given = {name: values.pop(name) for name in EvaluatePlan.model_fields if name in values}
        plan = EvaluatePlan(**{"suites": (SUITE,), "where": where, "in_flight": 4} | given)
        progress = values.pop("progress", Silent())
        return run(plan, settings_of(tmp_path / "out", prices, **values), progress)

    return make


def bank_pool(tmp_path: Path, *marks: Sequence[bool | None], **options: Any) -> str:
    """A bank of marks for each model in turn, as a pool."""
    right = dict(zip(MODELS, marks, strict=False))
    return f"bank:{write_outcomes(tmp_path / 'bank', right, **options)}"


def by_policy(result: EvaluateResult) -> dict[str, Result]:
    return {found.policy: found for found in result.results}

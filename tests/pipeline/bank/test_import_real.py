"""The published figures of the committed outcome sets; skipped where the data is absent."""

from pathlib import Path

import polars as pl
import pytest

from pipeline.accounting import Silent, StageReport
from pipeline.bank.importing import import_outcomes
from pipeline.bank.mapping import read_mapping
from pipeline.bank.summary import model_rows
from pipeline.bank.tables import read_outcomes, read_questions


def bank(files: list[Path], name: str, out: Path) -> StageReport:
    return import_outcomes(files, read_mapping(Path(name)), out, Silent())


@pytest.fixture(scope="module")
def llmrouter(outcome_sets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("llmrouter")
    files = [outcome_sets / f"llmrouter_{part}.json" for part in ("train", "test")]
    report = bank(files, "llmrouter", out)
    assert (report.rows_out, report.rejected) == (6108 * 9, {})
    assert report.notes["problems"] == 5989
    # 119 prompts of the test part stand in the training part too.
    assert report.notes["repeated outcomes kept as samples"] == 119 * 9
    assert "rows without a joined row" not in report.notes
    return out


def test_routellm_accuracies(outcome_sets: Path, tmp_path: Path) -> None:
    report = bank([outcome_sets / "routellm_gsm8k_responses.csv"], "routellm_gsm8k", tmp_path)
    assert (report.rows_out, report.rejected) == (1319 * 2, {})
    found = {row["model_id"]: row["accuracy"] for row in model_rows(tmp_path)}
    assert found == {
        "gpt-4-1106-preview": pytest.approx(0.8567, abs=0.00005),
        "mixtral-8x7b-instruct-v0.1": pytest.approx(0.6384, abs=0.00005),
    }
    texts = read_outcomes(tmp_path)["text"]
    assert texts.null_count() == 0


def test_llmrouter_published_figures_are_those_of_the_training_part(llmrouter: Path) -> None:
    questions = read_questions(llmrouter)
    assert questions is not None
    parts = questions.select("problem_id", "part")
    train = (
        read_outcomes(llmrouter)
        .join(parts, on="problem_id")
        .filter((pl.col("part") == "train") & (pl.col("sample") == 0))
    )
    assert train["problem_id"].n_unique() == 5608
    means = train.group_by("model_id").agg(pl.col("score").mean())
    best = means.sort("score").row(-1)
    assert best == ("llama-3.1-nemotron-51b-instruct", pytest.approx(0.621, abs=0.0005))
    solved = train.group_by("problem_id").agg((pl.col("verdict") == "correct").any())
    assert solved["verdict"].mean() == pytest.approx(0.7800, abs=0.0005)


def test_llmrouter_over_both_parts(llmrouter: Path) -> None:
    rows = {row["model_id"]: row for row in model_rows(llmrouter)}
    assert {row["outcomes"] for row in rows.values()} == {6108}
    best = rows["llama-3.1-nemotron-51b-instruct"]
    assert best["score"] == pytest.approx(0.6165, abs=0.0005)
    both = read_outcomes(llmrouter).group_by("problem_id", "sample")
    solved = both.agg((pl.col("verdict") == "correct").any())
    assert solved.height == 6108
    assert solved["verdict"].mean() == pytest.approx(0.7703, abs=0.0005)


def test_llmrouter_questions_know_task_truth_and_metric(llmrouter: Path) -> None:
    questions = read_questions(llmrouter)
    assert questions is not None
    sources = dict(questions["data_source"].value_counts().iter_rows())
    assert len(sources) == 14
    assert sources["llmrouter/math"] == 504
    assert questions["ground_truth"].null_count() == questions["metric"].null_count() == 0
    # Upstream judged by its own rules, on prompts with choices that we do not have.
    assert questions["grader"].null_count() == questions.height

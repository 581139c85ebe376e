"""Rows with final answers: mathematics, choices, instructions, conversations."""

import csv
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.evaluation.suites.load import LoadedSuite, load_suite
from pipeline.evaluation.suites.questions import Question, Row
from pipeline.evaluation.suites.readers.choices import WRONG, gpqa
from pipeline.evaluation.suites.readers.conversation import follow_up
from pipeline.evaluation.suites.registry import suite_named


def only(suite: LoadedSuite) -> dict[str, Any]:
    assert suite.problems.height == 1, suite.skipped
    return suite.problems.row(0, named=True)


def prompt(row: dict[str, Any]) -> str:
    assert [message["role"] for message in row["messages"]] == ["user"]
    return str(row["messages"][0]["content"])


def test_the_fields_of_every_copy(write: Any) -> None:
    math = {"problem": "1 + 1?", "answer": "2", "solution": "s", "subject": "Algebra", "level": 1}
    write("math500.jsonl", math | {"unique_id": "test/algebra/1.json"})
    write("aime25.jsonl", {"problem": "2?", "answer": "70", "id": "0"})
    write("amc23.jsonl", {"question": "3?", "answer": 27.0, "url": "u", "id": 3})
    write("gsm8k.jsonl", {"question": "4?", "answer": "Two and two, <<2+2=4>>4.\n#### 4"})
    where = write("minerva_math.jsonl", {"problem": "5?", "solution": "It is $\\boxed{5e9}$ J."})
    found = {n: only(load_suite(n, where)) for n in ("math500", "aime25", "amc23", "gsm8k")}
    assert {name: json.loads(row["ground_truth"]) for name, row in found.items()} == {
        "math500": "2",
        "aime25": "70",
        "amc23": "27",
        "gsm8k": "4",
    }
    assert json.loads(only(load_suite("minerva_math", where))["ground_truth"]) == "5e9"
    assert "<<2+2=4>>" in load_suite("gsm8k", where).references["solution"][0]


def test_olympiad_says_how_to_write_several_answers_and_units(write: Any) -> None:
    row = {"id": 1, "question": "Roots?", "context": "Let x.", "final_answer": ["2,-2"]}
    row |= {"is_multiple_answer": True, "unit": "km", "solution": ["a", "b"]}
    found = only(load_suite("olympiadbench", write("olympiadbench.jsonl", row)))
    assert prompt(found).startswith("Let x.\n\nRoots?\n\n")
    assert "separate them with commas" in prompt(found)
    assert "unit km" in prompt(found)
    assert found["ground_truth"] == '["2,-2"]'


def test_olympiad_leaves_out_pictures_and_proofs(write: Any) -> None:
    row = {"id": 1, "question": "Which?", "context": None, "final_answer": ["1"]}
    rows = [
        row,
        row | {"id": 2, "image_1": "bytes"},
        row | {"id": 3, "modality": "Multimodal"},
        row | {"id": 4, "final_answer": None},
    ]
    suite = load_suite("olympiadbench", write("olympiadbench.jsonl", *rows))
    assert suite.problems.height == 1
    assert suite.skipped == {"needs_images": 2, "proof_without_final_answer": 1}


def science(number: int) -> dict[str, str]:
    answers = {key: f"{number} wrong {i}" for i, key in enumerate(WRONG)}
    question = f"\nWhich particle is number {number}?\n"
    return {
        "Question": question,
        "Correct Answer": f"{number} right",
        "Record ID": f"rec{number}",
    } | answers


def test_choices_are_shuffled_by_the_seed_and_the_question(tmp_path: Path, grade: Any) -> None:
    rows = [science(n) for n in range(60)]
    with (tmp_path / "gpqa_diamond.csv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    suite = load_suite("gpqa_diamond", tmp_path)
    letters = [json.loads(truth) for truth in suite.problems["ground_truth"]]
    assert set(letters) == set("ABCD")
    assert max(map(letters.count, letters)) < 30
    for row in suite.problems.iter_rows(named=True):
        choices = json.loads(row["grader_args"])["choices"]
        truth = json.loads(row["ground_truth"])
        assert choices[truth].endswith("right")
        assert f"{truth}) {choices[truth]}" in prompt(row)
        assert grade(row, f"So \\boxed{{{truth}}}.").verdict == "correct"
        assert grade(row, choices[truth]).verdict == "correct"
        other = "ABCD"["ABCD".index(truth) - 1]
        assert grade(row, f"So \\boxed{{{other}}}.").verdict == "wrong"
    again = load_suite("gpqa_diamond", tmp_path)
    assert again.problems.equals(suite.problems)


@given(st.integers(0, 2**31), st.text(min_size=1).filter(str.strip))
def test_every_seed_keeps_all_choices(seed: int, text: str) -> None:
    suite = suite_named("gpqa_diamond").model_copy(update={"options": {"seed": seed}})
    row = Row("d", "f", 0, science(1) | {"Question": text})
    (read,) = gpqa([row], suite, [])
    assert isinstance(read.item, Question)
    assert sorted(read.item.args["choices"]) == list("ABCD")
    assert sorted(read.item.args["choices"].values()) == sorted(
        [row.values["Correct Answer"], *(row.values[key] for key in WRONG)]
    )


def test_ifeval_rows_and_unknown_instructions(write: Any, grade: Any) -> None:
    row = {"key": 1, "prompt": "Say it without commas.", "kwargs": [{"num_words": None}]}
    row |= {"instruction_id_list": ["punctuation:no_comma"]}
    new = row | {"key": 2, "prompt": "x", "instruction_id_list": ["new:kind"]}
    suite = load_suite("ifeval", write("ifeval.jsonl", row, new))
    assert suite.skipped == {"unknown_instruction": 1}
    found = only(suite)
    assert prompt(found) == "Say it without commas."
    assert grade(found, "One thing.").verdict == "correct"
    assert grade(found, "One, two.").score == 0.0


TURNS = {"question_id": 111, "category": "math", "turns": ["Area?", "And of the circle?"]}
ANSWERS = [{"index": 0, "turns": ["The area is 3.", "It is 18 pi."]}]


def test_mt_bench_turns_with_references(write: Any) -> None:
    write("mt_bench_reference_gpt4.jsonl", {"question_id": 111, "choices": ANSWERS})
    where = write(
        "mt_bench.jsonl", TURNS, {"question_id": 81, "category": "writing", "turns": ["W", "V"]}
    )
    suite = load_suite("mt_bench", where)
    assert suite.skipped == {}  # second turns are asked, once there is an answer to the first
    rows = {prompt(row): row for row in suite.problems.iter_rows(named=True)}
    assert {row["domain"] for row in rows.values()} == {"math", "instruction"}
    assert json.loads(rows["Area?"]["ground_truth"]) == "The area is 3."
    assert json.loads(rows["W"]["ground_truth"]) == ""
    assert suite.references["solution"].to_list() == ["The area is 3."]
    alone = load_suite("mt_bench", write("other/mt_bench.jsonl", TURNS) / "other")
    assert alone.revision != suite.revision


def test_the_second_turn_follows_the_systems_own_answer(write: Any) -> None:
    write("mt_bench_reference_gpt4.jsonl", {"question_id": 111, "choices": ANSWERS})
    first = only(load_suite("mt_bench", write("mt_bench.jsonl", TURNS)))
    second = follow_up(first, "It is 3.")
    assert second is not None
    assert [m["content"] for m in second["messages"]] == ["Area?", "It is 3.", "And of the circle?"]
    assert [m["role"] for m in second["messages"]] == ["user", "assistant", "user"]
    assert json.loads(second["ground_truth"]) == "It is 18 pi."
    args = json.loads(second["grader_args"])
    assert (args["question"], args["part"]) == ("And of the circle?", "turn_2")
    assert json.loads(first["grader_args"])["part"] == "turn_1"
    assert args["turns"] == [
        {"question": "Area?", "answer": "It is 3.", "reference": "The area is 3."}
    ]
    other = follow_up(first, "Something else.")
    assert other is not None
    assert other["problem_id"] == second["problem_id"] != first["problem_id"]
    assert follow_up(second, "18 pi") is None


def test_mt_bench_of_the_hub(write: Any) -> None:
    row = {"prompt": ["A", "B"], "prompt_id": 5, "category": "coding", "reference": ["r", "s"]}
    found = only(load_suite("mt_bench", write("mt_bench.jsonl", row)))
    assert (found["domain"], json.loads(found["ground_truth"])) == ("code", "r")


def test_without_a_judge_mt_bench_stays_ungraded(write: Any, grade: Any) -> None:
    found = only(load_suite("mt_bench", write("mt_bench.jsonl", TURNS)))
    verdict = grade(found, "It is 3.")
    assert verdict.verdict == "ungraded"
    assert "XROUTER_GRADING__JUDGE_URL" in (verdict.detail or "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.dictionaries(st.sampled_from(["context", "unit", "note"]), st.none()))
def test_fields_of_null_are_as_if_absent(write: Any, extra: dict[str, None]) -> None:
    row = {"id": 1, "question": "Which?", "final_answer": ["1"]} | extra
    assert only(load_suite("olympiadbench", write("olympiadbench.jsonl", row)))

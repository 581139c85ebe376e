"""Counts, shapes, licence and determinism of the embedded sample."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample import DATASET, LICENCE, REVISION, everyday, problems
from schemas.problems import DOMAINS, EVERYDAY_DOMAINS, REASONING_DOMAINS, problem_id, to_json

ROOT = Path(__file__).resolve().parents[4]
PROBLEMS = list(problems())
EVERYDAY = list(everyday())
ROWS = PROBLEMS + EVERYDAY

DIGEST_SCRIPT = """
import hashlib
from pipeline.sources.sample import everyday, problems
from schemas.problems import to_json
rows = [list(row) for row in [*problems(), *everyday()]]
print(hashlib.sha256(to_json(rows).encode()).hexdigest())
"""


def digest(rows: list[SourceRow]) -> str:
    return hashlib.sha256(to_json([list(row) for row in rows]).encode()).hexdigest()


def test_enough_rows_in_every_domain() -> None:
    counts = Counter(row.domain for row in ROWS)
    least = {"math": 500, "code": 130, "stem": 300, "logic": 350, "simulation": 300, "table": 300}
    least |= {"chat": 200, "factual": 120, "retrieval": 120}
    assert {name: counts[name] for name in least if counts[name] < least[name]} == {}
    assert set(counts) <= set(DOMAINS)
    assert len(PROBLEMS) >= 2_000
    assert len(EVERYDAY) >= 500


def test_problems_and_everyday_keep_to_their_kind() -> None:
    assert {row.domain for row in PROBLEMS} <= set(REASONING_DOMAINS)
    assert {row.domain for row in EVERYDAY} == set(EVERYDAY_DOMAINS)


def test_no_two_rows_share_a_problem_id() -> None:
    ids = Counter(problem_id(row.data_source, row.messages) for row in ROWS)
    assert [key for key, count in ids.items() if count > 1] == []


def test_no_two_rows_share_a_prompt_up_to_spaces() -> None:
    prompts = Counter(" ".join(row.messages[0]["content"].split()) for row in ROWS)
    assert [text for text, count in prompts.items() if count > 1] == []


def test_the_same_question_is_not_asked_again_with_another_last_sentence() -> None:
    # The sentence on how to answer is drawn at random, so it must not be all that differs.
    repeated: dict[str, int] = defaultdict(int)
    for row in PROBLEMS:
        if row.domain != "code":
            repeated[row.messages[0]["content"].rsplit("\n\n", 1)[0]] += 1
    assert sum(count - 1 for count in repeated.values()) == 0


def test_rows_that_differ_only_in_numbers_are_few_per_level() -> None:
    shapes: Counter[tuple[str | None, str]] = Counter()
    for row in PROBLEMS:
        shapes[(row.file, re.sub(r"\d+", "0", row.messages[0]["content"]))] += 1
    assert max(shapes.values()) <= 12


def test_files_name_family_and_level_and_rows_count_from_zero() -> None:
    groups: dict[str, list[int]] = defaultdict(list)
    for row in PROBLEMS:
        assert row.file is not None
        assert re.fullmatch(rf"{row.domain}/[a-z_]+/level_[1-5]", row.file)
        groups[row.file].append(-1 if row.row is None else row.row)
    for file, numbers in groups.items():
        assert numbers == list(range(len(numbers))), file


@pytest.mark.parametrize("domain", ["math", "code", "stem", "logic", "simulation", "table"])
def test_every_family_has_all_levels(domain: str) -> None:
    levels = defaultdict(set)
    for row in PROBLEMS:
        if row.domain == domain:
            _, family, level = str(row.file).split("/")
            levels[family].add(level)
    assert len(levels) >= 5
    full = {f"level_{level}" for level in range(1, 6)}
    assert {family for family, found in levels.items() if found != full} == set()


def test_origin_is_ours() -> None:
    for row in ROWS:
        assert (row.dataset, row.licence, row.revision) == (DATASET, LICENCE, REVISION)
        prefix = "codegen" if row.domain == "code" else row.domain
        assert row.data_source == f"{prefix}__xrouter_sample"
    assert LICENCE == "CC0-1.0"


def test_messages_are_single_clean_user_turns() -> None:
    for row in ROWS:
        (message,) = row.messages
        assert set(message) == {"role", "content"}
        assert message["role"] == "user"
        text = message["content"]
        assert text.strip() == text, row.file
        assert len(text) >= 3
        assert "None" not in text or row.domain == "code", text
        assert "Fraction(" not in text
        assert not re.search(r"(?<!`)`[a-z_]+`(?!`)", text) or row.domain == "code"


def test_prompt_says_how_to_answer() -> None:
    marks = {"math": "\\boxed{}", "choice": "\\boxed{}", "table": "\\boxed{}", "json": "```json"}
    marks |= {"short_answer": "Answer: ", "code": "```python code block"}
    for row in PROBLEMS:
        assert marks[row.grader] in row.messages[0]["content"], row.file


def test_ground_truth_has_the_shape_of_its_grader() -> None:
    for row in ROWS:
        assert json.loads(to_json(row.ground_truth)) == row.ground_truth
        assert json.loads(to_json(row.grader_args)) == row.grader_args
        truth, args = row.ground_truth, row.grader_args
        match row.grader:
            case "math" | "table":
                assert isinstance(truth, str)
                assert truth
            case "choice":
                assert truth in args["choices"]
                assert 3 <= len(set(args["choices"].values())) == len(args["choices"])
            case "short_answer":
                aliases = truth if isinstance(truth, list) else [truth]
                assert all(isinstance(alias, str) and alias.strip() for alias in aliases)
                assert args["answer_type"] in ("number", "date", "text")
            case "chat":
                assert truth is None
                assert re.fullmatch("[a-z]{2}", args["language"])
            case "json":
                assert truth is not None
            case "code":
                keys = set(truth)
                assert keys in ({"functional"}, {"inputs", "outputs"})
                assert ("entry_point" in args) == (keys == {"functional"})
            case other:
                pytest.fail(f"unknown grader {other}")


def test_right_letters_are_spread() -> None:
    letters = Counter(row.ground_truth for row in PROBLEMS if row.grader == "choice")
    assert max(letters.values()) < 0.4 * sum(letters.values())


def test_every_row_has_a_solution_in_its_answer_format() -> None:
    ends = {"math": "}", "choice": "}", "table": "}", "json": "```", "code": "```"}
    for row in ROWS:
        assert row.solution
        assert row.solution.strip() == row.solution
        if row.grader in ends:
            assert row.solution.endswith(ends[row.grader])


def test_small_talk_comes_in_ten_languages() -> None:
    languages = Counter(row.grader_args["language"] for row in EVERYDAY if row.domain == "chat")
    assert set(languages) == {"en", "es", "fr", "de", "it", "pt", "ja", "zh", "ar", "hi"}
    assert min(languages.values()) >= 20


def test_the_answer_of_a_retrieval_row_stands_in_its_passage() -> None:
    for row in EVERYDAY:
        if row.domain == "retrieval":
            assert row.ground_truth in row.messages[0]["content"]


def test_two_calls_give_the_same_rows() -> None:
    assert digest([*problems(), *everyday()]) == digest(ROWS)


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_another_process_gives_the_same_rows(hash_seed: str) -> None:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    result = subprocess.run(
        [sys.executable, "-c", DIGEST_SCRIPT],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert result.stdout.strip() == digest(ROWS)


def test_generation_is_fast() -> None:
    start = time.process_time()
    assert sum(1 for _ in problems()) + sum(1 for _ in everyday()) == len(ROWS)
    assert time.process_time() - start < 5

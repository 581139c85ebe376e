"""What `--policy` can say, and what it cannot."""

from pathlib import Path

import pytest

from pipeline.errors import InputError, SettingsError
from pipeline.evaluation.scores import read_scores
from pipeline.evaluation.specs import read_specs

CUT = "threshold:scores.csv?weak=a&strong=b"


def test_plain_names() -> None:
    found = read_specs(["random", "always:x", "oracle", "best-single", "model", "model:x"])
    assert [(spec.kind, spec.model) for spec in found] == [
        ("rule", None), ("rule", None), ("oracle", None), ("best-single", None), ("model", None),
        ("model", "x"),
    ]  # fmt: skip


def test_a_policy_named_twice_is_one() -> None:
    assert len(read_specs(["random", " random ", f"{CUT}&below=1,1"])) == 2


def test_a_sweep_is_a_policy_for_each_cut() -> None:
    cuts = [spec.cut for spec in read_specs([f"{CUT}&above=0.25,0.5&missing=weak&score=hard"])]
    assert [(c.cut, c.below, c.missing, c.score, c.table) for c in cuts if c] == [
        (0.25, False, "weak", "hard", Path("scores.csv")),
        (0.5, False, "weak", "hard", Path("scores.csv")),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "best-single"),
        ("always:", "unknown policy"),
        ("threshold:", "weak=MODEL"),
        (CUT, "one of below and above"),
        (f"{CUT}&below=1&above=2", "one of below and above"),
        (f"{CUT}&below=1&below=2", "one of below and above"),
        ("threshold:t.csv?weak=a&below=1", "weak=MODEL&strong=MODEL"),
        (f"{CUT}&below=much", "no number"),
        (f"{CUT}&below=1&missing=both", "weak or strong"),
        (f"{CUT}&below=1&colour=red", "options are"),
    ],
)
def test_what_cannot_be_read_says_how_it_is_written(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_specs([text])


def scores(path: Path, **options: str | None) -> dict[str, float]:
    given = {"column": None, "key": None, "reference": None} | options
    return read_scores(path, **given).of({"x1": "What is this?", "x2": "What is that?"})


def test_scores_are_found_by_id_or_by_text(tmp_path: Path) -> None:
    by_id, by_text = tmp_path / "ids.csv", tmp_path / "texts.jsonl"
    by_id.write_text("problem_id,score,other\nx1,0.25,\nx2,,7\n")
    by_text.write_text('{"question": "What  is that?", "hard": 3}\n')
    assert scores(by_id) == {"x1": 0.25}
    assert scores(by_id, column="other") == {"x2": 7.0}
    assert scores(by_text, column="hard") == {"x2": 3.0}


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("none.csv", None, {}, "no such table"),
        ("t.txt", "x", {}, "parquet, CSV or JSONL"),
        ("t.csv", "a,score\n1,2\n", {}, "key=COLUMN"),
        ("t.csv", "problem_id,a\n1,2\n", {}, "no column 'score'"),
        ("t.csv", "problem_id,score\n1,high\n", {}, "no number"),
        ("t.jsonl", "{broken", {}, "cannot be read"),
        ("t.csv", "problem_id,score\n1,2\n", {"reference": "r"}, "only a build"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(
    tmp_path: Path, name: str, content: str | None, options: dict[str, str], message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises((InputError, SettingsError), match=message):
        scores(tmp_path / name, **options)


def test_a_directory_without_rates_says_how_to_make_some(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="xrouter tier"):
        scores(tmp_path)
    with pytest.raises(SettingsError, match="pass rates"):
        scores(tmp_path, key="question")

"""The same loaders against a Hub: one commit, many files, a card, a gate."""

import json
from typing import Any

import pytest
from stubs.hub import COMMIT, FakeHub, parquet

from pipeline.errors import InputError, MachineError
from pipeline.evaluation.suites.load import load_suite
from pipeline.evaluation.suites.registry import suite_named, suites
from pipeline.evaluation.suites.texts import reference_texts


def lines(*rows: dict[str, Any]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def know(hub: FakeHub, name: str) -> str:
    """Make the Hub know the suite's commits, and give its dataset."""
    source = suite_named(name).hub
    for revision in (source.revision, *source.also.values()):
        hub.revisions.setdefault(revision, revision)
    return source.dataset


def test_a_pinned_suite(hub: FakeHub) -> None:
    dataset = know(hub, "math500")
    row = {"problem": "1 + 1?", "solution": "2", "answer": "2", "unique_id": "test/a/1.json"}
    hub.files[dataset] = {"README.md": b"x", "test.jsonl": lines(row), "train.jsonl": b"never"}
    suite = load_suite("math500", None)
    assert suite.revision == suite_named("math500").hub.revision
    origin = suite.problems["origin"][0]
    assert (origin["dataset"], origin["file"], origin["row"]) == (dataset, "test.jsonl", 0)
    assert (origin["revision"], origin["licence"]) == (suite.revision, "MIT")
    assert not [path for path in hub.asked if "train" in path or "README" in path]
    hub.asked.clear()
    assert load_suite("math500", None).problems.equals(suite.problems)
    assert not [path for path in hub.asked if path.startswith("GET /datasets/")]


def test_main_becomes_the_commit_and_the_card_gives_the_licence(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = suite_named("minerva_math")
    moving = known.hub.model_copy(update={"revision": "main"})
    monkeypatch.setitem(suites(), "minerva_math", known.model_copy(update={"hub": moving}))
    hub.files[known.hub.dataset] = {"test.jsonl": lines({"question": "q", "answer": "3"})}
    suite = load_suite("minerva_math", None)
    assert suite.revision == COMMIT
    assert suite.problems["origin"][0]["licence"] == "cc-by-4.0"


def test_several_files_and_several_datasets(hub: FakeHub) -> None:
    row = {
        "task_id": 11,
        "text": "a",
        "code": "c",
        "test_list": ["assert f"],
        "test_setup_code": "",
    }
    hub.files[know(hub, "mbpp")] = {
        "full/test-00000-of-00002.parquet": parquet(row),
        "full/test-00001-of-00002.parquet": parquet(row | {"task_id": 12, "text": "b"}),
        "full/train-00000-of-00001.parquet": parquet(row | {"task_id": 13, "text": "c"}),
        "sanitized/test-00000-of-00001.parquet": parquet(row),
    }
    assert load_suite("mbpp", None).problems.height == 2
    question = {"category": "math", "task": "AMPS_Hard", "ground_truth": "1", "turns": ["A"]}
    question |= {"livebench_release_date": "2024-06-24", "question_id": "a"}
    know(hub, "livebench")
    live = suite_named("livebench").hub
    for number, dataset in enumerate((live.dataset, *live.also)):
        rows = parquet(question | {"turns": [f"Question {number}"]})
        hub.files[dataset] = {"data/test-00000-of-00001.parquet": rows}
    suite = load_suite("livebench", None)
    assert suite.problems.height == 6
    assert suite.revision.startswith("commits:")
    assert suite.problems["origin"].struct.field("dataset").n_unique() == 6
    for dataset, revision in live.also.items():
        assert f"GET /api/datasets/{dataset}/revision/{revision}" in hub.asked


def test_what_is_gated_says_what_it_needs(hub: FakeHub) -> None:
    hub.files[know(hub, "gpqa_diamond")] = {"gpqa_diamond.csv": b"Question\n"}
    hub.gated = True
    with pytest.raises(
        InputError, match=r"access is restricted.*gpqa_diamond needs access.*HF_TOKEN"
    ):
        load_suite("gpqa_diamond", None)


def test_a_hub_that_is_down_or_has_other_files(hub: FakeHub) -> None:
    hub.files[know(hub, "ifeval")] = {"other.parquet": b"x"}
    with pytest.raises(InputError, match="none of its files applies"):
        load_suite("ifeval", None)
    hub.status = 500
    with pytest.raises(MachineError, match="could not be reached"):
        load_suite("ifeval", None)


def test_texts_come_from_the_hub_too(hub: FakeHub) -> None:
    row = {"Global Index": "A_1", "Question": "Which?", "Context": "", "Options": None}
    hub.files[know(hub, "routerarena")] = {
        "data/full-00000-of-00001.parquet": parquet(row),
        "data/robustness-00000-of-00001.parquet": parquet(row | {"Question": "Wich one?"}),
        "data/sub_10-00000-of-00001.parquet": parquet(row | {"Question": "Never read"}),
    }
    assert reference_texts(None, ["routerarena"]).rows() == [
        ("routerarena", "A_1", "Which?"),
        ("routerarena", "A_1", "Wich one?"),
    ]


def test_no_suite_is_named_twice_on_the_hub() -> None:
    places = [(suite.hub.dataset, suite.hub.files) for suite in suites().values()]
    assert len(set(places)) == len(places)

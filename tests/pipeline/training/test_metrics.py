"""What verl writes of each step, read while it is written."""

import json
from pathlib import Path

from pipeline.training.metrics import Metrics, Step

TRAINED = {"critic/score/mean": 0.25, "timing_s/step": 6.125, "name": "text"}
VALIDATED = {"val-aux/a/earned/mean@1": 0.2, "val-core/b/earned/mean@1": 0.4, "val-aux/a/x": 1.0}


def line(step: int, values: dict[str, object]) -> str:
    return json.dumps({"step": step, "data": values}) + "\n"


def test_lines_are_read_once_and_only_when_whole(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    metrics = Metrics(path)
    assert metrics.new() == []
    text = line(1, TRAINED)
    path.write_text(text + text[:20])
    (step,) = metrics.new()
    assert (step.step, step.trained, "name" in step.values) == (1, True, False)
    assert metrics.new() == []
    path.write_text(text + text)
    assert len(metrics.new()) == 1


def test_a_step_says_how_it_went() -> None:
    assert Step(1, {k: v for k, v in TRAINED.items() if isinstance(v, float)}).line() == (
        "score 0.25, 6.12 s a step"
    )


def test_validation_is_the_mean_over_sources() -> None:
    step = Step(0, VALIDATED)
    assert not step.trained
    assert step.validation("earned") == 0.30000000000000004
    assert step.validation("score") is None

import pytest
from pydantic import ValidationError

from pipeline.settings import Settings


@pytest.mark.parametrize(
    "values",
    [
        {"tiering": {"hard_below": 0.7, "easy_from": 0.65}},
        {"tiering": {"samples": 0}},
        {"dataset": {"everyday_share": 1.0}},
        {"dataset": {"tier_quota": {"impossible": 1.0}}},
        {"seed": -1},
        {"workers": 0},
        {"unknown": 1},
    ],
)
def test_values_out_of_range_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings(**values)  # type: ignore[arg-type]


def test_environment_variables_reach_nested_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XROUTER_TIERING__SAMPLES", "3")
    assert Settings().tiering.samples == 3

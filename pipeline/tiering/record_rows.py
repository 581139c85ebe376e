"""One row of a recorded file comes in; its checked answers go out, shaped by the mapping."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
)

from pipeline.tiering.answers import Answer
from pipeline.tiering.mapping import LongMapping, Mapping
from schemas.attempts import VERDICTS
from schemas.problems import to_json


def _storable(text: str) -> str:
    if text.encode(errors="replace").decode() != text:
        raise ValueError("holds half of a surrogate pair, which no file can store")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Count = Annotated[int, Field(ge=0, lt=2**31)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class RecordedAnswer(BaseModel):
    """The parts of one recorded answer, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: Text = Field(min_length=1)
    text: Text
    sample: Count | None = None
    recorded_correct: bool | None = None
    verdict: Text | None = None
    engine: Text | None = None
    engine_version: Text | None = None
    reference_revision: Text | None = None
    dtype: Text | None = None
    sampling: Text | dict[Text, JsonValue] | None = None
    finish_reason: Text | None = None
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    seconds: Amount | None = None
    cost_usd: Amount | None = None

    @field_validator("verdict")
    @classmethod
    def _known(cls, verdict: str | None) -> str | None:
        if verdict is not None and verdict not in VERDICTS:
            raise ValueError(f"{verdict!r} is none of {', '.join(VERDICTS)}")
        return verdict

    def judged_correct(self) -> bool | None:
        """The recorded verdict; None where there was none, or a fault of the recorder's grader."""
        if self.recorded_correct is not None or self.verdict in (None, "ungraded"):
            return self.recorded_correct
        return self.verdict == "correct"

    def as_answer(self, problem_id: str, sample: int) -> Answer:
        """The answer to one problem; what was simulated when recorded stays simulated."""
        sampling = self.sampling or {}
        return Answer(
            problem_id=problem_id,
            reference=self.reference,
            sample=sample,
            engine="simulated" if self.engine == "simulated" else "recorded",
            text=self.text,
            sampling=sampling if isinstance(sampling, str) else to_json(sampling),
            engine_version=self.engine_version,
            reference_revision=self.reference_revision,
            dtype=self.dtype,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            finish_reason=self.finish_reason,
            seconds=self.seconds,
            cost_usd=self.cost_usd,
            recorded_correct=self.judged_correct(),
        )


def recorded_answers(mapping: Mapping, row: dict[str, Any]) -> Iterator[RecordedAnswer | str]:
    """Every answer of a row, or what is wrong with it. An empty cell of a wide row is no answer."""
    for parts in _parts(mapping, row):
        if isinstance(parts, str):
            yield parts
            continue
        try:
            yield RecordedAnswer.model_validate(parts)
        except ValidationError as error:
            yield _fault(parts["reference"], error)


def _parts(mapping: Mapping, row: dict[str, Any]) -> Iterator[dict[str, Any] | str]:
    if isinstance(mapping, LongMapping):
        yield {"reference": row.get(mapping.columns.reference), **_named(mapping.columns, row)}
        return
    for reference, column in mapping.references.items():
        cell = row.get(column)
        if isinstance(cell, dict):
            yield {"reference": reference, **_named(mapping.fields, cell)}
        elif cell is not None:
            yield f"{reference}: column {column} holds a {type(cell).__name__}, not an object"


def _named(fields: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {part: values.get(column) for part, column in fields.names().items()}


def _fault(reference: Any, error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{reference}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}"

"""How a foreign file's columns become recorded answers: TOML comes in, typed mappings go out."""

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from pipeline.errors import InputError, SettingsError

COMMITTED = Path(__file__).parent / "mappings"
QUESTION = "{question}"
Column = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fields(_Part):
    """Names under which a file keeps the parts of one answer."""

    text: Column
    sample: Column | None = None
    recorded_correct: Column | None = None
    verdict: Column | None = None
    engine: Column | None = None
    engine_version: Column | None = None
    reference_revision: Column | None = None
    dtype: Column | None = None
    sampling: Column | None = None
    finish_reason: Column | None = None
    prompt_tokens: Column | None = None
    completion_tokens: Column | None = None
    seconds: Column | None = None
    cost_usd: Column | None = None

    def names(self) -> dict[str, str]:
        """Declared columns by the part of the answer that they hold."""
        parts = {part: getattr(self, part) for part in Fields.model_fields}
        return {part: column for part, column in parts.items() if column is not None}


class ProblemColumns(_Part):
    """The one column that says which problem a row answers."""

    problem_id: Column | None = None
    prompt: Column | None = None
    question: Column | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "ProblemColumns":
        if sum(name is not None for name in (self.problem_id, self.prompt, self.question)) != 1:
            raise ValueError("declare exactly one of problem_id, prompt and question")
        return self

    def problem_column(self) -> str:
        """Name of that column."""
        name = self.problem_id or self.prompt or self.question
        assert name is not None
        return name


class LongColumns(Fields, ProblemColumns):
    """Columns of a file with one row per answer."""

    reference: Column


class LongMapping(_Part):
    """One row per answer."""

    form: Literal["long"]
    prompt_template: str = QUESTION
    optional: tuple[str, ...] = ()
    columns: LongColumns

    def required(self) -> set[str]:
        """Columns that the file must have."""
        columns = {*self.columns.names().values(), self.columns.reference}
        return (columns | {self.columns.problem_column()}) - set(self.optional)


class WideMapping(_Part):
    """One row per problem, one struct column per reference."""

    form: Literal["wide"]
    prompt_template: str = QUESTION
    columns: ProblemColumns
    references: dict[Column, Column] = Field(min_length=1, description="reference: column")
    fields: Fields

    def required(self) -> set[str]:
        """Columns that the file must have."""
        return {*self.references.values(), self.columns.problem_column()}


Mapping = LongMapping | WideMapping
_ADAPTER: TypeAdapter[Mapping] = TypeAdapter(Annotated[Mapping, Field(discriminator="form")])


def read_mapping(path: Path) -> Mapping:
    """Read one mapping file.

    Raises:
        SettingsError: It is missing, not TOML or not a mapping.
    """
    try:
        mapping = _ADAPTER.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(f"mapping {path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"mapping {path}: not TOML ({error})") from error
    except ValidationError as error:
        raise SettingsError(f"mapping {path}: {_first_mistake(error)}") from error
    if mapping.columns.question and QUESTION not in mapping.prompt_template:
        raise SettingsError(f"mapping {path}: prompt_template lacks {QUESTION}")
    return mapping


def mapping_for(file: Path, columns: Collection[str], mapping: Path | None) -> Mapping:
    """The mapping that was asked for, else the committed one whose columns the file has.

    Args:
        file: The recorded file, for messages only.
        columns: Its columns.
        mapping: A mapping file of the user's own.

    Raises:
        SettingsError: The mapping's columns are not there, or no committed mapping fits.
    """
    if mapping is not None:
        chosen = read_mapping(mapping)
        missing = sorted(chosen.required() - set(columns))
        if missing:
            raise InputError(
                f"{file}: mapping {mapping} names the columns {missing}, which are not there; the "
                f"file has {sorted(columns)}"
            )
        return chosen
    committed = {path.stem: read_mapping(path) for path in sorted(COMMITTED.glob("*.toml"))}
    fitting = [name for name, known in committed.items() if known.required() <= set(columns)]
    if len(fitting) == 1:
        return committed[fitting[0]]
    found = f"several mappings: {', '.join(fitting)}" if fitting else "no committed mapping"
    raise SettingsError(
        f"{file}: the columns {sorted(columns)} fit {found}; write one and pass "
        f"recorded:PATH?mapping=FILE (examples: {', '.join(committed)})"
    )


def _first_mistake(error: ValidationError) -> str:
    mistake = error.errors()[0]
    where = ".".join(str(part) for part in mistake["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{where or 'file'}: {mistake['msg']}{more}"

"""How a foreign outcome set becomes a bank: TOML comes in, a typed mapping goes out. Reads no data.

A place is the name of a column, or a list of names that leads into nested values. `{model}` in a
place stands for a model's stem, and a place that starts with `join` lies in the joined row.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import SettingsError

COMMITTED = Path(__file__).parent / "mappings"
PROMPT = "{prompt}"
MODEL = "{model}"
JOIN = "join"

Text = Annotated[str, Field(min_length=1)]
Place = Annotated[
    tuple[Text, ...],
    Field(min_length=1),
    BeforeValidator(lambda v: (v,) if isinstance(v, str) else v),
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cells(_Part):
    """Where the parts of one outcome stand."""

    correct: Place | None = None
    score: Place | None = None
    verdict: Place | None = None
    input_tokens: Place | None = None
    cached_input_tokens: Place | None = None
    output_tokens: Place | None = None
    reasoning_tokens: Place | None = None
    seconds: Place | None = None
    cost_usd: Place | None = None
    text: Place | None = None

    @property
    def deciding(self) -> str:
        """The part without which there is no outcome."""
        names = ("verdict", "correct", "score", "cost_usd")
        return next((name for name in names if getattr(self, name) is not None), "")

    def places(self) -> dict[str, Place]:
        """Declared places by the part they hold."""
        parts = {name: getattr(self, name) for name in Cells.model_fields}
        return {name: place for name, place in parts.items() if place is not None}


class ProblemPlaces(_Part):
    """Where a row says which problem it is about, and what is known of that."""

    prompt: Place | None = None
    messages: Place | None = None
    problem_id: Place | None = None
    data_source: Place | None = None
    tier: Place | None = None
    grader: Place | None = None
    ground_truth: Place | None = None
    metric: Place | None = None
    model: Place | None = None
    sample: Place | None = None
    source: Place | None = Field(None, description="simulated: the outcome stays simulated")

    @model_validator(mode="after")
    def _one_question(self) -> "ProblemPlaces":
        if sum(p is not None for p in (self.prompt, self.messages, self.problem_id)) != 1:
            raise ValueError("declare exactly one of prompt, messages and problem_id")
        return self


class Join(_Part):
    """Further files, beside the outcome file, with one row per problem."""

    files: tuple[Text, ...] = Field(min_length=1, description="patterns of file names")
    on: Place = Field(description="of the outcome file")
    key: Text = Field(description="column of the joined files")


class Mapping(_Part):
    """One outcome set; see the committed mappings for examples."""

    form: Literal["wide", "long"]
    data_source: str = Field("", description="name of the set; a row's own one follows it")
    licence: Text
    full_score: float = Field(1.0, gt=0, description="score that counts as correct")
    currency: Text = Field("USD", description="of the cell cost_usd, whatever its name says")
    usd_per_unit: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="worth of one unit of another currency in USD"
    )
    repeats: Literal["drop", "sample"] = Field(
        "drop", description="a second outcome of a model on a problem: dropped, or a sample more"
    )
    prompt_template: Text = PROMPT
    parts: dict[Text, Text] = Field({}, description="pattern of a file's name: name of the part")
    problem: ProblemPlaces
    models: dict[Text, Text] = Field({}, description="model id: its stem in the file")
    cells: Cells
    join: Join | None = None

    @model_validator(mode="after")
    def _fits_the_form(self) -> "Mapping":
        if not self.cells.deciding:
            raise ValueError("cells need one of verdict, correct, score and cost_usd")
        if not (self.data_source or self.problem.data_source):
            raise ValueError("name a data_source, or the place of the rows' own")
        if self.currency != "USD" and self.usd_per_unit is None:
            raise ValueError(
                f"costs are in {self.currency}: say what one is in USD with usd_per_unit"
            )
        if self.currency == "USD" and self.usd_per_unit not in (None, 1):
            raise ValueError(f"usd_per_unit {self.usd_per_unit} needs the name of a currency")
        if PROMPT not in self.prompt_template:
            raise ValueError(f"prompt_template {self.prompt_template!r} lacks {PROMPT}")
        if self.form == "long":
            if self.problem.model is None:
                raise ValueError("form 'long' needs problem.model, the column of the model id")
        else:
            self._check_wide()
        if self.join is None and any(p[0] == JOIN for p in self._all_places()):
            raise ValueError("a place starts with 'join', but there is no [join]")
        return self

    def _check_wide(self) -> None:
        if not self.models:
            raise ValueError("form 'wide' needs [models], a stem for each model id")
        if self.problem.model or self.problem.sample:
            raise ValueError("form 'wide' has no problem.model and no problem.sample")
        for name, place in self.cells.places().items():
            if not any(MODEL in step for step in place):
                raise ValueError(f"cells.{name} {list(place)} lacks {MODEL}")

    def _all_places(self) -> list[Place]:
        own = (getattr(self.problem, name) for name in ProblemPlaces.model_fields)
        return [place for place in own if place is not None] + list(self.cells.places().values())


def read_mapping(path: Path) -> Mapping:
    """Read one mapping: a file, or the name of a committed one.

    Raises:
        SettingsError: It is missing, not TOML or not a mapping.
    """
    committed = COMMITTED / f"{path}.toml"
    if not path.exists() and committed.exists():
        path = committed
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        known = ", ".join(sorted(p.stem for p in COMMITTED.glob("*.toml")))
        raise SettingsError(
            f"mapping {path}: cannot be read ({error.strerror}); give a TOML file or one of {known}"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"mapping {path}: not TOML ({error}); correct that line") from error
    try:
        return Mapping.model_validate(raw)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}, got {str(e['input'])[:60]!r}"
            for e in error.errors()[:5]
        )
        raise SettingsError(f"mapping {path}: {faults}; correct these entries") from error

"""The everyday mapping: which files are everyday sets, and which of their columns mean what.

In: the mapping of the package and, before it, the user's. Out: checked `EverydaySet`s. Reads no
data.
"""

import re
import tomllib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.errors import InputError
from pipeline.sources.routes import data_file

BUILT_IN = "everyday.toml"
HUB_PREFIX = "hub:"

Text = Annotated[str, Field(min_length=1)]
AnswerType = Literal["number", "date", "text"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AnswerTypeFrom(_Strict):
    """Takes a row's answer type out of a column: first group of `pattern`, looked up in `types`."""

    column: Text
    pattern: Text
    types: dict[str, AnswerType]

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            groups = re.compile(value).groups
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        if groups != 1:
            raise ValueError(f"needs exactly one group, has {groups}")
        return value


class EverydaySet(_Strict):
    """One everyday set; see the comments at the top of `everyday.toml`."""

    files: Text
    format: Literal["qna", "csv", "jsonl", "parquet"]
    domain: Literal["chat", "factual", "retrieval"]
    question: Text | None = None
    answer: Text | None = None
    language: str = Field("en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    data_source: Text
    dataset: Text
    licence: Text
    answer_type: AnswerType | None = None
    answer_type_from: AnswerTypeFrom | None = None

    @model_validator(mode="after")
    def _columns_fit_the_format(self) -> "EverydaySet":
        if self.format == "qna":
            if self.domain != "chat" or self.question or self.answer:
                raise ValueError("format 'qna' is for domain 'chat' and takes no columns")
        elif self.question is None:
            raise ValueError(f"format '{self.format}' needs 'question', the name of a column")
        if self.domain == "chat":
            if self.answer_type or self.answer_type_from:
                raise ValueError("domain 'chat' has no answer type")
        elif self.answer is None:
            raise ValueError(f"domain '{self.domain}' needs 'answer', the name of a column")
        return self


class _Mapping(_Strict):
    sets: tuple[EverydaySet, ...]


def load_mapping(user: Path | None = None) -> tuple[EverydaySet, ...]:
    """All known sets; the user's come first and so win.

    Raises:
        InputError: The user's file is missing, not TOML, or not a mapping.
    """
    built_in = _Mapping.model_validate(data_file(BUILT_IN)).sets
    return (_read(user) + built_in) if user else built_in


def _read(path: Path) -> tuple[EverydaySet, ...]:
    try:
        return _Mapping.model_validate(tomllib.loads(path.read_text("utf-8"))).sets
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: not a readable everyday mapping in TOML ({error})") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()[:5]
        )
        raise InputError(
            f"{path}: not an everyday mapping: {faults}; correct these entries of [[sets]]"
        ) from error


def find_set(mapping: Sequence[EverydaySet], name: str) -> EverydaySet | None:
    """The first set that names a file.

    Args:
        mapping: Known sets.
        name: Path inside the given directory, or `hub:ORG/NAME/path`.
    """
    return next((s for s in mapping if _matches(s.files, name)), None)


def _matches(pattern: str, name: str) -> bool:
    if pattern.startswith(HUB_PREFIX) or name.startswith(HUB_PREFIX):
        return fnmatchcase(name, pattern)
    return fnmatchcase(name, pattern) or fnmatchcase(PurePosixPath(name).name, pattern)

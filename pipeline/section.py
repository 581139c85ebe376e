"""Base of all sections of the settings."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the settings: immutable, and without fields that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

"""The suites by name, as `suites.toml` describes them. Reads no data of theirs."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import IntegrityError, SettingsError
from pipeline.grading import registry as graders


class Part(BaseModel):
    """Base of the parts of `suites.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class HubSource(Part):
    """Where a suite lies on the Hugging Face Hub.

    Attributes:
        dataset: `ORG/NAME`.
        config: Name of the configuration, where the dataset has several.
        split: Which split the files are.
        revision: Commit, or `main`; the commit that was read is recorded.
        files: Globs of the files wanted, inside the dataset.
        gated: Access must be asked for on the dataset's page.
        also: Further datasets with the same files, read after the first: their revisions by name.
    """

    dataset: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    config: str | None = None
    split: str
    revision: str = "main"
    files: tuple[str, ...] = Field(min_length=1)
    gated: bool = False
    also: dict[str, str] = {}


class Suite(Part):
    """One evaluation suite.

    Attributes:
        kind: Published table it belongs to: `static`, `system`, or `extra` (of none).
        data_source: The same field of its problems.
        domain: Of its problems, where a row does not say better.
        grader: Name in the grading registry, where a row does not need another.
        grader_args: Options that all its rows have.
        repetitions: How often each problem is asked.
        metric: `accuracy` (share correct), `score` (mean quality), `rating` (a judge's, the mean
            over turns) or `average` (mean quality: over categories, of the mean over their tasks).
        metric_scale: What a stored quality of 1 is shown as.
        items: Problems that can be graded, as far as known.
        files: Names looked for in a local directory; the first that is there counts.
        companions: Local or Hub files that the reader needs besides.
        needs: What must be had before it can be run.
        evaluation_only: May never be trained on, not even by accident.
        reader: Name in `readers.READERS`.
        options: The reader's own.
        prompts: Frames by the kind of question; `{question}` and other places are filled in.
        notes: What a reader of its results should know.
        unverified: What could not be looked up.
    """

    name: str
    title: str
    kind: Literal["static", "system", "extra"]
    data_source: str
    domain: str
    grader: str
    grader_args: dict[str, Any] = {}
    repetitions: int = Field(1, ge=1)
    metric: Literal["accuracy", "score", "rating", "average"]
    metric_scale: Literal[1, 10, 100] = 1
    items: int | None = None
    licence: str
    hub: HubSource
    files: tuple[str, ...]
    companions: tuple[str, ...] = ()
    needs: str | None = None
    evaluation_only: bool = False
    homepage: str
    reader: str
    options: dict[str, Any] = {}
    prompts: dict[str, str]
    notes: str | None = None
    unverified: str | None = None


@cache
def suites() -> dict[str, Suite]:
    """All suites by name, in the order of the file.

    Raises:
        IntegrityError: The file that came with this version is broken.
    """
    text = resources.files("pipeline.evaluation.suites").joinpath("suites.toml").read_text("utf-8")
    table = tomllib.loads(text)
    frames = table.pop("frames")
    try:
        found = {name: Suite(**_complete(name, entry, frames)) for name, entry in table.items()}
    except (ValidationError, KeyError) as error:
        raise IntegrityError(f"suites.toml: {error}") from error
    unknown = {suite.grader for suite in found.values()} - graders.names()
    if unknown:
        raise IntegrityError(f"suites.toml: no such grader: {', '.join(sorted(unknown))}")
    return found


def _complete(name: str, entry: dict[str, Any], frames: dict[str, str]) -> dict[str, Any]:
    """An entry with its name, its data source, and its prompts where it names frames."""
    asked = entry.pop("frame", {})
    named = {"default": asked} if isinstance(asked, str) else asked
    prompts = {kind: frames[frame] for kind, frame in named.items()}
    return {"name": name, "data_source": f"suite/{name}", "prompts": prompts, **entry}


def suite_names() -> tuple[str, ...]:
    """Names of all suites."""
    return tuple(suites())


def suite_named(name: str) -> Suite:
    """The suite of that name.

    Raises:
        SettingsError: There is none.
    """
    if name not in suites():
        raise SettingsError(f"unknown suite {name!r}; known are {', '.join(suite_names())}")
    return suites()[name]

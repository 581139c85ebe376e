"""The one row type that every source reader yields."""

from typing import Any, NamedTuple

Message = dict[str, str]


class SourceRow(NamedTuple):
    """One problem as its source gives it, before duplicates collapse.

    Attributes:
        data_source: The upstream's own name, unchanged.
        domain: One of `schemas.problems.DOMAINS`.
        messages: Chat messages with `role` and `content`.
        grader: Name in the grading registry.
        ground_truth: Any JSON value; its shape is the grader's.
        grader_args: JSON object with the grader's options.
        dataset: Name of the upstream dataset.
        licence: SPDX name where there is one.
        published: Pass rates that came with the row, as (reference model, rate).
        revision: Pinned upstream revision, where known.
        file: File name inside the dataset, never a path of this machine.
        row: Zero-based position in that file.
        solution: A worked solution that came with the row.
    """

    data_source: str
    domain: str
    messages: list[Message]
    grader: str
    ground_truth: Any
    grader_args: dict[str, Any]
    dataset: str
    licence: str
    published: tuple[tuple[str, float], ...] = ()
    revision: str | None = None
    file: str | None = None
    row: int | None = None
    solution: str | None = None

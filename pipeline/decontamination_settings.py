"""Settings of decontamination: against what, how strictly, and what becomes of a copy."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pipeline.section import Section

HUB = "hub"
Score = Annotated[float, Field(gt=0, le=1)]


class DecontaminationSettings(Section):
    """Off unless suites or own files are named."""

    suites_from: Path | None = Field(
        None, description="directory with the suites' files, or hub; None: no suites"
    )
    suites: tuple[str, ...] = Field((), description="names; none: every suite that can be had")
    own: dict[str, Path] = Field(
        {}, description="further sets by name: JSONL, CSV or parquet with a column of texts"
    )
    action: Literal["drop", "keep"] = Field(
        "drop", description="drop: copies are rejects; keep: they are reported only"
    )
    ngram: Score = Field(0.6, description="least share of an item's words in shared n-grams")
    near: Score = Field(0.6, description="least Jaccard similarity of word 3-grams")
    short: Score = Field(0.8, description="least of either for items under 20 words")
    inside: Score = Field(
        0.8, description="least similarity of duplicates inside the problems, names kept"
    )
    numbers: float = Field(
        0.1, ge=0, le=1, description="share of an item's numbers that a copy may replace"
    )

    @property
    def wanted(self) -> bool:
        """Whether there is anything to compare with."""
        return self.suites_from is not None or bool(self.own)

    @property
    def from_hub(self) -> bool:
        """Whether the suites are read from the Hub."""
        return self.suites_from is not None and str(self.suites_from) == HUB

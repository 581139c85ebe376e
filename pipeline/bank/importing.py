"""Foreign outcome sets become a bank: a mapping says how, and every cell left out is counted."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.accounting import Progress, Reject, StageReport, Stopwatch, rejects_frame
from pipeline.bank import cells
from pipeline.bank.cells import Spot, is_missing, look
from pipeline.bank.foreign import optional, problem_of, values_of
from pipeline.bank.mapping import JOIN, Mapping
from pipeline.bank.reading import Row, read_rows
from pipeline.bank.tables import write_bank
from pipeline.errors import InputError
from pipeline.io import sha256_file, write_parquet, write_text

STAGE = "import"
SAY_ROWS = 500
SIMULATED = "simulated"

Joined = dict[str, list[Row]]


def import_outcomes(
    files: Sequence[Path], mapping: Mapping, out: Path, progress: Progress
) -> StageReport:
    """Read outcome files and write a bank.

    Args:
        files: Of one set, in the order in which repeated outcomes count.
        mapping: How to read them.
        out: Directory of the bank.
        progress: Where to say how far it is.

    Returns:
        Counts: rows are outcomes; what is missing, repeated or dropped, with reasons.

    Raises:
        InputError: A file or a cell cannot be used; names file, row and column.
    """
    watch = Stopwatch()
    for path in files:
        if not path.is_file():
            raise InputError(f"{path}: no such file; check the path")
    found = _Import(mapping)
    progress.start("importing outcomes", len(files))
    for path in files:
        joined = _joined(path, mapping)
        for number, row in read_rows(path):
            found.take(Spot(path.name, number), row, joined)
            if number % SAY_ROWS == 0:
                progress.say(f"{path.name}: {number:,} rows")
        progress.advance()
    if not found.outcomes:
        raise InputError(
            f"{', '.join(path.name for path in files)}: no outcome in there; see whether the cells "
            f"{[list(place) for place in mapping.cells.places().values()]} are the right ones"
        )
    at = write_bank(out, found.outcomes.values(), found.problems.values())
    write_parquet(rejects_frame(found.rejects), at.rejects)
    write_text(at.imported, _record(files, mapping))
    reasons = Counter(reject.reason for reject in found.rejects)
    return StageReport(
        stage=STAGE,
        rows_in=len(found.outcomes) + len(found.rejects),
        rows_out=len(found.outcomes),
        rejected=dict(sorted(reasons.items())),
        seconds=watch.seconds(),
        bytes=sum(path.stat().st_size for path in (at.outcomes, at.questions)),
        notes={"problems": len(found.problems), "licence": mapping.licence} | found.notes(),
    )


class _Import:
    """Collects outcomes, problems and what was left out."""

    def __init__(self, mapping: Mapping) -> None:
        self.outcomes: dict[tuple[str, str, int], Row] = {}
        self.problems: dict[str, Row] = {}
        self.rejects: list[Reject] = []
        self._mapping = mapping
        self._ids = {stem: model_id for model_id, stem in mapping.models.items()}
        self._unjoined = self._ambiguous = self._repeated = 0

    def notes(self) -> dict[str, str | int | float]:
        """Counts that are no rejects, and what a foreign currency was taken to be worth."""
        found = {
            "repeated outcomes kept as samples": self._repeated,
            "rows without a joined row": self._unjoined,
            "rows whose joined rows differ, first one taken": self._ambiguous,
        }
        notes: dict[str, str | int | float] = {n: count for n, count in found.items() if count}
        if self._mapping.usd_per_unit is not None:
            notes[f"USD per {self._mapping.currency}"] = self._mapping.usd_per_unit
        return notes

    def take(self, spot: Spot, row: Row, joined: Joined | None) -> None:
        """Read one row of a file.

        Raises:
            InputError: A cell cannot be used.
        """
        mapping = self._mapping
        if mapping.join is not None and joined is not None:
            row = row | {JOIN: self._partner(joined, look(row, mapping.join.on, spot))}
        problem = problem_of(mapping, row, spot)
        problem = self.problems.setdefault(problem["problem_id"], problem)
        if mapping.form == "wide":
            for model_id, stem in mapping.models.items():
                self._outcome(problem, model_id, stem, None, row, spot)
        else:
            self._long(problem, row, spot)

    def _long(self, problem: Row, row: Row, spot: Spot) -> None:
        places = self._mapping.problem
        assert places.model is not None
        stem = look(row, places.model, spot)
        if is_missing(stem):
            raise spot.fault(places.model, "the model is missing; name it, or take the row out")
        sample = optional(row, places.sample, spot)
        if sample is not None and places.sample is not None:
            sample = cells.whole(sample, places.sample, spot)
        self._outcome(problem, self._ids.get(str(stem), str(stem)), str(stem), sample, row, spot)

    def _partner(self, joined: Joined, key: Any) -> Row:
        partners = joined.get(str(key).strip(), [])
        self._unjoined += not partners
        self._ambiguous += any(partner != partners[0] for partner in partners[1:])
        return partners[0] if partners else {}

    def _outcome(
        self, problem: Row, model: str, stem: str, sample: int | None, row: Row, spot: Spot
    ) -> None:
        values = values_of(self._mapping, row, stem, spot)
        if values is None:
            self._reject(spot, problem, "missing_cell", model)
            return
        identifier, number = problem["problem_id"], sample or 0
        made = optional(row, self._mapping.problem.source, spot)
        first = self.outcomes.get((identifier, model, number))
        if first is not None:
            if sample is not None or self._mapping.repeats == "drop":
                same = all(first[name] == value for name, value in values.items())
                reason = "duplicate_outcome" if same else "conflicting_outcome"
                self._reject(spot, problem, reason, f"{model}, problem {identifier}")
                return
            while (identifier, model, number) in self.outcomes:
                number += 1
            self._repeated += 1
        self.outcomes[identifier, model, number] = values | {
            "problem_id": identifier,
            "model_id": model,
            "sample": number,
            "source": SIMULATED if made == SIMULATED else "imported",
            "data_source": problem["data_source"],
            "collected_at": None,
        }

    def _reject(self, spot: Spot, problem: Row, reason: str, detail: str) -> None:
        key = f"{spot.file}#{spot.row}"
        self.rejects.append(Reject(STAGE, key, problem["data_source"], reason, detail))


def _record(files: Sequence[Path], mapping: Mapping) -> str:
    """Where a bank comes from and how it was read, so that its costs can be traced."""
    read = [{"file": path.name, "sha256": sha256_file(path)} for path in files]
    document = {"files": read, "mapping": mapping.model_dump(mode="json", exclude_defaults=True)}
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _joined(path: Path, mapping: Mapping) -> Joined | None:
    """Rows of the files beside an outcome file, by their key."""
    if mapping.join is None:
        return None
    rows: Joined = {}
    for pattern in mapping.join.files:
        files = sorted(path.parent.glob(pattern))
        if not files:
            raise InputError(
                f"{path.parent}: no file {pattern}, which the mapping joins; put it beside "
                f"{path.name}, or take [join] out of the mapping"
            )
        for file in files:
            for number, row in read_rows(file):
                key = look(row, (mapping.join.key,), Spot(file.name, number))
                rows.setdefault(str(key).strip(), []).append(row)
    return rows

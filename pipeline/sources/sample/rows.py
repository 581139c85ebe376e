"""Families come in, `SourceRow`s go out: numbering, licence and the removal of equal questions."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.items import Family, Item, Maker

DATASET = "xrouter-sample"
LICENCE = "CC0-1.0"
REVISION = "1"
"""Version of the generators: raise it whenever a row's text or answer changes."""

_TRIES_PER_ROW = 20


def source_row(data_source: str, domain: str, item: Item, file: str, row: int) -> SourceRow:
    """One row of the sample; `file` ends in `level_<1..5>` for reasoning rows."""
    return SourceRow(
        data_source=f"{data_source}__xrouter_sample",
        domain=domain,
        messages=[{"role": "user", "content": item.prompt}],
        grader=item.grader,
        ground_truth=item.truth,
        grader_args=item.grader_args,
        dataset=DATASET,
        licence=LICENCE,
        revision=REVISION,
        file=file,
        row=row,
        solution=item.solution,
    )


def family_rows(data_source: str, domain: str, families: Sequence[Family]) -> Iterator[SourceRow]:
    """Rows of every family and level, in order; equal questions are drawn again.

    A level whose space of problems is smaller than asked for yields what there is.
    """
    groups = [
        (f"{domain}/{family.name}/level_{level}", make, family.per_level)
        for family in families
        for level, make in enumerate(family.levels, start=1)
    ]
    drawn = ((file, count, _drawn(file, make, count)) for file, make, count in groups)
    return item_rows(data_source, domain, drawn)


def item_rows(
    data_source: str, domain: str, groups: Iterable[tuple[str, int, Iterable[Item]]]
) -> Iterator[SourceRow]:
    """Rows of (file, most rows, items) groups; an item whose question came before is left out."""
    seen: set[str] = set()
    for file, count, items in groups:
        kept = islice(_distinct(items, seen), count)
        for row, item in enumerate(kept):
            yield source_row(data_source, domain, item, file, row)


def _drawn(file: str, make: Maker, count: int) -> Iterator[Item]:
    return (make(Draw(file, str(number))) for number in range(count * _TRIES_PER_ROW))


def _distinct(items: Iterable[Item], seen: set[str]) -> Iterator[Item]:
    for item in items:
        question = item.prompt.removesuffix(item.how_to_answer)
        if question not in seen:
            seen.add(question)
            yield item

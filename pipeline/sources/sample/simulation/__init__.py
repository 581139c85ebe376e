"""Simulations: what a program prints, where a machine ends, who owns what in the end."""

from collections.abc import Iterator

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample.rows import family_rows
from pipeline.sources.sample.simulation import ledgers, machines, programs

FAMILIES = (*programs.FAMILIES, *machines.FAMILIES, *ledgers.FAMILIES)


def rows() -> Iterator[SourceRow]:
    """All simulation rows of the sample."""
    return family_rows("simulation", "simulation", FAMILIES)

"""Turns one source spec of the settings into rows.

In: `sample`, a path, or `hub:ORG/NAME[@REVISION]`, of the group `problems` or `everyday`. Out: its
rows and rejects, or their number. Does not know of duplicates or of output.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.settings import SAMPLE, Settings
from pipeline.sources import everyday, hub, reasoning360, samples
from pipeline.sources.items import Item
from pipeline.sources.mapping import EverydaySet, find_set, load_mapping
from pipeline.sources.routes import Licence, licence

PROBLEMS = "problems"
EVERYDAY = "everyday"


class Source(NamedTuple):
    """One entry of `sources.problems` or `sources.everyday`."""

    group: str
    spec: str
    mapping: tuple[EverydaySet, ...]

    @property
    def label(self) -> str:
        """Short name for progress bars."""
        plain = self.spec == SAMPLE or self.spec.startswith(hub.PREFIX)
        return f"{self.group}: {self.spec if plain else Path(self.spec).name}"

    @property
    def key(self) -> str:
        """Distinguishes the same spec in both groups."""
        return f"{self.group}:{self.spec}"


def sources(settings: Settings) -> list[Source]:
    """All sources in the order in which the first of equal prompts wins."""
    mapping = load_mapping(settings.sources.everyday_mapping)
    return [
        *(Source(PROBLEMS, spec, mapping) for spec in settings.sources.problems),
        *(Source(EVERYDAY, spec, mapping) for spec in settings.sources.everyday),
    ]


def read(source: Source) -> Iterator[Item]:
    """Rows and rejects of a source.

    Raises:
        InputError: Nothing there can be used as it is.
        MachineError: The Hub could not be reached.
    """
    if source.spec == SAMPLE:
        return samples.read(source.group)
    if source.spec.startswith(hub.PREFIX):
        return _hub_everyday(source) if source.group == EVERYDAY else _hub_problems(source)
    if source.group == EVERYDAY:
        return everyday.read(source.spec, source.mapping)
    return reasoning360.read(source.spec)


def count(source: Source) -> int | None:
    """Rows of a source as cheaply as they can be had; None for the Hub, which is not asked."""
    if source.spec == SAMPLE:
        return samples.count(source.group)
    if source.spec.startswith(hub.PREFIX):
        hub.parse(source.spec)
        return None
    if source.group == EVERYDAY:
        return everyday.count(source.spec, source.mapping)
    return reasoning360.count(source.spec)


def _hub_problems(source: Source) -> Iterator[Item]:
    snapshot = hub.fetch(source.spec, lambda name: name.endswith(reasoning360.SUFFIX))
    guru = licence("").dataset == snapshot.repo
    fallback = None if guru else Licence(snapshot.repo, snapshot.licence)
    for file in snapshot.files:
        yield from reasoning360.read_file(file, reasoning360.Upstream(snapshot.revision, fallback))


def _hub_everyday(source: Source) -> Iterator[Item]:
    repo = hub.parse(source.spec).repo

    def named(name: str) -> EverydaySet | None:
        return find_set(source.mapping, f"{hub.PREFIX}{repo}/{name}")

    snapshot = hub.fetch(source.spec, lambda name: named(name) is not None)
    for file in snapshot.files:
        known = named(file.name)
        if known is not None:
            yield from everyday.read_file(everyday.Mapped(file, known), snapshot.revision)

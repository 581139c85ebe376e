"""Specs come in, what stands behind them goes out: engines that answer, and published rates."""

from typing import NamedTuple

from pipeline.accounting import Progress, Reject
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.tiering.answers import Engine
from pipeline.tiering.measured.measure import Measurement
from pipeline.tiering.published import PublishedRates, published_rates
from pipeline.tiering.questions import prompt_index
from pipeline.tiering.recorded import load_replay
from pipeline.tiering.specs import Published, Recorded, Sampled, Spec
from pipeline.tiering.stand_in import StandIn


class Ranked(NamedTuple):
    """An engine, its place in the order of precedence, and whether its references are pooled."""

    precedence: int
    engine: Engine
    pools: bool


class References(NamedTuple):
    """Everything the specs of a build name."""

    engines: list[Ranked]
    published: list[tuple[int, PublishedRates]]
    rejects: list[Reject]


def open_references(
    specs: tuple[Spec, ...], settings: Settings, layout: Layout, progress: Progress
) -> References:
    """Open every spec, in order of precedence; a model is sampled here until all is settled.

    Raises:
        InputError: A recorded file cannot be used.
        SettingsError: A mapping or a published rate is not there.
        MachineError: A model cannot be sampled.
    """
    recorded = any(isinstance(spec, Recorded) for spec in specs)
    prompts = prompt_index(layout.problems) if recorded else {}
    references = References([], [], [])
    for precedence, spec in enumerate(specs):
        if isinstance(spec, Published):
            references.published.append((precedence, published_rates(spec, layout)))
        elif isinstance(spec, Recorded):
            recording = load_replay(spec, prompts)
            references.engines.append(Ranked(precedence, recording, pools=True))
            references.rejects.extend(recording.rejects)
        elif isinstance(spec, Sampled):
            replay = Measurement(spec, settings, layout, progress).run()
            references.engines.append(Ranked(precedence, replay, pools=False))
        else:
            references.engines.append(Ranked(precedence, StandIn(spec, settings), pools=False))
    return references

"""Which rule and which prior each problem gets: pilot, published rates, mode.

Settings, the pilot and published rates come in; rules and estimates per problem go out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from pipeline.errors import SettingsError
from pipeline.layout import Layout
from pipeline.rng import bits, key_of
from pipeline.settings import TieringSettings
from pipeline.tiering.measured.posterior import Estimator
from pipeline.tiering.measured.prior import Prior, assumed, fit
from pipeline.tiering.measured.stopping import StopRule, make_rule
from pipeline.tiering.published import published_rates_of
from pipeline.tiering.specs import bare_column

STAGE = "tiering/pilot"
# A pilot is a tenth of the problems at most, and says little under this many.
MIN_PILOT = 50
PILOT_SHARE = 0.1
# Edges of the classes of published rates that have a prior each.
EDGES = (0.05, 0.15, 0.35, 0.65, 0.9)
NO_RATE = -1
# Modes whose rules depend on the distribution of pass rates.
LEARNING = ("dp", "dp-accurate")


class Counted(NamedTuple):
    """Counts of one pilot problem."""

    problem_id: str
    n: int
    k: int


class RuleBook:
    """Rules of one measurement.

    Attributes:
        pilot: Ids of the problems that are sampled to the end.
    """

    def __init__(
        self, settings: TieringSettings, pilot: Iterable[str], classes: Mapping[str, int]
    ) -> None:
        self.pilot = frozenset(pilot)
        self._settings = settings
        self._classes = classes
        self._cuts = (settings.hard_below, settings.easy_from)
        self._fixed = make_rule(
            "fixed", settings.measure.samples, self._cuts, assumed(), settings.measure.wrong_tier
        )
        self._estimators: dict[int, Estimator] = {}
        self._pilot_estimators: dict[int, Estimator] = {}
        self.priors: dict[int, Prior] = {}
        self.learn([])

    def learn(self, counts: Sequence[Counted]) -> None:
        """Fit the priors to the pilot and make the rules again."""
        n = np.array([c.n for c in counts], np.int64)
        k = np.array([c.k for c in counts], np.int64)
        whole = fit(n, k) if counts else assumed()
        classes = np.array([self._class(c.problem_id) for c in counts], np.int64)
        self.priors = {NO_RATE: whole}
        for name in sorted(set(self._classes.values())):
            member = classes == name
            self.priors[name] = fit(n[member], k[member], base=whole)
        for name, prior in self.priors.items():
            confidence = self._settings.confidence
            rule = self._rule(prior)
            self._estimators[name] = Estimator(prior, rule, self._cuts, confidence)
            self._pilot_estimators[name] = Estimator(prior, self._fixed, self._cuts, confidence)

    def _rule(self, prior: Prior) -> StopRule:
        measure = self._settings.measure
        n_max = measure.accurate_samples if measure.stop == "dp-accurate" else measure.samples
        return make_rule(measure.stop, n_max, self._cuts, prior, measure.wrong_tier)

    def _class(self, problem_id: str) -> int:
        return self._classes.get(problem_id, NO_RATE)

    @property
    def fixed(self) -> StopRule:
        """The rule of the pilot."""
        return self._fixed

    def estimator(self, problem_id: str) -> Estimator:
        """How a problem's counts are read."""
        book = self._pilot_estimators if problem_id in self.pilot else self._estimators
        return book[self._class(problem_id)]

    def rule(self, problem_id: str) -> StopRule:
        """When sampling of a problem stops."""
        return self.estimator(problem_id).rule


def pilot_size(settings: TieringSettings, problems: int) -> int:
    """Number of problems in a pilot, where the mode has one."""
    most = max(MIN_PILOT, int(PILOT_SHARE * problems))
    return min(settings.measure.pilot, most, problems)


def choose_pilot(settings: TieringSettings, seed: int, ids: Sequence[str]) -> list[str]:
    """Problems whose samples the prior is fitted to: a random choice that the seed decides."""
    count = pilot_size(settings, len(ids))
    if settings.measure.stop not in LEARNING or not count:
        return []
    keys = np.array([key_of(problem_id) for problem_id in ids], np.uint64)
    chosen = np.argsort(bits(seed, STAGE, keys), kind="stable")[:count]
    return sorted(ids[index] for index in chosen)


def rate_classes(settings: TieringSettings, layout: Layout) -> dict[str, int]:
    """Class of each problem by the published rate that the prior is conditioned on.

    Raises:
        SettingsError: No problem carries that rate.
    """
    column = settings.measure.condition_on
    if column is None:
        return {}
    rates = published_rates_of(layout)
    same = [r for r in rates["reference"].unique() if bare_column(r) == bare_column(column)]
    chosen = rates.filter(pl.col("reference").is_in(same)).unique("problem_id", keep="first")
    if chosen.is_empty():
        known = ", ".join(rates["reference"].unique().sort()) or "none"
        raise SettingsError(
            f"tiering.measure.condition_on = {column!r}: no problem carries this rate; there are: "
            f"{known}"
        )
    classes = np.digitize(chosen["rate"].to_numpy(), EDGES)
    return dict(zip(chosen["problem_id"], classes.tolist(), strict=True))

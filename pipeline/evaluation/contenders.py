"""Opens what decides: a named policy and the pool in, one that can be played out."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.bank.bank import Bank
from pipeline.catalog.load import load_models
from pipeline.errors import SettingsError
from pipeline.evaluation.asked import Asked, digest_of
from pipeline.evaluation.outcomes import Outcomes, worth
from pipeline.evaluation.pools import Pool
from pipeline.evaluation.scores import read_scores
from pipeline.evaluation.specs import BEST_SINGLE, STRONG, THRESHOLD, Cut, PolicySpec
from pipeline.router.assemble import ALWAYS, MODEL, ORACLE, policy_of
from pipeline.router.menu import Menu, list_tariff
from pipeline.router.rules import FixedRule, Pick, Rule, always, price
from pipeline.router.turns import Policy, View
from pipeline.router_settings import ReachSettings, RouterSettings
from pipeline.settings import Settings


class Contender(NamedTuple):
    """A policy that can be played.

    Attributes:
        name: In results and in the ledger.
        policy: What decides.
        model: That decides, or that a fixed rule always calls.
        identity: What makes its decisions others, as JSON values.
        costs: Most USD of one of its turns, by input tokens: (per token, for the answer).
    """

    name: str
    policy: Policy
    model: str | None
    identity: dict[str, Any]
    costs: tuple[float, float] = (0.0, 0.0)

    @property
    def paid(self) -> bool:
        """Whether its own turns cost money."""
        return any(self.costs)


def check_specs(
    specs: Sequence[PolicySpec], settings: Settings, menu: Menu, bank: Bank | None
) -> None:
    """Refuse what cannot be opened, before anything is asked.

    Raises:
        SettingsError: A model is not on offer, a bank is missing, or a setting is.
    """
    for spec in specs:
        if spec.kind in (ORACLE, BEST_SINGLE) and bank is None:
            raise SettingsError(
                f"policy {spec.text!r} knows outcomes: give it a bank, --pool bank:PATH"
            )
        for model in _called(spec):
            if menu.by_model(model) is None:
                offered = ", ".join(menu.offered)
                raise SettingsError(
                    f"policy {spec.text!r}: {model} is not on offer; these are: {offered}"
                )
        if spec.kind == MODEL:
            _router_of(spec, settings)


def _called(spec: PolicySpec) -> list[str]:
    if spec.cut is not None:
        return [spec.cut.weak, spec.cut.strong]
    kind, _, model = spec.text.partition(":")
    return [model] if kind == ALWAYS else []


@contextlib.asynccontextmanager
async def open_contender(
    spec: PolicySpec, settings: Settings, pool: Pool, asked: Asked, bare: Sequence[str]
) -> AsyncIterator[Contender]:
    """Open a policy for one suite; its connections end with the block.

    Args:
        spec: Which.
        settings: Of the router.
        pool: Whose outcomes the oracle and the best single model know.
        asked: Problems: the best single model is best on them, a threshold has their scores.
        bare: Their questions without a frame, as far as known.

    Raises:
        SettingsError: It cannot be opened.
        InputError: A table of scores cannot be read, or has none of the problems.
    """
    if spec.cut is not None:
        yield _threshold(spec, spec.cut, asked, bare)
    elif spec.kind == BEST_SINGLE:
        assert pool.bank is not None
        model = best_single(pool.bank, pool.menu, asked)
        yield Contender(BEST_SINGLE, FixedRule(BEST_SINGLE, always(model)), model, {})
    elif spec.kind == MODEL:
        router = _router_of(spec, settings)
        async with policy_of(settings.model_copy(update={"router": router})) as policy:
            yield _chat(spec, router, policy)
    else:
        router = settings.router.model_copy(update={"policy": spec.text})
        chosen = settings.model_copy(update={"router": router})
        async with policy_of(chosen, pool.source) as policy:
            yield Contender(spec.text, policy, next(iter(_called(spec)), None), {})


def best_single(bank: Bank, menu: Menu, asked: Asked) -> str:
    """The model that is best by the metric of a suite, of equals the cheaper one.

    A cell that is missing counts as not right: it cannot be had.
    """
    items = list(asked.items())

    def average(model_id: str) -> float:
        found = Outcomes({}, {})
        for item in items:
            record = bank.record(item.known_as, model_id, item.sample)
            found.values[item.key] = worth(record, asked) if record is not None else 0.0
        return found.average(asked)

    means = {entry.model_id: average(entry.model_id) for entry in menu.entries}
    return min(menu.entries, key=lambda entry: (-means[entry.model_id], price(entry))).model_id


def _threshold(spec: PolicySpec, cut: Cut, asked: Asked, bare: Sequence[str]) -> Contender:
    table = read_scores(cut.table, cut.score, cut.key, cut.reference)
    scores = table.of(asked.texts, bare)
    if not scores:
        raise SettingsError(
            f"policy {spec.text!r}: none of the {len(asked):,} problems of {asked.suite.name} has "
            "a score there, neither by id nor by text"
        )
    by_query = {asked.links.get(item, item): score for item, score in scores.items()}
    side = "<" if cut.below else ">"
    name = f"{cut.name or THRESHOLD}:{table.name}{side}{cut.cut:g}"
    identity = {"scores": digest_of(sorted(scores.items())), "spec": spec.text}
    return Contender(name, FixedRule(name, _cut_rule(cut, by_query)), None, identity)


def _cut_rule(cut: Cut, scores: Mapping[str, float]) -> Rule:
    """The strong model on its side of the cut; a score that is the cut itself is on the other."""

    def rule(view: View) -> Pick:
        score = scores.get(view.query.problem_id or "")
        if score is None:
            strong = cut.missing == STRONG
        else:
            strong = score < cut.cut if cut.below else score > cut.cut
        entry = view.menu.by_model(cut.strong if strong else cut.weak)
        assert entry is not None
        return Pick(entry)

    return rule


def _router_of(spec: PolicySpec, settings: Settings) -> RouterSettings:
    """Settings of the model that decides; its turns are never longer than a call may be."""
    chosen = settings.router
    values: dict[str, Any] = {"policy": MODEL}
    sampling: dict[str, Any] = {"max_tokens": chosen.limits.call_tokens} | chosen.policy_sampling
    if spec.model is not None:
        models = {model.model_id: model for model in load_models(settings.catalog.models).models}
        if spec.model not in models:
            raise SettingsError(
                f"policy {spec.text!r}: no such model; the price list has {', '.join(models)}"
            )
        reach = chosen.deployments.get(spec.model) or ReachSettings()
        tariff = list_tariff(models[spec.model])
        sampling = {**reach.extra, **sampling}
        values |= {
            "policy_model": reach.model or models[spec.model].litellm_model,
            "policy_url": reach.url,
            "policy_key_env": reach.key_env,
            "policy_revision": None,
            "policy_input_per_million": tariff.input,
            "policy_output_per_million": tariff.output,
        }
    elif chosen.policy_model is None:
        raise SettingsError(
            "policy 'model' needs router.policy_model, the name of the model that decides; an "
            "untrained one of the price list is model:ID"
        )
    router: RouterSettings = chosen.model_copy(update=values | {"policy_sampling": sampling})
    return router


def _chat(spec: PolicySpec, router: RouterSettings, policy: Policy) -> Contender:
    longest = int(str(router.policy_sampling["max_tokens"]))
    costs = (
        router.policy_input_per_million / 1e6,
        router.policy_output_per_million / 1e6 * longest,
    )
    identity = {
        "model": router.policy_model,
        "url": router.policy_url,
        "revision": router.policy_revision,
        "sampling": digest_of(router.policy_sampling),
        "prices": costs,
    }
    name = spec.text if spec.model else str(router.policy_model)
    return Contender(name, policy, router.policy_model, identity, costs)

"""What a policy of an evaluation is: a router, or one of those that routers are compared with."""

from typing import Any

Row = dict[str, Any]
ROUTER, ORACLE, BEST, CHEAPEST, RANDOM, ONE, RULE = (
    "router",
    "oracle",
    "best single model",
    "cheapest model",
    "any model at random",
    "one model",
    "fixed rule",
)
ORDER = (ROUTER, ORACLE, BEST, CHEAPEST, RANDOM, ONE, RULE)
# By name of the policy; `baseline_policy` of the store has the same names.
NAMED = {
    "oracle": ORACLE,
    "best-single": BEST,
    "cheapest": CHEAPEST,
    "random": RANDOM,
    "priciest": RULE,
    "cheapest-capable": RULE,
}
# By baseline of evaluation_baselines.
BASELINES = {
    "oracle": ORACLE,
    "best_single": BEST,
    "cheapest": CHEAPEST,
    "random": RANDOM,
    "single": ONE,
}


def role_of(policy: str) -> str:
    """The role of a policy by its name."""
    return ONE if policy.startswith("always:") else NAMED.get(policy, ROUTER)


def with_roles(runs: list[Row], baselines: list[Row]) -> list[Row]:
    """Runs of one suite with their `role`: a model that is the best, or the cheapest, is that."""
    models = {row["model_id"]: BASELINES[row["baseline"]] for row in _named(baselines)}

    def role(run: Row) -> str:
        named = role_of(run["policy"])
        model = run["policy"].removeprefix("always:")
        return models.get(model, named) if named == ONE else named

    return [run | {"role": role(run)} for run in runs]


def beside(runs: list[Row], baselines: list[Row]) -> list[Row]:
    """Baselines of one suite that no run shows, with their `role`: by the bank, or unknown."""
    ran = {run["policy"].removeprefix("always:") for run in runs if run["role"] != ROUTER}
    roles = {run["role"] for run in runs}
    named = {row["model_id"] for row in _named(baselines)}

    def missing(row: Row) -> bool:
        if row["source"] == "unknown" or row["baseline"] == "oracle":
            return BASELINES[row["baseline"]] not in roles
        shown = ran | named if row["baseline"] == "single" else ran
        return row["model_id"] not in shown

    rows = [row | {"role": BASELINES[row["baseline"]]} for row in baselines]
    return [row for row in rows if row["source"] != "run" and missing(row)]


def _named(baselines: list[Row]) -> list[Row]:
    """The best and the cheapest model; where they are one, it is the best."""
    names = ("cheapest", "best_single")
    rows = [row for name in names for row in baselines if row["baseline"] == name]
    return [row for row in rows if row["model_id"]]


def label(row: Row) -> str:
    """A policy with its revision, as in tables and charts."""
    revision = row.get("policy_revision")
    return f"{row['policy']} @ {revision}" if revision else str(row["policy"])


def baseline_label(row: Row) -> str:
    """A baseline that nobody ran."""
    return str(row["model_id"] or BASELINES[row["baseline"]])

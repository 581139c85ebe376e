"""Policies by name: text of `--policy` in, what it stands for out. Opens nothing.

A threshold is `threshold:TABLE?weak=A&strong=B&below=0.5`: problems whose score is under the cut go
to the strong model, the others to the weak one. Several cuts, `below=0.2,0.5,0.8`, are as many
policies: together they are a deferral curve.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

from pipeline.errors import SettingsError
from pipeline.router.assemble import MODEL, ORACLE
from pipeline.router.rules import rule_named

BEST_SINGLE, THRESHOLD, RULE = "best-single", "threshold", "rule"
SIDES = ("below", "above")
WEAK, STRONG = "weak", "strong"
OPTIONS = (WEAK, STRONG, *SIDES, "score", "key", "reference", "missing", "name")
BASELINES = (ORACLE, BEST_SINGLE, "random", "cheapest")
FORM = "threshold:TABLE?weak=MODEL&strong=MODEL&below=CUT"


class Cut(NamedTuple):
    """A threshold over the scores of a table.

    Attributes:
        table: Parquet, CSV or JSONL, or the directory of a build.
        weak: Model of the problems on the other side.
        strong: Model of the problems under, or over, the cut.
        cut: The cut itself.
        below: Whether the strong model gets scores below it, or above it.
        score: Column; None: the usual one.
        key: Column; None: the usual one.
        reference: Of a build: whose rates.
        missing: Which of the two gets a problem without a score.
        name: For results; None: threshold.
    """

    table: Path
    weak: str
    strong: str
    cut: float
    below: bool
    score: str | None = None
    key: str | None = None
    reference: str | None = None
    missing: str = STRONG
    name: str | None = None


class PolicySpec(NamedTuple):
    """One policy.

    Attributes:
        text: As written; of a sweep, with one cut.
        kind: rule, oracle, best-single, threshold or model.
        model: Id in the price list: of `model:ID`.
        cut: Of a threshold.
    """

    text: str
    kind: str
    model: str | None = None
    cut: Cut | None = None


def read_specs(texts: Sequence[str]) -> list[PolicySpec]:
    """All policies that texts stand for, each once, in order.

    Raises:
        SettingsError: There is no such policy, or a threshold cannot be read.
    """
    found = [spec for text in texts for spec in _read(text.strip())]
    return list({spec.text: spec for spec in found}.values())


def _read(text: str) -> list[PolicySpec]:
    kind, _, rest = text.partition(":")
    if text in (MODEL, ORACLE, BEST_SINGLE):
        return [PolicySpec(text, text)]
    if kind == MODEL and rest:
        return [PolicySpec(text, MODEL, rest)]
    if kind == THRESHOLD:
        return [PolicySpec(_spelled(cut), THRESHOLD, cut=cut) for cut in _cuts(text, rest)]
    try:
        rule_named(text)
    except SettingsError as error:
        raise SettingsError(
            f"{error}, besides oracle, {BEST_SINGLE}, {FORM}, model (the router of the settings) "
            "and model:ID (an untrained one of the price list)"
        ) from error
    return [PolicySpec(text, RULE)]


def _cuts(text: str, rest: str) -> list[Cut]:
    table, _, query = rest.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    unknown = [name for name in given if name not in OPTIONS]
    sides = [side for side in SIDES if side in given]
    wants = [name for name in (WEAK, STRONG) if not given.get(name)]
    if not table or unknown or wants or len(sides) != 1 or len(given) != len(pairs):
        raise SettingsError(
            f"policy {text!r}: write {FORM}; options are {', '.join(OPTIONS)}, with one of "
            f"{' and '.join(SIDES)}"
        )
    missing = given.get("missing", STRONG)
    if missing not in (WEAK, STRONG):
        raise SettingsError(f"policy {text!r}: missing={missing}; it is weak or strong")
    more = {name: given.get(name) for name in ("score", "key", "reference", "name")}
    return [
        Cut(
            Path(table), given[WEAK], given[STRONG], cut, sides[0] == "below",
            missing=missing, **more,
        )
        for cut in _numbers(text, given[sides[0]])
    ]  # fmt: skip


def _numbers(text: str, values: str) -> list[float]:
    try:
        return [float(value) for value in values.split(",")]
    except ValueError:
        raise SettingsError(
            f"policy {text!r}: {values!r} is no number, nor several with commas between them"
        ) from None


def _spelled(cut: Cut) -> str:
    side = SIDES[0] if cut.below else SIDES[1]
    named = {"score": cut.score, "key": cut.key, "reference": cut.reference, "name": cut.name}
    more = "".join(f"&{name}={value}" for name, value in named.items() if value)
    return (
        f"threshold:{cut.table}?weak={cut.weak}&strong={cut.strong}&{side}={cut.cut:g}"
        f"&missing={cut.missing}{more}"
    )

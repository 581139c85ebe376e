"""Scores of problems that somebody else made: a table or a build in, a number for each item out."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from pipeline.errors import InputError, SettingsError
from pipeline.evaluation.linking import Texts, link, plain, user_text
from pipeline.io import read_parquet
from pipeline.layout import Layout

PASS_RATE, SCORE, KEY = "pass_rate", "score", "problem_id"
TEXT_COLUMNS = ("question", "prompt", "text", "query")


class ScoreTable:
    """Scores by the key or by the text of a question.

    Attributes:
        name: Of what is measured: the column.
    """

    def __init__(self, name: str, scores: dict[str, float], texts: dict[str, str]) -> None:
        """Keep a table.

        Args:
            name: Of the column.
            scores: By key.
            texts: What is asked, by key, where that is known.
        """
        self.name, self._scores, self._texts = name, scores, texts

    def of(self, items: Texts, bare: Iterable[str] = ()) -> dict[str, float]:
        """Scores by item, see `link`; items without one are left out."""
        found = {item: self._scores[item] for item in items if item in self._scores}
        rest = {item: text for item, text in items.items() if item not in found}
        links = link(rest, self._texts, bare) if rest and self._texts else {}
        return found | {item: self._scores[other] for item, other in links.items()}


def read_scores(
    path: Path, column: str | None, key: str | None, reference: str | None
) -> ScoreTable:
    """Read a table of scores.

    Args:
        path: Parquet, CSV or JSONL; or the directory of a build, whose pass rates are the scores.
        column: With the score; by default `score`, of a build `pass_rate`.
        key: Column that tells problems apart, an id or their text; by default `problem_id`, else
            one of `TEXT_COLUMNS`.
        reference: Of a build: whose rates; by default those that its tiers rest on.

    Raises:
        InputError: There is no such file or column, or a score is no number.
        SettingsError: An option is given that does not go with it.
    """
    if path.is_dir():
        if key is not None or column not in (None, PASS_RATE):
            raise SettingsError(f"{path}: of a build the scores are its pass rates, by problem")
        return _of_build(Layout(path), reference)
    if reference is not None:
        raise SettingsError(f"{path}: only a build has rates of several references")
    frame = _read(path)
    name, by = column or SCORE, key or _key(path, frame)
    _need(path, frame, name, by)
    frame = frame.filter(pl.col(name).is_not_null() & pl.col(by).is_not_null())
    keys = frame[by].cast(pl.String).to_list()
    try:
        numbers = frame[name].cast(pl.Float64).to_list()
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path}: column {name} holds something that is no number") from error
    texts = {each: plain(each) for each in keys}
    return ScoreTable(name, dict(zip(keys, numbers, strict=True)), texts)


def _of_build(built: Layout, reference: str | None) -> ScoreTable:
    if not (built.pass_rates.exists() and built.problems.exists()):
        raise InputError(
            f"{built.root}: no pass rates there; make some with `xrouter tier --out {built.root}`"
        )
    rates = read_parquet(built.pass_rates, ["problem_id", "reference", "pass_rate", "selected"])
    known = sorted(rates["reference"].unique())
    if reference is not None and reference not in known:
        raise SettingsError(
            f"{built.pass_rates}: no reference {reference!r}; there are {', '.join(known)}"
        )
    wanted = pl.col("selected") if reference is None else pl.col("reference") == reference
    chosen = rates.filter(wanted & pl.col("pass_rate").is_not_null())
    asked = read_parquet(built.problems, ["problem_id", "messages"]).iter_rows()
    texts = {problem_id: user_text(messages) for problem_id, messages in asked}
    return ScoreTable(PASS_RATE, dict(chosen.select("problem_id", "pass_rate").iter_rows()), texts)


def _read(path: Path) -> pl.DataFrame:
    suffix = path.suffix.lower()
    if not path.exists():
        raise InputError(f"{path}: no such table of scores")
    try:
        if suffix == ".parquet":
            return read_parquet(path)
        if suffix == ".csv":
            return pl.read_csv(path, infer_schema_length=None)
        if suffix in (".jsonl", ".ndjson"):
            return pl.read_ndjson(path, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from error
    raise InputError(f"{path}: scores are parquet, CSV or JSONL, or the directory of a build")


def _key(path: Path, frame: pl.DataFrame) -> str:
    for name in (KEY, *TEXT_COLUMNS):
        if name in frame.columns:
            return name
    raise InputError(
        f"{path}: none of {', '.join((KEY, *TEXT_COLUMNS))} is a column; name one with key=COLUMN "
        f"(it has {', '.join(frame.columns)})"
    )


def _need(path: Path, frame: pl.DataFrame, *names: str) -> None:
    for name in names:
        if name not in frame.columns:
            raise InputError(
                f"{path}: no column {name!r}; it has {', '.join(frame.columns)}: name one with "
                "score=COLUMN or key=COLUMN"
            )

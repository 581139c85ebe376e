"""Training problems against evaluation suites: the one place where both rooms meet.

Reads the suites, then hands texts to `pipeline.decontamination`, which knows frames only. A suite
that could not be had is named, so that nobody takes it for checked.
"""

from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.accounting import Progress, StageReport
from pipeline.decontamination.own import own_texts
from pipeline.decontamination.stage import write_decontamination
from pipeline.decontamination_settings import DecontaminationSettings
from pipeline.errors import InputError, SettingsError
from pipeline.evaluation.suites.load import local_suites
from pipeline.evaluation.suites.places import local_files
from pipeline.evaluation.suites.registry import suite_named, suite_names, suites
from pipeline.evaluation.suites.texts import reference_texts
from pipeline.layout import Layout
from pipeline.left_out import STAGE
from pipeline.settings import Settings

NO_FILE = "no file in the directory"
NOT_CHOSEN = "not chosen"


class Gathered(NamedTuple):
    """Items to compare with, and the suites that could not be had, with the reason."""

    texts: pl.DataFrame
    missing: dict[str, str]


def chosen_suites(settings: DecontaminationSettings) -> tuple[str, ...]:
    """Suites to compare with; those that are for evaluation only are always among them.

    Raises:
        SettingsError: There is no suite of a name.
    """
    if not settings.suites:
        return suite_names()
    wanted = {suite_named(name).name for name in settings.suites}
    return tuple(n for n, suite in suites().items() if n in wanted or suite.evaluation_only)


def check_decontamination(settings: DecontaminationSettings) -> None:
    """Refuse what cannot be, before anything long starts.

    Raises:
        SettingsError: There is no suite of a name.
        InputError: A directory or a file is not there.
    """
    chosen_suites(settings)
    paths = list(settings.own.values())
    if settings.suites_from is not None and not settings.from_hub:
        paths.append(settings.suites_from)
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or directory to compare problems with")


def gather(settings: DecontaminationSettings) -> Gathered:
    """Read every suite that can be had, and the user's own sets.

    Raises:
        SettingsError: Nothing is named, a suite is unknown, or an own set has a suite's name.
        InputError: A suite that was named is not there, or a file cannot be used.
        MachineError: The Hub cannot be reached.
    """
    if not settings.wanted:
        raise SettingsError("nothing to compare with; give --suites-from DIR or --own NAME=FILE")
    check_decontamination(settings)
    frames, missing = [], {}
    for name in suite_names() if settings.suites_from else ():
        if name not in chosen_suites(settings):
            missing[name] = NOT_CHOSEN
            continue
        found = _suite(name, settings)
        if isinstance(found, str):
            missing[name] = found
        else:
            frames.append(found)
    for name, path in settings.own.items():
        if settings.suites_from and name in suite_names():
            raise SettingsError(f"own set {name!r} has the name of a suite; call it otherwise")
        frames.append(own_texts(name, path))
    if not frames:
        raise InputError(
            f"{settings.suites_from}: no file of any suite; see pipeline/evaluation/README.md for "
            "their names"
        )
    return Gathered(pl.concat(frames), missing)


def _suite(name: str, settings: DecontaminationSettings) -> pl.DataFrame | str:
    """Texts of a suite, or why there are none; one that was named must be there."""
    where = None if settings.from_hub else settings.suites_from
    named = name in settings.suites
    if where is not None and name not in local_suites(where) and not named:
        return NO_FILE
    try:
        return reference_texts(where, [name])
    except InputError as error:
        # Gated on the Hub, most likely: the others can be checked all the same.
        if named or where is not None:
            raise
        return str(error)


def suite_files(settings: DecontaminationSettings) -> list[Path]:
    """Local files that decide what problems are compared with."""
    files = [path for path in settings.own.values() if path.is_file()]
    if settings.suites_from is not None and not settings.from_hub:
        for suite in suites().values():
            files += local_files(suite, settings.suites_from)
    return files


def decontaminate(settings: Settings, layout: Layout, progress: Progress) -> StageReport:
    """The stage of the main job.

    Raises:
        XRouterError: See `gather`.
    """
    gathered = gather(settings.decontamination)
    return write_decontamination(settings, layout, gathered.texts, gathered.missing, progress)


def forget(layout: Layout) -> None:
    """Remove what an earlier build with suites left: this one is made without."""
    for path in (layout.contamination, layout.decontamination, layout.rejects(STAGE)):
        path.unlink(missing_ok=True)
    layout.stage_record(STAGE).unlink(missing_ok=True)

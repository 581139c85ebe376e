"""Pins what lies elsewhere: specs come in; Hub datasets at one commit, and local copies, go out.

The commit is asked for once and kept in a lock file, so that a build that is resumed or repeated
reads what it read the first time, however far the Hub has moved on. Delete the file to move along.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import InputError
from pipeline.io import write_text
from pipeline.remote import fetched_specs
from pipeline.settings import Settings
from pipeline.sources import hub

COPIES = "remote"
RECORDED = "recorded:"


def pinned(settings: Settings, lock: Path) -> Settings:
    """Settings whose Hub specs all name a commit, and whose other addresses are local copies.

    Args:
        settings: Specs as the user wrote them.
        lock: JSON file of commits by spec; written where a spec is new to it. Copies of what lies
            in object storage are kept in `remote` beside it.

    Raises:
        InputError: The lock file is not one, or a dataset cannot be had.
        MachineError: The Hub could not be reached for a spec that the lock does not hold, or other
            storage could not.
    """
    settings = _brought_here(settings, lock.with_name(COPIES))
    sources = settings.sources
    asked = [s for s in (*sources.problems, *sources.everyday) if s.startswith(hub.PREFIX)]
    if not asked:
        return settings
    commits = _commits(asked, lock)
    update = {
        "problems": tuple(_at(spec, commits) for spec in sources.problems),
        "everyday": tuple(_at(spec, commits) for spec in sources.everyday),
    }
    return settings.model_copy(update={"sources": sources.model_copy(update=update)})


def _brought_here(settings: Settings, folder: Path) -> Settings:
    sources, tiering = settings.sources, settings.tiering
    update = {
        "problems": fetched_specs(sources.problems, folder),
        "everyday": fetched_specs(sources.everyday, folder),
    }
    references = tiering.references and fetched_specs(tiering.references, folder, RECORDED)
    return settings.model_copy(
        update={
            "sources": sources.model_copy(update=update),
            "tiering": tiering.model_copy(update={"references": references}),
        }
    )


def _commits(asked: Sequence[str], lock: Path) -> dict[str, str]:
    commits = _read(lock)
    new = {spec: hub.commit_of(spec) for spec in dict.fromkeys(asked) if spec not in commits}
    if new:
        commits |= new
        write_text(lock, json.dumps(commits, indent=2, sort_keys=True) + "\n")
    return commits


def _read(lock: Path) -> dict[str, str]:
    try:
        commits = json.loads(lock.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise InputError(f"{lock}: not JSON ({error}); delete it to pin anew") from error
    if not isinstance(commits, dict) or not all(isinstance(v, str) for v in commits.values()):
        raise InputError(f"{lock}: holds no commits by dataset; delete it to pin anew")
    return commits


def _at(spec: str, commits: dict[str, str]) -> str:
    return f"{hub.PREFIX}{hub.parse(spec).repo}@{commits[spec]}" if spec in commits else spec

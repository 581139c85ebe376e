"""What licences allow: names come in, permissions and the reason for a refusal go out.

The rules are in `licences.toml`; a file of the user's adds to them.
"""

import re
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import InputError

TOGETHER = re.compile(r"\s+AND\s+", re.IGNORECASE)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Terms(_Strict):
    """What one licence allows; see the comments at the top of `licences.toml`."""

    url: str = Field(pattern=r"^https?://\S+$")
    redistribute: bool
    attribution: bool = True
    share_alike: bool = False
    hub: str = "other"
    reason: str | None = None


class Policy(_Strict):
    """All known licences, and what is for evaluation alone."""

    licences: dict[str, Terms]
    evaluation_only: tuple[str, ...] = ()

    def terms(self, licence: str) -> dict[str, Terms]:
        """Terms of each licence in `A AND B`, by its usual name; unknown ones are left out."""
        usual = {name.lower(): name for name in self.licences}
        wanted = [usual.get(part.strip().lower()) for part in TOGETHER.split(licence)]
        return {name: self.licences[name] for name in wanted if name}

    def refusal(self, licence: str, data_source: str, dataset: str) -> str | None:
        """Why rows may not go out; None where they may."""
        for pattern in self.evaluation_only:
            if any(fnmatchcase(name.lower(), pattern) for name in (data_source, dataset)):
                return "for evaluation only"
        known = self.terms(licence)
        if len(known) < len(TOGETHER.split(licence)):
            return "not a licence that is known to allow it"
        for terms in known.values():
            if not terms.redistribute:
                return terms.reason or "its licence forbids it"
        return None


def load_policy(user: Path | None = None) -> Policy:
    """The policy of the package, with the entries of a user's file over it.

    Raises:
        InputError: The file is missing, or no policy.
    """
    text = resources.files("pipeline.publishing").joinpath("licences.toml").read_text("utf-8")
    own = tomllib.loads(text)
    return Policy.model_validate(_merged(own, _read(user)) if user else own)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        return Policy.model_validate({"licences": {}} | found).model_dump(exclude_unset=True)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: not a readable licence file in TOML ({error})") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InputError(f"{path}: no licences of the form of licences.toml: {faults}") from error


def _merged(own: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing that is for evaluation alone can be taken off the list."""
    return {
        "licences": {**own["licences"], **over["licences"]},
        "evaluation_only": (*own["evaluation_only"], *over.get("evaluation_only", ())),
    }

"""Keys of the API: a file of hashes, and the check of what a client presents.

A key is 256 random bits, so that a plain SHA-256 of it can be kept: there is nothing to guess.
"""

import hashlib
import hmac
import os
import secrets
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from pipeline.errors import InputError, SettingsError
from pipeline.section import Section
from pipeline.serving.errors import ApiError

PREFIX = "sk-xr-"
SECRET_BYTES = 32
ID_PATTERN = r"^[a-z0-9][a-z0-9_.-]{0,63}$"
# Compared with where there is no such key, so that this takes as long as a wrong secret.
_NOBODY = hashlib.sha256(secrets.token_bytes(SECRET_BYTES)).hexdigest()


class Key(Section):
    """One key: who it is, and what it may do."""

    id: Annotated[str, Field(pattern=ID_PATTERN)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    requests_per_minute: int | None = Field(None, ge=1)
    usd_per_day: float | None = Field(None, ge=0, allow_inf_nan=False)
    created_at: datetime | None = None


class _File(Section):
    keys: tuple[Key, ...] = Field(min_length=1)


class KeyRing:
    """All keys of a file."""

    def __init__(self, keys: Mapping[str, Key]) -> None:
        self.keys = dict(keys)

    def find(self, authorization: str) -> Key:
        """The key that a header presents.

        Args:
            authorization: Value of the header.

        Raises:
            ApiError: It is none of ours.
        """
        scheme, _, token = authorization.partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        key_id = token.removeprefix(PREFIX).rpartition("-")[0]
        key = self.keys.get(key_id)
        known = key.sha256 if key else _NOBODY
        # Of hashes: what time tells of a hash helps nobody to the key.
        same = hmac.compare_digest(_hash(token), known)
        if key is None or not same:
            what = "this key is not known" if token else "send a key: Authorization: Bearer KEY"
            raise ApiError(401, what, "authentication_error", "invalid_api_key")
        return key


def load_keys(path: Path) -> KeyRing:
    """Read the file of keys.

    Raises:
        InputError: It cannot be used. No value of it is shown: it may be a key in the wrong place.
    """
    try:
        found = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; make one with: xrouter keys new ID") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({type(error).__name__})") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML ({error}); correct that line") from None
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InputError(f"{path}: {faults}") from None
    ids = [key.id for key in found.keys]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise InputError(f"{path}: {', '.join(twice)}: an id stands there twice; remove one")
    return KeyRing({key.id: key for key in found.keys})


def new_key(
    path: Path, key_id: str, requests_per_minute: int | None, usd_per_day: float | None
) -> str:
    """Make a key, add its hash to a file, and return it: it is stored nowhere.

    Raises:
        InputError: The file cannot be used.
        SettingsError: The id is taken, or a value is out of range.
    """
    if path.exists() and key_id in load_keys(path).keys:
        raise SettingsError(f"{path}: there is a key {key_id!r}; choose another id, or remove it")
    token = f"{PREFIX}{key_id}-{secrets.token_hex(SECRET_BYTES)}"
    try:
        key = Key(
            id=key_id,
            sha256=_hash(token),
            requests_per_minute=requests_per_minute,
            usd_per_day=usd_per_day,
            created_at=datetime.now(UTC).replace(microsecond=0),
        )
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}, got {e['input']!r}"
            for e in error.errors()
        )
        raise SettingsError(faults) from None
    _append(path, key)
    return token


def _append(path: Path, key: Key) -> None:
    values = key.model_dump(mode="json", exclude_none=True)
    lines = [
        f"{name} = {value}" if isinstance(value, int | float) or name == "created_at"
        else f'{name} = "{value}"'
        for name, value in values.items()
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write("\n".join(["[[keys]]", *lines, "", ""]))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()

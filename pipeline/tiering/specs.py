"""Reference specs: text such as `recorded:PATH` comes in, typed specs go out.

Knows the forms and their options, nothing of what stands behind a path or a column.
"""

import re
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import SettingsError
from pipeline.settings import SAMPLE, Settings

FORMS = """known forms:
  simulated[:NAME]                        a declared stand-in
  recorded:PATH[?mapping=FILE]            attempts in a JSONL or parquet file
  published:COLUMN[=MODEL][?n=SAMPLES]    a pass rate that came with the problems; MODEL is the
                                          reference that the rate stands in for
  vllm[:MODEL]                            start vLLM on this machine's GPUs and sample
  endpoint:URL[,URL...][?model=MODEL]     sample OpenAI-compatible servers that are running
  litellm:MODEL                           sample a hosted model by LiteLLM's name of it"""
STAND_IN = "stand-in"
RATE_SUFFIXES = ("_pass_rate", "_avg_reward")
_URL = re.compile(r"https?://[^\s/@]+(/[^\s]*)?")
_USER = re.compile(r"(?<=//)[^/@,]*@")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Recorded(NamedTuple):
    """Replay the attempts of a file; `mapping` None: one of the committed mappings."""

    path: Path
    mapping: Path | None = None


class Published(NamedTuple):
    """Take a rate that came with the problems; `n` 0: the number of samples is unknown."""

    column: str
    n: int = 0
    proxy_for: str | None = None


class Simulated(NamedTuple):
    """Let a declared stand-in answer."""

    name: str = STAND_IN

    @property
    def model(self) -> str:
        """Name under which LiteLLM, and every table, knows the stand-in."""
        return f"simulated/{self.name}"


class Sampled(NamedTuple):
    """Sample a model; what is left open comes from `settings.tiering.measure`.

    Attributes:
        engine: vllm, endpoint or litellm.
        model: None: the one of the settings.
        urls: Base URLs, for `endpoint`.
    """

    engine: str
    model: str | None = None
    urls: tuple[str, ...] = ()


Spec = Recorded | Published | Simulated | Sampled


def parse_spec(text: str) -> Spec:
    """Read one reference spec.

    Raises:
        SettingsError: The text has none of the known forms.
    """
    form, colon, body = text.partition(":")
    if form == "simulated" and (body or not colon):
        return _simulated(text, body or STAND_IN)
    if form == "recorded" and body:
        path, marker, mapping = body.partition("?mapping=")
        if path and bool(marker) == bool(mapping):
            return Recorded(Path(path), Path(mapping) if mapping else None)
    if form == "published" and body:
        return _published(text, body)
    if form == "vllm" and (body or not colon):
        return Sampled("vllm", body or None)
    if form == "litellm" and body:
        return Sampled("litellm", body)
    if form == "endpoint" and body:
        return _endpoint(text, body)
    raise _mistake(text, "not a reference")


def reference_specs(settings: Settings) -> tuple[Spec, ...]:
    """The specs of a build in order of precedence.

    Unset means the stand-in for the embedded sample and nothing for real problems: a tier is never
    made up.

    Raises:
        SettingsError: A spec has an unknown form or stands there twice.
    """
    texts = settings.tiering.references
    if texts is None:
        texts = ("simulated",) if settings.sources.problems == (SAMPLE,) else ()
    specs = tuple(parse_spec(text) for text in texts)
    for index, spec in enumerate(specs):
        if spec in specs[:index]:
            raise SettingsError(f"reference {texts[index]!r} is listed twice; name it once")
    return specs


def bare_column(name: str) -> str:
    """A rate's name without the suffix that says it is a rate."""
    for suffix in RATE_SUFFIXES:
        if name.endswith(suffix) and name != suffix:
            return name.removesuffix(suffix)
    return name


def _simulated(text: str, name: str) -> Simulated:
    if not _NAME.fullmatch(name):
        raise _mistake(text, "NAME takes letters, digits, dots, dashes and underscores")
    return Simulated(name)


def _endpoint(text: str, body: str) -> Sampled:
    listed, marker, model = body.partition("?model=")
    urls = tuple(url.rstrip("/") for url in listed.split(","))
    if bool(marker) != bool(model):
        raise _mistake(text, "MODEL must not be empty")
    for url in urls:
        if not _URL.fullmatch(url):
            raise _mistake(
                text,
                f"{url!r} is no URL such as http://host:8000/v1; a key goes into the variable that "
                "tiering.measure.api_key_env names",
            )
    if len(set(urls)) < len(urls):
        raise _mistake(text, "a URL stands there twice; name each replica once")
    return Sampled("endpoint", model or None, urls)


def _published(text: str, body: str) -> Published:
    body, marker, samples = body.partition("?n=")
    column, equals, proxy_for = body.partition("=")
    if not column or bool(equals) != bool(proxy_for):
        raise _mistake(text, "COLUMN and MODEL must not be empty")
    if marker and not (samples.isdecimal() and 0 < int(samples) < 1_000_000):
        raise _mistake(text, f"n={samples!r} must be a whole number of at least 1")
    return Published(column, int(samples) if marker else 0, proxy_for or None)


def _mistake(text: str, what: str) -> SettingsError:
    # Somebody's password may stand where a URL has a place for one.
    said = _USER.sub("***@", f"reference {text!r}: {what}")
    return SettingsError(f"{said}; {FORMS}")

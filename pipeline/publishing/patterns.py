"""What must not go out: forms of keys, passwords and personal data, each with its check.

Text comes in, kinds go out. An anchor is looked for first, in compiled code over whole columns;
only texts that have it are looked at closely.
"""

import ipaddress
import math
import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

SECRET = "secret"
PERSONAL = "personal"


class Pattern(NamedTuple):
    """One kind of finding.

    Attributes:
        kind: Its name.
        group: SECRET or PERSONAL.
        anchor: Regular expression without look-around that every text with a finding matches.
        regex: What is looked for.
        check: Whether a match is one.
    """

    kind: str
    group: str
    anchor: str
    regex: re.Pattern[str]
    check: Callable[[re.Match[str]], bool]


def kinds_in(text: str, patterns: "tuple[Pattern, ...]") -> list[str]:
    """Kinds of what a text holds."""
    return [p.kind for p in patterns if any(p.check(m) for m in p.regex.finditer(text))]


def entropy(text: str) -> float:
    """Shannon entropy, bits per character."""
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)


def random_looking(match: re.Match[str]) -> bool:
    """Whether the last group could be a key: mixed characters, none of them often, no words."""
    value = match[match.lastindex or 0]
    mixed = re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
    return bool(mixed) and entropy(value) >= 3.3 and not _DUMMY.search(value)


_DUMMY = re.compile(
    r"(?i)x{4}|example|your|dummy|placeholder|changeme|test.?key|1234567|abcdef|(.)\1{4}"
)


def _known(match: re.Match[str]) -> bool:
    """A prefix of a provider says what it is; only what stands for a key in a manual is none."""
    value = match[match.lastindex or 0]
    return not _DUMMY.search(value) and entropy(value) >= 2.8


def _always(match: re.Match[str]) -> bool:
    return True


def _person_at_host(match: re.Match[str]) -> bool:
    """Addresses of documentation and of machines belong to nobody."""
    name, host = match[1].lower(), match[2].lower()
    reserved = re.search(r"(^|\.)(example|test|invalid|localhost|local|domain|email)(\.|$)", host)
    return not reserved and name not in {"noreply", "no-reply", "git"}


def _public_address(match: re.Match[str]) -> bool:
    """Versions of programs have four small numbers, too."""
    try:
        large = sum(int(part) >= 20 for part in match[0].split("."))
        return large >= 2 and ipaddress.ip_address(match[0]).is_global
    except ValueError:
        return False


def _luhn(match: re.Match[str]) -> bool:
    digits = [int(c) for c in match[0] if c.isdigit()]
    if len(set(digits)) < 4:
        return False
    doubled = [d if i % 2 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits[-16:])]
    return len(digits) == 16 and sum(doubled) % 10 == 0


def _iban(match: re.Match[str]) -> bool:
    value = re.sub(r"\s", "", match[0])
    digits = "".join(str(int(c, 36)) for c in value[4:] + value[:4])
    return len(value) >= 15 and int(digits) % 97 == 1


def _phone(match: re.Match[str]) -> bool:
    """Numbers 555-01xx are kept for fiction."""
    digits = re.sub(r"\D", "", match[0])
    return 8 <= len(digits) <= 15 and len(set(digits)) > 3 and digits[-7:-2] != "55501"


def _secret(
    kind: str, anchor: str, regex: str, check: Callable[[re.Match[str]], bool] = _known
) -> Pattern:
    return Pattern(kind, SECRET, anchor, re.compile(regex), check)


def _personal(
    kind: str, anchor: str, regex: str, check: Callable[[re.Match[str]], bool] = _always
) -> Pattern:
    return Pattern(kind, PERSONAL, anchor, re.compile(regex), check)


SECRETS = (
    _secret("private key", "PRIVATE KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----", _always),
    _secret("OpenAI key", "sk-", r"\bsk-(?:proj-|svcacct-|admin-)?([A-Za-z0-9_-]{20,})"),
    _secret("Anthropic key", "sk-ant-", r"\bsk-ant-([A-Za-z0-9_-]{20,})"),
    _secret("OpenRouter key", "sk-or-", r"\bsk-or-v1-([0-9a-f]{32,})"),
    _secret("Hugging Face token", "hf_|api_org_", r"\b(?:hf|api_org)_([A-Za-z]{30,40})\b"),
    _secret("Google key", "AIza", r"\bAIza([A-Za-z0-9_-]{35})"),
    _secret("Google OAuth token", "ya29", r"\bya29\.([A-Za-z0-9_-]{20,})"),
    _secret("AWS key id", "AKIA|ASIA", r"\b(?:AKIA|ASIA)([0-9A-Z]{16})\b"),
    _secret("GitHub token", "gh[pousr]_", r"\bgh[pousr]_([A-Za-z0-9]{36,})"),
    _secret("GitHub token", "github_pat_", r"\bgithub_pat_([A-Za-z0-9_]{40,})"),
    _secret("GitLab token", "glpat-", r"\bglpat-([A-Za-z0-9_-]{20,})"),
    _secret("Slack token", "xox[abprs]-", r"\bxox[abprs]-([A-Za-z0-9-]{20,})"),
    _secret("Slack hook", "hooks.slack.com", r"hooks\.slack\.com/services/([A-Za-z0-9/]{30,})"),
    _secret("Stripe key", "k_live_", r"\b[rs]k_live_([A-Za-z0-9]{20,})"),
    _secret("Groq key", "gsk_", r"\bgsk_([A-Za-z0-9]{40,})"),
    _secret("xAI key", "xai-", r"\bxai-([A-Za-z0-9]{40,})"),
    _secret("npm token", "npm_", r"\bnpm_([A-Za-z0-9]{36})\b"),
    _secret("PyPI token", "pypi-AgE", r"\bpypi-AgE([A-Za-z0-9_-]{40,})"),
    _secret("SendGrid key", "SG\\.", r"\bSG\.([A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,})"),
    _secret("Azure storage key", "AccountKey=", r"AccountKey=([A-Za-z0-9+/=]{60,})"),
    _secret("web token", "eyJ", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.([\w-]{16,})"),
    _secret(
        "password in a URL",
        "://",
        r"\b[a-z][a-z0-9+.-]{2,15}://[^\s:/@'\"]{1,64}:([^\s:/@'\"]{6,64})@",
    ),
    _secret(
        "assigned secret",
        r"(?i)(secret|token|passw(or)?d|api[_-]?key|access[_-]?key|authorization)[\"']{0,2}\s*[=:]",
        r"(?i)(?:secret|token|passw(?:or)?d|api[_-]?key|access[_-]?key|authorization)"
        r"[\"']{0,2}\s*(?:=>?|:)\s*(?:bearer\s+)?[\"']?([A-Za-z0-9+/_=-]{20,})",
        random_looking,
    ),
)

PERSONALS = (
    _personal(
        "e-mail address",
        "@",
        r"(?<![\w.+-])([A-Za-z0-9][\w.+-]{0,63})@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24})\b",
        _person_at_host,
    ),
    _personal(
        "phone number",
        r"\+[0-9]{1,3}[ .(-]|[0-9]{3}[ .)-]{1,2}[0-9]{3}[ .-][0-9]{4}",
        r"(?<![\w.+*/^=-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]\d{2,4}){2,3}"
        r"|(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-.])[2-9]\d{2}[-.]\d{4})(?![\w*/^+-]|\.\d)",
        _phone,
    ),
    _personal(
        "IP address",
        r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}",
        r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)",
        _public_address,
    ),
    _personal(
        "card number",
        r"[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}",
        r"(?<![\d-])(?<!\d )[3-6]\d{3}([ -])\d{4}\1\d{4}\1\d{4}(?![\d-]| \d)",
        _luhn,
    ),
    _personal(
        "social security number",
        r"[0-9]{3}-[0-9]{2}-[0-9]{4}",
        r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])",
    ),
    _personal(
        "bank account",
        r"[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}",
        r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
        _iban,
    ),
)
PATTERNS = SECRETS + PERSONALS

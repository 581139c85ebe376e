"""Is a text in another language than wanted? Only a confident yes counts."""

import functools
import re
from typing import Any

MIN_LETTERS = 8
MIN_LATIN_LETTERS = 40
MIN_MARGIN = 12.0
MAX_TEXT = 2_000

_SCRIPTS = {
    "latin": r"A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    "greek": r"\u0370-\u03ff\u1f00-\u1fff",
    "cyrillic": r"\u0400-\u052f",
    "hebrew": r"\u0590-\u05ff",
    "arabic": r"\u0600-\u06ff\u0750-\u077f",
    "devanagari": r"\u0900-\u097f",
    "bengali": r"\u0980-\u09ff",
    "tamil": r"\u0b80-\u0bff",
    "thai": r"\u0e00-\u0e7f",
    "kana": r"\u3040-\u30ff\u31f0-\u31ff",
    "han": r"\u3400-\u4dbf\u4e00-\u9fff",
    "hangul": r"\uac00-\ud7af\u1100-\u11ff",
}
_PATTERNS = {name: re.compile(f"[{ranges}]") for name, ranges in _SCRIPTS.items()}
_WANTED = {
    "ja": ("kana", "han"), "zh": ("han",), "ko": ("hangul",), "ru": ("cyrillic",),
    "uk": ("cyrillic",), "bg": ("cyrillic",), "sr": ("cyrillic", "latin"), "el": ("greek",),
    "ar": ("arabic",), "fa": ("arabic",), "ur": ("arabic",), "he": ("hebrew",), "hi":
    ("devanagari",), "mr": ("devanagari",), "ne": ("devanagari",), "bn": ("bengali",), "ta":
    ("tamil",), "th": ("thai",),
}  # fmt: skip


def other_language(text: str, language: str) -> str | None:
    """What speaks against the wanted language (ISO 639-1); None where nothing does for sure."""
    text = text[:MAX_TEXT]
    counts = {name: len(pattern.findall(text)) for name, pattern in _PATTERNS.items()}
    # A Han character or a syllable says as much as two letters.
    letters = sum(counts.values()) + counts["han"] + counts["kana"] + counts["hangul"]
    if letters < MIN_LETTERS:
        return None
    wanted = _WANTED.get(language, ("latin",))
    share = sum(counts[name] for name in wanted) / sum(counts.values())
    if share < 0.3:
        return f"not in the script of {language!r}"
    if language == "ja" and counts["han"] >= 15 and counts["kana"] == 0:
        return "Chinese, not Japanese"
    if language == "zh" and counts["kana"] > counts["han"] / 4:
        return "Japanese, not Chinese"
    if wanted == ("latin",) and counts["latin"] >= MIN_LATIN_LETTERS:
        return _other_latin(text, language)
    return None


def _other_latin(text: str, language: str) -> str | None:
    ranked = dict(_rank()(re.sub(r"https?://\S+|```.*?```", " ", text, flags=re.DOTALL)))
    if language not in ranked:
        return None
    best = max(ranked, key=lambda code: ranked[code])
    if best == language or ranked[best] - ranked[language] < MIN_MARGIN:
        return None
    return f"detected {best!r}, wanted {language!r}"


@functools.cache
def _rank() -> Any:
    from py3langid import rank  # type: ignore[import-untyped]

    return rank

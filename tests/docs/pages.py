"""What the Markdown pages tell a reader to run: commands in blocks, commands within a line."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SHELL = {"", "bash", "sh", "console"}
FENCE = re.compile(r"^```(\w*)\s*$")
INDENTED = re.compile(r"^ {4}(?=\S)")
ASSIGNMENTS = r"(?:[A-Z_]+=\S*\s+)*"
# What a line begins with where it is a command, and no tree, output or formula.
PROGRAMS = re.compile(
    rf"^{ASSIGNMENTS}(?:export\s+\w+=|(?:\S*/)?(?:xrouter|python3?(?:\.\d+)?|pip|uv|prefect|pytest|ray|aws|vllm|"
    r"hf|git|docker|curl)(?=\s|$))"
)
INLINE = re.compile(
    rf"`({ASSIGNMENTS}(?:\S*/)?(?:xrouter|prefect|python|pytest|pip|uv|aws)\s[^`]+)`"
)
COMMENT = re.compile(r"\s{2,}#.*$|\s+#\s.*$")


class Command(NamedTuple):
    """A command as a page shows it, without its comment."""

    page: str
    text: str


def pages() -> list[Path]:
    """Every page that is, or is about to be, committed."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listing = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted({ROOT / line for line in listing.stdout.splitlines() if (ROOT / line).exists()})


def blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Fenced blocks with their language, indented ones with none."""
    language: str | None = None
    lines: list[str] = []
    for line in text.splitlines():
        fence = FENCE.match(line)
        if fence and language is None:
            language, lines = fence.group(1), []
        elif line.startswith("```") and language is not None:
            yield language, lines
            language = None
        elif language is not None:
            lines.append(line)
        elif INDENTED.match(line):
            yield "", [line.strip()]


def prose(text: str) -> str:
    """A page without its fenced blocks, wrapped lines joined."""
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"\n(?=\S)", " ", outside)


def clean(line: str) -> str:
    """A command without the comment behind it."""
    return COMMENT.sub("", line).strip()


def commands_of(text: str) -> Iterator[str]:
    """All commands of a page, in order."""
    for language, lines in blocks(text):
        if language not in SHELL:
            continue
        joined = re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
        for line in map(clean, joined):
            if line and not line.startswith("#") and (language or PROGRAMS.match(line)):
                yield from map(str.strip, line.split(" && "))
    for found in INLINE.finditer(prose(text)):
        yield from map(str.strip, found.group(1).split(" && "))


def commands() -> list[Command]:
    """Every command of every page, each once a page."""
    found = (
        Command(str(page.relative_to(ROOT)), text)
        for page in pages()
        for text in commands_of(page.read_text(encoding="utf-8"))
    )
    return list(dict.fromkeys(found))


def snippets() -> list[Command]:
    """Every Python block of every page."""
    return [
        Command(str(page.relative_to(ROOT)), "\n".join(lines))
        for page in pages()
        for language, lines in blocks(page.read_text(encoding="utf-8"))
        if language == "python"
    ]

"""Every command of every page is known, parses, and names only what is there."""

import re
import shlex
import tomllib
from importlib.util import find_spec
from typing import Any

import pytest
import typer
from docs.pages import ROOT, Command, commands, snippets
from docs.register import NAMED, PROVED, RUN

from flows.cli.app import app

KNOWN = set(RUN) | set(PROVED) | NAMED
SHOWN = sorted({command.text for command in commands()})
COMMANDS = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINNED = {"verl": {"verl==0.9.1"}, "vllm": set(PROJECT["optional-dependencies"]["gpu"])}


def words_of(text: str) -> list[str]:
    """The words of a command without variables before it and dots that stand for more."""
    words = [word for word in shlex.split(text) if word != "..."]
    while words and re.match(r"^[A-Z_]+=", words[0]):
        words = words[1:]
    return words


def parse(words: list[str]) -> None:
    """Have the command line parse a command, and not run it.

    Raises:
        UsageError: It has no such command or option, or a value is wrong.
    """
    command: Any = typer.main.get_command(app)
    context = command.make_context("xrouter", list(words))
    while hasattr(command, "resolve_command"):
        left = context._protected_args + context.args
        name, command, rest = command.resolve_command(context, left)
        context = command.make_context(name, list(rest), parent=context)


def test_every_command_of_a_page_is_known() -> None:
    unknown = [command for command in commands() if command.text not in KNOWN]
    assert not unknown, "say in tests/docs/register.py how these are run or proved"


def test_no_command_is_known_that_no_page_has() -> None:
    assert not KNOWN - set(SHOWN)


def test_what_is_proved_elsewhere_names_a_place() -> None:
    for text, proof in PROVED.items():
        assert (ROOT / proof.where).exists(), (text, proof)


def arguments_of(text: str) -> list[str] | None:
    """What follows `xrouter` in a command, wherever that program lies; None for other programs."""
    words = words_of(text)
    for index, word in enumerate(words):
        if word.rpartition("/")[2] == "xrouter":
            return words[index + 1 :]
    return None


@pytest.mark.parametrize("text", [text for text in SHOWN if arguments_of(text)])
def test_the_command_line_knows_it(text: str) -> None:
    arguments = arguments_of(text) or []
    if text in NAMED or "--help" in arguments:
        assert arguments[0] in COMMANDS
        return
    parse(arguments)


def test_the_command_line_refuses_what_it_does_not_know() -> None:
    for wrong in (["build", "--nothing"], ["biuld"], ["collect", "--samples", "x"]):
        with pytest.raises(Exception, match=r"No such|valid"):
            parse(wrong)


@pytest.mark.parametrize("text", SHOWN)
def test_files_modules_and_extras_are_there(text: str) -> None:
    words = words_of(text)
    for word in words:
        if word.startswith(("tests/", "flows/")):
            assert (ROOT / word).exists(), word
        for extra in re.findall(r"^(?:xrouter|\.)\[([\w,]+)\]$", word):
            assert set(extra.split(",")) <= set(PROJECT["optional-dependencies"])
        if "==" in word and word.partition("==")[0] in PINNED:
            assert word in PINNED[word.partition("==")[0]]
    if len(words) > 1 and words[1].startswith("tests/benchmarks/"):
        source = (ROOT / words[1]).read_text(encoding="utf-8")
        assert all(f'"{word}"' in source for word in words if word.startswith("--"))
    if "-m" in words and "python" in words[0]:
        module = words[words.index("-m") + 1]
        assert module.split(".")[0] in {"verl", "pip"} or find_spec(module), module


@pytest.mark.parametrize("snippet", snippets(), ids=lambda snippet: snippet.page)
def test_python_compiles_and_its_imports_are_ours_or_well_known(snippet: Command) -> None:
    compile(snippet.text, snippet.page, "exec")

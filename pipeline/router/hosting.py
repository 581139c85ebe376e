"""How a router's backbone is served: a model's name comes in, command lines go out.

The policy calls models through tools, so a server must be told how this family writes tool calls
and reasoning; with the wrong parser every call is read as text. Starts nothing.
"""

import re
import shlex
from typing import NamedTuple

from pipeline.errors import SettingsError
from pipeline.tiering.vllm.command import served_name


class Family(NamedTuple):
    """Backbones that write alike.

    Attributes:
        name: For users.
        pattern: Of a model's name.
        vllm_tools: Parser of tool calls in vLLM.
        sglang_tools: The same in SGLang.
        reasoning: Parser of reasoning in both; None where the family writes none.
        note: What else to know.
    """

    name: str
    pattern: str
    vllm_tools: str
    sglang_tools: str
    reasoning: str | None
    note: str


# vLLM 0.32: vllm/tool_parsers/__init__.py (Qwen2.5, QwQ and Qwen3 write JSON, read by `hermes`;
# Qwen3-Coder writes XML, read by `qwen3_coder`) and vllm/reasoning/__init__.py. SGLang:
# docs.sglang.io, "Tool Parser" and "Reasoning Parser". The first pattern that fits counts.
FAMILIES = (
    Family(
        "qwen3-coder", r"qwen3-coder", "qwen3_coder", "qwen3_coder", None,
        "Qwen3-Coder writes calls as XML and does not reason",
    ),
    Family(
        "qwen3-instruct", r"qwen3-.*instruct", "hermes", "qwen", None,
        "instruct models of 2507 do not reason",
    ),
    Family(
        "qwen3", r"qwen3(?![.\d])|qwq", "hermes", "qwen", "qwen3",
        "Qwen3 reasons unless the request says chat_template_kwargs.enable_thinking = false; "
        "reasoning is billed and never shown",
    ),
    Family(
        "qwen2.5", r"qwen2\.5(?!-coder)", "hermes", "qwen", None,
        "the chat template of the weights already writes the calls that the parser reads",
    ),
)  # fmt: skip
FORMER_SGLANG = "SGLang before 0.5.3 calls the parser `qwen25`"


class Hosting(NamedTuple):
    """What a user is told.

    Attributes:
        about: Which family it was taken for.
        notes: What else to know.
        vllm: Command line.
        sglang: Command line.
        use: Command line of the router that asks it.
        vllm_args: Flags that vLLM's launcher is to add.
        reasoning: Whether it is to read reasoning.
    """

    about: str
    notes: tuple[str, ...]
    vllm: str
    sglang: str
    use: str
    vllm_args: tuple[str, ...]
    reasoning: bool


def hosting(
    model: str,
    port: int = 8001,
    revision: str | None = None,
    length: int = 32_768,
    family: str | None = None,
) -> Hosting:
    """Command lines for a backbone.

    Args:
        model: Name on the Hub, or a folder.
        port: Of the server; it answers this machine only.
        revision: Of a model on the Hub.
        length: Tokens of prompt and answer together.
        family: For a name that does not say it.

    Raises:
        SettingsError: The family is unknown, or does not show in the name.
    """
    chosen = family_of(model, family)
    args, name = _vllm_args(chosen), served_name(model)
    at = ["--revision", revision] if revision else []
    common = ["--host", "127.0.0.1", "--port", str(port)]
    reasoning = ["--reasoning-parser", chosen.reasoning] if chosen.reasoning else []
    vllm = [
        "vllm", "serve", model, *at, "--served-model-name", name, "--max-model-len", str(length),
        *common, *args, *reasoning,
    ]  # fmt: skip
    sglang = [
        "python", "-m", "sglang.launch_server", "--model-path", model, *at, "--served-model-name",
        name, "--context-length", str(length), *common, "--tool-call-parser",
        chosen.sglang_tools, *reasoning,
    ]  # fmt: skip
    use = (
        f"XROUTER_ROUTER__POLICY=model XROUTER_ROUTER__POLICY_MODEL={shlex.quote(name)} "
        f"XROUTER_ROUTER__POLICY_URL=http://127.0.0.1:{port}/v1 xrouter serve"
    )
    notes = (chosen.note, *([FORMER_SGLANG] if chosen.sglang_tools == "qwen" else []))
    about = f"{model}: served as {chosen.name}"
    parses = chosen.reasoning is not None
    return Hosting(about, notes, shlex.join(vllm), shlex.join(sglang), use, args, parses)


def family_of(model: str, family: str | None = None) -> Family:
    """The family of a backbone.

    Raises:
        SettingsError: It is unknown, or does not show in the name.
    """
    names = ", ".join(known.name for known in FAMILIES)
    if family is not None:
        found = [known for known in FAMILIES if known.name == family]
        if not found:
            raise SettingsError(f"family {family!r} is unknown; there are {names}")
        return found[0]
    for known in FAMILIES:
        if re.search(known.pattern, model, re.IGNORECASE):
            return known
    raise SettingsError(
        f"{model!r} does not say which family it is of; give one with --family: {names} "
        "(Qwen2.5-Coder writes calls that no parser reads, and cannot be a router)"
    )


def _vllm_args(family: Family) -> tuple[str, ...]:
    return ("--enable-auto-tool-choice", "--tool-call-parser", family.vllm_tools)

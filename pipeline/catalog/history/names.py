"""The identity of a model: what stays of a price list's key when seller, region and date are gone.

Two keys of one identity name the same weights, or an alias and its dated snapshot: `o3`,
`azure/eu/o3-2025-04-16`. What may be priced otherwise stays apart: sizes, variants such as `-mini`,
`-turbo` or `:free`, quantisations, and short dates such as `-0528` or `-2507`, which name releases.
"""

import re

_VENDORS = (
    "ai21|alibaba|amazon|anthropic|cohere|databricks|deepseek|deepseek-ai|google|meta|meta-llama|"
    "minimax|mistral|mistralai|moonshot|moonshotai|nvidia|openai|qwen|stability|twelvelabs|us|"
    "writer|xai|x-ai|z-ai|zai|zai-org"
)
_REGIONS = "us|eu|apac|au|ca|jp|global|us-gov"
_BEDROCK = re.compile(rf"^(?:(?:{_REGIONS})\.)?(?:(?:{_VENDORS})\.)(?=[a-z])")
_REVISION = re.compile(r"(?:-v\d+:\d+(?::\d+k)?|@default|@latest|-latest)$")
# A whole date: 2025-04-16, 20250416, @20250416. Not 0528 or 2507.
_DATE = re.compile(
    r"[-@_](?:20\d{2}-(?:0[1-9]|1[0-2])-(?:[0-2]\d|3[01])|20\d{2}[01]\d[0-3]\d)(?=$|:)"
)
_JOINTS = re.compile(r"[._\s]+")
_SELLERS = {
    "bedrock_converse": "bedrock",
    "vertex_ai_beta": "vertex_ai",
    "text-completion-openai": "openai",
}


def identity(key: str) -> str:
    """The model that a key of a price list names, in lower case.

    Args:
        key: In LiteLLM's spelling, like `azure/eu/gpt-4o-2024-08-06`.
    """
    name = key.lower().rstrip("/").rsplit("/", 1)[-1].removeprefix("~")
    name = _BEDROCK.sub("", name)
    name = _REVISION.sub("", name)
    name = _DATE.sub("", name)
    return _JOINTS.sub("-", name).strip("-") or key.lower()


def seller(provider: str | None, key: str) -> str:
    """Who asks the price: LiteLLM's provider without the family of models it sells."""
    name = provider or (key.partition("/")[0] if "/" in key else "unknown")
    if name.startswith("vertex_ai-"):
        return "vertex_ai"
    return _SELLERS.get(name, name)

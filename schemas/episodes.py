"""Tables `episodes`, `calls` and `menus`: one routing decision, what it called, what it could have.

Arrow schemas, because these rows are written by the thousand a second and never held as a frame.
Money is USD; prices are USD per million tokens. Names follow OpenTelemetry's GenAI conventions
where those have one (`input_tokens`, `output_tokens`, `finish_reason`).
"""

import pyarrow as pa

from schemas.examples import CATALOG_ENTRY

EPISODE_KINDS = ("train", "validate", "evaluate", "serve")
MODES = ("direct", "synthesize", "select", "failed")
CALL_STATUSES = ("ok", "error", "refused")
SOURCES = ("live", "bank", "simulated")
TEXT_HASH_DIGITS = 16


def _fields(*fields: tuple[str, pa.DataType, str]) -> pa.Schema:
    return pa.schema([pa.field(name, kind, metadata={"doc": doc}) for name, kind, doc in fields])


EPISODES = _fields(
    ("episode_id", pa.string(), "32 hex digits, unique"),
    ("run_id", pa.string(), "server, evaluation or training run that made it"),
    ("kind", pa.string(), "train, validate, evaluate or serve"),
    ("policy", pa.string(), "name of what decided"),
    ("policy_revision", pa.string(), "checkpoint step, or version; null for a fixed rule"),
    ("example_id", pa.string(), "row of the training set; null when serving"),
    ("problem_id", pa.string(), "problem, where it is a known one"),
    ("bank_problem_id", pa.string(), "as the bank that was played over names it, if otherwise"),
    ("tier", pa.string(), "of that problem, where known"),
    ("catalog_id", pa.string(), "menu: prices shown and charged"),
    ("offered", pa.list_(pa.string()), "model ids of the menu, in the order shown"),
    ("mode", pa.string(), "direct, synthesize, select or failed"),
    ("selected_call", pa.string(), "call id whose reply was returned word for word"),
    ("turns", pa.int32(), "turns of the policy"),
    ("router_input_tokens", pa.int64(), "read by the policy"),
    ("router_output_tokens", pa.int64(), "written by the policy"),
    ("router_cost_usd", pa.float64(), "of the policy's own tokens"),
    ("calls_cost_usd", pa.float64(), "of every billed call, failed ones included"),
    ("total_cost_usd", pa.float64(), "sum of both"),
    ("verdict", pa.string(), "of the final answer; null where nothing judges it"),
    ("quality", pa.float64(), "score of the final answer, 0 to 1"),
    ("normalized_cost", pa.float64(), "total cost in the unit of the reward"),
    ("cost_weight", pa.float64(), "weight of cost in the reward"),
    ("reward", pa.float64(), "what the policy earned"),
    ("propensity", pa.float64(), "probability with which the policy decided so, where known"),
    ("started_at", pa.timestamp("us", "UTC"), "when the request came in"),
    ("seconds", pa.float64(), "wall clock"),
    ("error", pa.string(), "why it failed, or which limit ended it"),
    ("simulated", pa.bool_(), "at least one call was answered by a stand-in"),
    ("api_key_id", pa.string(), "who asked, by the id of the key; null without keys"),
    ("request_hash", pa.string(), "of the user's messages"),
    ("answer_hash", pa.string(), "of the final answer"),
    ("request_text", pa.string(), "JSON of the messages; only where texts are stored"),
    ("answer_text", pa.string(), "likewise"),
)

CALLS = _fields(
    ("episode_id", pa.string(), "of `episodes`"),
    ("call_index", pa.int32(), "number within the episode, from 0"),
    ("call_id", pa.string(), "as the policy knows it"),
    ("turn", pa.int32(), "turn of the policy that made it, from 0"),
    ("tool_name", pa.string(), "as the policy wrote it"),
    ("model_id", pa.string(), "null where the name is no model of the menu"),
    ("system_prompt_hash", pa.string(), "of what the policy wrote for the model"),
    ("temperature", pa.float64(), "null: the model's default"),
    ("max_tokens", pa.int64(), "null: the model's limit"),
    ("input_tokens", pa.int64(), "cached ones included"),
    ("cached_input_tokens", pa.int64(), "of these, read from a cache"),
    ("output_tokens", pa.int64(), "reasoning included"),
    ("reasoning_tokens", pa.int64(), "of these, reasoning"),
    ("cost_usd", pa.float64(), "at the prices of the menu"),
    ("list_cost_usd", pa.float64(), "at the base prices"),
    ("provider_cost_usd", pa.float64(), "as the provider's library reckons; null where it cannot"),
    ("status", pa.string(), "ok, error, or refused before anything was sent"),
    ("error_type", pa.string(), "unknown_tool, bad_arguments, budget, rate_limit, timeout ..."),
    ("attempts", pa.int32(), "times it was sent"),
    ("finish_reason", pa.string(), "as the provider gave it"),
    ("seconds", pa.float64(), "wall clock, retries included"),
    ("selected", pa.bool_(), "its reply was returned word for word"),
    ("source", pa.string(), "live, bank or simulated"),
    ("simulated", pa.bool_(), "a stand-in answered, now or when the bank was filled"),
    ("started_at", pa.timestamp("us", "UTC"), "when it was sent first"),
)

MENUS = _fields(
    ("catalog_id", pa.string(), "hash of the entries"),
    ("entries", pa.list_(CATALOG_ENTRY), "what was offered, in the order shown"),
    ("seen_at", pa.timestamp("us", "UTC"), "when it was first used by the run"),
    ("run_id", pa.string(), "of that run"),
)

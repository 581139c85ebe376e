"""Five questions of a dashboard, as our store and as PostgreSQL is asked; both give the same rows.

On PostgreSQL a call is a row of a table in the shape of LiteLLM's SpendLogs, with its indexes. Ours
reads the sums by day that loading keeps; `plain` asks our calls themselves.
"""

from typing import NamedTuple


class Dashboard(NamedTuple):
    """One question in three wordings."""

    name: str
    ours: str
    plain: str
    postgres: str


DASHBOARDS = (
    Dashboard(
        "spend by day and model",
        "SELECT day, model_id, sum(calls), sum(cost_usd) FROM call_sums GROUP BY ALL ORDER BY ALL",
        "SELECT day, model_id, count(*), sum(cost_usd) FROM calls GROUP BY ALL ORDER BY ALL",
        """SELECT ("startTime" AT TIME ZONE 'UTC')::date AS day, model, count(*), sum(spend)
        FROM "SpendLogs" GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    Dashboard(
        "spend by key, last 30 days",
        """SELECT api_key_id, sum(calls), sum(calls_cost_usd) FROM episode_sums
        WHERE day > (SELECT max(day) FROM episode_sums) - 30 AND api_key_id IS NOT NULL
        GROUP BY ALL ORDER BY ALL""",
        """SELECT api_key_id, sum(calls), sum(calls_cost_usd) FROM episodes
        WHERE day > (SELECT max(day) FROM episodes) - 30 AND api_key_id IS NOT NULL
        GROUP BY ALL ORDER BY ALL""",
        """SELECT api_key, count(*), sum(spend) FROM "SpendLogs"
        WHERE "startTime" >= (SELECT date_trunc('day', max("startTime") AT TIME ZONE 'UTC')
            AT TIME ZONE 'UTC' FROM "SpendLogs") - interval '29 days' AND api_key IS NOT NULL
        GROUP BY 1 ORDER BY 1""",
    ),
    Dashboard(
        "tokens by model",
        """SELECT model_id, sum(input_tokens), sum(output_tokens), sum(cost_usd) FROM call_sums
        WHERE status = 'ok' GROUP BY ALL ORDER BY ALL""",
        """SELECT model_id, sum(input_tokens), sum(output_tokens), sum(cost_usd) FROM calls
        WHERE status = 'ok' GROUP BY ALL ORDER BY ALL""",
        """SELECT model, sum(prompt_tokens), sum(completion_tokens), sum(spend) FROM "SpendLogs"
        WHERE status = 'ok' GROUP BY 1 ORDER BY 1""",
    ),
    Dashboard(
        "failures by model",
        """SELECT model_id, error_type, sum(calls) FROM call_sums
        WHERE status <> 'ok' GROUP BY ALL ORDER BY ALL""",
        """SELECT model_id, error_type, count(*) FROM calls
        WHERE status <> 'ok' GROUP BY ALL ORDER BY ALL""",
        """SELECT model, error_type, count(*) FROM "SpendLogs"
        WHERE status <> 'ok' GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    Dashboard(
        "latency by model",
        "SELECT model_id, calls, p50_seconds, p99_seconds FROM model_latency ORDER BY ALL",
        """SELECT model_id, count(*), quantile_cont(seconds, 0.5), quantile_cont(seconds, 0.99)
        FROM calls WHERE status = 'ok' GROUP BY ALL ORDER BY ALL""",
        """SELECT model, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds),
            percentile_cont(0.99) WITHIN GROUP (ORDER BY seconds)
        FROM "SpendLogs" WHERE status = 'ok' GROUP BY 1 ORDER BY 1""",
    ),
)

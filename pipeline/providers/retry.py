"""How long to wait before a call is tried again."""

import random

BASE_SECONDS = 0.5
MAX_SECONDS = 60.0
MAX_DOUBLINGS = 30


def backoff(tries: int, retry_after: float | None = None) -> float:
    """Seconds before try `tries + 1`.

    Exponential with full jitter (M. Brooker, "Exponential backoff and jitter", AWS Architecture
    Blog, 2015), never less than what the server asked for.

    Args:
        tries: Calls made so far, at least 1.
        retry_after: Seconds that the server asked to wait.
    """
    # Not a choice that decides a result, so it needs no seed.
    wait = random.uniform(
        0.0, min(MAX_SECONDS, BASE_SECONDS * 2.0 ** min(tries - 1, MAX_DOUBLINGS))
    )
    return wait if retry_after is None else retry_after + wait

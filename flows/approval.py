"""A person's word within a flow: the run ends its process and waits, and goes on when told to.

Nothing runs meanwhile: a worker starts the run again when somebody resumes it, in Prefect's pages
or by its API, and the flow comes to the same question with an answer.
"""

from typing import Any

from prefect import State, suspend_flow_run
from prefect.input import RunInput
from prefect.states import Completed

WAIT_SECONDS = 6 * 24 * 3600  # an unanswered question ends before the next weekly build asks anew


class Approval(RunInput):
    """What the person says."""

    approve: bool
    comment: str = ""


def declined(question: str, text: str) -> State[Any] | None:
    """Ask, and return nothing where the answer is yes, else the state in which the flow ends.

    Args:
        question: What is asked, as a key: an answer holds for this question alone. Put a hash of
            what is approved into it, and a change in the meantime is asked about again.
        text: What the person reads, in Markdown.

    Raises:
        RuntimeError: The run belongs to no deployment, so that nothing could start it again.
    """
    asked = Approval.with_initial_data(description=text)
    answer = suspend_flow_run(wait_for_input=asked, key=question, timeout=WAIT_SECONDS)
    if answer is not None and answer.approve:
        return None
    why = f": {answer.comment}" if answer is not None and answer.comment else ""
    # Triggers go by the name: what follows a completed run does not follow a declined one.
    return Completed(name="Declined", message=f"{question} was declined{why}")

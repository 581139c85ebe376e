"""What passes between a policy, the engine and the models it calls. Plain data, no behaviour."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from pipeline.catalog.tariff import Usage
from pipeline.router.menu import Entry, Menu

Message = dict[str, Any]


class ToolCall(NamedTuple):
    """One tool call of a policy.

    Attributes:
        id: As the policy's API gave it; empty where it gave none.
        name: Of the tool, as written.
        arguments: JSON text, as written.
    """

    id: str
    name: str
    arguments: str


class Turn(NamedTuple):
    """What a policy said.

    Attributes:
        text: Without reasoning.
        calls: In the order written.
        usage: Tokens it took.
        cost_usd: Of these tokens.
        finish_reason: `stop`, `length`, `tool_calls` ...
        propensity: Probability of just this decision, where the policy knows it.
    """

    text: str
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    cost_usd: float = 0.0
    finish_reason: str | None = None
    propensity: float | None = None


class Query(NamedTuple):
    """What is asked, and what is known about it.

    Attributes:
        messages: Of the user, an own system message included.
        problem_id: Of a known problem, which the bank and the stand-ins need.
        example_id: Row of the training set.
        tier: Difficulty, where known.
        sample: Which of several recorded answers a bank is to give.
        options: Parameters of the final answer that the caller asked for. They hold for calls
            and for the policy's turns, too, since any of them may become the answer; length and
            end of a turn only where it does.
    """

    messages: Sequence[Message]
    problem_id: str | None = None
    example_id: str | None = None
    tier: str | None = None
    sample: int = 0
    options: Mapping[str, Any] = {}


class CallRequest(NamedTuple):
    """One call of a model on the menu.

    Attributes:
        entry: The model.
        messages: What it reads: the policy's system prompt, then the user's conversation.
        temperature: None: the model's default.
        max_tokens: Bound of the answer that was reserved for.
        query: Whose call it is.
        options: More of the request's body, as the caller asked for.
    """

    entry: Entry
    messages: list[Message]
    temperature: float | None
    max_tokens: int
    query: Query
    options: Mapping[str, Any] = {}


class Reply(NamedTuple):
    """What a called model answered.

    Attributes:
        text: Without reasoning.
        usage: Tokens billed.
        finish_reason: As the provider gave it.
        source: live, bank or simulated.
        attempts: Times it was sent.
        provider_cost_usd: As the provider's library reckons; None where it cannot.
        cost_usd: Where only a cost is known, not tokens; None: tokens times prices.
        verdict: Recorded one of a known answer.
        score: Likewise.
        simulated: Made up by a stand-in, or recorded of one.
    """

    text: str
    usage: Usage
    finish_reason: str | None
    source: str
    attempts: int = 1
    provider_cost_usd: float | None = None
    cost_usd: float | None = None
    verdict: str | None = None
    score: float | None = None
    simulated: bool = False


class CallError(Exception):
    """A call that gave no reply.

    Attributes:
        kind: As in `pipeline.providers.faults`, or `no_record` of a bank.
        attempts: Times it was sent.
        usage: Tokens that were billed all the same, where known.
    """

    def __init__(
        self, kind: str, message: str, attempts: int = 1, usage: Usage | None = None
    ) -> None:
        super().__init__(message)
        self.kind, self.attempts, self.usage = kind, attempts, usage


class CallSource(Protocol):
    """Where replies come from.

    One that never waits may say so, `instant = True`, and is then called without a time limit.
    """

    name: str

    async def call(self, request: CallRequest, seconds: float) -> Reply:
        """Answer one call.

        Args:
            request: The call.
            seconds: Time that is left for it, retries included.

        Raises:
            CallError: There is no reply.
        """


class View(NamedTuple):
    """What a policy decides from.

    Attributes:
        query: The request.
        menu: What is on offer.
        history: Its own turns and the observations since, as chat messages; empty at first.
        replies: Replies so far by call id, in order.
    """

    query: Query
    menu: Menu
    history: Sequence[Message]
    replies: Mapping[str, "Answered"]


class Answered(NamedTuple):
    """A reply that can be selected."""

    model_id: str
    reply: Reply


class Policy(Protocol):
    """What decides.

    One that never waits may say so, `instant = True`, and is then asked without a time limit.

    Attributes:
        name: In the log.
        revision: Checkpoint or version; None for a fixed rule.
    """

    name: str
    revision: str | None

    async def decide(self, view: View, seconds: float) -> Turn:
        """The next turn.

        Raises:
            PolicyError: There is none.
        """


class PolicyError(Exception):
    """A policy that gave no turn.

    Attributes:
        kind: As in `pipeline.providers.faults`.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind

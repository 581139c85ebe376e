"""What a collection asks: every problem of every model, n times; and what that will cost."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.bank.ledger import Ask, CollectLedger, Terms, ask_key
from pipeline.catalog.tariff import Usage
from pipeline.router.limits import Limits, answer_tokens, prompt_tokens
from pipeline.router.menu import Entry, Menu
from pipeline.router.turns import CallRequest, Query

# English text has about four bytes a token; `prompt_tokens` counts three, to be on the safe side.
BYTES_RATIO = 3 / 4
# Expected answers of models that have given none yet: a declared guess, named as one.
GUESSED_TOKENS = {"premium": 700, "standard": 450, "specialized": 500, "budget": 250}


class Campaign(NamedTuple):
    """One collection.

    Attributes:
        problems: Rows of table `bank_problems`, sorted by id.
        menu: Models to ask, with what they charge.
        samples: Answers of each model to each problem.
        terms: Of every call.
        upstreams: What else makes the calls of a model other calls, by model id.
    """

    problems: Sequence[Mapping[str, Any]]
    menu: Menu
    samples: int
    terms: Terms
    upstreams: Mapping[str, str] = {}

    @property
    def size(self) -> int:
        """Number of answers wanted."""
        return len(self.problems) * len(self.menu.entries) * self.samples

    def asks(self) -> "Iterator[tuple[Ask, Mapping[str, Any], Entry]]":
        """All questions: the first sample of everything, then the second ...

        A budget that ends early so leaves each problem asked of as many models as possible.
        """
        for sample in range(self.samples):
            for problem in self.problems:
                for entry in self.menu.entries:
                    yield self._ask(problem, entry, sample), problem, entry

    def _ask(self, problem: Mapping[str, Any], entry: Entry, sample: int) -> Ask:
        upstream = f"{entry.row['litellm_model']} {self.upstreams.get(entry.model_id, '')}"
        key = ask_key(problem["problem_id"], entry.model_id, upstream, self.terms)
        return Ask(key, sample, problem["problem_id"], entry.model_id)

    def request(self, ask: Ask, problem: Mapping[str, Any], entry: Entry) -> CallRequest:
        """The call that a fixed policy would make: no system prompt but the problem's own."""
        messages = list(problem["messages"])
        query = Query(messages, ask.problem_id, tier=problem["tier"], sample=ask.sample)
        longest = self._longest(entry, prompt_tokens(messages))
        return CallRequest(entry, messages, self.terms.temperature, longest, query)

    def _longest(self, entry: Entry, prompt: int) -> int:
        return answer_tokens(entry, self.terms.max_tokens, prompt, Limits())

    def worst(self, request: CallRequest) -> float:
        """The most that a call can cost: its prompt estimated from above, its longest answer."""
        usage = Usage(prompt_tokens(request.messages), 0, request.max_tokens)
        return request.entry.tariff.cost(usage)


class Estimate(NamedTuple):
    """What asking one model will take.

    Attributes:
        model_id: The model.
        calls: Still to be made.
        paid: Answers that are in the ledger already.
        input_tokens: Expected.
        output_tokens: Expected.
        usd: Expected.
        worst_usd: If every answer is as long as it may be.
        basis: What the expected length of answers rests on.
    """

    model_id: str
    calls: int
    paid: int
    input_tokens: float
    output_tokens: float
    usd: float
    worst_usd: float
    basis: str


def estimate(campaign: Campaign, ledger: CollectLedger) -> list[Estimate]:
    """What is left to ask of each model, and what it will cost; asks nobody."""
    answered = ledger.answered()
    calls: dict[str, list[tuple[int, float]]] = {e.model_id: [] for e in campaign.menu.entries}
    for ask, problem, entry in campaign.asks():
        if (ask.key, ask.sample) not in answered:
            request = campaign.request(ask, problem, entry)
            prompt = prompt_tokens(request.messages)
            calls[ask.model_id].append((prompt, campaign.worst(request)))
    return [_estimate(campaign, ledger, e, calls[e.model_id]) for e in campaign.menu.entries]


def _estimate(
    campaign: Campaign, ledger: CollectLedger, entry: Entry, calls: Sequence[tuple[int, float]]
) -> Estimate:
    known, mean = ledger.written(entry.model_id)
    basis = f"mean of {known:,} answers in the ledger"
    if not known:
        tier = entry.row["tier"]
        mean, basis = float(GUESSED_TOKENS[tier]), f"a guess for {tier} models"
    mean = min(mean, float(campaign.terms.max_tokens))
    read = BYTES_RATIO * sum(prompt for prompt, _ in calls)
    written = mean * len(calls)
    usd = sum(
        entry.tariff.cost(Usage(round(prompt * BYTES_RATIO), 0, round(mean))) for prompt, _ in calls
    )
    paid = campaign.size // len(campaign.menu.entries) - len(calls)
    worst = sum(worst for _, worst in calls)
    return Estimate(entry.model_id, len(calls), paid, read, written, usd, worst, basis)

"""Replies out of a bank, at no cost and with any price list; and the oracle that knows them all.

A recorded answer is what the model said to the bare question: a policy's system prompt and
temperature change nothing here, only a shorter `max_tokens` does.
"""

from pathlib import Path
from urllib.parse import parse_qs

from pipeline.bank.bank import Bank, Record, read_bank
from pipeline.errors import SettingsError
from pipeline.router.menu import Entry
from pipeline.router.rules import FixedRule, Pick, Rule, cheapest, price, rule_named
from pipeline.router.turns import CallError, CallRequest, Reply, View

SOURCE = "bank"
NO_RECORD = "no_record"
ORACLE = "oracle"
ASSUME = "assume_output_tokens"


class BankSource:
    """Answers calls with what was recorded; see `CallSource`.

    Attributes:
        bank: What is recorded.
    """

    name = SOURCE
    instant = True

    def __init__(self, bank: Bank) -> None:
        self.bank = bank

    async def call(self, request: CallRequest, seconds: float) -> Reply:
        """Answer one call.

        Raises:
            CallError: Nothing is recorded; kind `no_record`.
        """
        bank, query, model_id = self.bank, request.query, request.entry.model_id
        problem_id = bank.find(query)
        if problem_id is None:
            raise CallError(NO_RECORD, "the bank does not know this question", attempts=0)
        record = bank.record(problem_id, model_id, query.sample)
        if record is None:
            message = f"the bank has no answer of {model_id} to problem {problem_id}"
            raise CallError(NO_RECORD, message, attempts=0)
        return _reply(bank, record, request)


def _reply(bank: Bank, record: Record, request: CallRequest) -> Reply:
    usage = bank.usage(record, request.messages)
    text = bank.text(record)
    if text is None:
        text = f"[recorded outcome of {request.entry.model_id}: its text is not kept]"
    cost = record.cost_usd if record.usage is None else None
    verdict, score = record.verdict, record.score
    cut = verdict == "truncated"
    if record.usage is not None and usage.output > request.max_tokens:
        # The model would have been stopped there: what it had written by then is no full answer.
        text = text[: len(text) * request.max_tokens // usage.output]
        reasoning = min(usage.reasoning, request.max_tokens)
        usage = usage._replace(output=request.max_tokens, reasoning=reasoning)
        verdict, score, cut = ("truncated", 0.0, True) if verdict else (None, None, True)
    finish = "length" if cut else "stop"
    return Reply(
        text, usage, finish, SOURCE, cost_usd=cost, verdict=verdict, score=score,
        simulated=record.simulated,
    )  # fmt: skip


def oracle(bank: Bank) -> Rule:
    """The rule that knows every outcome: the cheapest model with a full score.

    Where none has one, and where nothing is recorded, it is the cheapest model. What models cost is
    reckoned at the menu's prices; of equal costs the lower price wins, then the order shown.
    """

    def rule(view: View) -> Pick:
        problem_id = bank.find(view.query)
        if problem_id is None:
            return cheapest(view)
        assumed = bank.assumed(view.query.messages)
        right: list[tuple[float, tuple[float, float], int, Entry]] = []
        others: list[tuple[float, tuple[float, float], int, Entry]] = []
        for number, entry in enumerate(view.menu.entries):
            record = bank.record(problem_id, entry.model_id, view.query.sample)
            if record is not None:
                cost = bank.cost(record, entry, assumed)
                group = right if record.full else others
                group.append((cost, price(entry), number, entry))
        chosen = right or others
        return Pick(min(chosen)[3]) if chosen else cheapest(view)

    return rule


def open_bank(spec: str | Path) -> BankSource:
    """Open a bank as a source of replies.

    Args:
        spec: Directory or table `outcomes`; `PATH?assume_output_tokens=N` bills N tokens, and the
            prompt's, for answers of which neither tokens nor a cost are known.

    Raises:
        InputError: There is no bank, or it is broken.
        SettingsError: The spec cannot be read.
    """
    path, _, options = str(spec).partition("?")
    values = parse_qs(options, keep_blank_values=True)
    given = values.pop(ASSUME, ["0"])
    if values or not given[-1].isdecimal():
        raise SettingsError(f"bank {spec}: write PATH or PATH?{ASSUME}=N, N a whole number")
    return BankSource(read_bank(Path(path), int(given[-1])))


def policy_named(name: str, source: BankSource | None = None, seed: int = 0) -> FixedRule:
    """A fixed policy by name, the oracle of a bank among them.

    Raises:
        SettingsError: There is no such policy, or the oracle has no bank to look into.
    """
    if name != ORACLE:
        return rule_named(name, seed)
    if source is None:
        raise SettingsError("policy 'oracle' knows outcomes: give it a bank, --pool bank:PATH")
    return FixedRule(ORACLE, oracle(source.bank))

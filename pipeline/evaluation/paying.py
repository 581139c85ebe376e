"""Calls and turns that cost money: paid once, within the purse, and replayed ever after.

A reply is kept under what was asked of whom, for which item of which policy. A start that comes
after a kill, or another grader, finds it there.
"""

import hashlib
import json
from collections import Counter
from typing import Any, NamedTuple

from pipeline.catalog.tariff import Usage
from pipeline.evaluation.contenders import Contender
from pipeline.evaluation.purse import Purse
from pipeline.router.limits import BYTES_PER_TOKEN, prompt_tokens
from pipeline.router.turns import (
    CallError,
    CallRequest,
    CallSource,
    PolicyError,
    Reply,
    ToolCall,
    Turn,
    View,
)
from schemas.problems import to_json

# An answer that came late or broken may be billed all the same.
MAYBE_BILLED = frozenset({"timeout", "garbage", "cancelled"})
KEY_BYTES = 16


class Account(NamedTuple):
    """Who asks.

    Attributes:
        purse: That pays.
        run_id: Of the run that is charged.
        asker: What makes the questions of one policy and pool others than those of another.
    """

    purse: Purse
    run_id: str
    asker: str


class PaidSource:
    """Another source, whose replies are paid for and kept; for one episode. See `CallSource`."""

    def __init__(self, source: CallSource, account: Account) -> None:
        self.name = source.name
        self._source, self._account = source, account
        self._asked: Counter[str] = Counter()

    async def call(self, request: CallRequest, seconds: float) -> Reply:
        """Answer one call.

        Raises:
            CallError: There is no reply.
            SpentError: There is no money for it.
        """
        key = self._key(request)
        known = self._account.purse.ledger.reply(key)
        if known is not None:
            return Reply(**known | {"usage": Usage(*known["usage"])})
        # What a provider bills are list prices, whatever the menu shows.
        usage = Usage(prompt_tokens(request.messages), 0, request.max_tokens)
        worst = request.entry.base.cost(usage)
        await self._account.purse.reserve(worst)
        return await self._account.purse.to_the_end(self._buy(key, worst, request, seconds))

    async def _buy(self, key: bytes, worst: float, request: CallRequest, seconds: float) -> Reply:
        purse, base, cost = self._account.purse, request.entry.base, worst
        number = purse.ledger.send(self._account.run_id, worst)
        try:
            reply = await self._source.call(request, seconds)
            cost = reply.provider_cost_usd or reply.cost_usd or base.cost(reply.usage)
            purse.ledger.keep(number, cost, key, reply._asdict())
            return reply
        except CallError as error:
            if error.usage is not None:
                cost = base.cost(error.usage)
            elif error.kind not in MAYBE_BILLED:
                cost = 0.0
            purse.ledger.settle(number, cost, error.kind)
            raise
        finally:
            purse.settle(worst, cost)

    def _key(self, request: CallRequest) -> bytes:
        query, entry = request.query, request.entry
        text = to_json(
            {
                "asker": self._account.asker,
                "item": [query.problem_id, query.sample],
                "model": [entry.model_id, entry.row["litellm_model"]],
                "messages": request.messages,
                "terms": [request.temperature, request.max_tokens, dict(request.options)],
            }
        )
        # The same question twice within an episode is two questions.
        self._asked[text] += 1
        return _hash(f"call\x1d{text}\x1d{self._asked[text]}")


class PaidPolicy:
    """Another policy, whose turns are paid for and kept; for one episode. See `Policy`."""

    def __init__(self, contender: Contender, account: Account) -> None:
        self.name, self.revision = contender.policy.name, contender.policy.revision
        self._policy, self._costs, self._account = contender.policy, contender.costs, account

    async def decide(self, view: View, seconds: float) -> Turn:
        """Say what comes next.

        Raises:
            PolicyError: It cannot.
            SpentError: There is no money for it.
        """
        key = self._key(view)
        known = self._account.purse.ledger.reply(key)
        if known is not None:
            calls = tuple(ToolCall(*call) for call in known["calls"])
            return Turn(**known | {"usage": Usage(*known["usage"]), "calls": calls})
        worst = self._worst(view)
        await self._account.purse.reserve(worst)
        return await self._account.purse.to_the_end(self._buy(key, worst, view, seconds))

    async def _buy(self, key: bytes, worst: float, view: View, seconds: float) -> Turn:
        purse, cost = self._account.purse, worst
        number = purse.ledger.send(self._account.run_id, worst)
        try:
            turn = await self._policy.decide(view, seconds)
            cost = turn.cost_usd
            purse.ledger.keep(number, cost, key, turn._asdict())
            return turn
        except PolicyError as error:
            cost = worst if error.kind in MAYBE_BILLED else 0.0
            purse.ledger.settle(number, cost, error.kind)
            raise
        finally:
            purse.settle(worst, cost)

    def _worst(self, view: View) -> float:
        ours = {"role": "system", "content": view.menu.instructions}
        read = prompt_tokens([ours, *view.query.messages, *view.history])
        tools = len(json.dumps(view.menu.tools, ensure_ascii=False).encode(errors="replace"))
        per_token, answer = self._costs
        return (read + tools / BYTES_PER_TOKEN) * per_token + answer

    def _key(self, view: View) -> bytes:
        asked: dict[str, Any] = {
            "asker": self._account.asker,
            "item": [view.query.problem_id, view.query.sample],
            "menu": view.menu.catalog_id,
            "messages": [*view.query.messages, *view.history],
        }
        return _hash(f"turn\x1d{to_json(asked)}")


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()[:KEY_BYTES]

"""What a call costs: tokens times the prices of a catalogue entry.

Prices are USD per million tokens. A second tariff may hold for long prompts, for all tokens of the
call, as the providers that have one charge it.
"""

from typing import NamedTuple

MILLION = 1_000_000


class Usage(NamedTuple):
    """Tokens of one call.

    Attributes:
        input: Of the prompt, cached ones included.
        cached: Part of the prompt that was read from a cache.
        output: Written, reasoning included.
        reasoning: Part of the output.
    """

    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0

    def __add__(self, other: object) -> "Usage":
        """Tokens of both."""
        if not isinstance(other, Usage):
            return NotImplemented
        return Usage(
            self.input + other.input,
            self.cached + other.cached,
            self.output + other.output,
            self.reasoning + other.reasoning,
        )


class LongPrompt(NamedTuple):
    """Tariff of prompts of more than `tokens`."""

    tokens: int
    input: float
    output: float


class Tariff(NamedTuple):
    """Prices of one model, USD per million tokens.

    Attributes:
        input: Of a prompt token.
        output: Of a written token.
        cached: Of a prompt token read from a cache.
        above: What holds for long prompts; the cached price moves with the input price.
    """

    input: float
    output: float
    cached: float
    above: LongPrompt | None = None

    def cost(self, usage: Usage) -> float:
        """USD of a call."""
        price_in, price_out, price_cached = self.input, self.output, self.cached
        if self.above is not None and usage.input > self.above.tokens:
            factor = self.above.input / self.input if self.input else 1.0
            price_in, price_out = self.above.input, self.above.output
            price_cached *= factor
        fresh = usage.input - usage.cached
        total = fresh * price_in + usage.cached * price_cached + usage.output * price_out
        return total / MILLION

    def times(self, factor: float) -> "Tariff":
        """The tariff with all prices moved by a factor."""
        above = self.above and LongPrompt(
            self.above.tokens, self.above.input * factor, self.above.output * factor
        )
        return Tariff(self.input * factor, self.output * factor, self.cached * factor, above)

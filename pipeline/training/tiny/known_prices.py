"""Price lists in prices that are tokens: a system message comes in, one that can be read goes out.

The law of this world shows prices of a grid, each of them one token. Anywhere else a price may lie
beside the grid, and digits are nothing that weights of this size can put together.
"""

import re
from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.catalog.prices import nearest, price_text
from pipeline.training.tiny.tokenizer import price_tokens

# A catalogue line from its first price up to the name; see `pipeline.catalog.describe.line_head`.
LINE = re.compile(r"(?<=\| )\$([0-9.]+) in \$([0-9.]+) out (?=\| )")


def at_known_prices(text: str) -> str:
    """The same text, each price of a catalogue line the nearest in ratio that has a token.

    Prices beyond the ends of the grid become its ends. Of two models whose prices lie closer than
    a grid step (about a fifth) the router sees one price.
    """
    return LINE.sub(_known, text)


def _known(line: re.Match[str]) -> str:
    try:
        read, written = (
            price_text(nearest(grid, min(max(float(price), grid[0]), grid[-1])))
            for grid, price in zip(_grids(), line.groups(), strict=True)
        )
    except ValueError:  # dots that make no number
        return line[0]
    return f"${read} in ${written} out "


@cache
def _grids() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Prices above 0 that have a token, of tokens read and of tokens written."""
    inputs, outputs = (
        np.array(sorted(float(t[1:].split()[0]) for t in price_tokens() if f" {use} " in t))
        for use in ("in", "out")
    )
    return inputs[inputs > 0], outputs[outputs > 0]

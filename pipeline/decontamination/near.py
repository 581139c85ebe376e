"""Near duplicates: MinHash signatures, cut into bands; texts that share a band are candidates.

The signatures are rensa's. A candidate is only that: its true similarity is computed afterwards.
"""

import numpy as np
import numpy.typing as npt

from pipeline.decontamination.grams import runs
from pipeline.decontamination.tokens import Hashes, Positions, Tokens

Digests = npt.NDArray[np.uint32]

SHINGLE = 3
SIGNATURE = 128
SEED = 20_403
# Similarity 0.6 shares a band with probability 0.9999, 0.5 with 0.996, 0.1 with 0.04.
ROWS, BANDS = 3, 42
_AT_ONCE = 2**15
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def digests(tokens: Tokens) -> Digests:
    """Signature of each text, shape (texts, SIGNATURE); all texts without a run have the same."""
    import rensa

    grams = runs(tokens.canonical, tokens.offsets, SHINGLE)
    offsets = np.searchsorted(grams.text, np.arange(tokens.texts + 1)).astype(np.uint64)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
        grams.keys, offsets, SIGNATURE, SEED
    )
    return np.array(matrix.to_rows(), np.uint32).reshape(tokens.texts, SIGNATURE)


def bands(signatures: Digests) -> Hashes:
    """Band keys of each text, shape (texts, BANDS)."""
    parts = signatures[:, : ROWS * BANDS].reshape(-1, BANDS, ROWS).astype(np.uint64)
    with np.errstate(over="ignore"):
        keys = sum(parts[:, :, row] * _MIX[row] for row in range(ROWS))
    return np.asarray(keys, np.uint64)


def alike(
    ones: Digests, others: Digests, one: Positions, other: Positions
) -> npt.NDArray[np.float64]:
    """Estimated similarity of the texts at some positions of two lists, pair by pair."""
    shares = np.empty(len(one))
    for begin in range(0, len(one), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        shares[part] = (ones[one[part]] == others[other[part]]).mean(axis=1)
    return shares

"""Randomness as a function: (seed, stage, row key, draw) always gives the same number.

Nothing here has state, so any worker count, shard size or order gives the same values. The mixer
is splitmix64's finaliser (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
2014).
"""

import hashlib

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def _mix(values: Keys) -> Keys:
    """splitmix64 finaliser, elementwise."""
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * _MIX_1
        values = (values ^ (values >> np.uint64(27))) * _MIX_2
        return values ^ (values >> np.uint64(31))


def key_of(text: str) -> int:
    """64-bit key of any text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def bits(seed: int, stage: str, keys: Keys, draw: int = 0) -> Keys:
    """One 64-bit number per key.

    Args:
        seed: The build's seed.
        stage: Name of the random decision; two decisions never share numbers.
        keys: Row keys, any shape, dtype uint64.
        draw: Index of the number within one decision.

    Returns:
        Array of the same shape as `keys`.
    """
    start = np.uint64(key_of(f"{seed}\x1f{stage}\x1f{draw}"))
    with np.errstate(over="ignore"):
        return _mix(_mix(keys + _GOLDEN) ^ start)


def uniform(seed: int, stage: str, keys: Keys, draw: int = 0) -> Floats:
    """One number in [0, 1) per key, with 53 random bits."""
    return (bits(seed, stage, keys, draw) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(seed: int, stage: str, keys: Keys, draw: int = 0) -> Floats:
    """One standard normal number per key (Box and Muller, 1958); uses draws 2*draw and 2*draw+1."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(seed, stage, keys, 2 * draw)))
    return radius * np.cos(2.0 * np.pi * uniform(seed, stage, keys, 2 * draw + 1))


def generator(seed: int, stage: str, key: str) -> np.random.Generator:
    """A numpy generator for one row, where a row needs many numbers of many kinds."""
    return np.random.Generator(np.random.Philox(key_of(f"{seed}\x1f{stage}\x1f{key}")))

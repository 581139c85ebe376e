"""Draws catalogues: one per row key, whole chunks at a time.

In: the base list, a law, a seed, a split and row keys. Out: an Arrow table with the entries, their
lines for the prompt, the tool names and a content hash. Every row depends on (seed, split, key)
alone, so chunks may be cut anywhere.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline import rng
from pipeline.catalog.arrow import encoded, numbers, offsets, strings
from pipeline.catalog.cells import cells_of, lane
from pipeline.catalog.identity import ID_BYTES, catalog_ids
from pipeline.catalog.laws import Law, check_split
from pipeline.catalog.membership import Offer, draw_offer, universe
from pipeline.catalog.models import ModelList
from pipeline.catalog.regimes import CUT, INVERTED, INVERTED_TIERS, ORDINARY, draw_events
from pipeline.catalog.texts import Texts, texts_of
from pipeline.errors import IntegrityError, SettingsError
from schemas.examples import CATALOG_ENTRY

Ints = npt.NDArray[np.int64]

CATALOGS = pa.schema(
    [
        ("catalog_id", pa.string()),
        ("catalog", pa.list_(CATALOG_ENTRY)),
        ("catalog_lines", pa.string()),
        ("tool_selection", pa.list_(pa.string())),
        ("tool_chars", pa.int64()),
    ]
)


def draw_catalogs(
    models: ModelList,
    law: Law,
    seed: int,
    split: str,
    keys: rng.Keys,
    anonymous_share: float = 0.0,
) -> pa.Table:
    """Draw one catalogue per key.

    Args:
        models: The base list.
        law: What is offered and how prices move.
        seed: The build's seed.
        split: `train` sees no held-out model and no held-out price factor.
        keys: Row keys, shape (rows,), dtype uint64; memory grows with their number.
        anonymous_share: Share of rows whose models go by names without meaning.

    Returns:
        Table of `CATALOGS`, one row per key, in the order of the keys.

    Raises:
        SettingsError: The split or the share is out of range.
        InputError: The list has no model for this split.
    """
    picks = draw_picks(models, law, seed, split, keys, anonymous_share)
    return render(models, law, picks, encode=False)


class Picks(NamedTuple):
    """Drawn catalogues as numbers, about 25 bytes a row.

    Attributes:
        counts: Entries of each row, shape (rows,).
        variants: Entries of all rows, end to end.
        hidden: Rows whose models go by names without meaning.
    """

    counts: Ints
    variants: Ints
    hidden: npt.NDArray[np.bool_]


def draw_picks(
    models: ModelList, law: Law, seed: int, split: str, keys: rng.Keys, anonymous_share: float
) -> Picks:
    """What `draw_catalogs` draws, before it is rendered; same arguments and errors."""
    check_split(split)
    if not 0 <= anonymous_share <= 1:
        raise SettingsError(f"anonymous_share {anonymous_share} must lie in [0, 1]")
    if not len(keys):
        return Picks(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_))
    stage = f"catalog.{split}"
    world = universe(models, law, split)
    offer = draw_offer(world, law, seed, stage, keys)
    variants = _draw_prices(models, law, offer, seed, split, keys)
    hidden = rng.uniform(seed, f"{stage}.anonymous", keys) < anonymous_share
    _check(models, split, offer, variants, texts_of(models, law))
    return Picks(offer.counts, variants, hidden)


def render(models: ModelList, law: Law, picks: Picks, encode: bool) -> pa.Table:
    """Picks as a table of `CATALOGS`; `encode` makes the strings of entries dictionary arrays."""
    if not len(picks.counts):
        return CATALOGS.empty_table()
    texts, starts, names = texts_of(models, law), _starts(picks), _names(models, law, picks)
    return pa.table(
        {
            "catalog_id": _ids(texts, starts, picks.variants, names),
            "catalog": _entries(texts, starts, picks.variants, names, encode),
            "catalog_lines": _lines(texts, starts, picks.variants, names),
            "tool_selection": _selections(texts, starts, names, encode),
            "tool_chars": numbers(_chars(texts, starts, picks.variants, names)),
        }
    )


def render_entries(models: ModelList, law: Law, picks: Picks) -> pa.ListArray:
    """Column `catalog` alone, encoded."""
    names = _names(models, law, picks)
    return _entries(texts_of(models, law), _starts(picks), picks.variants, names, encode=True)


def _starts(picks: Picks) -> Ints:
    return np.concatenate([[0], np.cumsum(picks.counts)])


def _names(models: ModelList, law: Law, picks: Picks) -> Ints:
    """Number of each entry's name: its model's own, or one for its place."""
    own = texts_of(models, law).owners[picks.variants]
    if not picks.hidden.any():
        return own
    places = np.arange(len(own)) - np.repeat(_starts(picks)[:-1], picks.counts)
    return np.where(np.repeat(picks.hidden, picks.counts), len(models.models) + places, own)


def _draw_prices(
    models: ModelList, law: Law, offer: Offer, seed: int, split: str, keys: rng.Keys
) -> Ints:
    """Variant of each entry."""
    cells = cells_of(models, law)
    if law.price is None:
        still = np.zeros_like(offer.models)
        return cells.lookup(lane(offer.models, still, still), np.zeros(len(still)))
    stage = f"catalog.{split}.price"
    names = list(dict.fromkeys(m.provider for m in models.models))
    providers = np.array([names.index(m.provider) for m in models.models])[offer.models]
    model_keys = np.array([rng.key_of(m.model_id) for m in models.models], dtype=np.uint64)
    entry_keys = keys[offer.rows] ^ model_keys[offer.models]
    events = draw_events(law.events, len(names), seed, stage, keys)
    turned = np.array([m.tier in INVERTED_TIERS for m in models.models])[offer.models]
    regimes = np.where(events.cut[offer.rows] == providers, CUT, ORDINARY)
    regimes = np.where(events.inverted[offer.rows] & turned, INVERTED, regimes)
    held_out = rng.uniform(seed, f"{stage}.held_out", entry_keys) < law.held_out_share(split)
    shared = _provider_draws(names, seed, stage, keys)[offer.rows, providers]
    rho = law.price.provider_correlation
    own = rng.normal(seed, f"{stage}.model", entry_keys)
    latent = (
        np.sqrt(rho) * shared + np.sqrt(1 - rho) * own
    )  # Gaussian copula: again standard normal
    return cells.lookup(lane(offer.models, regimes, held_out.astype(np.int64)), latent)


def _provider_draws(names: list[str], seed: int, stage: str, keys: rng.Keys) -> rng.Floats:
    """One normal number per row and provider."""
    provider_keys = np.array([rng.key_of(name) for name in names], dtype=np.uint64)
    return rng.normal(seed, f"{stage}.provider", keys[:, None] ^ provider_keys[None, :])


def _check(models: ModelList, split: str, offer: Offer, variants: Ints, texts: Texts) -> None:
    """Refuse to hand out what the contract forbids, whatever went wrong before."""
    held_out = np.array([m.held_out for m in models.models])
    faults = {
        "an empty catalogue": bool((offer.counts < 1).any()),
        "a model twice in one catalogue": bool(
            (np.bincount(offer.rows * len(held_out) + offer.models) > 1).any()
        ),
        "prices of another model": bool((texts.owners[variants] != offer.models).any()),
        "a held-out model in training": split == "train" and bool(held_out[offer.models].any()),
    }
    for fault, found in faults.items():
        if found:
            raise IntegrityError(f"drew {fault} for split {split!r}; report this with the seed")


def _entries(texts: Texts, starts: Ints, variants: Ints, names: Ints, encode: bool) -> pa.Array:
    """Column `catalog`."""
    picks, name_picks = numbers(variants), numbers(names)
    source = texts.encoded if encode else texts.entries
    columns = {name: column.take(picks) for name, column in source.items()}
    for field, values in (("tool_name", texts.tool_names), ("display_name", texts.display_names)):
        columns[field] = (encoded(values) if encode else values).take(name_picks)
    ordered = [columns[f.name] for f in CATALOG_ENTRY]
    structs = pa.StructArray.from_arrays(ordered, names=[f.name for f in CATALOG_ENTRY])
    return pa.ListArray.from_arrays(offsets(starts), structs)


def _lines(texts: Texts, starts: Ints, variants: Ints, names: Ints) -> pa.Array:
    """Column `catalog_lines`: heads and names picked in turn are the rows' text, end to end."""
    last = np.zeros(len(names), dtype=bool)
    last[starts[1:] - 1] = True
    name_count = len(texts.name_chars)
    picks = np.empty(2 * len(variants), dtype=np.int64)
    picks[0::2] = variants
    picks[1::2] = len(texts.digests) + names + np.where(last, 0, name_count)
    pieces = texts.lines.take(numbers(picks))
    ends = np.frombuffer(pieces.buffers()[1], dtype=np.int32)[2 * starts]
    return strings(ends, pieces.buffers()[2])


def _selections(texts: Texts, starts: Ints, names: Ints, encode: bool) -> pa.Array:
    """Column `tool_selection`: each row's tool names, then `select_response`."""
    picks = np.insert(names, starts[1:], len(texts.name_chars))
    ends = offsets(starts + np.arange(len(starts)))
    tool_names = encoded(texts.tool_names) if encode else texts.tool_names
    return pa.ListArray.from_arrays(ends, tool_names.take(numbers(picks)))


def _chars(texts: Texts, starts: Ints, variants: Ints, names: Ints) -> Ints:
    """Column `tool_chars`."""
    each = texts.chars[variants] + texts.name_chars[names]
    return np.add.reduceat(each, starts[:-1]) + texts.select_chars


def _ids(texts: Texts, starts: Ints, variants: Ints, names: Ints) -> pa.Array:
    """Column `catalog_id`."""
    digests = np.empty((len(variants), 2), dtype=np.uint64)
    digests[:, 0] = texts.digests[variants]
    digests[:, 1] = texts.name_digests[names]
    ids = catalog_ids(digests.tobytes(), (starts * digests.itemsize * 2).tolist())
    return strings(np.arange(len(starts)) * 2 * ID_BYTES, ids.encode())

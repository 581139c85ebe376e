"""Table `contamination`: problems that are copies of items of an evaluation suite."""

import dataframely as dy

from schemas.columns import identifier, one_of

METHODS = ("exact", "ngram", "near")


class Contamination(dy.Schema):
    """One row per flagged problem and suite item, sorted by its key."""

    problem_id = identifier(primary_key=True)
    suite = dy.String(primary_key=True, min_length=1)
    item = dy.String(primary_key=True, min_length=1, description="the item's name in its suite")
    method = one_of(METHODS, description="the surest detector that found it")
    score = dy.Float64(
        min=0,
        max=1,
        description="exact: 1; ngram: share of the item that stands in the problem; near: Jaccard",
    )


class ReferenceTexts(dy.Schema):
    """What problems are compared with: texts of items, without any prompt frame.

    An item may have several, such as the turns of a conversation.
    """

    suite = dy.String(min_length=1)
    item = dy.String(min_length=1)
    text = dy.String()

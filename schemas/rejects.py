"""Table `rejects`: every row that did not go on, with the stage and the reason."""

import dataframely as dy


class Rejects(dy.Schema):
    """One row that a stage dropped. `key` names it well enough to find it again."""

    stage = dy.String(min_length=1)
    key = dy.String(min_length=1, description="problem id, or file and row where none exists yet")
    data_source = dy.String(nullable=True)
    reason = dy.String(min_length=1, description="short, countable: missing_answer, duplicate ...")
    detail = dy.String(nullable=True)

"""What stand-ins know of the problems of a build: a right text, a wrong one, and how hard it is.

The texts are those of the reference engine `simulated`; graders judge them like any others.
"""

from collections.abc import Container

from pipeline.layout import Layout
from pipeline.router.simulated import Known
from pipeline.tiering.draws import draws_for
from pipeline.tiering.questions import read_shards
from pipeline.tiering.stand_in import key_of_question, wrong_text

STAGE = "bank/stand-in/wrong"
SHARD = 256


def known_problems(built: Layout, wanted: Container[str], seed: int) -> dict[str, Known]:
    """Reasoning problems of which a right text can be known, by id.

    Args:
        built: The build that holds them.
        wanted: Ids to look at.
        seed: Of the wrong answers and of the difficulty.
    """
    found = {}
    for shard in read_shards(built, SHARD):
        for question in shard:
            problem_id = question.problem_id
            key = key_of_question(question, seed) if problem_id in wanted else None
            if key is not None:
                (draws,) = draws_for(seed, STAGE, [problem_id])
                wrong = wrong_text(key, problem_id, draws)
                found[problem_id] = Known(key.right.text, wrong, key.probability)
    return found

"""Which planned problems do not fit the prompt budget.

Only problems long enough to be in doubt have their catalogues drawn here. Knows nothing of texts.
"""

import numpy as np

from pipeline.dataset.catalogues import Source
from pipeline.dataset.columns import Ints, Positions
from pipeline.dataset.jobs import TABLE_ROWS
from pipeline.dataset.mix import Plan, row_keys
from pipeline.dataset.prompts import router_tokens
from pipeline.dataset.survey import Survey
from pipeline.settings import Settings
from schemas.examples import SPLITS

SAMPLE_ROWS = 256
# What a catalogue can take beyond the largest of the sample. A row that takes more still is refused
# when it is made, which can leave the everyday share a row over.
HEADROOM = 1.5


def overflow(settings: Settings, survey: Survey, source: Source, plan: Plan) -> Ints:
    """Estimated tokens of the longest prompt of each kept problem over the budget, else 0."""
    budget = settings.dataset.max_prompt_tokens
    result = np.zeros(len(survey.keys), np.int32)
    kept = np.flatnonzero(plan.repetitions)
    if not len(kept):
        return result
    typical = _tokens(survey, source, plan, kept[:SAMPLE_ROWS]) - survey.tokens[kept[:SAMPLE_ROWS]]
    room = int(HEADROOM * typical.max())
    doubtful = kept[survey.tokens[kept] > budget - room]
    for split in range(len(SPLITS)):
        members = doubtful[plan.split[doubtful] == split]
        for start in range(0, len(members), TABLE_ROWS):
            part = members[start : start + TABLE_ROWS]
            tokens = _tokens(survey, source, plan, part)
            result[part] = np.where(tokens > budget, tokens, 0)
    return result


def _tokens(survey: Survey, source: Source, plan: Plan, problems: Positions) -> Ints:
    """Estimated tokens of each problem's longest prompt, drawn in the first problem's split."""
    longest = np.zeros(len(problems), np.int32)
    for repetition in range(int(plan.repetitions[problems].max(initial=0))):
        rows = np.flatnonzero(plan.repetitions[problems] > repetition)
        chosen = problems[rows]
        numbers = np.full(len(chosen), repetition, np.int32)
        draw = source.table(
            source.picks(int(plan.split[problems[0]]), row_keys(survey.keys[chosen], numbers))
        )
        tokens = survey.tokens[chosen] + router_tokens(draw, plan.simple[chosen])
        longest[rows] = np.maximum(longest[rows], tokens)
    return longest

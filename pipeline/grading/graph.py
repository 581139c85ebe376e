r"""Graph puzzles: one word, the next step of a path.

The truth is a word. The answer is what stands in `<answer>` tags, in `\boxed{}` or after a marker:
one word, compared without case and quotes. Several words are no answer.
"""

from pipeline.grading.answers import declared, tagged, tail
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, unparsed, wrong
from pipeline.grading.words import is_plain, word
from pipeline.settings import GradingSettings

VERSION = "1"


def quick(task: Task, settings: GradingSettings) -> Outcome:
    """Compare the declared word with the truth."""
    truth = word(task.truth) if is_plain(task.truth) else ""
    if not truth:
        return ungraded(f"the truth is no word: {str(task.truth)[:80]!r}")
    text = tagged(tail(task.text)) or declared(task.text)
    if text is None:
        return unparsed("no answer in <answer> tags or a box")
    answer = word(text.removeprefix("\\text{").removesuffix("}"))
    if answer == truth:
        return CORRECT
    if len(answer.split()) != 1:
        return unparsed(f"not one word: {text[:80]!r}")
    return wrong(f"answered {answer[:80]!r}")

"""The supervised start of a tiny router: valid decisions at random, and price lists read.

A folder with weights comes in, a folder goes out. It ends when the router does both well enough,
for a policy that cannot copy a name has nothing that a reward could strengthen. Plain torch.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from pipeline.reward.expected import table_of
from pipeline.settings import Settings
from pipeline.training.tiny.cases import Case, cases_of
from pipeline.training.tiny.codec import open_codec
from pipeline.training.tiny.law import World, the_world
from pipeline.training.tiny.lessons import Lesson, Shares, Teacher
from pipeline.training.tiny.network import open_network, save
from pipeline.training.tiny.probabilities import chances
from pipeline.training.tiny.problems import Problems
from pipeline.training.tiny.world import examples

QUESTIONS = 400
# What the falling rate still brings, as far as was seen.
SLACK_VALID, SLACK_READING = 0.02, 0.05


class Course(NamedTuple):
    """How the warm start goes.

    Attributes:
        seed: Of every choice.
        shares: Of lessons by kind; without reading, only the form is taught.
        rows: Catalogues and problems to teach with, none of them an example of the world.
        probes: Rows that it is examined on.
        batch: Lessons in one step.
        lr: Learning rate, reached after `warm_up` steps.
        warm_up: See there.
        valid: Probability of a valid decision that is enough.
        reading: Share of right first names in answers about prices that is enough.
        check_every: Steps between two looks.
        cool_down: Steps over which the learning rate falls to a tenth once both are nearly enough.
        most: Steps after which it ends in any case.
    """

    seed: int = 0
    shares: Shares = Shares()
    rows: int = 12_000
    probes: int = 80
    batch: int = 32
    lr: float = 3e-3
    warm_up: int = 20
    valid: float = 0.95
    reading: float = 0.85
    check_every: int = 100
    cool_down: int = 300
    most: int = 3000


class Exam(NamedTuple):
    """What the router can do after so many steps.

    Attributes:
        step: Taken so far.
        loss: Mean over the steps since the last exam.
        valid: Mean probability of a valid decision in the first turn.
        closes: Mean probability that the turn after a call ends the episode well.
        reading: Share of right first names; None where reading is not taught.
    """

    step: int
    loss: float
    valid: float
    closes: float
    reading: float | None


class WarmStart(NamedTuple):
    """What became of it.

    Attributes:
        exams: All of them; the last one is of the weights that are kept.
        enough: Whether the last one passes.
        seconds: Wall clock.
    """

    exams: list[Exam]
    enough: bool
    seconds: float


def warm_start(
    folder: Path,
    out: Path,
    course: Course | None = None,
    tell: Callable[[Exam], None] | None = None,
) -> WarmStart:
    """Teach a network.

    Args:
        folder: Of `make_network`.
        out: Where the taught one goes.
        course: How.
        tell: Told of every exam.
    """
    began, course = time.monotonic(), course or Course()
    world, codec = the_world(), open_codec(folder)
    with torch.random.fork_rng():
        torch.manual_seed(course.seed)
        network = open_network(folder)
        pupils, probes = _rows(world, course)
        teacher = Teacher(codec, world, pupils, course.shares, course.seed)
        asker = Teacher(codec, world, probes, Shares(1.0, 0.0), course.seed)
        questions = [asker.next() for _ in range(QUESTIONS)]
        exams: list[Exam] = []
        for step, loss in _steps(network, codec.pad, teacher, course, exams):
            seen = chances(network, codec, world, probes)
            read = reading_share(network, codec.pad, questions)
            exam = Exam(
                step, loss,
                float(np.mean([each.decided.sum() for each in seen])),
                float(np.mean([each.finished[1:].mean() for each in seen])),
                read if course.shares.reading else None,
            )  # fmt: skip
            exams.append(exam)
            if tell is not None:
                tell(exam)
    save(out, network, codec.tokenizer)
    return WarmStart(exams, passes(exams[-1], course), time.monotonic() - began)


def passes(exam: Exam, course: Course, nearly: bool = False) -> bool:
    """Whether an exam is good enough, or will be once the learning rate has fallen."""
    valid = course.valid - nearly * SLACK_VALID
    reading = course.reading - nearly * SLACK_READING
    return exam.valid >= valid and (exam.reading is None or exam.reading >= reading)


def _rows(world: World, course: Course) -> tuple[list[Case], list[Case]]:
    """Rows to teach with and rows to examine on; wordings and prices are those of training."""
    problems = Problems(world, course.seed, "train", ".warm").take(course.rows + course.probes)
    rows = examples(world, course.seed, "train", problems).to_pylist()
    cases = cases_of(rows, world, table_of(Settings().reward))
    return cases[: course.rows], cases[course.rows :]


def _steps(
    network: Any, pad: int, teacher: Teacher, course: Course, exams: Sequence[Exam]
) -> Iterator[tuple[int, float]]:
    """Train; yields the step and the loss wherever an exam is due, the last step among them."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=course.lr, weight_decay=0.01)
    last, losses = course.most, []
    for step in range(1, course.most + 1):
        left = (last - step) / course.cool_down
        rate = course.lr * min(1.0, step / course.warm_up, 0.1 + 0.9 * left)
        losses.append(_learn(network, optimizer, pad, rate, teacher, course.batch))
        if step % course.check_every and step != last:
            continue
        yield step, float(np.mean(losses))
        losses = []
        if step == last and (step == course.most or passes(exams[-1], course)):
            return
        if step == last:  # it was too early: go on as before
            last = course.most
        if last == course.most and passes(exams[-1], course, nearly=True):
            last = min(course.most, step + course.cool_down)


def _learn(
    network: Any, optimizer: Any, pad: int, rate: float, teacher: Teacher, batch: int
) -> float:
    for group in optimizer.param_groups:
        group["lr"] = rate
    network.train()
    lessons = [teacher.next() for _ in range(batch)]
    ids, wanted = _padded(lessons, pad)
    hidden = network.model(input_ids=ids[:, :-1]).last_hidden_state[wanted]
    loss = torch.nn.functional.cross_entropy(network.lm_head(hidden), ids[:, 1:][wanted])
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def _padded(lessons: Sequence[Lesson], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids, shape (lessons, longest), and which of those after the first are learned."""
    width = max(len(lesson.ids) for lesson in lessons)
    ids = torch.tensor([x.ids + [pad] * (width - len(x.ids)) for x in lessons])
    learned = torch.tensor([x.learned + [False] * (width - len(x.ids)) for x in lessons])
    return ids, learned[:, 1:]


def reading_share(network: Any, pad: int, questions: Sequence[Lesson]) -> float:
    """Share of questions about prices whose answer begins with the right name."""
    network.eval()
    right = 0
    for start in range(0, len(questions), 256):
        some = questions[start : start + 256]
        ids, _ = _padded(some, pad)
        places = torch.tensor([lesson.reading for lesson in some])
        with torch.no_grad():
            hidden = network.model(input_ids=ids).last_hidden_state
            said = network.lm_head(hidden[torch.arange(len(some)), places - 1]).argmax(-1)
        right += int((said == ids[torch.arange(len(some)), places]).sum())
    return right / len(questions)

"""Everyday bookkeeping as a simulation: things that change hands, and jobs that take turns."""

from collections import deque

from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.items import Family, Item, as_json, scaled, short
from pipeline.sources.sample.words import GOODS, NAMES


def _event(draw: Draw, names: list[str], goods: str, level: int, held: dict[str, int]) -> str:
    a, b = draw.sample(names, 2)
    n = draw.integer(1, 12)
    kind = draw.integer(1, 3 + min(level, 3))
    if kind <= 2 and held[a] >= n:
        held[a] -= n
        held[b] += n
        return draw.pick((f"{a} gives {b} {n} {goods}.", f"{b} gets {n} {goods} from {a}."))
    if kind == 3 and held[a] >= n:
        held[a] -= n
        return f"{a} loses {n} {goods}."
    if kind == 4:
        held[a] *= 2
        return f"{a} doubles the number of {goods} by buying more."
    if kind == 5:
        held[a], held[b] = held[b], held[a]
        return f"{a} and {b} swap all their {goods}."
    if kind == 6:
        given = held[a] // 2
        held[a] -= given
        held[b] += given
        return f"{a} gives half of the {goods} (rounded down) to {b}."
    held[b] += n
    return draw.pick((f"{b} finds {n} {goods}.", f"{b} buys {n} {goods}."))


def _trade(draw: Draw, level: int) -> Item:
    names, goods = draw.sample(NAMES, 2 + (level + 1) // 2), draw.pick(GOODS)
    held = {name: draw.integer(5, 30) for name in names}
    start = ", ".join(f"{name} has {n}" for name, n in held.items())
    events = [_event(draw, names, goods, level, held) for _ in range(2 + level)]
    listing = "\n".join(f"- {event}" for event in events)
    opening = f"Counting {goods}: {start}. Then, in this order:\n{listing}"
    work = f"In the end {', '.join(f'{name} has {n}' for name, n in held.items())}."
    if level % 2:
        name = draw.pick(names)
        question = f"{opening}\nHow many {goods} does {name} have in the end?"
        return short(draw, question, str(held[name]), work, "number")
    question = f"{opening}\nHow many {goods} does each person have in the end?"
    return as_json(draw, question, held, work, "a JSON object from name to number")


def round_robin(jobs: dict[str, int], quantum: int) -> dict[str, int]:
    """Finish time of every job when jobs take turns of at most `quantum` minutes."""
    queue, clock, finished = deque(jobs.items()), 0, {}
    while queue:
        name, left = queue.popleft()
        used = min(left, quantum)
        clock += used
        if left > used:
            queue.append((name, left - used))
        else:
            finished[name] = clock
    return finished


def _turns(draw: Draw, level: int) -> Item:
    names = draw.sample(NAMES, 2 + level // 2)
    jobs = {name: draw.integer(2, 5 + 2 * level) for name in names}
    quantum, times = draw.integer(2, 4), {}
    times = round_robin(jobs, quantum)
    listing = ", ".join(f"{name} needs {n} minutes" for name, n in jobs.items())
    scene = draw.pick(("one oven", "one computer", "one workbench", "one microscope"))
    opening = (
        f"People share {scene}: {listing}. They queue in this order. Whoever is first uses "
        f"it for at most {quantum} minutes and, if not finished, goes to the end of the "
        "queue. Changing takes no time."
    )
    work = f"They finish after {', '.join(f'{name} {n}' for name, n in times.items())} minutes."
    if level % 2:
        name = draw.pick(names)
        question = f"{opening} After how many minutes in total is {name} finished?"
        return short(draw, question, str(times[name]), work, "number")
    question = f"{opening} After how many minutes is each of them finished?"
    final = {name: times[name] for name in names}
    return as_json(draw, question, final, work, "a JSON object from name to minutes")


FAMILIES = (Family("trades", scaled(_trade)), Family("turns", scaled(_turns)))

"""Step-by-step machines: finite automata, stacks and queues, cellular automata, robots."""

from collections import deque

from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.items import Family, Item, as_json, scaled

_STATES = ("idle", "ready", "busy", "wait", "done", "halt")


def _automaton(draw: Draw, level: int) -> Item:
    states = list(_STATES[: 2 + (level + 1) // 2])
    letters = "ab" if level <= 3 else "abc"
    table = {(s, c): (draw.pick(states), draw.integer(0, 3)) for s in states for c in letters}
    word = "".join(draw.pick(letters) for _ in range(3 + 2 * level))
    state, total, visited = states[0], 0, [states[0]]
    for c in word:
        state, points = table[(state, c)]
        total += points
        visited.append(state)
    rules = "\n".join(
        f"- in state {s}, reading {c}: go to {t}, add {n} point{'' if n == 1 else 's'}"
        for (s, c), (t, n) in table.items()
    )
    question = (
        f"A machine starts in state {states[0]} with 0 points and reads the letters of "
        f"{word} from left to right by these rules:\n{rules}\nIn which state does it end, "
        "and with how many points?"
    )
    work = f"The states are {' -> '.join(visited)}."
    shape = 'a JSON object with the keys "state" (text) and "points" (number)'
    return as_json(draw, question, {"state": state, "points": total}, work, shape)


def _store_commands(draw: Draw, level: int) -> tuple[list[str], list[int]]:
    """Commands for one container that is a stack, a queue, or (from level 4) open at both ends."""
    kind = draw.pick(("stack", "queue") if level <= 3 else ("double-ended queue",))
    box: deque[int] = deque()
    lines = [f"Start with an empty {kind}."]
    for _ in range(4 + 2 * level):
        value, action = draw.integer(1, 60), draw.integer(1, 5)
        if action <= 2 or not box:
            box.append(value)
            lines.append(f"Push {value} at the end." if level > 3 else f"Add {value}.")
        elif level > 3 and action == 3:
            box.appendleft(value)
            lines.append(f"Push {value} at the front.")
        elif level >= 3 and action == 4:
            box.append(box[0] + box[-1])
            lines.append(
                "Push the sum of the first and the last element at the end." if level > 3 else
                         "Add the sum of the oldest and the newest element still inside "
                             "(it stays inside).")  # fmt: skip
        elif kind == "stack" or (level > 3 and draw.chance(1, 2)):
            box.pop()
            lines.append("Remove the last element." if level > 3 else "Remove one element.")
        else:
            box.popleft()
            lines.append("Remove the first element." if level > 3 else "Remove one element.")
    return lines, list(box)


def _store(draw: Draw, level: int) -> Item:
    lines, final = _store_commands(draw, level)
    if not final:
        return _store(draw, level)
    listing = "\n".join(f"{i}. {line}" for i, line in enumerate(lines, start=1))
    order = "from the front to the end" if level > 3 else "from the oldest to the newest element"
    question = draw.pick(
        (
            f"Follow these steps:\n{listing}\nWhat is left inside, {order}?",
            f"Carry out the commands in order and list the final content {order}.\n{listing}",
        )
    )
    work = f"{len(final)} element{'s remain' if len(final) > 1 else ' remains'}."
    return as_json(draw, question, final, work, "a JSON list of numbers")


def evolve(cells: str, rule: int) -> str:
    """One step of an elementary cellular automaton on a ring (Wolfram's rule numbers)."""
    size = len(cells)
    parts = (cells[i - 1] + cells[i] + cells[(i + 1) % size] for i in range(size))
    return "".join(str(rule >> int(part, 2) & 1) for part in parts)


def _cells(draw: Draw, level: int) -> Item:
    rule = draw.pick(
        (18, 22, 26, 30, 45, 54, 57, 60, 73, 90, 94, 102, 105, 110, 122, 126, 150, 182)
    )
    cells = "".join(draw.pick("01") for _ in range(5 + level))
    steps, rows = (level + 1) // 2, [cells]
    for _ in range(steps):
        rows.append(evolve(rows[-1], rule))
    table = ", ".join(f"{n:03b} -> {rule >> n & 1}" for n in range(7, -1, -1))
    question = (
        f"Cells on a ring have the values {cells} (the last cell is next to the first). In "
        "each step every cell takes a value that depends on its left neighbour, itself and "
        f"its right neighbour before the step: {table}. What are the cells after {steps} "
        f"step{'s' if steps > 1 else ''}?"
    )
    work = f"The rows are {', '.join(rows)}."
    return as_json(draw, question, rows[-1], work, "a JSON string of 0s and 1s")


_COMPASS = ("north", "east", "south", "west")
_MOVES = ((0, 1), (1, 0), (0, -1), (-1, 0))


def _robot(draw: Draw, level: int) -> Item:
    size, heading = 4 + level, draw.integer(0, 3)
    x, y = draw.integer(0, size - 1), draw.integer(0, size - 1)
    rocks = {(draw.integer(0, size - 1), draw.integer(0, size - 1)) for _ in range(level - 1)} - {
        (x, y)
    }
    opening = (
        f"A robot stands on field ({x}, {y}) of a board with x and y from 0 to {size - 1} "
        f"and faces {_COMPASS[heading]}. North increases y, east increases x. A step that "
        "would leave the board" + (" or enter a rock is skipped" if rocks else " is skipped")
    )
    words = []
    for _ in range(4 + 2 * level):
        action = draw.pick(("left", "right", "step", "step", "step"))
        if action == "step":
            target = (x + _MOVES[heading][0], y + _MOVES[heading][1])
            inside = 0 <= target[0] < size and 0 <= target[1] < size
            x, y = target if inside and target not in rocks else (x, y)
        else:
            heading = (heading + (1 if action == "right" else -1)) % 4
        words.append(action)
    stones = f" Rocks lie on {', '.join(map(str, sorted(rocks)))}." if rocks else ""
    question = (
        f"{opening}.{stones} It carries out: {', '.join(words)}. (left and right are turns "
        "on the spot.) Where is the robot, and which way does it face?"
    )
    final = {"x": x, "y": y, "facing": _COMPASS[heading]}
    work = f"It ends on ({x}, {y}) facing {_COMPASS[heading]}."
    return as_json(draw, question, final, work, 'a JSON object with the keys "x", "y" and "facing"')


FAMILIES = (
    Family("automata", scaled(_automaton)),
    Family("containers", scaled(_store)),
    Family("cells", scaled(_cells)),
    Family("robots", scaled(_robot)),
)

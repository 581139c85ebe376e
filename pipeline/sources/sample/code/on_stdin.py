"""Reference programs: each function gets the whole standard input and returns what is printed.

Their docstrings are the problem texts; `name` marks a parameter.
"""


def sum_line(text: str, k: int) -> str:
    """The only line holds integers separated by spaces.

    Print the sum of those that are not divisible by `k`.
    """
    return str(sum(n for n in map(int, text.split()) if n % k))


def scaled_lines(text: str, k: int) -> str:
    """Each line holds one integer.

    Print each of them times `k`, one per line, in the same order.
    """
    return "\n".join(str(int(line) * k) for line in text.split())


def count_long(text: str, k: int) -> str:
    """The first line holds n, then n words follow, one per line.

    Print how many of the words have more than `k` letters.
    """
    return str(sum(len(word) > k for word in text.split()[1:]))


def spread(text: str, k: int) -> str:
    """The first line holds n, the second n integers.

    Print the largest minus the smallest of them, times `k`.
    """
    numbers = list(map(int, text.split()[1:]))
    return str((max(numbers) - min(numbers)) * k)


def stock(text: str, start: int) -> str:
    """A shop starts with `start` articles of every kind.

    Each line is "in NAME COUNT" or "out NAME COUNT".
    Print every name that occurred with its final count, as "NAME COUNT", sorted by name, one per
    line.
    """
    stock: dict[str, int] = {}
    for line in text.splitlines():
        word, name, count = line.split()
        stock[name] = stock.get(name, start) + (1 if word == "in" else -1) * int(count)
    return "\n".join(f"{name} {stock[name]}" for name in sorted(stock))


def queries(text: str, shift: int) -> str:
    """The first line holds n integers (positions from 1).

    Each further line holds two positions a <= b. For each of these lines print the sum of the
    integers at the positions a to b, plus `shift`.
    """
    first, *rest = text.splitlines()
    numbers = list(map(int, first.split()))
    ranges = [tuple(map(int, line.split())) for line in rest]
    return "\n".join(str(sum(numbers[a - 1 : b]) + shift) for a, b in ranges)


def robot(text: str, size: int) -> str:
    """A robot stands at (0, 0) of a torus with `size` rows and `size` columns.

    Coordinates run from 0 to `size` - 1.
    The only line consists of the letters N, S, E and W. N adds 1 to y, S subtracts 1, E adds 1 to x
    and W subtracts 1, all modulo `size`. Print the final x and y, separated by a space.
    """
    moves = {"N": (0, 1), "S": (0, -1), "E": (1, 0), "W": (-1, 0)}
    x = y = 0
    for letter in text.strip():
        x, y = (x + moves[letter][0]) % size, (y + moves[letter][1]) % size
    return f"{x} {y}"


def top_scores(text: str, k: int) -> str:
    """Each line is "NAME SCORE".

    Print the names of the best `k` by score, one per line, best first. Equal scores are ordered by
    name. If there are fewer than `k` lines, print all names.
    """
    rows = [line.split() for line in text.splitlines()]
    ranked = sorted(rows, key=lambda row: (-int(row[1]), row[0]))
    return "\n".join(row[0] for row in ranked[:k])


def flood_days(text: str, limit: int) -> str:
    """The only line holds daily water levels, separated by spaces.

    A flood is a maximal run of days above `limit`.
    Print the number of floods and the length of the longest one (0 if there is none), separated by
    a space.
    """
    runs, run = [], 0
    for level in [*map(int, text.split()), limit]:
        if level > limit:
            run += 1
        elif run:
            runs.append(run)
            run = 0
    return f"{len(runs)} {max(runs, default=0)}"


def grid_walls(text: str, most: int) -> str:
    """The input is a grid of "." and "#" whose top left and bottom right cells are ".".

    Print the least number of moves (up, down, left, right) over "." cells from the top left to the
    bottom right cell, or -1 if that is impossible or takes more than `most` moves.
    """
    rows = text.split()
    goal = (len(rows) - 1, len(rows[0]) - 1)
    frontier, seen, moves = {(0, 0)}, {(0, 0)}, 0
    while frontier and goal not in frontier:
        near = {(i + a, j + b) for i, j in frontier for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1))}
        inside = {(i, j) for i, j in near if 0 <= i <= goal[0] and 0 <= j <= goal[1]}
        frontier = {(i, j) for i, j in inside - seen if rows[i][j] == "."}
        seen |= frontier
        moves += 1
    return str(moves if frontier and moves <= most else -1)


def machines(text: str, count: int) -> str:
    """The only line holds job lengths in order. There are `count` machines, all free at time 0.

    Each job in turn goes to the machine that is free earliest. Print the time when all jobs are
    done.
    """
    free = [0] * count
    for job in map(int, text.split()):
        free.sort()
        free[0] += job
    return str(max(free))


def bracket_kinds(text: str, most: int) -> str:
    """Each line is a string of the brackets ()[]{}.

    For each line print "yes" if it is balanced, otherwise "no".
    A line nested deeper than `most` levels also counts as "no".
    """
    closing = {")": "(", "]": "[", "}": "{"}
    answers = []
    for line in text.split():
        stack: list[str] = []
        good = True
        for c in line:
            if c in closing:
                good = good and bool(stack) and stack.pop() == closing[c]
            else:
                stack.append(c)
            good = good and len(stack) <= most
        answers.append("yes" if good and not stack else "no")
    return "\n".join(answers)

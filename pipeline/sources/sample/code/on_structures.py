"""Reference functions on matrices, intervals, dictionaries and graphs; docstrings are the texts."""


def row_sums_above(matrix: list[list[int]], limit: int) -> list[int]:
    """Return the indices (from 0) of the rows of matrix whose sum is greater than `limit`."""
    return [i for i, row in enumerate(matrix) if sum(row) > limit]


def transpose(matrix: list[list[int]]) -> list[list[int]]:
    """Return the transpose of the rectangular, non-empty matrix."""
    return [list(column) for column in zip(*matrix, strict=True)]


def rotate_clockwise(matrix: list[list[int]], turns: int) -> list[list[int]]:
    """Return the rectangular, non-empty matrix turned clockwise by 90 degrees, `turns` times."""
    for _ in range(turns % 4):
        matrix = [list(column) for column in zip(*matrix[::-1], strict=True)]
    return matrix


def totals_by_name(entries: list[list[object]], least: int) -> dict[str, int]:
    """Return a dictionary from each name to the sum of its amounts, without totals below `least`.

    entries is a list of [name, amount] lists.
    """
    totals: dict[str, int] = {}
    for name, amount in entries:
        totals[str(name)] = totals.get(str(name), 0) + int(str(amount))
    return {name: total for name, total in totals.items() if total >= least}


def spiral(matrix: list[list[int]]) -> list[int]:
    """Return the elements of the rectangular, non-empty matrix in clockwise spiral order.

    Start at the top left corner and go to the right first.
    """
    rows, result = [list(row) for row in matrix], []
    while rows:
        result += rows.pop(0)
        rows = [list(column) for column in zip(*rows, strict=True)][::-1]
    return result


def merge_intervals(intervals: list[list[int]], gap: int) -> list[list[int]]:
    """Return the [start, end] intervals merged and sorted by start.

    Two intervals belong together if they overlap or if at most `gap` lies between the end of one
    and the start of the other.
    """
    merged: list[list[int]] = []
    for start, end in sorted(intervals):
        if merged and start - merged[-1][1] <= gap:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged


def most_at_once(intervals: list[list[int]]) -> int:
    """Return the largest number of [start, end] visits that have a common point in time.

    Both ends belong to a visit. Without visits the result is 0.
    """
    starts = [start for start, _ in intervals]
    return max((sum(a <= t <= b for a, b in intervals) for t in starts), default=0)


def balance_after(commands: list[str], limit: int) -> int:
    """Return the balance after the commands "add N" and "take N", starting from 0.

    A "take" that would bring the balance below minus `limit` is ignored.
    """
    balance = 0
    for command in commands:
        word, amount = command.split()
        if word == "add":
            balance += int(amount)
        elif balance - int(amount) >= -limit:
            balance -= int(amount)
    return balance


def islands(grid: list[list[int]], least: int) -> int:
    """Return how many connected regions of 1s the grid of 0s and 1s has, of at least `least` cells.

    Cells are connected up, down, left and right.
    """
    cells = {(i, j) for i, row in enumerate(grid) for j, value in enumerate(row) if value}
    count = 0
    while cells:
        stack, size = [cells.pop()], 0
        while stack:
            i, j = stack.pop()
            size += 1
            for near in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
                if near in cells:
                    cells.remove(near)
                    stack.append(near)
        count += size >= least
    return count


def grid_paths(grid: list[list[int]]) -> int:
    """Return how many paths lead from the top left to the bottom right cell of the grid.

    A path moves right or down only and never enters a cell that holds 1. A blocked start or end
    gives 0.
    """
    ways = [0] * len(grid[0])
    ways[0] = 1
    for row in grid:
        for j, blocked in enumerate(row):
            left = ways[j - 1] if j else 0
            ways[j] = 0 if blocked else ways[j] + left
    return ways[-1]


def cheapest_path(grid: list[list[int]]) -> int:
    """Return the least sum of a path from the top left to the bottom right of the grid.

    A path moves right or down only; both end cells count.
    """
    best: list[int] = []
    for i, row in enumerate(grid):
        for j, value in enumerate(row):
            before = [best[j]] if i else []
            before += [best[j - 1]] if j else []
            total = value + min(before, default=0)
            best[j : j + 1] = [total]
    return best[-1]


def reachable_within(edges: list[list[int]], start: int, steps: int) -> list[int]:
    """Return the sorted nodes that can be reached from start in at most `steps` steps.

    The start is included. edges is a list of [from, to] lists; an edge may be walked only from its
    first to its second node.
    """
    reached = {start}
    for _ in range(steps):
        reached |= {b for a, b in edges if a in reached}
    return sorted(reached)


def shortest_path(edges: list[list[int]], start: int, end: int) -> int:
    """Return the least number of edges on a path from start to end, or -1 if there is none.

    edges is a list of [a, b] lists; every edge may be walked in both directions.
    """
    frontier, seen, distance = {start}, {start}, 0
    while frontier:
        if end in frontier:
            return distance
        near = {b for a, b in edges if a in frontier} | {a for a, b in edges if b in frontier}
        frontier = near - seen
        seen |= frontier
        distance += 1
    return -1


def course_order(edges: list[list[int]], count: int) -> list[int]:
    """Return the courses 0 to `count` - 1 in an order that respects all [before, after] edges.

    Whenever several courses are possible next, the smallest number comes first. If there is no
    valid order, return an empty list. Edges with a course outside the range do not occur.
    """
    waiting, order = set(range(count)), []
    while waiting:
        free = [n for n in waiting if not any(a in waiting and b == n for a, b in edges)]
        if not free:
            return []
        order.append(min(free))
        waiting.remove(min(free))
    return order


def evaluate_postfix(tokens: list[str], modulus: int) -> int:
    """Return the value of the postfix expression tokens, reduced modulo `modulus`.

    Tokens are non-negative integers and the operators +, - and *. The expression is valid; the
    result lies between 0 and `modulus` - 1.
    """
    stack: list[int] = []
    for token in tokens:
        if token.isdigit():
            stack.append(int(token))
            continue
        right, left = stack.pop(), stack.pop()
        stack.append({"+": left + right, "-": left - right, "*": left * right}[token])
    return stack[0] % modulus


def knapsack(items: list[list[int]], capacity: int) -> int:
    """Return the largest total value of items with a total weight of at most `capacity`.

    items is a list of [weight, value] lists with positive weights; each item is used at most once.
    """
    best = [0] * (capacity + 1)
    for weight, value in items:
        for room in range(capacity, weight - 1, -1):
            best[room] = max(best[room], best[room - weight] + value)
    return best[capacity]

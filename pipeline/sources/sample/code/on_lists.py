"""Reference functions on lists; docstrings are the problem texts, `name` is a parameter."""


def sum_of_multiples(numbers: list[int], k: int) -> int:
    """Return the sum of the numbers that are divisible by `k` (0 if there are none)."""
    return sum(n for n in numbers if n % k == 0)


def count_above(numbers: list[int], limit: int) -> int:
    """Return how many of the numbers are strictly greater than `limit`."""
    return sum(n > limit for n in numbers)


def every_kth(numbers: list[int], k: int) -> list[int]:
    """Return the elements at the positions 0, `k`, 2 * `k` and so on, in this order."""
    return numbers[::k]


def rotate_left(numbers: list[int], k: int) -> list[int]:
    """Return the list rotated to the left by `k` positions; an empty list stays empty."""
    if not numbers:
        return []
    shift = k % len(numbers)
    return numbers[shift:] + numbers[:shift]


def clamp_all(numbers: list[int], low: int, high: int) -> list[int]:
    """Return the list with numbers below `low` raised to it and those above `high` cut to it."""
    return [min(max(n, low), high) for n in numbers]


def distinct_in_order(numbers: list[int]) -> list[int]:
    """Return the numbers without repetitions, each at the place where it first occurs."""
    return list(dict.fromkeys(numbers))


def chunks(numbers: list[int], size: int) -> list[list[int]]:
    """Return the list cut into consecutive pieces of `size` elements; the last may be shorter."""
    return [numbers[i : i + size] for i in range(0, len(numbers), size)]


def running_sums(numbers: list[int], m: int) -> list[int]:
    """Return the list of running totals, each reduced modulo `m` to a value from 0 to `m` - 1."""
    totals, total = [], 0
    for n in numbers:
        total = (total + n) % m
        totals.append(total)
    return totals


def pairs_with_sum(numbers: list[int], target: int) -> int:
    """Return the number of index pairs i < j with numbers[i] + numbers[j] == `target`."""
    seen: dict[int, int] = {}
    count = 0
    for n in numbers:
        count += seen.get(target - n, 0)
        seen[n] = seen.get(n, 0) + 1
    return count


def kth_largest_distinct(numbers: list[int], k: int) -> int | None:
    """Return the number in place `k` (from 1) among the distinct values, in decreasing order.

    Return None if there are fewer than `k` distinct values.
    """
    distinct = sorted(set(numbers), reverse=True)
    return distinct[k - 1] if len(distinct) >= k else None


def best_window(numbers: list[int], width: int) -> int | None:
    """Return the largest sum of `width` consecutive numbers, or None if the list is shorter."""
    if len(numbers) < width:
        return None
    return max(sum(numbers[i : i + width]) for i in range(len(numbers) - width + 1))


def longest_rise(numbers: list[int]) -> int:
    """Return the length of the longest strictly increasing run of neighbours (0 if empty)."""
    best = run = 0
    for i, n in enumerate(numbers):
        run = run + 1 if i and n > numbers[i - 1] else 1
        best = max(best, run)
    return best


def merge_sorted(first: list[int], second: list[int]) -> list[int]:
    """Return one sorted list with all elements of the two sorted lists first and second."""
    return sorted(first + second)


def mode_or_smallest(numbers: list[int]) -> int | None:
    """Return the most frequent number, on a tie the smallest such; None for an empty list."""
    if not numbers:
        return None
    return min(set(numbers), key=lambda n: (-numbers.count(n), n))


def longest_subarray_at_most(numbers: list[int], limit: int) -> int:
    """Return the length of the longest run of consecutive elements whose sum is at most `limit`.

    All numbers are non-negative. The empty run counts, so the result is at least 0.
    """
    best = start = total = 0
    for end, n in enumerate(numbers):
        total += n
        while total > limit and start <= end:
            total -= numbers[start]
            start += 1
        best = max(best, end - start + 1)
    return best


def subarrays_divisible(numbers: list[int], k: int) -> int:
    """Return how many non-empty runs of consecutive elements have a sum divisible by `k`."""
    counts, prefix, result = {0: 1}, 0, 0
    for n in numbers:
        prefix = (prefix + n) % k
        result += counts.get(prefix, 0)
        counts[prefix] = counts.get(prefix, 0) + 1
    return result


def max_sum_with_gap(numbers: list[int], gap: int) -> int:
    """Return the largest sum of chosen elements whose indices differ pairwise by more than `gap`.

    Choosing nothing gives 0, so the result is never negative.
    """
    best: list[int] = [0]
    for i, n in enumerate(numbers):
        best.append(max(best[-1], n + best[max(0, i - gap)]))
    return best[-1]


def longest_increasing_with_step(numbers: list[int], step: int) -> int:
    """Return the length of the longest subsequence in which each element exceeds the one before it.

    Each element must exceed its predecessor in the subsequence by at least `step`. The elements
    need not be adjacent in the list. An empty list gives 0.
    """
    best: list[int] = []
    for i, n in enumerate(numbers):
        best.append(1 + max((best[j] for j in range(i) if n - numbers[j] >= step), default=0))
    return max(best, default=0)


def trapped_water(heights: list[int]) -> int:
    """Return how many units of rain stay between bars of width 1 with the given heights."""
    total = 0
    for i, height in enumerate(heights):
        level = min(max(heights[: i + 1]), max(heights[i:]))
        total += level - height
    return total


def split_into_parts(numbers: list[int], parts: int) -> int:
    """Return the least possible largest part sum when the list is cut into `parts` parts.

    The parts are consecutive and may be empty; all numbers are non-negative. An empty list gives 0.
    """
    low, high = max(numbers, default=0), sum(numbers)
    while low < high:
        middle = (low + high) // 2
        used, total = 1, 0
        for n in numbers:
            if total + n > middle:
                used, total = used + 1, 0
            total += n
        if used <= parts:
            high = middle
        else:
            low = middle + 1
    return low

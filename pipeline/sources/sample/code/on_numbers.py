"""Reference functions on integers; docstrings are the problem texts, `name` is a parameter."""


def digit_sum_multiple(limit: int, k: int) -> int:
    """Return how many integers from 1 to limit (inclusive) have a digit sum divisible by `k`."""
    return sum(sum(map(int, str(n))) % k == 0 for n in range(1, limit + 1))


def multiples_below(limit: int, a: int, b: int) -> int:
    """Return the sum of the integers n with 0 <= n < limit that `a` or `b` divides."""
    return sum(n for n in range(limit) if n % a == 0 or n % b == 0)


def to_base(number: int, base: int) -> str:
    """Return the non-negative integer number written in base `base`, without leading zeros.

    Zero is written as "0".
    """
    digits = ""
    while number:
        number, digit = divmod(number, base)
        digits = str(digit) + digits
    return digits or "0"


def primes_up_to(limit: int) -> list[int]:
    """Return the list of all primes p with p <= limit, in increasing order."""
    return [n for n in range(2, limit + 1) if all(n % d for d in range(2, int(n**0.5) + 1))]


def collatz_steps(start: int, factor: int) -> int:
    """Return the number of steps until start (a positive integer) reaches 1, at most 200.

    One step halves an even number and turns an odd number n into `factor` * n + 1. If 1 is not
    reached after 200 steps, return -1.
    """
    for steps in range(201):
        if start == 1:
            return steps
        start = start // 2 if start % 2 == 0 else factor * start + 1
    return -1


def nearest_multiple(number: int, k: int) -> int:
    """Return the multiple of `k` that is nearest to number; on a tie, return the smaller one."""
    below = number // k * k
    return below if number - below <= below + k - number else below + k


def prime_factors(number: int) -> list[int]:
    """Return the prime factors of number (at least 1) in non-decreasing order, with repetitions.

    For 1 the result is an empty list.
    """
    factors, divisor = [], 2
    while number > 1:
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
        divisor += 1
    return factors


def digital_root_in_base(number: int, base: int) -> int:
    """Return the digital root of the non-negative integer number in base `base`.

    Sum the base-`base` digits, and repeat with the result until it is a single digit.
    """
    while number >= base:
        total = 0
        while number:
            number, digit = divmod(number, base)
            total += digit
        number = total
    return number


def modular_power(base: int, exponent: int, m: int) -> int:
    """Return base to the power of exponent (a non-negative integer) modulo `m`.

    It must be fast for exponents with hundreds of digits.
    """
    return pow(base, exponent, m)


def ways_to_pay(amount: int, a: int, b: int, c: int) -> int:
    """Return in how many ways amount can be paid with coins of `a`, `b` and `c`.

    The order of the coins is irrelevant. There is one way to pay 0: with no coin at all.
    """
    ways = [1] + [0] * amount
    for coin in (a, b, c):
        for value in range(coin, amount + 1):
            ways[value] += ways[value - coin]
    return ways[amount]


def josephus(count: int, k: int) -> int:
    """Return the number of the last person left in a circle of people numbered 1 to count.

    Counting starts at person 1. Whoever is counted as number `k` leaves, and counting starts again
    with the next person, until one is left.
    """
    survivor = 0
    for size in range(2, count + 1):
        survivor = (survivor + k) % size
    return survivor + 1


def restricted_binary(length: int, k: int) -> int:
    """Return how many strings of 0s and 1s of the given length contain no run of `k` ones."""
    counts = [1] + [0] * (k - 1)
    for _ in range(length):
        counts = [sum(counts), *counts[:-1]]
    return sum(counts)


def fewest_squares(number: int) -> int:
    """Return the least number of positive perfect squares that add up to number (0 for 0)."""
    best = [0]
    for n in range(1, number + 1):
        best.append(1 + min(best[n - i * i] for i in range(1, int(n**0.5) + 1)))
    return best[number]


def lucky_tickets(digits: int, difference: int) -> int:
    """Return how many numbers with 2 * digits digits are `difference`-lucky (leading zeros count).

    A number is lucky in this sense if the digit sum of its first half minus the digit sum of its
    second half is exactly `difference`.
    """
    counts = {0: 1}
    for sign in (1, -1):
        for _ in range(digits):
            longer: dict[int, int] = {}
            for total, ways in counts.items():
                for digit in range(10):
                    key = total + sign * digit
                    longer[key] = longer.get(key, 0) + ways
            counts = longer
    return counts.get(difference, 0)

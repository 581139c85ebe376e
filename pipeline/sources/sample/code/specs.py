"""The table of code problems: level, reference function, test inputs and the parameters to vary."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.sources.sample.code import inputs as i
from pipeline.sources.sample.code import on_lists, on_numbers, on_stdin, on_structures, on_text


class Spec(NamedTuple):
    """One function to write.

    Attributes:
        level: Difficulty, 1 to 5.
        function: Reference solution; its docstring is the problem text.
        inputs: Arguments of each test.
        fixed: Values to choose from for the trailing parameters that a problem fixes.
    """

    level: int
    function: Callable[..., Any]
    inputs: i.Inputs
    fixed: Mapping[str, Sequence[int | str]] = {}


_SMALL = range(2, 10)
_LETTERS = ("a", "e", "n", "o", "r", "s", "t")

NUMBERS = (
    Spec(1, on_numbers.nearest_multiple, i.whole(0, 500), {"k": range(4, 40, 3)}),
    Spec(1, on_numbers.multiples_below, i.whole(0, 200), {"a": (3, 4, 6), "b": (5, 7, 10, 11)}),
    Spec(2, on_numbers.digit_sum_multiple, i.whole(1, 300), {"k": range(3, 12)}),
    Spec(2, on_numbers.to_base, i.whole(0, 5000), {"base": range(2, 10)}),
    Spec(2, on_numbers.primes_up_to, i.whole(0, 80)),
    Spec(2, on_numbers.prime_factors, i.whole(1, 900)),
    Spec(3, on_numbers.collatz_steps, i.whole(1, 60), {"factor": (3, 5, 7)}),
    Spec(3, on_numbers.digital_root_in_base, i.whole(0, 99_999), {"base": range(5, 17)}),
    Spec(3, on_numbers.modular_power, i.power, {"m": (97, 1009, 9973, 65_537)}),
    Spec(4, on_numbers.ways_to_pay, i.whole(0, 120), {"a": (1, 2), "b": (3, 5), "c": (7, 8, 10)}),
    Spec(4, on_numbers.josephus, i.whole(1, 60), {"k": range(2, 9)}),
    Spec(4, on_numbers.restricted_binary, i.whole(0, 40), {"k": range(2, 6)}),
    Spec(4, on_numbers.fewest_squares, i.whole(0, 150)),
    Spec(5, on_numbers.lucky_tickets, i.whole(1, 12), {"difference": range(0, 8)}),
)
LISTS = (
    Spec(1, on_lists.sum_of_multiples, i.ints, {"k": _SMALL}),
    Spec(1, on_lists.count_above, i.ints, {"limit": range(-5, 20, 3)}),
    Spec(1, on_lists.every_kth, i.ints, {"k": range(2, 7)}),
    Spec(1, on_lists.distinct_in_order, i.counts),
    Spec(1, on_lists.merge_sorted, i.two_sorted),
    Spec(2, on_lists.rotate_left, i.ints, {"k": range(2, 12)}),
    Spec(2, on_lists.clamp_all, i.ints, {"low": (-4, -1, 0, 2), "high": (9, 14, 20)}),
    Spec(2, on_lists.chunks, i.ints, {"size": range(2, 8)}),
    Spec(2, on_lists.running_sums, i.ints, {"m": range(5, 50, 6)}),
    Spec(2, on_lists.longest_rise, i.ints),
    Spec(2, on_lists.mode_or_smallest, i.counts),
    Spec(3, on_lists.pairs_with_sum, i.counts, {"target": range(8, 24, 3)}),
    Spec(3, on_lists.kth_largest_distinct, i.counts, {"k": range(2, 7)}),
    Spec(3, on_lists.best_window, i.ints, {"width": range(2, 8)}),
    Spec(4, on_lists.longest_subarray_at_most, i.counts, {"limit": range(10, 60, 9)}),
    Spec(4, on_lists.subarrays_divisible, i.ints, {"k": range(3, 12)}),
    Spec(4, on_lists.trapped_water, i.counts),
    Spec(5, on_lists.max_sum_with_gap, i.ints, {"gap": range(1, 6)}),
    Spec(5, on_lists.longest_increasing_with_step, i.ints, {"step": range(1, 7)}),
    Spec(5, on_lists.split_into_parts, i.counts, {"parts": range(2, 7)}),
)
TEXT = (
    Spec(1, on_text.count_letter, i.sentence, {"letter": _LETTERS}),
    Spec(1, on_text.long_words, i.sentence, {"k": range(3, 7)}),
    Spec(1, on_text.swap_vowels, i.sentence, {"letter": ("*", "-", "x", "_", "u")}),
    Spec(1, on_text.initials, i.sentence),
    Spec(2, on_text.mask_middle, i.sentence, {"keep": range(1, 6)}),
    Spec(2, on_text.caesar, i.sentence, {"shift": range(3, 24, 4)}),
    Spec(2, on_text.sort_by_length, i.sentence),
    Spec(2, on_text.word_counts, i.sentence, {"least": (1, 2)}),
    Spec(3, on_text.is_palindrome_ignoring, i.letters, {"letter": ("a", "b", "c", "d")}),
    Spec(3, on_text.run_lengths, i.letters),
    Spec(3, on_text.balanced_depth, i.brackets),
    Spec(3, on_text.distinct_substrings, i.letters, {"length": range(2, 6)}),
    Spec(4, on_text.zigzag, i.sentence, {"rows": range(2, 7)}),
    Spec(4, on_text.longest_with_distinct, i.letters, {"k": range(1, 4)}),
    Spec(4, on_text.expand, i.groups),
    Spec(5, on_text.edit_distance, i.two_words, {"cost": (1, 2)}),
    Spec(5, on_text.common_subsequence, i.two_words),
    Spec(5, on_text.least_palindrome_cuts, i.letters),
)
STRUCTURES = (
    Spec(1, on_structures.row_sums_above, i.matrix, {"limit": range(0, 40, 7)}),
    Spec(1, on_structures.transpose, i.matrix),
    Spec(2, on_structures.rotate_clockwise, i.matrix, {"turns": (1, 2, 3, 5, 7)}),
    Spec(2, on_structures.totals_by_name, i.entries, {"least": range(10, 40, 6)}),
    Spec(2, on_structures.balance_after, i.commands, {"limit": (5, 10, 25, 40, 60)}),
    Spec(3, on_structures.spiral, i.matrix),
    Spec(3, on_structures.merge_intervals, i.intervals, {"gap": range(0, 4)}),
    Spec(3, on_structures.most_at_once, i.intervals),
    Spec(3, on_structures.evaluate_postfix, i.postfix, {"modulus": (7, 11, 97, 101, 1000)}),
    Spec(4, on_structures.islands, i.bits, {"least": range(1, 5)}),
    Spec(4, on_structures.grid_paths, i.bits),
    Spec(4, on_structures.cheapest_path, i.costs),
    Spec(4, on_structures.reachable_within, i.graph, {"steps": range(1, 5)}),
    Spec(4, on_structures.shortest_path, i.graph_pair),
    Spec(5, on_structures.course_order, i.order_edges, {"count": range(5, 9)}),
    Spec(5, on_structures.knapsack, i.items, {"capacity": range(10, 50, 7)}),
)
STDIN = (
    Spec(1, on_stdin.sum_line, i.line(-20, 60), {"k": _SMALL}),
    Spec(1, on_stdin.scaled_lines, i.column, {"k": _SMALL}),
    Spec(1, on_stdin.count_long, i.counted_words, {"k": range(2, 6)}),
    Spec(2, on_stdin.spread, i.counted_line, {"k": range(2, 9)}),
    Spec(2, on_stdin.stock, i.stock_lines, {"start": range(0, 60, 10)}),
    Spec(3, on_stdin.queries, i.range_queries, {"shift": (-7, -2, 1, 5, 10)}),
    Spec(3, on_stdin.robot, i.moves, {"size": range(4, 14)}),
    Spec(3, on_stdin.top_scores, i.score_lines, {"k": range(2, 7)}),
    Spec(3, on_stdin.flood_days, i.line(0, 100), {"limit": range(30, 80, 8)}),
    Spec(4, on_stdin.bracket_kinds, i.bracket_lines, {"most": range(2, 6)}),
    Spec(5, on_stdin.grid_walls, i.wall_grid, {"most": (5, 8, 12, 40)}),
    Spec(4, on_stdin.machines, i.line(1, 30), {"count": range(2, 7)}),
)

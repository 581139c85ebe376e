"""Geometry with exact answers: rectangles, right triangles, polygons on a grid, circles."""

import math
from fractions import Fraction

from pipeline.sources.sample.draw import Draw, plain
from pipeline.sources.sample.items import Family, Item, number

Point = tuple[int, int]
_TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (9, 40, 41))
_HERON = ((13, 14, 15, 84), (9, 10, 17, 36), (7, 15, 20, 42), (10, 13, 13, 60), (11, 13, 20, 66),
          (12, 17, 25, 90), (5, 5, 6, 12), (13, 20, 21, 126), (17, 25, 28, 210), (4, 13, 15,
          24))  # fmt: skip


def twice_area(points: list[Point]) -> int:
    """Twice the area of a simple polygon, by the shoelace formula."""
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs))


def _rectangle(draw: Draw) -> Item:
    a, b = draw.sample(range(4, 40), 2)
    question, value = draw.pick(
        (
            (
                f"A garden is {a} m long and {b} m wide. How long is the fence around it, "
                    "in m?", 2 * (a + b)),
            (
                f"A rectangle has area {a * b} and one side of length {a}. What is its "
                "perimeter?", 2 * (a + b)),
            (
                f"A floor of {a} m by {b} m is laid with square tiles of side 1 m. How many "
                "tiles?", a * b),
        )
    )  # fmt: skip
    return number(draw, question, value, f"The sides are {a} and {b}, which gives {value}.")


def _right_triangle(draw: Draw) -> Item:
    triple, k = draw.pick(_TRIPLES), draw.integer(1, 6)
    a, b, c = (k * side for side in triple)
    question, value = draw.pick(
        (
            (f"The legs of a right triangle measure {a} and {b}. How long is the hypotenuse?", c),
            (
                f"A ladder of {c} dm leans on a wall with its foot {a} dm away. How high up the "
                "wall does it reach, in dm?", b),
            (f"A right triangle has hypotenuse {c} and one leg {b}. What is its area?", a * b // 2),
        )
    )  # fmt: skip
    return number(draw, question, value, f"{a}^2 + {b}^2 = {c}^2, so the answer is {value}.")


def _triangle_area(draw: Draw) -> Item:
    points = [(draw.integer(-9, 9), draw.integer(-9, 9)) for _ in range(3)]
    double = twice_area(points)
    if double == 0:
        return _triangle_area(draw)
    listing = ", ".join(map(str, points))
    question = draw.pick(
        (
            f"What is the area of the triangle with the corners {listing}?",
            f"A triangle has its vertices at {listing}. Find its area exactly.",
        )
    )
    return number(draw, question, Fraction(double, 2), f"Shoelace: twice the area is {double}.")


def _convex(draw: Draw) -> list[Point]:
    """A quadrilateral with one corner on each half-axis: always simple and convex."""
    east, north, west, south = draw.integers(4, 2, 12)
    dx, dy = draw.integer(-3, 3), draw.integer(-3, 3)
    corners = ((east, 0), (0, north), (-west, 0), (0, -south))
    return [(x + dx, y + dy) for x, y in corners]


def _lattice(draw: Draw) -> Item:
    points = _convex(draw)
    edges = list(zip(points, points[1:] + points[:1], strict=True))
    border = sum(math.gcd(a[0] - b[0], a[1] - b[1]) for a, b in edges)
    inside = (twice_area(points) - border + 2) // 2
    what, value = draw.pick(
        (
            ("strictly inside the quadrilateral", inside),
            ("on its boundary", border),
            ("inside it or on its boundary", inside + border),
        )
    )
    question = (
        f"A quadrilateral has the corners {', '.join(map(str, points))}, in this order. How many "
        f"points with integer coordinates lie {what}?"
    )
    work = (
        f"Area {plain(Fraction(twice_area(points), 2))}, {border} border points; apply Pick's "
        "theorem."
    )
    return number(draw, question, value, work)


def _heron(draw: Draw) -> Item:
    *base, base_area = draw.pick(_HERON)
    k = draw.integer(1, 4)
    sides, area = [k * side for side in base], k * k * base_area
    half = sum(sides) // 2
    a, b, c = draw.shuffled(sides)
    name, value = draw.pick(
        (
            ("the radius of its inscribed circle", Fraction(area, half)),
            ("the radius of its circumscribed circle", Fraction(a * b * c, 4 * area)),
            (f"the height on the side of length {a}", Fraction(2 * area, a)),
            ("its area", Fraction(area)),
        )
    )
    question = f"A triangle has sides {a}, {b} and {c}. What is {name}? Give an exact value."
    return number(draw, question, value, f"Heron: s = {half}, area = {area}; the answer follows.")


FAMILIES = (Family("geometry", (_rectangle, _right_triangle, _triangle_area, _lattice, _heron)),)

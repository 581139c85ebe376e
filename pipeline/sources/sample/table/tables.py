"""Random tables on everyday themes, and their Markdown text."""

from typing import NamedTuple

from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.words import FRUITS, JOBS, NAMES, TOWNS


class Theme(NamedTuple):
    """What a table is about.

    Attributes:
        title: A caption.
        row: Header of the first column, such as "Town".
        rows: Row names to choose from.
        columns: Numeric columns to choose from, as (header, low, high).
    """

    title: str
    row: str
    rows: tuple[str, ...]
    columns: tuple[tuple[str, int, int], ...]


class Table(NamedTuple):
    """A table of integers with named rows and columns."""

    title: str
    row: str
    names: list[str]
    columns: list[str]
    cells: dict[tuple[str, str], int]

    def column(self, name: str) -> list[int]:
        """Values of one column, from top to bottom."""
        return [self.cells[(row, name)] for row in self.names]

    def markdown(self) -> str:
        """Caption and table as Markdown."""
        head = [self.row, *self.columns]
        lines = [head, ["---"] * len(head)]
        for name in self.names:
            lines.append([name, *(str(self.cells[(name, column)]) for column in self.columns)])
        rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"{self.title}\n\n{rows}"


_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September")
THEMES = (
    Theme("Visitors of the town museums", "Town", TOWNS,
          (("Monday", 20, 300), ("Wednesday", 20, 300), ("Friday", 50, 500), ("Saturday", 90, 900),
           ("Sunday", 90, 900))),
    Theme("Harvest of an orchard, in kilograms", "Fruit", FRUITS,
          (("2019", 50, 900), ("2020", 50, 900), ("2021", 50, 900), ("2022", 50, 900), ("2023", 50,
          900))),
    Theme("Reading club: pages read", "Member", NAMES,
          (("Week 1", 0, 200), ("Week 2", 0, 200), ("Week 3", 0, 200), ("Week 4", 0, 200),
          ("Week 5", 0, 200))),
    Theme("Hourly wages and hours worked last week", "Trade", JOBS,
          (("Wage (EUR)", 14, 48), ("Hours", 12, 50), ("Bonus (EUR)", 0, 120), ("Customers", 3,
          40))),
    Theme("Warehouse stock by product", "Product",
          ("hammers", "saws", "nails", "screws", "drills", "ladders", "gloves", "ropes", "paints",
          "brushes"),
          (("Stock", 5, 400), ("Price (USD)", 2, 90), ("Sold", 0, 150), ("Returned", 0, 20),
          ("Ordered", 0, 99))),
    Theme("Weather station, monthly record", "Month", _MONTHS,
          (("Rain (mm)", 10, 140), ("Sunny days", 3, 25), ("Foggy days", 0, 12),
          ("Peak wind (km/h)", 30, 120))),
    Theme("School sports day, points", "Class", ("5a", "5b", "5c", "6a", "6b", "6c", "7a", "7b",
    "7c"),
          (("Relay", 10, 99), ("Long jump", 10, 99), ("Chess", 10, 99), ("Swimming", 10, 99),
          ("Darts", 10, 99))),
    Theme("Ferry line: passengers by departure", "Departure",
          ("06:30", "08:00", "09:15", "11:40", "13:05", "15:20", "17:45", "19:10", "21:30"),
          (("Adults", 10, 180), ("Children", 0, 60), ("Bicycles", 0, 40), ("Cars", 0, 55))),
)  # fmt: skip


def table(draw: Draw, level: int) -> Table:
    """A table whose size grows with the level; the values of a column are distinct."""
    theme = draw.pick(THEMES)
    chosen = set(draw.sample(theme.rows, min(3 + level, len(theme.rows))))
    names = [name for name in theme.rows if name in chosen]
    if theme.row in ("Town", "Fruit", "Member", "Trade", "Product"):
        names = draw.shuffled(names)
    count = min(2 + (level + 1) // 2, len(theme.columns))
    kept = set(draw.sample(theme.columns, count))
    columns = [column for column in theme.columns if column in kept]
    cells: dict[tuple[str, str], int] = {}
    for header, low, high in columns:
        values = draw.sample(range(low, max(high, low + 2 * len(names)) + 1), len(names))
        cells |= {(name, header): value for name, value in zip(names, values, strict=True)}
    return Table(theme.title, theme.row, names, [header for header, _, _ in columns], cells)

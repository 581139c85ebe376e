"""Questions that need two tables: orders by customer and article, and a price list."""

from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.items import Family, Item, cells, scaled
from pipeline.sources.sample.words import GOODS, NAMES, TOWNS


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _orders(draw: Draw, level: int) -> Item:
    goods, people = draw.sample(GOODS, 3 + level // 2), draw.sample(NAMES, 2 + level // 2)
    prices = dict(zip(goods, draw.sample(range(2, 40), len(goods)), strict=True))
    towns = {name: draw.pick(TOWNS[:4]) for name in people}
    orders = [(draw.pick(people), draw.pick(goods), draw.integer(1, 9)) for _ in range(4 + level)]
    spent = {name: sum(prices[g] * n for who, g, n in orders if who == name) for name in people}
    pieces = {g: sum(n for _, what, n in orders if what == g) for g in goods}
    name, article, town = (
        draw.pick(people),
        draw.pick(orders)[1],
        draw.pick(sorted(set(towns.values()))),
    )
    by_spent, by_pieces = (
        sorted(people, key=lambda p: -spent[p]),
        sorted(goods, key=lambda g: -pieces[g]),
    )
    if len(set(spent.values())) < len(people) or pieces[by_pieces[0]] == pieces[by_pieces[1]]:
        return _orders(draw, level)
    questions: dict[int, tuple[str, list[str]]] = {
        1: (
            f"What does one customer pay for 3 {article} at the listed price, in euros?",
            [str(3 * prices[article])]),
        2: (f"How many {article} were ordered in all, and what do they cost together in euros?",
            [str(pieces[article]), str(pieces[article] * prices[article])]),
        3: (f"How much did {name} spend in all, in euros?", [str(spent[name])]),
        4: (
            "Which customer spent most, and how many euros?", [by_spent[0],
            str(spent[by_spent[0]])]),
        5: (
            f"How many euros were spent by customers from {town}, and which article was ordered "
            "most often, counted in pieces?",
            [str(sum(spent[p] for p in people if towns[p] == town)), by_pieces[0]]),
    }  # fmt: skip
    text, answer = questions[level]
    parts = [
        "Prices\n\n"
        + _markdown(["Article", "Euros apiece"], [[g, str(p)] for g, p in prices.items()]),
        "Orders\n\n"
        + _markdown(["Customer", "Article", "Pieces"], [[w, g, str(n)] for w, g, n in orders]),
    ]
    if level >= 4:
        parts.append(
            "Customers\n\n" + _markdown(["Name", "Town"], [[p, t] for p, t in towns.items()])
        )
    question = "\n\n".join([*parts, text])
    return cells(draw, question, answer, f"Joining the tables gives {', '.join(answer)}.")


def _grouped(draw: Draw, level: int) -> Item:
    regions = draw.sample(("North", "South", "East", "West", "Centre"), 2 + level // 3)
    years = ["2021", "2022", "2023"][: 2 + level // 4]
    kinds = draw.sample(("Rail", "Road", "Air", "Water"), 2 + level // 4)
    values = {(r, k, y): draw.integer(11, 99) for r in regions for k in kinds for y in years}
    rows = [[r if not i else "", k, *(str(values[(r, k, y)]) for y in years)]
            for r in regions for i, k in enumerate(kinds)]  # fmt: skip
    region, kind, year = draw.pick(regions), draw.pick(kinds), draw.pick(years)
    by_region = {r: sum(values[(r, k, year)] for k in kinds) for r in regions}
    by_kind = {k: sum(values[(r, k, y)] for r in regions for y in years) for k in kinds}
    growth = {k: values[(region, k, years[-1])] - values[(region, k, years[0])] for k in kinds}
    if any(len(set(group.values())) < len(group) for group in (by_region, by_kind, growth)):
        return _grouped(draw, level)
    top, mode, risen = (max(g, key=lambda name: g[name]) for g in (by_region, by_kind, growth))
    questions: dict[int, tuple[str, list[str]]] = {
        1: (
            f"What is the value for {kind} in the region {region} in {year}?", [str(values[(region,
            kind, year)])]),
        2: (f"What is the total of the region {region} in {year}?", [str(by_region[region])]),
        3: (
            f"Which region had the highest total in {year}, and how high was it?", [top,
            str(by_region[top])]),
        4: (
            "Which means of transport has the highest sum over all regions and years, and what "
            "is the sum?",
            [mode, str(by_kind[mode])]),
        5: (
            f"In the region {region}, which means of transport changed most favourably from "
            f"{years[0]} to {years[-1]} (largest increase or smallest decrease), and by how "
            "much? Give a decrease as a negative number.",
            [risen, str(growth[risen])]),
    }  # fmt: skip
    text, answer = questions[level]
    data = _markdown(["Region", "Transport", *years], rows)
    note = "An empty cell repeats the region above."
    question = f"Freight by region, in thousand tonnes. {note}\n\n{data}\n\n{text}"
    return cells(draw, question, answer, f"Adding up the cells concerned: {', '.join(answer)}.")


FAMILIES = (Family("joins", scaled(_orders), 6), Family("groups", scaled(_grouped), 6))

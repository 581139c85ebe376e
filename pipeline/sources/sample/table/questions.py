"""Questions about one table: look-ups, totals, extremes, filters, differences, shares."""

from collections.abc import Callable
from fractions import Fraction

from pipeline.sources.sample.draw import Draw, decimal
from pipeline.sources.sample.items import Family, Item, cells, scaled
from pipeline.sources.sample.table.tables import Table, table


def _ask(draw: Draw, data: Table, text: str, answer: list[str], work: str) -> Item:
    opening = draw.pick(("Look at this table.", "Here is a table.", "Use the table to answer."))
    return cells(draw, f"{opening}\n\n{data.markdown()}\n\n{text}", answer, work)


def _key(data: Table) -> str:
    return data.row.lower()


def _joined(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _lookup(draw: Draw, level: int) -> Item:
    data = table(draw, level)
    rows, column = draw.sample(data.names, 1 if level <= 2 else level - 1), draw.pick(data.columns)
    values = [data.cells[(row, column)] for row in rows]
    if level in (1, 3):
        order = ", in this order" if len(rows) > 1 else ""
        text = draw.pick(
            (
                f'What does the column "{column}" say for {_joined(rows)}{order}?',
                f'Give the value of "{column}" for {_joined(rows)}{order}.',
            )
        )
        return _ask(draw, data, text, list(map(str, values)), f'Read off the column "{column}".')
    found = [row for row in data.names if data.cells[(row, column)] in values]
    listing = _joined([str(value) for value in draw.shuffled(values)])
    text = f'For which {_key(data)} is "{column}" equal to {listing}?' if len(values) == 1 else (
        f'Which entries of the first column have one of the values {listing} in "{column}"? '
            'List them from top to bottom.')  # fmt: skip
    return _ask(draw, data, text, found, f'Search the column "{column}".')


def _total(draw: Draw, level: int) -> Item:
    data = table(draw, level)
    column = draw.pick(data.columns)
    if level == 1:
        text, value = (
            f'What is the sum of the column "{column}"?',
            Fraction(sum(data.column(column))),
        )
    elif level == 2:
        rows = draw.sample(data.names, 3)
        value = Fraction(sum(data.cells[(row, column)] for row in rows))
        text = f'What do {_joined(rows)} have together in "{column}"?'
    elif level == 3:
        value = Fraction(sum(data.column(column)), len(data.names))
        text = f'What is the mean of the column "{column}"? Round to two decimals.'
    elif level == 4:
        limit = sorted(data.column(column))[len(data.names) // 2]
        other = draw.pick([name for name in data.columns if name != column])
        value = Fraction(
            sum(
                data.cells[(row, other)] for row in data.names if data.cells[(row, column)] >= limit
            )
        )
        text = f'Add up "{other}" over all rows in which "{column}" is at least {limit}.'
    else:
        first, second = draw.sample(data.columns, 2)
        value = Fraction(
            sum(a * b for a, b in zip(data.column(first), data.column(second), strict=True))
        )
        text = f'For each row multiply "{first}" by "{second}". What is the sum of these products?'
    answer = decimal(value, 2 if level == 3 else 0)
    return _ask(draw, data, text, [answer], f"The calculation gives {answer}.")


def _extreme(draw: Draw, level: int) -> Item:
    data = table(draw, level)
    column = draw.pick(data.columns)
    ranked = sorted(data.names, key=lambda row: -data.cells[(row, column)])
    word, order = draw.pick((("highest", ranked), ("lowest", ranked[::-1])))
    if level <= 2:
        text = draw.pick(
            (
                f'Which {_key(data)} has the {word} value in "{column}"?',
                f'Name the {_key(data)} with the {word} entry under "{column}".',
            )
        )
        answer = order[:1]
        if level == 2:
            text += " Also give that value."
            answer = [order[0], str(data.cells[(order[0], column)])]
    elif level == 3:
        place = draw.integer(2, 3)
        text = (
            f"Which {_key(data)} has the {('second', 'third')[place - 2]} {word} value in "
            f'"{column}"?'
        )
        answer = [order[place - 1]]
    elif level == 4:
        count = draw.integer(3, 4)
        text = (
            f"List the {count} entries of the first column with the {word} values in "
            f'"{column}", starting with the {word}.'
        )
        answer = order[:count]
    else:
        totals = {row: sum(data.cells[(row, c)] for c in data.columns) for row in data.names}
        if len(set(totals.values())) < len(totals):
            return _extreme(draw, level)
        best = sorted(totals, key=lambda row: totals[row], reverse=word == "highest")
        text = (
            f"Add all numeric columns of each row. Which {_key(data)} has the {word} total, and "
            "what is it?"
        )
        answer = [best[0], str(totals[best[0]])]
    return _ask(draw, data, text, answer, f"Compare the values: {', '.join(answer)}.")


def _filter(draw: Draw, level: int) -> Item:
    data = table(draw, level)
    column, other = draw.sample(data.columns, 2)
    limit = draw.pick(sorted(data.column(column))[1:-1])
    bound = draw.pick(sorted(data.column(other))[1:-1])
    tests: dict[int, tuple[str, Callable[[str], bool]]] = {
        1: (f'"{column}" is greater than {limit}', lambda r: data.cells[(r, column)] > limit),
        2: (f'"{column}" is at most {limit}', lambda r: data.cells[(r, column)] <= limit),
        3: (f'"{column}" is greater than {limit} and "{other}" is at most {bound}',
            lambda r: data.cells[(r, column)] > limit and data.cells[(r, other)] <= bound),
        4: (
            f'either "{column}" is less than {limit} or "{other}" is greater than {bound}, but '
            'not both',
            lambda r: (data.cells[(r, column)] < limit) != (data.cells[(r, other)] > bound)),
        5: (f'"{column}" is above its column mean while "{other}" is below its column mean',
            lambda r: data.cells[(r, column)] * len(data.names) > sum(data.column(column))
            and data.cells[(r, other)] * len(data.names) < sum(data.column(other))),
    }  # fmt: skip
    condition, test = tests[level]
    found = [row for row in data.names if test(row)]
    if not found:
        return _filter(draw, level)
    if draw.chance(1, 3):
        text = f"In how many rows is it true that {condition}?"
        return _ask(draw, data, text, [str(len(found))], f"The rows are {', '.join(found)}.")
    text = f"List the entries of the first column, from top to bottom, for which {condition}."
    return _ask(draw, data, text, found, f"{len(found)} of {len(data.names)} rows fit.")


def _difference(draw: Draw, level: int) -> Item:
    data = table(draw, level)
    first, second = draw.sample(data.names, 2)
    column, other = draw.sample(data.columns, 2)
    a, b = data.cells[(first, column)], data.cells[(second, column)]
    if level == 1:
        text, answer = f'By how much do {first} and {second} differ in "{column}"?', str(abs(a - b))
    elif level == 2:
        values = data.column(column)
        text = f'What is the difference between the largest and the smallest value of "{column}"?'
        answer = str(max(values) - min(values))
    elif level == 3:
        text = (
            f'How much larger is the sum of "{column}" than the sum of "{other}"? (Negative if '
            "it is smaller.)"
        )
        answer = str(sum(data.column(column)) - sum(data.column(other)))
    elif level == 4:
        if not b:
            return _difference(draw, level)
        text = (
            f'In "{column}", by how many percent is {first} above {second}? (Negative if '
            "below.) Round to one decimal."
        )
        answer = decimal(Fraction(100 * (a - b), b), 1)
    else:
        gaps = {
            row: abs(data.cells[(row, column)] - data.cells[(row, other)]) for row in data.names
        }
        most = max(gaps, key=lambda row: gaps[row])
        if list(gaps.values()).count(gaps[most]) > 1:
            return _difference(draw, level)
        text = f'In which {_key(data)} do "{column}" and "{other}" differ most, and by how much?'
        return _ask(
            draw, data, text, [most, str(gaps[most])], "Compare the differences row by row."
        )
    return _ask(draw, data, text, [answer], f"Subtracting gives {answer}.")


def _share(draw: Draw, level: int) -> Item:
    data = table(draw, level)
    row, column = draw.pick(data.names), draw.pick(data.columns)
    whole = sum(data.column(column))
    part = data.cells[(row, column)]
    if level == 1:
        limit = draw.pick(data.column(column))
        count = sum(value >= limit for value in data.column(column))
        text = f'How many rows have at least {limit} in "{column}"?'
        return _ask(draw, data, text, [str(count)], f"{count} of {len(data.names)} rows.")
    if level <= 3:
        name = row if level == 2 else None
        text = f'What percentage of the total of "{column}" belongs to {name}?' if name else (
            f'What percentage of the total of "{column}" belongs to the row with its '
                'largest value?')  # fmt: skip
        value = Fraction(100 * (part if name else max(data.column(column))), whole)
    elif level == 4:
        other = draw.pick([name for name in data.columns if name != column])
        text = (
            f'How many units of "{column}" come on one unit of "{other}", taken over the whole '
            "table?"
        )
        value = Fraction(whole, sum(data.column(other)))
    else:
        ranked = sorted(data.column(column), reverse=True)
        text = (
            f'What percentage of the total of "{column}" do its three largest values make up '
            "together?"
        )
        value = Fraction(100 * sum(ranked[:3]), whole)
    places = draw.integer(1, 2)
    answer = decimal(value, places)
    text += f" Round to {('one decimal', 'two decimals')[places - 1]}."
    return _ask(draw, data, text, [answer], f"The total is {whole}, which gives {answer}.")


FAMILIES = (
    Family("lookups", scaled(_lookup)),
    Family("totals", scaled(_total)),
    Family("extremes", scaled(_extreme)),
    Family("filters", scaled(_filter)),
    Family("differences", scaled(_difference)),
    Family("shares", scaled(_share), 6),
)

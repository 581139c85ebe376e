"""The page of the data contracts is made from the schemas, and says everything that they say."""

import dataframely as dy
import pyarrow as pa

from schemas.episodes import EPISODES
from schemas.outcomes import Outcomes
from schemas.page import PAGE, modules, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m schemas.page"


def test_every_table_and_column_is_on_it() -> None:
    text = page()
    tables = [
        value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, pa.Schema)
        or (isinstance(value, type) and issubclass(value, dy.Schema) and value is not dy.Schema)
    ]
    assert len(tables) > 15
    for table in tables:
        names = table.names if isinstance(table, pa.Schema) else table.column_names()
        assert all(f"| `{name}`" in text for name in names)


def test_a_column_says_its_type_its_limits_and_whether_it_may_be_missing() -> None:
    text = page()
    assert "| `sample`* | int32 | at least 0 |" in text
    assert "| `score` | float64? | 0 to 1 |" in text
    assert (
        f"| `episode_id` | string | {EPISODES.field('episode_id').metadata[b'doc'].decode()} |"
        in text
    )
    assert Outcomes.__doc__ is not None
    assert Outcomes.__doc__ in text

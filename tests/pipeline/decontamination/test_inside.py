from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
from stubs.decontamination_sets import problems_of
from stubs.plants import cased, spaced

from pipeline.decontamination import inside
from pipeline.decontamination.inside import find_inside
from pipeline.decontamination_settings import DecontaminationSettings
from pipeline.executors import Threads
from pipeline.sources.sample import problems as sample_problems

SETTINGS = DecontaminationSettings()
STORIES = [
    "Josie received $50 as a gift and buys two tapes that cost $9 each. What is left of it?",
    "A lorry carries 12 crates of 30 bottles to the market. How many bottles does it carry?",
    "How many primes lie between 10 and 60, if one counts both ends of the interval?",
]


def test_the_smallest_id_stays_for_copies_in_another_spelling() -> None:
    import random

    chance = random.Random(5)
    texts = [*STORIES, *(spaced(cased(text, chance), chance) for text in STORIES), STORIES[0]]
    clusters = find_inside(problems_of(texts), SETTINGS)
    kept = [(int(kept, 16), int(copy, 16)) for kept, copy, *_ in clusters.rows()]
    assert kept == [(0, 3), (0, 6), (1, 4), (2, 5)]
    assert clusters["method"].unique().to_list() == ["exact"]


def test_near_copies_and_chains_of_them_are_one_cluster() -> None:
    long = " ".join(f"{text} {text.lower()}" for text in STORIES)
    other = long.replace("gift and buys", "gift and then buys")
    third = other.replace("to the market", "to the big market")
    clusters = find_inside(problems_of([long, other, third]), SETTINGS)
    assert clusters["kept"].unique().to_list() == [f"{0:016x}"]
    assert clusters["method"].to_list() == ["near", "near"]
    assert clusters["score"].is_between(SETTINGS.inside, 1, closed="left").all()


def test_other_numbers_and_other_letters_are_other_problems() -> None:
    texts = [
        STORIES[0],
        STORIES[0].replace("50", "60"),
        "Which element has the symbol O?",
        "Which element has the symbol W?",
        "",
        "?",
    ]
    assert find_inside(problems_of(texts), SETTINGS).is_empty()
    assert find_inside(problems_of([]), SETTINGS).is_empty()


def test_a_template_with_the_same_numbers_makes_no_cluster() -> None:
    people = [f"{chr(a)}{chr(b)}o" for a in range(97, 107) for b in range(97, 107)]
    texts = [f"There are 3 seats at the table. {p} takes the first. Who is next?" for p in people]
    assert find_inside(problems_of(texts), SETTINGS).is_empty()


def test_workers_and_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [row.messages[-1]["content"] for row in sample_problems()][::3]
    problems = problems_of([*texts, *texts[:20]])
    alone = find_inside(problems, SETTINGS)
    assert alone.height >= 20
    monkeypatch.setattr(inside, "CHUNK", 50)
    with ThreadPoolExecutor(3) as pool:
        many = find_inside(problems.reverse(), SETTINGS, Threads(pool, 3))
    assert many.equals(alone)


def test_clusters_have_their_schema() -> None:
    found = find_inside(problems_of([STORIES[0], STORIES[0]]), SETTINGS)
    assert found.schema == inside.CLUSTERS
    assert found.filter(pl.col("kept") >= pl.col("problem_id")).is_empty()

from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
from stubs.decontamination_sets import items_of, problems_of
from stubs.plants import LIGHT, plants

from pipeline.decontamination import candidates, compare, find, measures, near
from pipeline.decontamination.find import find_contamination
from pipeline.decontamination_settings import DecontaminationSettings
from pipeline.executors import Threads

SETTINGS = DecontaminationSettings()
STORY = (
    "Janet's ducks lay 16 eggs per day. She eats three for breakfast every morning and bakes "
    "muffins for her friends every day with 4. She sells the remainder at the market daily for "
    "$2 per fresh duck egg. How much in dollars does she make every day at the market?"
)


def methods(problems: list[str], items: pl.DataFrame) -> list[str | None]:
    found = find_contamination(problems_of(problems), items, SETTINGS).contamination
    by_id = dict(found.select("problem_id", "method").iter_rows())
    return [by_id.get(f"{number:016x}") for number in range(len(problems))]


def test_a_copy_is_exact_and_a_longer_one_is_found_by_its_runs() -> None:
    longer = f"Here is a riddle for you and your friends. {STORY} Answer with an essay of 90 words."
    assert methods([STORY.upper(), longer], items_of(STORY)) == ["exact", "ngram"]


def test_scattered_changes_are_near() -> None:
    story = f"{STORY} Explain why her neighbour, who owns no ducks at all, thinks it is too little."
    words = story.split(" ")
    for place in range(5, len(words), 12):
        words[place] = "some"
    assert methods([" ".join(words)], items_of(story)) == ["near"]


def test_the_same_story_with_other_numbers_is_another_problem() -> None:
    other = STORY.replace("16", "20").replace("$2", "$3").replace("with 4", "with 6")
    assert methods([other], items_of(STORY)) == [None]


def test_short_items_count_as_whole_sentences_only() -> None:
    items = items_of("Write a function to merge two dictionaries.")
    texts = [
        "Solve this. Write a function to merge two dictionaries. Use Python.",
        "Write a function to merge two dictionaries into a single expression.",
    ]
    assert methods(texts, items) == ["ngram", None]


def test_three_words_are_enough_with_a_number() -> None:
    items = items_of(r"Simplify $\sqrt{720}$.", "What contains seeds")
    texts = [
        r"sIMPLIFY $\SQRT{720}$. Check your work twice before you answer.",
        r"Simplify $\sqrt{721}$. Check your work twice before you answer.",
        "What contains seeds? Check your work twice before you answer.",
    ]
    assert methods(texts, items) == ["ngram", None, None]


def test_the_first_parameter_of_a_method_may_have_another_name() -> None:
    code = "def {n}({s}):\n    {s}.total = 0\n    for row in {s}.rows:\n        {s}.total += row"
    items = items_of(code.format(n="count", s="self"))
    assert methods([code.format(n="add_up", s="this")], items) == ["ngram"]


def test_what_is_asked_for_is_no_name_of_a_variable() -> None:
    items = items_of("Which element has the symbol O?")
    texts = ["Which element has the symbol W?", "Hello. Which element has the symbol O?"]
    assert methods(texts, items) == [None, "ngram"]


def test_scripts_without_spaces() -> None:
    text = "太郎さんはりんごを三つ持っていて、花子さんはみかんを五つ持っています。合計はいくつ？"
    longer = f"次の問題を解いてください。{text}答えだけを書いてください。"
    other = "今日の天気はとても良いので、散歩に行きたいと思いますが、あなたはどう思いますか。"
    assert methods([longer, other], items_of(text)) == ["ngram", None]


def test_the_template_of_a_suite_flags_nobody() -> None:
    frame = "The following puzzle has exactly one solution, so read it with care and say who owns "
    animals = ("a zebra", "the fox", "one snail", "no horse", "two dogs", "my cat", "that eel")
    items = items_of(*(f"{frame}{animal}." for animal in animals))
    assert methods([f"{frame}the house in the middle of the long street."], items) == [None]


def test_an_item_with_two_texts_is_found_once() -> None:
    items = items_of(STORY, STORY.upper()).with_columns(item=pl.lit("one"))
    found = find_contamination(problems_of([STORY]), items, SETTINGS)
    assert found.contamination.rows() == [(f"{0:016x}", "suite", "one", "exact", 1.0)]
    assert found.suites.rows() == [("suite", 1, 1, 1)]


def test_texts_without_words_are_no_copies_of_each_other() -> None:
    assert methods(["", "?!", "..."], items_of("", "!!", "What is it?")) == [None, None, None]


def test_no_problems_and_no_items() -> None:
    none = items_of("x").head(0)
    assert find_contamination(problems_of([STORY]), none, SETTINGS).contamination.is_empty()
    assert find_contamination(problems_of([]), items_of(STORY), SETTINGS).contamination.is_empty()


def test_system_prompts_are_not_compared() -> None:
    problems = problems_of([STORY]).with_columns(
        messages=pl.Series(
            [[{"role": "system", "content": STORY}, {"role": "user", "content": "Hi"}]]
        )
    )
    assert find_contamination(problems, items_of(STORY), SETTINGS).contamination.is_empty()


def test_every_light_disguise_of_the_sample_is_found(sample_items: pl.DataFrame) -> None:
    planted = plants(sample_items, 20 * len(LIGHT), seed=77)
    found = find_contamination(planted, sample_items, SETTINGS).contamination
    missed = planted.join(found, on=["problem_id", "suite", "item"], how="anti")
    assert missed.select("kind", "item").rows() == []


def test_of_many_look_alikes_the_best_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A problem costs no more, however many items of a suite are like it, and is still flagged."""
    monkeypatch.setattr(candidates, "ALIKE", 8)
    words = [f"word{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(200)]
    text = " ".join(words)
    variants = [text.replace(word, "another") for word in words[::5]]
    other = [" ".join(reversed(words))]
    found = find_contamination(
        problems_of([text, *other]), items_of(*variants, text, *other), SETTINGS
    )
    assert found.pairs.height <= 2 * (8 + 1)
    best = found.contamination.filter(pl.col("method") == "exact")
    assert best.select("problem_id", "item").rows() == [
        (f"{0:016x}", str(len(variants))),
        (f"{1:016x}", str(len(variants) + 1)),
    ]


def test_parts_change_nothing(sample_items: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = plants(sample_items, 120, seed=3)
    whole = find_contamination(planted, sample_items, SETTINGS)
    for module, name in (
        (candidates, "_MATCHES"),
        (near, "_AT_ONCE"),
        (compare, "_WORDS"),
    ):
        monkeypatch.setattr(module, name, 50)
    monkeypatch.setattr(measures, "_MOST", 50)
    parts = find_contamination(planted, sample_items, SETTINGS)
    assert parts.pairs.equals(whole.pairs)


def test_workers_and_chunks_change_nothing(
    sample_items: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = plants(sample_items, 120, seed=3)
    alone = find_contamination(planted, sample_items, SETTINGS)
    monkeypatch.setattr(find, "CHUNK", 7)
    with ThreadPoolExecutor(3) as pool:
        many = find_contamination(planted, sample_items, SETTINGS, Threads(pool, 3))
    shuffled = find_contamination(planted.reverse(), sample_items.reverse(), SETTINGS)
    for other in (many, shuffled):
        assert other.contamination.equals(alone.contamination)
        assert other.pairs.equals(alone.pairs)

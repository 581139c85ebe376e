"""Weights: made, taught, scored exactly, measured. A few steps here; whether it learns is slow."""

import random
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the training environment: torch")
pytest.importorskip("transformers", reason="needs the training environment: transformers")

import torch

from pipeline.layout import Layout
from pipeline.reward.expected import table_of
from pipeline.reward_settings import RewardSettings
from pipeline.training.tiny.cases import Case, cases_of
from pipeline.training.tiny.codec import Codec, call_text, open_codec, select_text
from pipeline.training.tiny.evaluate import evaluate
from pipeline.training.tiny.generate import generate
from pipeline.training.tiny.law import the_world
from pipeline.training.tiny.lessons import Shares, Teacher, reading_question
from pipeline.training.tiny.network import Size, make_network, open_network
from pipeline.training.tiny.probabilities import chances
from pipeline.training.tiny.problems import Problems
from pipeline.training.tiny.tokenizer import price_tokens
from pipeline.training.tiny.warm_start import Course, warm_start
from pipeline.training.tiny.world import Sizes, examples, world_settings, write_world

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
FEW = Course(rows=60, probes=6, batch=8, check_every=4, cool_down=2, most=6)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    make_network(folder, seed=1)
    return folder


@pytest.fixture(scope="module")
def codec(raw: Path) -> Codec:
    return open_codec(raw)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    problems = Problems(the_world(), 0, "train").take(30)
    rows = examples(the_world(), 0, "train", problems).to_pylist()
    return cases_of(rows, the_world(), table_of(RewardSettings()))


def weights(folder: Path) -> dict:
    return {name: value.clone() for name, value in open_network(folder).state_dict().items()}


def test_the_folder_is_one_of_hugging_face(raw: Path) -> None:
    names = {path.name for path in raw.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    network = open_network(raw)
    assert network.config.model_type == "qwen3"
    assert network.config.tie_word_embeddings
    assert sum(p.numel() for p in network.parameters()) < 200_000
    assert open_codec(raw).tokenizer.chat_template


def test_equal_seeds_give_equal_weights(raw: Path, tmp_path: Path) -> None:
    make_network(tmp_path / "same", seed=1)
    make_network(tmp_path / "other", seed=2)
    first, same, other = (weights(f) for f in (raw, tmp_path / "same", tmp_path / "other"))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_prices_begin_in_order(raw: Path, codec: Codec, tmp_path: Path) -> None:
    def order(folder: Path) -> float:
        outputs = [text for text in price_tokens() if text.endswith(" out | ")]
        rows = weights(folder)["model.embed_tokens.weight"]
        prices = rows[codec.tokenizer.convert_tokens_to_ids(outputs)]
        first = torch.linalg.svd(prices - prices.mean(0)).Vh[0]
        along = ((prices - prices.mean(0)) @ first).numpy()
        return abs(np.corrcoef(along, np.arange(len(along)))[0, 1])

    make_network(tmp_path, seed=1, size=Size(ordered=False))
    assert order(raw) > 0.95
    assert order(tmp_path) < 0.8


def test_lessons_are_valid_chats_at_random(codec: Codec, cases: list[Case]) -> None:
    world = the_world()
    teacher = Teacher(codec, world, cases, Shares(0.0, 0.0), seed=0)
    named: dict[str, int] = {}
    for _ in range(300):
        lesson = teacher.next()
        learned = [i for i, mine in zip(lesson.ids, lesson.learned, strict=True) if mine]
        text = codec.tokenizer.decode(learned)
        turns = text.removesuffix("<|im_end|>").split("<|im_end|>")
        if len(turns) == 1:
            assert turns == [world.direct.answer]
        else:
            assert turns[0].startswith("<tool_call>")
            assert turns[1] == select_text() or turns[1] in (*world.labels.all, "ready")
        named[turns[0]] = named.get(turns[0], 0) + 1
    assert len(named) > 8


def test_questions_about_prices_say_nothing_of_problems(cases: list[Case]) -> None:
    source = random.Random(0)
    for case in cases:
        for _ in range(20):
            asked = reading_question(source, case)
            assert case.asked[-1]["content"] not in asked.question
            price = dict(zip(case.names, case.usd[1:], strict=True))
            if asked.question == "sort by price cheapest first":
                said = [n for n in case.names if n in asked.answer]
                assert len(said) == len(case.names)
                assert asked.answer.startswith(min(price, key=price.__getitem__))
            if asked.question == "which is dearest":
                assert price[asked.answer] == max(price.values())


def test_without_reading_no_question_is_asked(codec: Codec, cases: list[Case]) -> None:
    teacher = Teacher(codec, the_world(), cases, Shares(reading=0.0), seed=0)
    assert all(teacher.next().reading is None for _ in range(200))


def test_a_few_steps_teach_a_little_and_always_the_same(raw: Path, tmp_path: Path) -> None:
    told: list[int] = []
    first = warm_start(raw, tmp_path / "one", FEW, lambda exam: told.append(exam.step))
    again = warm_start(raw, tmp_path / "two", FEW)
    assert told == [4, 6]
    assert not first.enough
    assert first.exams == again.exams
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert first.exams[1].loss < first.exams[0].loss


def test_a_purist_start_is_judged_without_reading(raw: Path, tmp_path: Path) -> None:
    found = warm_start(raw, tmp_path, FEW._replace(shares=Shares(reading=0.0), valid=0.0))
    assert found.enough
    assert found.exams[-1].reading is None


def next_token(raw: Path, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return open_network(raw)(input_ids=torch.tensor([ids])).logits[0, -1].softmax(-1)


def test_probabilities_are_exact(raw: Path, codec: Codec, cases: list[Case]) -> None:
    case, world = cases[0], the_world()
    found = chances(open_network(raw), codec, world, [case, cases[1]])[0]
    ids = codec.offer(case.menu) + codec.question(case.asked[-1]["content"])
    for decision, text in ((0, world.direct.answer), (2, call_text(case.names[1]))):
        expected, chat = 1.0, list(ids)
        for token in codec.said(text):
            expected *= float(next_token(raw, chat)[token])
            chat.append(token)
        assert found.decided[decision] == pytest.approx(expected, rel=1e-3)
    assert found.finished[0] == 1
    assert 0 < found.finished[1:].max() < 1
    assert chances(open_network(raw), codec, world, [case], turns=1)[0].finished.tolist() == (
        [1.0] * len(case.cost)
    )


def test_generation_is_seeded_and_bounded(raw: Path, codec: Codec, cases: list[Case]) -> None:
    network = open_network(raw)
    ids = codec.offer(cases[0].menu) + codec.question("hello")
    greedy = generate(network, ids, 5, codec.end, temperature=0)
    assert greedy[0] == int(next_token(raw, ids).argmax())
    assert greedy[1] == int(next_token(raw, [*ids, greedy[0]]).argmax())
    assert generate(network, ids, 5, codec.end, top_p=1e-9) == greedy
    drawn = [generate(network, ids, 6, codec.end, seed=s) for s in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert generate(network, ids, 9, greedy[1], temperature=0) == greedy[:2]


def test_a_report_says_everything(raw: Path, tmp_path: Path) -> None:
    write_world(tmp_path, 0, Sizes(200, 20, 30, 2))
    settings = world_settings(tmp_path)
    report = evaluate(raw, tmp_path, settings)
    assert report.rows == 30
    assert len(report.by_row.reward) == 30
    assert report.sampled.reward <= report.fixed["oracle"].reward
    assert report.against["oracle"].reward.high < 0
    assert report.valid < 0.1  # random weights
    summary = report.summary()
    assert summary["simulated"] is True
    assert {"sampled", "greedy", "fixed", "against", "exchange", "mix"} <= summary.keys()


@pytest.mark.slow
def test_names_are_copied_after_a_few_hundred_steps(raw: Path, tmp_path: Path) -> None:
    """Chance is far below: without the spread of the weights it stays there."""
    course = Course(rows=4000, most=350, cool_down=150, check_every=350, probes=60)
    torch.set_num_threads(2)
    found = warm_start(raw, tmp_path, course)
    assert found.exams[-1].valid > 0.85
    assert Layout(tmp_path).root.exists()

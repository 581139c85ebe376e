"""The tokenizer: any text comes back, what counts is one token, chats are cut where they may be."""

import json
from typing import Any

import pytest

pytest.importorskip("transformers", reason="needs the training environment: transformers")

from pipeline.catalog.instructions import AGENT_INSTRUCTIONS
from pipeline.catalog.tools import tool_schemas
from pipeline.reward.expected import table_of
from pipeline.reward_settings import RewardSettings
from pipeline.router.menu import Menu
from pipeline.training.hermes import read_turn
from pipeline.training.tiny.cases import Case, cases_of
from pipeline.training.tiny.codec import Codec, call_text, select_text
from pipeline.training.tiny.law import the_world
from pipeline.training.tiny.problems import Problems
from pipeline.training.tiny.tokenizer import (
    CALL,
    CALL_END,
    END,
    build_tokenizer,
    price_tokens,
    tool_names,
)
from pipeline.training.tiny.world import examples


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec(build_tokenizer())


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    problems = Problems(the_world(), 0, "train").take(40)
    rows = examples(the_world(), 0, "train", problems).to_pylist()
    return cases_of(rows, the_world(), table_of(RewardSettings()))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "what is 3 plus 42 quickly for ada",
        "naïve 日本語 🙂 \t x",
        "$3.99 in 17",
        "c1c2 <tool",
    ],
)
def test_any_text_comes_back(codec: Codec, text: str) -> None:
    assert codec.tokenizer.decode(codec.ids(text)) == text


def test_what_counts_is_one_token(codec: Codec) -> None:
    whole = ["\n", END, CALL, CALL_END, *tool_names(), *price_tokens(), AGENT_INSTRUCTIONS]
    assert [text for text in whole if len(codec.ids(text)) != 1] == []


def test_words_of_the_world_are_one_token(codec: Codec) -> None:
    world = the_world()
    words = [*world.labels.all, world.direct.answer]
    assert [word for word in words if len(codec.ids(word)) != 1] == []


def test_marks_of_calls_outlive_decoding_without_special_tokens(codec: Codec) -> None:
    text = codec.tokenizer.decode(codec.said(call_text("call_sim_ash")), skip_special_tokens=True)
    assert text == call_text("call_sim_ash")
    assert read_turn(text)[1][0].name == "call_sim_ash"


def test_a_prompt_is_short(codec: Codec, cases: list[Case]) -> None:
    for case in cases:
        ids = codec.offer(case.menu) + codec.question(case.asked[-1]["content"])
        assert len(ids) < 35 + 5 * len(case.names)
        assert codec.tokenizer.unk_token_id not in ids


def chat(case: Case) -> list[dict[str, Any]]:
    function = {"name": case.names[0], "arguments": json.dumps({"system_prompt": ""})}
    call = {"type": "function", "function": function}
    return [
        {"role": "system", "content": case.menu.instructions},
        *case.asked,
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "call_id: c1\n\ngold"},
        {"role": "assistant", "content": "gold"},
    ]


def test_pieces_end_to_end_are_what_the_template_gives(codec: Codec, cases: list[Case]) -> None:
    for case in cases:
        pieces = [
            codec.offer(case.menu),
            codec.question(case.asked[-1]["content"]),
            codec.said(call_text(case.names[0])),
            codec.observation("gold"),
            codec.said("gold"),
        ]
        whole = codec.tokenizer.apply_chat_template(
            chat(case), tools=case.menu.tools, tokenize=False
        )
        assert [i for piece in pieces for i in piece] == codec.ids(whole.removesuffix("\n"))


def test_a_longer_chat_begins_as_a_shorter_one(codec: Codec, cases: list[Case]) -> None:
    """What a trainer appends to a chat is the difference of two renderings."""
    messages = chat(cases[0])
    for count in range(1, len(messages)):
        shorter, longer = (
            codec.ids(
                codec.tokenizer.apply_chat_template(
                    messages[:n], tools=cases[0].menu.tools, tokenize=False
                )
            )
            for n in (count, count + 1)
        )
        assert longer[: len(shorter)] == shorter


def rendered(codec: Codec, messages: list[dict[str, Any]], **options: Any) -> str:
    text: str = codec.tokenizer.apply_chat_template(messages, tokenize=False, **options)
    return text


def test_a_tool_that_is_not_named_yet_is_described_in_full(codec: Codec, cases: list[Case]) -> None:
    named = rendered(codec, chat(cases[0])[:2], tools=cases[0].menu.tools)
    assert '"function"' not in named
    other = tool_schemas([dict(cases[0].menu.entries[0].row) | {"tool_name": "call_another"}])
    assert '"name": "call_another"' in rendered(codec, chat(cases[0])[:2], tools=other)


def test_calls_and_replies_are_written_as_qwen_does(codec: Codec) -> None:
    calls = [
        {"type": "function", "function": {"name": name, "arguments": {"system_prompt": ""}}}
        for name in ("call_a", "call_b")
    ]
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "so", "tool_calls": calls},
        {"role": "tool", "content": "one"},
        {"role": "tool", "content": "two"},
    ]
    text = rendered(codec, messages, add_generation_prompt=True)
    first, second = call_text("call_a"), call_text("call_b")
    assert f"<|im_start|>assistant\nso\n{first}\n{second}<|im_end|>\n" in text
    assert text.endswith(
        "<|im_start|>user\n<tool_response>\none\n</tool_response>\n<tool_response>\ntwo\n"
        "</tool_response><|im_end|>\n<|im_start|>assistant\n"
    )
    assert text.startswith("<|im_start|>user\nhi")


def test_turns_are_ones_that_the_engine_reads(cases: list[Case]) -> None:
    from pipeline.router.requests import Wanted, read_call, read_select

    menu: Menu = cases[0].menu
    call = read_turn(call_text(cases[0].names[1]))[1][0]
    assert isinstance(read_call(call, menu), Wanted)
    assert read_select(read_turn(select_text("c2"))[1][0]) == "c2"


def test_it_is_always_the_same(codec: Codec) -> None:
    assert (
        build_tokenizer().backend_tokenizer.to_str() == codec.tokenizer.backend_tokenizer.to_str()
    )


def test_verl_appends_what_the_codec_writes(codec: Codec, cases: list[Case]) -> None:
    module = pytest.importorskip("verl.utils.tokenizer.continuous_token", reason="needs verl")
    builder = module.QwenContinuousTokenBuilder(codec.tokenizer)
    case = cases[0]
    messages, tools = chat(case)[:4], case.menu.tools
    prompt = builder.build_initial_tokens(messages[:2], tools=tools)
    assert prompt == codec.offer(case.menu) + codec.question(case.asked[-1]["content"])
    said = codec.said(call_text(case.names[0]))
    ids = builder.merge_assistant_tokens(prompt, said).token_ids
    merged = builder.merge_context_tokens(messages[:3], messages, ids, tools=tools)
    assert merged.token_ids == prompt + said + codec.observation("gold")

"""Small talk: replies that are fine, degenerate ones, and the wrong language."""

import json
from typing import Any

import pytest

from pipeline.grading import registry
from pipeline.grading.verdicts import GradeRequest
from pipeline.settings import GradingSettings


def verdict(text: str, language: Any = None) -> str:
    args = {} if language is None else {"language": language}
    request = GradeRequest("chat", text, "null", json.dumps(args))
    return registry.grade(request, GradingSettings()).verdict


REPLIES = {
    "en": "I am doing well, thank you for asking! How has your day been so far?",
    "es": "Estoy muy bien, gracias por preguntar. ¿Cómo ha ido tu día hasta ahora?",
    "de": "Mir geht es gut, danke der Nachfrage! Wie war dein Tag bisher? Erzähl mir davon.",
    "fr": "Je vais très bien, merci de demander ! Comment s'est passée ta journée ?",
    "ja": "元気です、聞いてくれてありがとう。今日はどんな一日でしたか？",
    "zh": "我很好，谢谢你的关心。你今天过得怎么样？",
    "ko": "저는 잘 지내요, 물어봐 주셔서 고마워요. 오늘 하루는 어땠어요?",
    "ru": "У меня всё хорошо, спасибо, что спросили! Как прошёл ваш день?",
    "ar": "أنا بخير، شكرا لسؤالك. كيف كان يومك حتى الآن؟",
    "hi": "मैं ठीक हूँ, पूछने के लिए धन्यवाद। आपका दिन कैसा रहा?",
}


@pytest.mark.parametrize("said", REPLIES)
@pytest.mark.parametrize("wanted", REPLIES)
def test_the_right_language(said: str, wanted: str) -> None:
    assert verdict(REPLIES[said], wanted) == ("correct" if said == wanted else "wrong")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ok!", "es"),
        ("Hola", "en"),
        ("Ha, good one!", "en"),
        ("👍", "en"),
        ("42", "ja"),
        ("AI です", "ja"),
        ("東京", "ja"),
        ("Ciao!", "en"),
        ("<think>hm</think>Hello there", "en"),
        ("Hi", "en-GB"),
        ("Moin", "xx"),
        ("Ja", None),
        ("----------------------------------------\nHello", "en"),
        ("Haha hahaha!", "en"),
    ],
)
def test_short_replies_have_the_benefit_of_the_doubt(text: str, language: str | None) -> None:
    assert verdict(text, language) == "correct"


@pytest.mark.parametrize(
    "text",
    [
        "...",
        "?!",
        "---",
        "a" * 200,
        "I am fine. " * 30,
        "ha" * 100,
        "はい。" * 60,
        "you and me " * 20,
        "<|im_start|>assistant\nHi",
        "[INST] Hi [/INST]",
        "### Response: Hi",
        "Hello {{name}}!",
        "Hi</s>",
        "Hi!\nUser: and you?",
        "Hi <think>hm",
        "the cat sat on the mat and " * 12,
    ],
)
def test_degenerate_replies(text: str) -> None:
    assert verdict(text) == "wrong"


def test_an_empty_reply_is_no_answer() -> None:
    assert verdict("") == "parse_failure"
    assert verdict(" \n ") == "parse_failure"


def test_a_language_that_is_no_text_is_ungraded() -> None:
    assert verdict("Hello", 3) == "ungraded"


def test_long_honest_text_is_no_loop() -> None:
    text = " ".join(
        f"On day {n} we walked {n * 7 % 31} miles and saw {n * 3} birds." for n in range(30)
    )
    assert verdict("Once upon a time, " + REPLIES["en"] + REPLIES["en"].upper()) == "correct"
    assert verdict(text) == "correct"


@pytest.mark.parametrize(
    "text", ["x" * 1_000_000, "{{" * 500_000, "ab " * 300_000, "\u0301" * 100_000]
)
def test_any_text_ends(text: str) -> None:
    assert verdict(text, "en") == "wrong"

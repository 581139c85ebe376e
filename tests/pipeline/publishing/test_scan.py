import os
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.io import write_parquet
from pipeline.publishing.parts import Part
from pipeline.publishing.patterns import PATTERNS, kinds_in
from pipeline.publishing.scan import (
    ANCHORS,
    Finding,
    digest,
    read_accepted,
    scan_table,
    write_findings,
)

SHARED = Path(
    os.environ.get("XROUTER_SHARED", Path(__file__).resolve().parents[3] / ".." / "shared")
)
BODY = "Zk3vQ9pLr7TnWx2mBc8yHd4sGf6jKa1e"  # looks like a key, and is none
# In pieces, so that no other scanner takes this file for a leak.
SECRETS = {
    "OpenAI key": "sk-" + "proj-" + BODY,
    "Anthropic key": "sk-" + "ant-" + BODY,
    "OpenRouter key": "sk-" + "or-v1-" + "3f9a0c71e5d84b26" * 3,
    "Hugging Face token": "hf" + "_" + "QwErTyUiOpAsDfGhJkLzXcVbNmPoIuYtRe",
    "Google key": "AI" + "za" + BODY + "q7Z",
    "AWS key id": "AK" + "IA" + "Q3EGWLTZ7NXRB5DV",
    "GitHub token": "gh" + "p_" + BODY + "Aq9Z",
    "GitLab token": "gl" + "pat-" + BODY[:20],
    "Slack token": "xo" + "xb-" + "238476591827-" + BODY,
    "Stripe key": "sk" + "_live_" + BODY,
    "Groq key": "gs" + "k_" + BODY + BODY,
    "web token": "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiI5OTg3In0." + BODY,
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE",
    "password in a URL": "postgres://admin:" + "hunter2Zq9@db.internal:5432/x",
    "assigned secret": "API_" + "KEY = '" + BODY + "'",
}
PERSONAL = {
    "e-mail address": "write to jane.doe@company-mail.org today",
    "phone number": "call (415) 682-3391 or +44 20 7946 1234",
    "IP address": "from 84.203.17.129 at noon",
    "card number": "card 4539 1488 0343 6467, thanks",
    "social security number": "number 536-22-8714 of Joe",
    "bank account": "to DE89 3704 0044 0532 0130 00 please",
}
HARMLESS = [
    "An e-mail like user@example.com, root@localhost or git@github.com:org/repo.git",
    "127.0.0.1, 10.20.30.40, 192.168.1.1, 0.0.0.0, version 1.4.23.17 and 3.1.4.2",
    "555-0142 and 415-555-0123 are numbers of films",
    "2024-01-15, 12-31-1999, 1-800, 3.14159, 100-200-300",
    "123-456-7890 * 2 + 1234-5678-9012-3456",
    "1111 2222 3333 4444 5555 6666 are not digits of a card",
    "max_tokens = 100000000000000000000; token: the_token_of_the_words_that_we_count",
    "secret = hashlib.sha256(password).hexdigest()",
    "sk-your-key-here-xxxxxxxxxxxxxxxxxxxx and OPENAI_API_KEY=<your key>",
    "def f(a, b): return {a: b}  # @staticmethod\n@property\n@pytest.fixture",
    "https://user.example.org:8080/a@b and mailto:",
    "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
]


@pytest.mark.parametrize(("kind", "text"), [*SECRETS.items(), *PERSONAL.items()])
def test_each_kind_is_found_in_the_middle_of_a_text(kind: str, text: str) -> None:
    assert kind in kinds_in(f"Before it. {text}\nAnd after.", PATTERNS)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_is_let_pass(text: str) -> None:
    assert kinds_in(text, PATTERNS) == []


@settings(max_examples=60)
@given(
    before=st.text(st.characters(codec="utf-8", exclude_characters="@.+-_"), max_size=40),
    text=st.sampled_from([*SECRETS.values(), *PERSONAL.values()]),
)
def test_no_text_with_a_finding_lacks_an_anchor(before: str, text: str) -> None:
    whole = f"{before} {text} {before}"
    assert kinds_in(whole, PATTERNS)
    assert pl.Series([whole]).str.contains(ANCHORS).all()


def part_of(path: Path, rows: list[dict[str, object]]) -> Part:
    write_parquet(pl.DataFrame(rows), path)
    return Part("outcomes", "train", (path,), ("id", "extra.sub"))


def test_every_text_is_reached_however_deep(tmp_path: Path) -> None:
    secret, mail = SECRETS["GitHub token"], PERSONAL["e-mail address"]
    rows: list[dict[str, object]] = [
        {"id": "a", "n": 1, "list": [], "extra": {"sub": 1, "texts": [{"x": "clean"}]}},
        {"id": "b", "n": 2, "list": ["", secret], "extra": {"sub": 2, "texts": [{"x": mail}]}},
        {
            "id": None,
            "n": 3,
            "list": None,
            "extra": {"sub": 3, "texts": [{"x": f'{{"t": "{secret}"}}'}]},
        },
    ]
    part = part_of(tmp_path / "t.parquet", rows)
    found = [f for table in part.batches() for f in scan_table(part, table)]
    assert [(f.row, f.column, f.kind) for f in found] == [
        ("b 2", "extra.texts[].x", "e-mail address"),
        ("b 2", "list[]", "GitHub token"),
        ("- 3", "extra.texts[].x", "GitHub token"),
    ]
    assert [f.secret for f in found] == [False, True, True]
    assert secret not in repr(found)
    assert BODY not in repr(found)


def test_accepted_findings_hold_for_that_text_alone(tmp_path: Path) -> None:
    text = PERSONAL["e-mail address"]
    finding = Finding("rl/train", 'a, "b"', "prompt[].content", "e-mail address", digest(text))
    write_findings([finding], tmp_path / "f.csv")
    assert read_accepted(tmp_path / "f.csv") == {finding}
    assert finding._replace(text=digest(text + "!")) not in read_accepted(tmp_path / "f.csv")


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "table,row,column,kind,text\nonly,two\n"])
def test_a_broken_list_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "f.csv").write_text(text)
    with pytest.raises(InputError, match=r"f\.csv"):
        read_accepted(tmp_path / "f.csv")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("train__math__gsm8k_7.5k", {}),
        ("test__math__gsm8k_1.3k", {}),
        ("test__codegen__humaneval_164", {}),
        # Addresses and numbers that stand in tests of programs; they look like somebody's.
        ("train__codegen__mbpp_974", {"e-mail address": 2, "IP address": 4}),
    ],
)
def test_real_problems_are_not_taken_for_leaks(name: str, expected: dict[str, int]) -> None:
    path = SHARED / "data" / "guru" / f"{name}.parquet"
    if not path.exists():
        pytest.skip(f"needs {path.name} under XROUTER_SHARED")
    part = Part("rl", "train", (path,), ("data_source",))
    kinds = [f.kind for table in part.batches() for f in scan_table(part, table)]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == expected

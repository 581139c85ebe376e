from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.publishing.licences import load_policy


@pytest.mark.parametrize(
    "licence", ["MIT", "mit", "apache-2.0", "CC-BY-SA-3.0", "MIT AND CC-BY-4.0", "CC0-1.0"]
)
def test_known_licences_let_rows_out(licence: str) -> None:
    assert load_policy().refusal(licence, "set", "org/set") is None


@pytest.mark.parametrize(
    ("licence", "why"),
    [
        ("unknown", "not a licence that is known"),
        ("", "not a licence that is known"),
        ("other", "not a licence that is known"),
        ("MIT AND unknown", "not a licence that is known"),
        ("CC-BY-NC-4.0", "non-commercial"),
        ("cc-by-nd-4.0", "no changed form"),
        ("MIT AND CC-BY-NC-4.0", "non-commercial"),
    ],
)
def test_everything_else_keeps_them_back_and_says_why(licence: str, why: str) -> None:
    assert why in str(load_policy().refusal(licence, "set", "org/set"))


@pytest.mark.parametrize(
    ("data_source", "dataset"),
    [("suite/aime24", "x"), ("RouterArena", "x"), ("x", "RouteWorks/RouterArena")],
)
def test_no_licence_lets_evaluation_only_rows_out(data_source: str, dataset: str) -> None:
    assert load_policy().refusal("MIT", data_source, dataset) == "for evaluation only"


def test_a_file_adds_licences_but_lifts_no_ban(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'evaluation_only = ["mine*"]\n'
        '[licences."Ours-1"]\nurl = "https://example.org/l"\nredistribute = true\n'
    )
    policy = load_policy(own)
    assert policy.refusal("ours-1", "set", "set") is None
    assert policy.refusal("MIT", "mine-7", "set") == "for evaluation only"
    assert policy.refusal("MIT", "suite/math500", "set") == "for evaluation only"
    assert policy.refusal("MIT", "set", "set") is None


@pytest.mark.parametrize(
    "text", ["[licences", '[licences."X"]\nredistribute = true\n', "[other]\na = 1\n"]
)
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(InputError, match=r"own\.toml"):
        load_policy(own)


def test_share_alike_and_the_names_of_the_hub_are_known() -> None:
    terms = load_policy().terms("cc-by-sa-3.0 AND MIT")
    assert {name: (t.share_alike, t.hub) for name, t in terms.items()} == {
        "CC-BY-SA-3.0": (True, "cc-by-sa-3.0"),
        "MIT": (False, "mit"),
    }

import re
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.evaluation.suites import page
from pipeline.evaluation.suites.readers import READERS
from pipeline.evaluation.suites.registry import suite_named, suite_names, suites
from pipeline.evaluation.suites.rows import suffixes
from schemas.problems import REASONING_DOMAINS

STATIC = "minerva_math math500 olympiadbench aime24 amc23 codeforces code_contests humaneval_plus"
SYSTEM = "livecodebench gpqa_diamond aime25 mt_bench ifeval livebench"
EXTRA = "gsm8k humaneval mbpp routerarena"


def test_every_suite_of_the_published_tables_is_there() -> None:
    kinds = {"static": STATIC, "system": SYSTEM, "extra": EXTRA}
    for kind, names in kinds.items():
        assert [s.name for s in suites().values() if s.kind == kind] == names.split()
    assert suite_names() == tuple(f"{STATIC} {SYSTEM} {EXTRA}".split())


@pytest.mark.parametrize("name", suite_names())
def test_a_suite_can_be_found_asked_and_graded(name: str) -> None:
    suite = suite_named(name)
    assert suite.data_source == f"suite/{name}"
    assert suite.domain in REASONING_DOMAINS
    assert suite.reader in READERS
    assert suite.prompts
    assert all("{question}" in frame for frame in suite.prompts.values())
    assert suite.files
    for file in (*suite.files, *suite.hub.files, *suite.companions):
        assert file.endswith(suffixes()), file
    for revision in (suite.hub.revision, *suite.hub.also.values()):
        assert re.fullmatch("[0-9a-f]{40}", revision), "a branch moves"


def test_what_is_special_about_a_suite_is_said() -> None:
    assert suite_named("gpqa_diamond").hub.gated
    assert "HF_TOKEN" in (suite_named("gpqa_diamond").needs or "")
    assert "judge" in (suite_named("mt_bench").needs or "")
    assert "graders" in (suite_named("livebench").needs or "")
    assert [s.name for s in suites().values() if s.evaluation_only] == ["routerarena"]
    assert [s.name for s in suites().values() if s.repetitions > 1] == ["aime24", "amc23", "aime25"]


def test_an_unknown_suite_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"'aime26'; known are minerva_math, .*routerarena"):
        suite_named("aime26")


def test_the_page_says_what_the_file_says() -> None:
    assert page.PAGE.read_text() == page.markdown(), "python -m pipeline.evaluation.suites.page"
    assert Path(page.PAGE).parent.name == "suites"
    for name in suite_names():
        assert f"| `{name}` | [{suite_named(name).title}](" in page.markdown()

"""Mappings that cannot be meant."""

from pathlib import Path

import pytest

from pipeline.bank.mapping import COMMITTED, read_mapping
from pipeline.errors import SettingsError

SOUND = """
form = "wide"
data_source = "s"
licence = "MIT"
[problem]
prompt = "q"
[models]
a = "A"
[cells]
score = "{model}"
"""


@pytest.mark.parametrize("name", sorted(path.stem for path in COMMITTED.glob("*.toml")))
def test_committed_mappings_go_by_name(name: str) -> None:
    assert read_mapping(Path(name)).cells.deciding in ("score", "correct", "verdict")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('score = "{model}"', 'score = "s"', "cells.score ['s'] lacks {model}"),
        ('score = "{model}"', 'text = "{model}"', "cells need one of verdict, correct"),
        ('score = "{model}"', 'points = "{model}"', "cells.points: Extra inputs"),
        ('prompt = "q"', 'prompt = "q"\nproblem_id = "p"', "declare exactly one of prompt"),
        ('prompt = "q"', 'prompt = ["join", "q"]', "there is no [join]"),
        ('a = "A"', "", "form 'wide' needs [models]"),
        ('form = "wide"', 'form = "long"', "needs problem.model"),
        ('data_source = "s"', "", "name a data_source"),
        ('licence = "MIT"', "", "licence: Field required"),
        ('licence = "MIT"', 'licence = "MIT"\ncurrency = "EUR"', "say what one is in USD"),
        ('licence = "MIT"', 'licence = "MIT"\nusd_per_unit = 1.1', "needs the name of a currency"),
        ('licence = "MIT"', 'licence = "MIT"\nusd_per_unit = 0', "usd_per_unit: Input should be"),
        ("[cells]", "cells", "not TOML"),
    ],
)
def test_errors_name_the_entry(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(SOUND)
    assert read_mapping(path).models == {"a": "A"}
    path.write_text(SOUND.replace(old, new))
    with pytest.raises(SettingsError) as caught:
        read_mapping(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_a_missing_mapping_names_the_committed_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="llmrouter, outcomes, routellm_gsm8k"):
        read_mapping(tmp_path / "none.toml")

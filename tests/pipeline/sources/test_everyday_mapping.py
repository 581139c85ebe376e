from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.sources.mapping import find_set, load_mapping


def put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_users_sets_come_first(tmp_path: Path) -> None:
    user = put(
        tmp_path / "my.toml",
        '[[sets]]\nfiles = "simple*.csv"\nformat = "csv"\ndomain = "retrieval"\nquestion = "q"\n'
        'answer = "a"\ndata_source = "mine"\ndataset = "d"\nlicence = "MIT"\n',
    )
    mapping = load_mapping(user)
    for name, source in (("a/simpleqa.csv", "mine"), ("nq_open_dev.jsonl", "nq_open")):
        found = find_set(mapping, name)
        assert found is not None
        assert found.data_source == source
    hub = find_set(mapping, "hub:google-research-datasets/nq_open/nq_open/v.parquet")
    assert hub is not None
    assert hub.format == "parquet"
    assert find_set(mapping, "hub:somebody/else/v.parquet") is None


BASE = '[[sets]]\nfiles = "x"\ndata_source = "s"\ndataset = "d"\nlicence = "l"\n'

FACTUAL = BASE + 'format = "csv"\ndomain = "factual"\nquestion = "q"\nanswer = "a"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sets = 3", "sets"),
        ("[[sets", "not a readable everyday mapping"),
        (BASE, "sets.0.format: Field required"),
        (BASE + 'format = "xml"\ndomain = "chat"', "'qna', 'csv', 'jsonl'"),
        (BASE + 'format = "csv"\ndomain = "math"', "sets.0.domain"),
        (BASE + 'format = "csv"\ndomain = "chat"', "needs 'question'"),
        (BASE + 'format = "csv"\ndomain = "factual"\nquestion = "q"', "needs 'answer'"),
        (BASE + 'format = "qna"\ndomain = "factual"', "format 'qna' is for"),
        (BASE + 'format = "qna"\ndomain = "chat"\ncolour = 1', "sets.0.colour: Extra"),
        (BASE + 'format = "qna"\ndomain = "chat"\nlanguage = "English"', "language"),
        (
            FACTUAL + 'answer_type_from = {column = "c", pattern = "(", types = {}}',
            "not a regular expression",
        ),
        (
            FACTUAL + 'answer_type_from = {column = "c", pattern = "x", types = {}}',
            "exactly one group, has 0",
        ),
    ],
)
def test_mistakes_in_a_mapping_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=r"m\.toml: ") as caught:
        load_mapping(put(tmp_path / "m.toml", text))
    assert message in str(caught.value)


def test_missing_mapping(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a readable everyday mapping"):
        load_mapping(tmp_path / "gone.toml")

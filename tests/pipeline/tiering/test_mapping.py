from pathlib import Path

import pytest

from pipeline.errors import InputError, SettingsError
from pipeline.tiering.mapping import COMMITTED, WideMapping, mapping_for, read_mapping

LONG = 'form = "long"\n[columns]\nproblem_id = "id"\nreference = "model"\ntext = "out"\n'
WIDE = 'form = "wide"\n[columns]\nproblem_id = "id"\n[fields]\ntext = "t"\n'
FILE = Path("file.jsonl")


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mapping.toml"
    path.write_text(text)
    return path


def test_every_committed_mapping_is_valid() -> None:
    paths = sorted(COMMITTED.glob("*.toml"))
    assert [path.stem for path in paths] == ["attempts", "gsm8k_example_solutions"]
    for path in paths:
        assert read_mapping(path).required()


def test_the_gsm8k_mapping_asks_for_a_boxed_answer() -> None:
    mapping = read_mapping(COMMITTED / "gsm8k_example_solutions.toml")
    assert isinstance(mapping, WideMapping)
    assert mapping.prompt_template == (
        "{question} Please output the final answer within \\boxed{}."
    )
    assert len(mapping.references) == 4


def test_a_committed_mapping_is_found_by_its_columns() -> None:
    columns = {"problem_id", "reference", "text", "score"}
    assert mapping_for(FILE, columns, None).form == "long"
    wide = {"question", "6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"}
    assert mapping_for(FILE, wide | {"ground_truth"}, None).form == "wide"


def test_columns_that_fit_no_mapping_or_several_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no committed mapping.*\?mapping=FILE"):
        mapping_for(FILE, {"prompt", "output"}, None)
    everything = read_mapping(COMMITTED / "gsm8k_example_solutions.toml").required()
    both = everything | {"problem_id", "reference", "text"}
    with pytest.raises(SettingsError, match="several mappings: attempts, gsm8k"):
        mapping_for(FILE, both, None)


def test_a_declared_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, LONG)
    with pytest.raises(InputError, match=r"\['model'\].*the file has \['id', 'out'\]"):
        mapping_for(FILE, {"id", "out"}, path)
    optional = write(tmp_path, 'optional = ["model"]\n' + LONG)
    assert mapping_for(FILE, {"id", "out"}, optional).form == "long"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("form = ", "not TOML"),
        ('form = "tall"', "tall"),
        ('form = "long"', "columns"),
        (LONG + 'prompt = "p"\n', "exactly one of"),
        (LONG.replace('problem_id = "id"\n', ""), "exactly one of"),
        (LONG.replace('"id"', '""'), "problem_id"),
        (LONG + 'colour = "c"\n', "colour"),
        (WIDE + "[references]\n", "references"),
        (
            'prompt_template = "x"\n' + LONG.replace("problem_id", "question"),
            "prompt_template lacks",
        ),
    ],
)
def test_a_bad_mapping_is_refused_by_name(tmp_path: Path, text: str, what: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError, match=r"mapping\.toml") as caught:
        read_mapping(path)
    assert what in str(caught.value)


def test_a_missing_or_binary_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")
    (tmp_path / "mapping.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="not TOML"):
        read_mapping(tmp_path / "mapping.toml")
